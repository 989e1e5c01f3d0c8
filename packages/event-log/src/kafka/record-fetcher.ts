import type { RawMessage } from 'kafkajs/src/cluster/index.js';
import Batch from 'kafkajs/src/consumer/batch.js';
import type { Position, StoredRecord } from '../event-log.ts';
import { createBackOff } from './back-off.ts';
import type { Connection, Connections } from './connections.ts';
import { protocolErrorOf, toEventLogError } from './kafka-failure.ts';
import type { KafkaLogLimits } from './limits.ts';
import type { PreparedTopic } from './prepare-topics.ts';
import { toStoredRecord } from './stored-record.ts';

/** Reads single records, all over one connection. */
export interface RecordFetcher {
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
