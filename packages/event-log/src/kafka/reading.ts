import type { RawMessage } from 'kafkajs/src/cluster/index.js';
import Batch from 'kafkajs/src/consumer/batch.js';
import type { PartitionBounds, Position, StoredRecord } from '../event-log.ts';
import {
  type Connection,
  type Connections,
  connectTo,
  createBackOff,
  protocolErrorOf,
  toEventLogError,
} from './connections.ts';
import type { KafkaLogLimits, KafkaTopicDefinition } from './kafka-log-options.ts';
import { partitionOfKey } from './messages.ts';
import type { PreparedTopic } from './topics.ts';

/** What each partition holds now, as far as it is committed. The connection has to know the topic. */
export async function fetchPartitionBounds(
  { cluster }: Connection,
  { name, partitions }: KafkaTopicDefinition,
): Promise<readonly PartitionBounds[]> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ partition }));
  const fetchOffsets = async (fromBeginning: boolean): Promise<Map<number, number>> => {
    const [found] = await cluster.fetchTopicsOffset([{ topic: name, partitions: all, fromBeginning }]);
    const offsets = found?.partitions ?? [];
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  };
  const [starts, ends] = await Promise.all([fetchOffsets(true), fetchOffsets(false)]);
  return all.map(({ partition }) => {
    const start = starts.get(partition);
    const end = ends.get(partition);
    if (start === undefined || end === undefined) {
      throw new Error(`no broker knows the offsets of ${name}/${partition}`);
    }
    return { partition, start, end };
  });
}

/** The same, asked over a connection of its own. */
export async function fetchBounds(
  connections: Connections,
  { requestTimeoutMs }: KafkaLogLimits,
  { definition }: PreparedTopic,
): Promise<readonly PartitionBounds[]> {
  const connection = connections.open();
  const ask = async (): Promise<readonly PartitionBounds[]> => {
    await connectTo(connection, [definition.name]);
    return fetchPartitionBounds(connection, definition);
  };
  try {
    return await connection.within(requestTimeoutMs, ask());
  } catch (error) {
    throw toEventLogError(error, `ask for the bounds of ${definition.name}`);
  } finally {
    connection.close();
  }
}

/** A record as Kafka has it. Foreign writers may write anything: bytes that are no UTF-8 become U+FFFD. */
export function toStoredRecord(
  { definition: { name, partitions } }: PreparedTopic,
  partition: number,
  { offset, key: keyBytes, headers, value, timestamp }: RawMessage,
): StoredRecord {
  const key = keyBytes === null ? null : textOf(keyBytes);
  const home = key === null ? partition : partitionOfKey(name, key, partitions);
  return {
    position: { partition, offset: Number(offset) },
    ...(home === partition ? {} : { home }),
    key,
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
    const connection = (current ??= connections.open());
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
  const find = async (
    topic: PreparedTopic,
    { partition, offset }: Position,
  ): Promise<StoredRecord | undefined> => {
    const { name } = topic.definition;
    const holdsIt = (batch: FetchedBatch | undefined) =>
      batch?.topic === name && batch.partition === partition && batch.messages.has(offset);
    if (!holdsIt(lastBatch)) {
      lastBatch = await fetchOnce(name, { partition, offset });
    }
    const found = lastBatch?.messages.get(offset);
    return found === undefined ? undefined : toStoredRecord(topic, partition, found);
  };
  return {
    fetch(topic, position) {
      if (!isPossible(topic, position)) {
        return Promise.resolve(undefined);
      }
      const { name } = topic.definition;
      const tryOnce = () => find(topic, position);
      const fetched = turn.then(() => findPatiently(name, tryOnce, () => isClosed));
      turn = fetched.catch(() => undefined);
      return fetched;
    },
    close() {
      isClosed = true;
      current?.close();
    },
  };
}

/**
 * Tries again where the connection broke, and where nothing was found: a leader that has just been elected may not show
 * for a moment what was read from the one before.
 */
async function findPatiently(
  topic: string,
  tryOnce: () => Promise<StoredRecord | undefined>,
  isClosed: () => boolean,
): Promise<StoredRecord | undefined> {
  const backOff = createBackOff();
  let failures = 0;
  let misses = 0;
  for (;;) {
    try {
      const found = await tryOnce();
      misses += 1;
      failures = 0;
      if (found !== undefined || misses === attempts || isClosed()) {
        return found;
      }
    } catch (error) {
      failures += 1;
      if (failures === attempts || isClosed()) {
        throw toEventLogError(error, `read ${topic}`);
      }
    }
    await backOff.wait();
  }
}

function isPossible({ definition }: PreparedTopic, { partition, offset }: Position): boolean {
  const isPartition = Number.isInteger(partition) && partition >= 0 && partition < definition.partitions;
  return isPartition && Number.isInteger(offset) && offset >= 0;
}

async function fetchBatch(
  connection: Connection,
  topic: string,
  { partition, offset }: Position,
): Promise<FetchedBatch> {
  const { cluster } = connection;
  await connectTo(connection, [topic]);
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
