import type { NewRecord, Position } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';
import type { KafkaLogLimits } from './limits.ts';
import { partitionOfKey } from './partition-of-key.ts';
import type { PreparedTopic } from './prepare-topics.ts';
import type { PartitionedMessage } from './sender.ts';

/** An append that waits to be acknowledged. */
export interface WaitingAppend {
  readonly messages: readonly PartitionedMessage[];
  /** Upper bounds of what it takes in each partition's batch. */
  readonly partitionBytes: ReadonlyMap<number, number>;
  readonly sizeBytes: number;
  /** By the monotonic clock. */
  readonly deadlineMs: number;
  /** Whether a request with it was sent, so that it may be durable although nobody said so. */
  wasSent: boolean;
  readonly settle: PromiseWithResolvers<readonly Position[]>;
}

/** Lengths and deltas as varints, the attributes, and the lengths of one header (Kafka's record format v2). */
const recordOverheadBytes = 40;
const headerOverheadBytes = 10;
const batchOverheadBytes = 61;

/** Throws `append-too-large` when the records of one partition do not fit into one batch of the topic. */
export function toWaitingAppend(
  { definition, maxMessageBytes }: PreparedTopic,
  records: readonly NewRecord[],
  timestampMs: number,
  deadlineMs: number,
): WaitingAppend {
  const { name, partitions } = definition;
  const messages = records.map((record) => toMessage(record, name, partitions, timestampMs));
  const partitionBytes = new Map<number, number>();
  records.forEach((record, index) => {
    const partition = messages[index]?.partition ?? 0;
    const before = partitionBytes.get(partition) ?? batchOverheadBytes;
    partitionBytes.set(partition, before + sizeOf(record));
  });
  const largest = Math.max(0, ...partitionBytes.values());
  if (largest > maxMessageBytes) {
    const message =
      `An append of ${largest} bytes is larger than the ${maxMessageBytes} bytes that topic ${name} takes` +
      ' (max.message.bytes).';
    throw new EventLogError('append-too-large', message);
  }
  const sizeBytes = [...partitionBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const settle = Promise.withResolvers<readonly Position[]>();
  return { messages, partitionBytes, sizeBytes, deadlineMs, wasSent: false, settle };
}

/** Takes appends from the front while they fit into one request and, partition by partition, into one batch. */
export function takeBatch(
  waiting: WaitingAppend[],
  { batchBytes, batchRecords }: Pick<KafkaLogLimits, 'batchBytes' | 'batchRecords'>,
  maxMessageBytes: number,
): WaitingAppend[] {
  const partitionBytes = new Map<number, number>();
  let sizeBytes = 0;
  let recordCount = 0;
  const end = waiting.findIndex((append, index) => {
    sizeBytes += append.sizeBytes;
    recordCount += append.messages.length;
    let isFull = sizeBytes > batchBytes || recordCount > batchRecords;
    for (const [partition, bytes] of append.partitionBytes) {
      const sum = (partitionBytes.get(partition) ?? 0) + bytes;
      partitionBytes.set(partition, sum);
      isFull ||= sum > maxMessageBytes;
    }
    return isFull && index > 0;
  });
  return waiting.splice(0, end < 0 ? waiting.length : end);
}

/** Settles each append of a batch with the positions of its records. */
export function acknowledge(
  batch: readonly WaitingAppend[],
  firstOffsets: ReadonlyMap<number, number>,
): void {
  const next = new Map(firstOffsets);
  for (const { messages, settle } of batch) {
    const positions = messages.map(({ partition }) => {
      const offset = next.get(partition) ?? 0;
      next.set(partition, offset + 1);
      return { partition, offset };
    });
    settle.resolve(positions);
  }
}

function toMessage(
  { key, headers, value }: NewRecord,
  topic: string,
  partitions: number,
  timestampMs: number,
): PartitionedMessage {
  return {
    key,
    headers: { ...headers },
    value: Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    timestamp: String(timestampMs),
    partition: partitionOfKey(topic, key, partitions),
  };
}

function sizeOf({ key, headers, value }: NewRecord): number {
  let bytes = recordOverheadBytes + Buffer.byteLength(key) + value.byteLength;
  for (const [name, text] of Object.entries(headers)) {
    bytes += headerOverheadBytes + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return bytes;
}
