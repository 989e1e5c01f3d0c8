import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker, FetchedPartition, RawMessage } from 'kafkajs/src/cluster/index.js';
import Batch from 'kafkajs/src/consumer/batch.js';
import { EventLogError } from '../event-log-error.ts';
import type { PartitionBounds, Position, StoredRecord } from '../event-log.ts';
import { type Connection, type Connections, protocolErrorOf, toEventLogError } from './connections.ts';
import { type OffsetRange, outOfRange, type Progress } from './follower.ts';
import { createBackOff, type KafkaLogLimits } from './kafka-log-options.ts';
import type { PreparedTopic } from './topics.ts';

/** Bounds the bytes of all appends that wait or are under way, of all topics together. */
export interface ByteBudget {
  /** Throws `log-overloaded` or `append-too-large`. */
  take(sizeBytes: number): void;
  giveBack(sizeBytes: number): void;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  let heldBytes = 0;
  return {
    take(sizeBytes) {
      if (sizeBytes > limitBytes) {
        const message = `An append of ${sizeBytes} bytes is larger than the ${limitBytes} bytes allowed.`;
        throw new EventLogError('append-too-large', message);
      }
      if (heldBytes + sizeBytes > limitBytes) {
        const message = `${heldBytes} bytes wait to be written to the event log, and ${limitBytes} are allowed.`;
        throw new EventLogError('log-overloaded', message);
      }
      heldBytes += sizeBytes;
    },
    giveBack(sizeBytes) {
      heldBytes -= sizeBytes;
    },
  };
}

/** What each partition holds now, as far as it is committed. The cluster has to know the topic. */
export async function fetchOffsetRanges(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, OffsetRange>> {
  const wanted = { topic, partitions: partitions.map((partition) => ({ partition })) };
  const [starts, ends] = await Promise.all([
    fetchOffsets(cluster, { ...wanted, fromBeginning: true }),
    fetchOffsets(cluster, { ...wanted, fromBeginning: false }),
  ]);
  return new Map(
    partitions.map((partition): [number, OffsetRange] => {
      const start = starts.get(partition);
      const end = ends.get(partition);
      if (start === undefined || end === undefined) {
        throw new Error(`no broker knows the offsets of ${topic}/${partition}`);
      }
      return [partition, { start, end }];
    }),
  );
}

type WantedOffsets = Parameters<Cluster['fetchTopicsOffset']>[0][number];

async function fetchOffsets(cluster: Cluster, wanted: WantedOffsets): Promise<Map<number, number>> {
  const [found] = await cluster.fetchTopicsOffset([wanted]);
  return new Map(
    found?.partitions.map(({ partition, offset }): [number, number] => [partition, Number(offset)]),
  );
}

/** What a way of reading gets; it reads until the follower is stopped or something fails. */
export interface ReadingOptions {
  readonly topic: PreparedTopic;
  readonly progress: Progress;
  readonly limits: KafkaLogLimits;
  /** Called when the brokers answer. */
  readonly onConnected: () => void;
}

/** A record as Kafka has it. Foreign writers may write anything: bytes that are no UTF-8 become U+FFFD. */
function toStoredRecord(partition: number, message: RawMessage): StoredRecord {
  const { offset, key, headers, value, timestamp } = message;
  return {
    position: { partition, offset: Number(offset) },
    key: key === null ? null : textOf(key),
    headers: Object.fromEntries(Object.entries(headers).flatMap(([name, found]) => headerOf(name, found))),
    value,
    timestampMs: Number(timestamp),
  };
}

/** A name may stand there several times, and the last one counts; a header may have no value. */
function headerOf(name: string, found: RawMessage['headers'][string]): [string, string][] {
  const last = Array.isArray(found) ? found.at(-1) : found;
  return Buffer.isBuffer(last) ? [[name, textOf(last)]] : [];
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}

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

/** What each partition of a topic holds, asked over a connection of its own. */
export async function fetchBounds(
  connections: Connections,
  { requestTimeoutMs }: KafkaLogLimits,
  { definition: { name, partitions } }: PreparedTopic,
): Promise<readonly PartitionBounds[]> {
  const { cluster, within, close } = connections.open();
  const ask = async (): Promise<readonly PartitionBounds[]> => {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([name]);
    const numbers = Array.from({ length: partitions }, (_, index) => index);
    const ranges = await fetchOffsetRanges(cluster, name, numbers);
    return [...ranges].map(([partition, range]) => ({ partition, ...range }));
  };
  try {
    return await within(requestTimeoutMs, ask());
  } catch (error) {
    throw toEventLogError(error, `ask for the bounds of ${name}`);
  } finally {
    close();
  }
}

/** Reads single records, all over one connection. */
interface RecordFetcher {
  fetch(topic: PreparedTopic, position: Position): Promise<StoredRecord | undefined>;
  close(): void;
}

/** A broker answers with whole batches, and what is read next often lies in the same one. */
interface FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: ReadonlyMap<number, RawMessage>;
}

const attempts = 5;

/** One fetch at a time: kafkajs opens another socket for each fetch that finds none yet, and loses all but one. */
export function createRecordFetcher(connections: Connections, limits: KafkaLogLimits): RecordFetcher {
  let current: Connection | undefined;
  let lastBatch: FetchedBatch | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const fetchOnce = async (topic: string, position: Position): Promise<FetchedBatch | undefined> => {
    current ??= connections.open();
    const connection = current;
    try {
      return await connection.within(limits.requestTimeoutMs, fetchBatch(connection, topic, position));
    } catch (error) {
      if (protocolErrorOf(error) === 'OFFSET_OUT_OF_RANGE') {
        return undefined;
      }
      connection.close();
      current = undefined;
      throw error;
    }
  };
  const fetchPatiently = async (topic: string, position: Position) => {
    const backOff = createBackOff();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetchOnce(topic, position);
      } catch (error) {
        if (attempt === attempts || isClosed) {
          throw toEventLogError(error, `read ${topic}`);
        }
        await backOff.wait();
      }
    }
  };
  const findOnce = async (topic: string, position: Position) => {
    const { partition, offset } = position;
    if (lastBatch?.topic !== topic || lastBatch.partition !== partition || !lastBatch.messages.has(offset)) {
      lastBatch = await fetchPatiently(topic, position);
    }
    const found = lastBatch?.messages.get(offset);
    return found === undefined ? undefined : toStoredRecord(partition, found);
  };
  /** A leader that has just been elected may not show for a moment what was read from the one before. */
  const find = async (topic: string, position: Position) => {
    const backOff = createBackOff();
    for (let attempt = 1; ; attempt += 1) {
      const found = await findOnce(topic, position);
      if (found !== undefined || attempt === attempts || isClosed) {
        return found;
      }
      await backOff.wait();
    }
  };
  return {
    fetch(topic, position) {
      if (!isPossible(topic, position)) {
        return Promise.resolve(undefined);
      }
      const fetched = turn.then(() => find(topic.definition.name, position));
      turn = fetched.catch(() => undefined);
      return fetched;
    },
    close() {
      isClosed = true;
      current?.close();
    },
  };
}

function isPossible({ definition }: PreparedTopic, { partition, offset }: Position): boolean {
  const isPartition = Number.isInteger(partition) && partition >= 0 && partition < definition.partitions;
  return isPartition && Number.isInteger(offset) && offset >= 0;
}

async function fetchBatch(
  { cluster }: Connection,
  topic: string,
  { partition, offset }: Position,
): Promise<FetchedBatch | undefined> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  const broker = await cluster.findBroker({ nodeId: nodeId ?? '' });
  // At least the first batch comes, however large.
  const { responses } = await broker.fetch({
    isolationLevel: 1,
    maxWaitTime: 0,
    minBytes: 0,
    maxBytes: 1,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: 1 }] }],
  });
  const answer = responses[0]?.partitions[0];
  const messages = answer === undefined ? [] : new Batch(topic, String(offset), answer).messages;
  return {
    topic,
    partition,
    messages: new Map(messages.map((message) => [Number(message.offset), message])),
  };
}
