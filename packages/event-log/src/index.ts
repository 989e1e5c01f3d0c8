export { EventLogError, eventLogErrorCodes } from './event-log-error.ts';
export type { EventLogErrorCode } from './event-log-error.ts';
export type {
  EventLog,
  NewRecord,
  Ownership,
  PartitionBounds,
  Position,
  StoredRecord,
  TopicDefinition,
} from './event-log.ts';
export { createPublisher, problemCodeOf, toItem } from './events.ts';
export type { LogItem, Publisher } from './events.ts';
export { eachEvent, startFold } from './fold.ts';
export type { Fold, WaitLimits } from './fold.ts';
export { InstallationError, openInstallation } from './installation.ts';
export type { Installation } from './installation.ts';
export type { KafkaLogOptions, KafkaLogin, KafkaTopicDefinition } from './kafka/kafka-log-options.ts';
export { openKafkaLog } from './kafka/load-kafka-log.ts';
export type { KafkaLog } from './kafka/open-kafka-log.ts';
export { openInstalledLog, placeInKafka } from './installed-log.ts';
export { copySqliteLog } from './sqlite/copy.ts';
export type { CopiedLog } from './sqlite/copy.ts';
export { logFileName } from './sqlite/segments.ts';
export { openSqliteLog } from './sqlite/log.ts';
export type { TopicRetention } from './sqlite/forgetting.ts';
export type { SqliteLog, SqliteLogOptions } from './sqlite/log.ts';
