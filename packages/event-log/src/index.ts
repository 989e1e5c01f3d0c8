export type {
  EventLog,
  Follower,
  FollowFrom,
  NewRecord,
  Ownership,
  Position,
  RecordHandler,
  StoredRecord,
  TopicDefinition,
} from './event-log.ts';
export { EventLogError, eventLogErrorCodes } from './event-log-error.ts';
export type { EventLogErrorCode } from './event-log-error.ts';
export { openSqliteLog } from './sqlite/open-sqlite-log.ts';
export type { SqliteLog, SqliteLogOptions, SqliteLogStats } from './sqlite/open-sqlite-log.ts';
export type { SqliteLogLimits } from './sqlite/limits.ts';
export { followEvents } from './events/follow-events.ts';
export type { LogItem } from './events/follow-events.ts';
export { createPublisher } from './events/publisher.ts';
export type { Published, Publisher, PublisherOptions, PublishOptions } from './events/publisher.ts';
