/*
 * Following a topic without a consumer group: plain fetches, from the broker that leads each partition. A group costs
 * seconds at every start, and its reader goes back to some other offset without a word when the one it wants is gone.
 *
 * - A connection is never repaired. Whatever fails on it ends it, and after a pause the next one goes on where the
 *   handler is: `Progress` outlives connections. Only one of them hands out records at a time.
 * - Each partition is read in order; all of them share one handler, which gets one batch at a time.
 * - What no new connection can mend ends the follower, and is reported: a handler that failed, and a position that the
 *   topic does not have. To go on elsewhere would skip records.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Broker, FetchedPartition } from 'kafkajs/src/cluster/index.js';
import Batch from 'kafkajs/src/consumer/batch.js';
import { EventLogError, handlerFailed } from '../event-log-error.ts';
import type { Follower, FollowFrom, PartitionBounds, RecordHandler, StoredRecord } from '../event-log.ts';
import {
  type Connection,
  type Connections,
  connectTo,
  createBackOff,
  type Health,
  protocolErrorOf,
} from './connections.ts';
import type { KafkaLogLimits } from './kafka-log-options.ts';
import { fetchPartitionBounds, toStoredRecord } from './reading.ts';
import { type Access, explain } from './rights.ts';
import type { PreparedTopic } from './topics.ts';

interface FollowerOptions {
  readonly topic: PreparedTopic;
  readonly from: FollowFrom;
  readonly handler: RecordHandler;
  readonly connections: Connections;
  readonly limits: KafkaLogLimits;
  readonly health: Health;
  readonly access: Access;
  /** Names the follower for the health report. */
  readonly part: string;
  /** Called once when the follower ends by itself. */
  readonly onFailed: (error: EventLogError) => void;
  /** Called once when it has ended, however. */
  readonly onEnded: () => void;
}

/** How far a follower is, and the only way to its handler. */
interface Progress {
  /** False until `begin` was called. */
  isPlaced(): boolean;
  /** Chooses where to begin; throws `position-out-of-range` where the topic does not have what was asked for. */
  begin(bounds: readonly PartitionBounds[]): void;
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

function createProgress(
  { topic: { definition }, from, handler, limits: { chunkRecords } }: FollowerOptions,
  onCaughtUp: () => void,
): Progress {
  const { name: topic } = definition;
  const nextOffsets = new Map<number, number>();
  const behind = new Map<number, number>();
  let isPlaced = false;
  let isStopped = false;
  let turn: Promise<void> = Promise.resolve();

  const resolveWhenCaughtUp = () => {
    if (behind.size === 0 && !isStopped) {
      onCaughtUp();
    }
  };
  const advance = (partition: number, offset: number) => {
    nextOffsets.set(partition, offset);
    if (offset >= (behind.get(partition) ?? Number.POSITIVE_INFINITY) && behind.delete(partition)) {
      resolveWhenCaughtUp();
    }
  };
  const handleAll = async (partition: number, records: readonly StoredRecord[]) => {
    for (let index = 0; index < records.length && !isStopped; index += chunkRecords) {
      const chunk = records.slice(index, index + chunkRecords);
      await Promise.try(handler, chunk).catch((cause: unknown) => {
        throw handlerFailed(topic, cause);
      });
      advance(partition, 1 + (chunk.at(-1)?.position.offset ?? 0));
      await nextTurn();
    }
  };
  return {
    advance,
    isPlaced: () => isPlaced,
    begin(bounds) {
      isPlaced = true;
      refuseUnknownPartitions(topic, from, bounds);
      for (const range of bounds) {
        const offset = startOffset(topic, from, range);
        nextOffsets.set(range.partition, offset);
        if (offset < range.end) {
          behind.set(range.partition, range.end);
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

/** Offset 0 means from the start, also where the records that were there have expired since. */
function startOffset(topic: string, from: FollowFrom, { partition, start, end }: PartitionBounds): number {
  const wanted =
    from === 'start' ? 0 : (from.find((position) => position.partition === partition)?.offset ?? 0);
  if (wanted === 0) {
    return start;
  }
  if (!Number.isInteger(wanted) || wanted < start || wanted > end) {
    throw outOfRange(topic, partition, wanted, `the partition holds ${start} to ${end}`);
  }
  return wanted;
}

function refuseUnknownPartitions(topic: string, from: FollowFrom, bounds: readonly PartitionBounds[]): void {
  const isUnknown = (partition: number) => bounds.every((range) => range.partition !== partition);
  const unknown = from === 'start' ? undefined : from.find(({ partition }) => isUnknown(partition));
  if (unknown !== undefined) {
    throw outOfRange(topic, unknown.partition, unknown.offset, `it has ${bounds.length} partitions`);
  }
}

/** A view that is ahead of its log, or behind what the log still holds, must not go on: it would skip records. */
function outOfRange(topic: string, partition: number, offset: number, why: string): EventLogError {
  const message =
    `Topic ${topic} has no position ${partition}/${offset}: ${why}. The log was replaced, has lost records or has` +
    ' let them expire; drop the view and start anew.';
  return new EventLogError('position-out-of-range', message);
}

/** A broker holds a fetch that finds nothing; an answer that takes this much longer will not come. */
const answerSlackMs = 15_000;

interface Reading {
  readonly topic: PreparedTopic;
  readonly progress: Progress;
  readonly limits: KafkaLogLimits;
  /** Called when the brokers answer. */
  readonly onConnected: () => void;
}

/** Reads all partitions over one connection, until the follower is stopped or something fails. */
async function readAll(connection: Connection, reading: Reading): Promise<void> {
  const { topic, progress, limits, onConnected } = reading;
  const { cluster, within } = connection;
  const { name, partitions } = topic.definition;

  await within(limits.requestTimeoutMs, connectTo(connection, [name]));
  if (!progress.isPlaced()) {
    const bounds = fetchPartitionBounds(connection, topic.definition);
    progress.begin(await within(limits.requestTimeoutMs, bounds));
  }
  const leaders = Object.entries(cluster.findLeaderForPartitions(name, [...Array(partitions).keys()]));
  if (leaders.flatMap(([, led]) => led).length < partitions) {
    throw new Error(`topic ${name} has fewer than ${partitions} partitions`);
  }
  onConnected();
  const reads = leaders.map(async ([nodeId, led]) => {
    const broker = await within(limits.requestTimeoutMs, cluster.findBroker({ nodeId }));
    while (!progress.isStopped()) {
      await readOnce(connection, broker, led, reading);
    }
  });
  try {
    await Promise.all(reads);
  } finally {
    // None may still hand out records when the next connection begins to.
    connection.close();
    await Promise.allSettled(reads);
  }
}

async function readOnce(
  connection: Connection,
  broker: Broker,
  led: readonly number[],
  { topic, progress, limits }: Reading,
): Promise<void> {
  const { name } = topic.definition;
  const asked = new Map(led.map((partition) => [partition, progress.next(partition)]));
  const partitions = [...asked].map(([partition, offset]) => ({
    partition,
    fetchOffset: String(offset),
    maxBytes: limits.fetchBytes,
  }));
  const fetched = broker.fetch({
    isolationLevel: 1,
    maxWaitTime: limits.fetchWaitMs,
    minBytes: 1,
    maxBytes: limits.fetchBytes * led.length,
    topics: [{ topic: name, partitions }],
  });
  const { responses } = await connection
    .within(limits.fetchWaitMs + answerSlackMs, fetched)
    .catch((error: unknown) => {
      throw protocolErrorOf(error) === 'OFFSET_OUT_OF_RANGE' ? lostPosition(error, name, asked) : error;
    });
  const answers = responses.flatMap((response) => response.partitions);
  const isEmpty = answers.every(({ messages }) => messages.length === 0);
  for (const answer of answers) {
    await deliver(topic, answer, progress, isEmpty);
  }
}

async function deliver(
  topic: PreparedTopic,
  answer: FetchedPartition,
  progress: Progress,
  isNothingLeft: boolean,
): Promise<void> {
  const { partition, messages, lastStableOffset } = answer;
  const asked = progress.next(partition);
  const { messages: committed } = new Batch(topic.definition.name, String(asked), answer);
  if (committed.length > 0) {
    await progress.deliver(
      partition,
      committed.map((message) => toStoredRecord(topic, partition, message)),
    );
  }
  if (progress.isStopped()) {
    return;
  }
  const last = messages.at(-1);
  if (last !== undefined) {
    // A batch whose last records were compacted away comes again until its end is passed.
    progress.advance(partition, Math.max(Number(last.offset), asked) + 1);
  } else if (isNothingLeft && Number(lastStableOffset) > asked) {
    // Where a topic was compacted, nothing may be left up to its end.
    progress.advance(partition, Number(lastStableOffset));
  }
}

function lostPosition(error: unknown, topic: string, asked: ReadonlyMap<number, number>): unknown {
  const partition = error instanceof Error && 'partition' in error ? Number(error.partition) : undefined;
  const offset = partition === undefined ? undefined : asked.get(partition);
  return partition === undefined || offset === undefined
    ? error
    : outOfRange(topic, partition, offset, 'the broker holds it no longer, or not yet');
}

/** Reads until it is stopped, on one connection after the other. */
export function startFollower(options: FollowerOptions): Follower {
  const { topic, connections, limits, health, part } = options;
  const { name } = topic.definition;
  const caughtUp = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const backOff = createBackOff();
  const progress = createProgress(options, caughtUp.resolve);
  let connection: Connection | undefined;

  const onConnected = () => {
    backOff.succeeded();
    health.report(part, undefined);
  };
  const readOverOne = async () => {
    connection = connections.open();
    try {
      await readAll(connection, { topic, progress, limits, onConnected });
    } catch (error) {
      if (error instanceof EventLogError) {
        throw error;
      }
      if (!progress.isStopped()) {
        health.report(part, explain(options.access, error, { operation: 'Read', on: 'topic', name }));
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
      await readOverOne();
    }
    await progress.idle();
    throw new EventLogError('follower-stopped', `The follower of ${name} was stopped.`);
  };
  // Whoever does not ask for it must not be ended by its rejection.
  caughtUp.promise.catch(() => undefined);
  const ended = run().catch((error: unknown) => end(options, progress, caughtUp, error as EventLogError));

  return {
    caughtUp: caughtUp.promise,
    stop() {
      progress.stop();
      stopping.abort();
      connection?.close();
      return ended;
    },
  };
}

function end(
  { health, part, onEnded, onFailed }: FollowerOptions,
  progress: Progress,
  caughtUp: PromiseWithResolvers<void>,
  reason: EventLogError,
): void {
  progress.stop();
  health.forget(part);
  caughtUp.reject(reason);
  onEnded();
  if (reason.code !== 'follower-stopped') {
    onFailed(reason);
  }
}
