import {
  type PostausgangEvent,
  readRecord,
  type ReadResult,
  type TopicName,
  topics,
} from '@postausgang/contracts';
import type { EventLog, Follower, Position, StoredRecord } from '../event-log.ts';

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
  return log.follow(topics[topic].name, from, (records) => handler(records.map(toItem)));
}

/** What this process has written need not be decoded, parsed and checked again. */
function toItem(record: StoredRecord): LogItem {
  const { position, key, value } = record;
  // Only publishers of events append an original.
  const written = record.original as PostausgangEvent | undefined;
  return {
    position,
    key,
    sizeBytes: value?.byteLength ?? 0,
    result: written === undefined ? readRecord(record) : { ok: true, event: written },
    isOwn: written !== undefined,
  };
}
