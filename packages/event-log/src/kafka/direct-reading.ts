import Batch from 'kafkajs/src/consumer/batch.js';
import type { Broker, FetchedPartition } from 'kafkajs/src/cluster/index.js';
import type { Connection } from './connections.ts';
import { protocolErrorOf } from './kafka-failure.ts';
import { fetchOffsetRanges } from './offset-ranges.ts';
import { outOfRange } from './progress.ts';
import type { Progress } from './progress.ts';
import type { ReadingOptions } from './reading.ts';
import { toStoredRecord } from './stored-record.ts';

/** A broker holds a fetch that finds nothing; an answer that takes this much longer will not come. */
const answerSlackMs = 15_000;

/**
 * Reads all partitions without a group, from the broker that leads each, until the follower is stopped or something
 * fails. A group costs seconds at every start, and its reader goes back to some other offset without a word when the
 * one it wants is gone.
 */
export async function readDirectly(connection: Connection, options: ReadingOptions): Promise<void> {
  const { topic, progress, limits, onConnected } = options;
  const { cluster, within } = connection;
  const { name } = topic.definition;
  const partitions = Array.from({ length: topic.definition.partitions }, (_, index) => index);

  await within(limits.requestTimeoutMs, connect(connection, name));
  if (!progress.isPlaced()) {
    const ranges = fetchOffsetRanges(cluster, name, partitions);
    progress.begin(await within(limits.requestTimeoutMs, ranges));
  }
  const leaders = Object.entries(cluster.findLeaderForPartitions(name, partitions));
  if (leaders.flatMap(([, led]) => led).length < partitions.length) {
    throw new Error(`topic ${name} has fewer than ${partitions.length} partitions`);
  }
  onConnected();
  const reads = leaders.map(async ([nodeId, led]) => {
    const broker = await within(limits.requestTimeoutMs, cluster.findBroker({ nodeId }));
    while (!progress.isStopped()) {
      await readOnce(connection, broker, led, options);
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

async function connect({ cluster }: Connection, topic: string): Promise<void> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
}

async function readOnce(
  connection: Connection,
  broker: Broker,
  led: readonly number[],
  { topic, progress, limits }: ReadingOptions,
): Promise<void> {
  const { name } = topic.definition;
  const offsets = new Map(led.map((partition): [number, number] => [partition, progress.next(partition)]));
  const fetched = broker.fetch({
    isolationLevel: 1,
    maxWaitTime: limits.fetchWaitMs,
    minBytes: 1,
    maxBytes: limits.fetchBytes * led.length,
    topics: [{ topic: name, partitions: led.map((partition) => fetchFrom(partition, progress, limits)) }],
  });
  const { responses } = await connection
    .within(limits.fetchWaitMs + answerSlackMs, fetched)
    .catch((error: unknown) => {
      throw protocolErrorOf(error) === 'OFFSET_OUT_OF_RANGE' ? lostPosition(error, name, offsets) : error;
    });
  const answers = responses.flatMap(({ partitions }) => partitions);
  const isEmpty = answers.every(({ messages }) => messages.length === 0);
  for (const answer of answers) {
    await deliver(name, answer, progress, isEmpty);
  }
}

function fetchFrom(partition: number, progress: Progress, { fetchBytes }: ReadingOptions['limits']) {
  return { partition, fetchOffset: String(progress.next(partition)), maxBytes: fetchBytes };
}

async function deliver(
  topic: string,
  answer: FetchedPartition,
  progress: Progress,
  isNothingLeft: boolean,
): Promise<void> {
  const { partition, messages, lastStableOffset } = answer;
  const asked = progress.next(partition);
  const { messages: committed } = new Batch(topic, String(asked), answer);
  if (committed.length > 0) {
    await progress.deliver(
      partition,
      committed.map((message) => toStoredRecord(partition, message)),
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

function lostPosition(error: unknown, topic: string, offsets: ReadonlyMap<number, number>): unknown {
  const partition = error instanceof Error && 'partition' in error ? Number(error.partition) : undefined;
  const offset = partition === undefined ? undefined : offsets.get(partition);
  return partition === undefined || offset === undefined
    ? error
    : outOfRange(topic, partition, offset, 'the broker holds it no longer, or not yet');
}
