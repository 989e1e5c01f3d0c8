export type {
  EventLog,
  Follower,
  FollowFrom,
  NewRecord,
  Ownership,
  PartitionBounds,
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
export { openKafkaLog } from './kafka/load-kafka-log.ts';
export type { KafkaLog } from './kafka/open-kafka-log.ts';
export type { Readiness } from './kafka/health.ts';
export type {
  KafkaLogger,
  KafkaLogin,
  KafkaLogOptions,
  KafkaTls,
  KafkaTopicDefinition,
} from './kafka/kafka-log-options.ts';
export type { KafkaLogLimits } from './kafka/limits.ts';
export { followEvents } from './events/follow-events.ts';
export type { LogItem } from './events/follow-events.ts';
export { createPublisher } from './events/publisher.ts';
export type { Published, Publisher, PublisherOptions, PublishOptions } from './events/publisher.ts';
export { problemCodeOf } from './events/problem-code.ts';
