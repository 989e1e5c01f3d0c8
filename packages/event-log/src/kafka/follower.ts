import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventLogError } from '../event-log-error.ts';
import type { Follower, FollowFrom, RecordHandler, StoredRecord } from '../event-log.ts';
import { type Connection, type Connections, reasonOf } from './connections.ts';
import { createBackOff, type KafkaLogLimits } from './kafka-log-options.ts';
import type { Health } from './open-kafka-log.ts';
import type { ReadingOptions } from './reading.ts';
import type { PreparedTopic } from './topics.ts';

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
  /** The handler call in flight. */
  idle(): Promise<void>;
}

interface ProgressOptions {
  readonly topic: string;
  readonly from: FollowFrom;
  readonly handler: RecordHandler;
  readonly chunkRecords: number;
  readonly onCaughtUp: () => void;
}

function createProgress(options: ProgressOptions): Progress {
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

interface FollowerOptions {
  readonly topic: PreparedTopic;
  readonly from: FollowFrom;
  readonly handler: RecordHandler;
  readonly connections: Connections;
  readonly limits: KafkaLogLimits;
  readonly health: Health;
  /** The way to read. */
  readonly read: (connection: Connection, options: ReadingOptions) => Promise<void>;
  /** Names the follower for the health report. */
  readonly part: string;
  /** Called once when the follower ends by itself. */
  readonly onFailed: (error: EventLogError) => void;
  /** Called once when it has ended, however. */
  readonly onEnded: () => void;
}

/** Reads until it is stopped, on one connection after the other; only what no new connection can mend ends it. */
export function startFollower(options: FollowerOptions): Follower {
  const { topic, connections, health, part, onFailed, onEnded } = options;
  const { name } = topic.definition;
  const caughtUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const backOff = createBackOff();
  const { from, handler, limits } = options;
  const { chunkRecords } = limits;
  const onCaughtUp = () => caughtUp.resolve();
  const progress = createProgress({ topic: name, from, handler, chunkRecords, onCaughtUp });
  let connection: Connection | undefined;

  const onConnected = () => {
    backOff.succeeded();
    health.report(part, undefined);
  };
  const readOnce = async () => {
    connection = connections.open();
    try {
      await options.read(connection, { topic, progress, limits, onConnected });
    } catch (error) {
      if (error instanceof EventLogError) {
        throw error;
      }
      if (!progress.isStopped()) {
        health.report(part, reasonOf(error));
        await backOff.wait(stopping.signal);
      }
    } finally {
      connection.close();
    }
  };
  const run = async () => {
    // Nothing happens within the call of `follow`.
    await Promise.resolve();
    while (!progress.isStopped()) {
      await readOnce();
    }
    await progress.idle();
    throw new EventLogError('follower-stopped', `The follower of ${name} was stopped.`);
  };
  const end = (reason: EventLogError) => {
    const isFailure = reason.code !== 'follower-stopped';
    progress.stop();
    health.forget(part);
    caughtUp.reject(reason);
    onEnded();
    ended.resolve();
    if (isFailure) {
      onFailed(reason);
    }
  };

  // Whoever does not ask for it must not be ended by its rejection.
  caughtUp.promise.catch(() => undefined);
  void run().catch((error: unknown) => end(error as EventLogError));

  return {
    caughtUp: caughtUp.promise,
    stop() {
      progress.stop();
      stopping.abort();
      connection?.close();
      return ended.promise;
    },
  };
}
