/** Records as kafkajs sends them: with their partition, and how much room they take in a batch. */
import kafkajs, { type Message } from 'kafkajs';
import type { NewRecord } from '../event-log.ts';
import type { PreparedTopic } from './topics.ts';

export type PartitionedMessage = Message & { readonly partition: number };

/** Lengths and deltas as varints, the attributes, and the lengths of one header (Kafka's record format v2). */
const recordOverheadBytes = 40;
const headerOverheadBytes = 10;
export const batchOverheadBytes = 61;

export function toMessage(
  { key, headers, value }: NewRecord,
  { name, partitions }: PreparedTopic['definition'],
  timestampMs: number,
): PartitionedMessage {
  return {
    key,
    headers: { ...headers },
    value: Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    timestamp: String(timestampMs),
    partition: partitionOfKey(name, key, partitions),
  };
}

export function sizeOf({ key, headers, value }: NewRecord): number {
  let bytes = recordOverheadBytes + Buffer.byteLength(key) + value.byteLength;
  for (const [name, text] of Object.entries(headers)) {
    bytes += headerOverheadBytes + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return bytes;
}

const partitioner = kafkajs.Partitioners.DefaultPartitioner();

/** The partition of a key as Kafka's Java client chooses it, so that foreign writers agree with us. */
export function partitionOfKey(topic: string, key: string, partitions: number): number {
  const partitionMetadata = partitionLists.get(partitions) ?? listPartitions(partitions);
  return partitioner({ topic, partitionMetadata, message: { key, value: null } });
}

type PartitionList = Parameters<typeof partitioner>[0]['partitionMetadata'];

const partitionLists = new Map<number, PartitionList>();

function listPartitions(count: number): PartitionList {
  const list = Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  partitionLists.set(count, list);
  return list;
}
