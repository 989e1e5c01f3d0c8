import { readRecord, type ReadResult, type TopicName, topics } from '@postausgang/contracts';
import type { EventLog, Follower, Position, StoredRecord } from '../event-log.ts';
import { recallWritten } from './written-events.ts';

/** One record of a topic as an event, or why it is not one. */
export interface LogItem {
  readonly position: Position;
  readonly key: string | null;
  readonly sizeBytes: number;
  readonly result: ReadResult;
  /** Whether this very process has written it, and so knows that nobody else made it up. */
  readonly isOwn: boolean;
}

/** Follows a topic and reads each record as an event. The handler gets whole batches, in order. */
export function followEvents(
  log: EventLog,
  topic: TopicName,
  from: 'start' | readonly Position[],
  handler: (items: readonly LogItem[]) => void | Promise<void>,
): Follower {
  return log.follow(topics[topic].name, from, (records) =>
    handler(
      records.map((record) => ({
        position: record.position,
        key: record.key,
        sizeBytes: record.value?.byteLength ?? 0,
        ...readOrRecall(record),
      })),
    ),
  );
}

function readOrRecall(record: StoredRecord): Pick<LogItem, 'result' | 'isOwn'> {
  const event = recallWritten(record.value);
  return event === undefined
    ? { result: readRecord(record), isOwn: false }
    : { result: { ok: true, event }, isOwn: true };
}
