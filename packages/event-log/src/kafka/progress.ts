import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FollowFrom, RecordHandler, StoredRecord } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';

/** The first and the next offset of a partition, at one moment. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** How far a follower is, and the only way to its handler. It outlives connections. */
export interface Progress {
  /** False until `begin` was called. */
  isPlaced(): boolean;
  /** Chooses where to begin; throws `position-out-of-range` where the topic does not have what was asked for. */
  begin(ranges: ReadonlyMap<number, OffsetRange>): void;
  next(partition: number): number;
  /** Hands records to the handler, one batch at a time; throws `handler-failed`. */
  deliver(partition: number, records: readonly StoredRecord[]): Promise<void>;
  /** Goes on to an offset behind which nothing is left to deliver. */
  advance(partition: number, offset: number): void;
  /** No handler call begins after this. */
  stop(): void;
  isStopped(): boolean;
  /** The handler call in hand. */
  idle(): Promise<void>;
}

export interface ProgressOptions {
  readonly topic: string;
  readonly from: FollowFrom;
  readonly handler: RecordHandler;
  readonly chunkRecords: number;
  readonly onCaughtUp: () => void;
}

export function createProgress(options: ProgressOptions): Progress {
  const { topic, from, handler, chunkRecords, onCaughtUp } = options;
  const nextOffsets = new Map<number, number>();
  const behind = new Map<number, number>();
  let isPlaced = false;
  let isStopped = false;
  let turn: Promise<void> = Promise.resolve();

  const advance = (partition: number, offset: number) => {
    nextOffsets.set(partition, offset);
    if (offset >= (behind.get(partition) ?? Number.POSITIVE_INFINITY) && behind.delete(partition)) {
      resolveWhenCaughtUp();
    }
  };
  const resolveWhenCaughtUp = () => {
    if (behind.size === 0 && !isStopped) {
      onCaughtUp();
    }
  };
  const handleAll = async (partition: number, records: readonly StoredRecord[]) => {
    for (let index = 0; index < records.length && !isStopped; index += chunkRecords) {
      const chunk = records.slice(index, index + chunkRecords);
      await handle(handler, chunk, topic);
      advance(partition, 1 + (chunk.at(-1)?.position.offset ?? 0));
      await nextTurn();
    }
  };
  return {
    advance,
    isPlaced: () => isPlaced,
    begin(ranges) {
      isPlaced = true;
      refuseUnknownPartitions(topic, from, ranges);
      for (const [partition, range] of ranges) {
        const offset = startOffset(topic, from, partition, range);
        nextOffsets.set(partition, offset);
        if (offset < range.end) {
          behind.set(partition, range.end);
        }
      }
      resolveWhenCaughtUp();
    },
    next: (partition) => nextOffsets.get(partition) ?? 0,
    deliver(partition, records) {
      const handled = turn.then(() => handleAll(partition, records));
      turn = handled.catch(() => undefined);
      return handled;
    },
    stop() {
      isStopped = true;
    },
    isStopped: () => isStopped,
    idle: () => turn,
  };
}

async function handle(handler: RecordHandler, batch: readonly StoredRecord[], topic: string): Promise<void> {
  try {
    await handler(batch);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The handler of a follower of ${topic} failed, and the follower ended: ${reason}`;
    throw new EventLogError('handler-failed', message, { cause });
  }
}

/** Offset 0 means from the start, also where the records that were there have expired since. */
function startOffset(topic: string, from: FollowFrom, partition: number, range: OffsetRange): number {
  const wanted =
    from === 'start' ? 0 : (from.find((position) => position.partition === partition)?.offset ?? 0);
  if (wanted === 0) {
    return range.start;
  }
  if (!Number.isInteger(wanted) || wanted < range.start || wanted > range.end) {
    throw outOfRange(topic, partition, wanted, `the partition holds ${range.start} to ${range.end}`);
  }
  return wanted;
}

function refuseUnknownPartitions(
  topic: string,
  from: FollowFrom,
  ranges: ReadonlyMap<number, OffsetRange>,
): void {
  const unknown = from === 'start' ? undefined : from.find(({ partition }) => !ranges.has(partition));
  if (unknown !== undefined) {
    throw outOfRange(topic, unknown.partition, unknown.offset, `it has ${ranges.size} partitions`);
  }
}

/** A view that is ahead of its log, or behind what the log still holds, must not go on: it would skip records. */
export function outOfRange(topic: string, partition: number, offset: number, why: string): EventLogError {
  const message =
    `Topic ${topic} has no position ${partition}/${offset}: ${why}. The log was replaced, has lost records or has` +
    ' let them expire; drop the view and start anew.';
  return new EventLogError('position-out-of-range', message);
}
