/*
 * A topic on the main thread: its records in the file and the newest of them in memory, its end, and its followers. A follower
 * reads from memory where it is almost at the end, and from the file otherwise. What may fail: the file cannot be read, or
 * the handler of a follower throws; then that follower ends, and nobody else.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventLogError, handlerFailed } from '../event-log-error.ts';
import type { Follower, FollowFrom, NewRecord, Position, RecordHandler, StoredRecord } from '../event-log.ts';
import type { StoredTopic } from './database-file.ts';
import type { SqliteLogLimits } from './limits.ts';
import { type RecordReader, takeChunk } from './record-reader.ts';
import { toEventLogError } from './sqlite-failure.ts';

/** The newest records of a topic, in memory, without gaps, for followers that are almost there. */
interface TailBuffer {
  /** Drops the oldest where the bounds are passed. */
  push(record: StoredRecord): void;
  /** The next records from an offset on; undefined where that offset is older than the buffer. */
  from(offset: number): readonly StoredRecord[] | undefined;
  /** Forgets everything before an offset. */
  dropBefore(offset: number): void;
}

type TailLimits = Pick<SqliteLogLimits, 'tailBytes' | 'tailRecords' | 'chunkBytes' | 'chunkRecords'>;

export function createTailBuffer(limits: TailLimits): TailBuffer {
  let records: StoredRecord[] = [];
  let first = 0;
  let heldBytes = 0;

  const dropOldest = () => {
    heldBytes -= sizeOf(records[first]);
    first += 1;
  };
  /** An array that only moves its start would grow for ever. */
  const compact = () => {
    if (first > 1_000 || first === records.length) {
      records = records.slice(first);
      first = 0;
    }
  };

  return {
    push(record) {
      records.push(record);
      heldBytes += sizeOf(record);
      while (records.length - first > limits.tailRecords || heldBytes > limits.tailBytes) {
        dropOldest();
      }
      compact();
    },
    from(offset) {
      const oldest = records[first];
      if (oldest === undefined || offset < oldest.position.offset) {
        return undefined;
      }
      const index = first + offset - oldest.position.offset;
      const count = takeChunk(records.length - index, (next) => sizeOf(records[index + next]), limits);
      return records.slice(index, index + count);
    },
    dropBefore(offset) {
      while (first < records.length && (records[first]?.position.offset ?? 0) < offset) {
        dropOldest();
      }
      compact();
    },
  };
}

function sizeOf(record: StoredRecord | undefined): number {
  return record?.value?.byteLength ?? 0;
}

/** What a topic needs to know of a follower. */
interface TopicFollower {
  nextOffset(): number;
  wake(): void;
}

/** A topic in the memory of the main thread: its end, its newest records, its followers. */
export interface Topic {
  readonly id: number;
  readonly name: string;
  /** The offset the next record gets; everything before it is durable. */
  endOffset(): number;
  /** Takes over records that are durable now; they must join on. */
  committed(records: readonly NewRecord[], positions: readonly Position[], timestampMs: number): void;
  /** Records from memory; undefined where they must be read from the file. */
  tailFrom(offset: number): readonly StoredRecord[] | undefined;
  /** Frees what every follower has handled. */
  trim(): void;
  addFollower(follower: TopicFollower): void;
  removeFollower(follower: TopicFollower): void;
}

export function createTopic(stored: StoredTopic, limits: SqliteLogLimits): Topic {
  const tail = createTailBuffer(limits);
  const followers = new Set<TopicFollower>();
  let endOffset = stored.endOffset;

  const trim = () => {
    const oldest = [...followers].reduce(
      (least, follower) => Math.min(least, follower.nextOffset()),
      endOffset,
    );
    tail.dropBefore(oldest);
  };
  const keepInTail = (records: readonly NewRecord[], positions: readonly Position[], timestampMs: number) => {
    records.forEach(({ key, headers, value, original }, index) => {
      const position = positions[index] ?? { partition: 0, offset: endOffset + index };
      tail.push({ position, key, headers, value, timestampMs, original });
    });
  };

  return {
    id: stored.id,
    name: stored.name,
    endOffset: () => endOffset,
    committed(records, positions, timestampMs) {
      if (followers.size > 0) {
        keepInTail(records, positions, timestampMs);
      }
      endOffset += records.length;
      followers.forEach((follower) => follower.wake());
    },
    tailFrom: (offset) => tail.from(offset),
    trim,
    addFollower: (follower) => void followers.add(follower),
    removeFollower(follower) {
      followers.delete(follower);
      trim();
    },
  };
}

export interface FollowerOptions {
  readonly topic: Topic;
  readonly reader: RecordReader;
  readonly from: FollowFrom;
  readonly handler: RecordHandler;
  /** Called once when the follower ends by itself. */
  readonly onFailed: (error: EventLogError) => void;
  /** Called once when it has ended, however. */
  readonly onEnded: () => void;
}

/** One loop, one batch at a time: from memory where the records are still there, otherwise from the file. */
export function startFollower(options: FollowerOptions): Follower {
  const { topic, reader, from, handler, onFailed, onEnded } = options;
  const caughtUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const target = topic.endOffset();
  const wake = createWake();
  let next = startOffset(from);
  let stopped = false;

  const handleNext = async () => {
    const batch = topic.tailFrom(next) ?? reader.chunk(next, topic.endOffset());
    await Promise.try(handler, batch).catch((cause: unknown) => {
      throw handlerFailed(topic.name, cause);
    });
    next = 1 + (batch.at(-1)?.position.offset ?? topic.endOffset() - 1);
    topic.trim();
  };
  const run = async () => {
    refusePositionsOutside(from, topic);
    while (!stopped) {
      if (next >= target) {
        caughtUp.resolve();
      }
      if (next < topic.endOffset()) {
        await handleNext();
        await nextTurn();
      } else {
        await wake.wait();
      }
    }
  };
  const member = { nextOffset: () => next, wake: () => wake.wake() };
  const end = (reason: EventLogError) => {
    topic.removeFollower(member);
    caughtUp.reject(reason);
    onEnded();
    ended.resolve();
  };

  topic.addFollower(member);
  // Whoever does not ask for it must not be ended by its rejection.
  caughtUp.promise.catch(() => undefined);
  void Promise.resolve()
    .then(run)
    .then(() => end(new EventLogError('follower-stopped', `The follower of ${topic.name} was stopped.`)))
    .catch((error: unknown) => {
      const reason = toEventLogError(error, `read ${topic.name}`);
      end(reason);
      onFailed(reason);
    });

  return {
    caughtUp: caughtUp.promise,
    stop() {
      stopped = true;
      wake.wake();
      return ended.promise;
    },
  };
}

/** Remembers a wake that comes while nobody waits. */
function createWake(): { wait(): Promise<void>; wake(): void } {
  let next = Promise.withResolvers<void>();
  return {
    async wait() {
      await next.promise;
      next = Promise.withResolvers();
    },
    wake: () => next.resolve(),
  };
}

function startOffset(from: FollowFrom): number {
  return from === 'start' ? 0 : (from.find(({ partition }) => partition === 0)?.offset ?? 0);
}

/** A view that is ahead of its log belongs to another log; going on would skip records. */
function refusePositionsOutside(from: FollowFrom, topic: Topic): void {
  const end = topic.endOffset();
  const outside = from === 'start' ? undefined : from.find((position) => !isInside(position, end));
  if (outside !== undefined) {
    const message =
      `Topic ${topic.name} has no position ${outside.partition}/${outside.offset}: it has partition 0 ` +
      `and ends at ${end}. The log was replaced or is older than the view; drop the view and start anew.`;
    throw new EventLogError('position-out-of-range', message);
  }
}

function isInside({ partition, offset }: Position, end: number): boolean {
  return partition === 0 && Number.isInteger(offset) && offset >= 0 && offset <= end;
}
