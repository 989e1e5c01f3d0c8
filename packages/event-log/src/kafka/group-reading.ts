import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { RawMessage } from 'kafkajs/src/cluster/index.js';
import type { Connection } from './connections.ts';
import { outOfRange, type Progress } from './follower.ts';
import { fetchOffsetRanges, type ReadingOptions, toStoredRecord } from './reading.ts';

const heartbeatMs = 3_000;
const longestWaitMs = 1_000;

/**
 * Reads as the only member of a group of its own: slower to start, but with the public consumer of kafkajs. Offsets
 * are never committed; the follower says where to begin.
 */
export async function readThroughGroup(connection: Connection, options: ReadingOptions): Promise<void> {
  const { topic, progress, limits, onConnected, clientId } = options;
  const { kafka, within } = connection;
  const { name } = topic.definition;
  const partitions = Array.from({ length: topic.definition.partitions }, (_, index) => index);

  await within(limits.requestTimeoutMs, place(connection, name, partitions, progress));
  const consumer = kafka.consumer({
    groupId: `${clientId}-reader-${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: Math.min(limits.fetchWaitMs, longestWaitMs),
    retry: { retries: 0, restartOnFailure: async () => false },
  });
  const failure = Promise.withResolvers<never>();
  let hasFailed = false;
  failure.promise.catch(() => {
    hasFailed = true;
  });
  consumer.on('consumer.crash', ({ payload }) => failure.reject(payload.error));
  consumer.on('consumer.end_batch_process', ({ payload }) => {
    // Batches without a record for us (aborted, compacted) never reach the handler.
    const after = Number(payload.lastOffset) + 1;
    if (after > progress.next(payload.partition) && !progress.isStopped() && !hasFailed) {
      progress.advance(payload.partition, after);
    }
  });
  try {
    const eachBatch = (payload: EachBatchPayload) =>
      handleBatch(payload, name, progress).catch((error: unknown) => failure.reject(error));
    await within(limits.sessionTimeoutMs + limits.requestTimeoutMs, start(consumer, name, eachBatch));
    partitions.forEach((partition) =>
      consumer.seek({ topic: name, partition, offset: String(progress.next(partition)) }),
    );
    onConnected();
    await within(2 ** 31 - 1, failure.promise);
  } finally {
    await within(limits.requestTimeoutMs, consumer.disconnect()).catch(() => undefined);
    await progress.idle();
  }
}

async function place(
  { cluster }: Connection,
  topic: string,
  partitions: readonly number[],
  progress: Progress,
): Promise<void> {
  if (!progress.isPlaced()) {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([topic]);
    progress.begin(await fetchOffsetRanges(cluster, topic, partitions));
  }
}

async function start(
  consumer: Consumer,
  topic: string,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
}

async function handleBatch(
  { batch, resolveOffset, heartbeat }: EachBatchPayload,
  topic: string,
  progress: Progress,
): Promise<void> {
  const next = progress.next(batch.partition);
  refuseSilentReset(batch, topic, next);
  // kafkajs sends no heartbeat while a batch is handled.
  const beating = setInterval(() => void heartbeat().catch(() => undefined), heartbeatMs);
  try {
    const records = batch.messages
      .filter(({ offset }) => Number(offset) >= next)
      .map((message) => toStoredRecord(batch.partition, message as unknown as RawMessage));
    await progress.deliver(batch.partition, records);
    resolveOffset(batch.lastOffset());
  } finally {
    clearInterval(beating);
  }
}

/** When its offset is gone, the consumer goes on at some other one without a word. */
function refuseSilentReset(batch: EachBatchPayload['batch'], topic: string, next: number): void {
  const fetchedOffset = 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : Number.NaN;
  if (fetchedOffset > next) {
    throw outOfRange(topic, batch.partition, next, `the broker went on at ${fetchedOffset}`);
  }
}
