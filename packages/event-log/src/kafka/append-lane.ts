import kafkajs, { type Message, type Producer, type RecordMetadata } from 'kafkajs';
import { EventLogError } from '../event-log-error.ts';
import type { NewRecord, Position } from '../event-log.ts';
import { type Connection, type Connections, protocolErrorOf, reasonOf } from './connections.ts';
import { createBackOff, type KafkaLogLimits } from './kafka-log-options.ts';
import type { Health } from './open-kafka-log.ts';
import { partitionOfKey } from './ownership.ts';
import type { ByteBudget } from './reading.ts';
import type { PreparedTopic } from './topics.ts';

type PartitionedMessage = Message & { readonly partition: number };

export interface Sender {
  /**
   * Resolves with the offset of the first message in each partition, once all copies in sync have them. Calls
   * `onSending` when there is a broker to send them to: from then on they may be durable, whatever comes.
   */
  send(
    messages: PartitionedMessage[],
    timeoutMs: number,
    onSending: () => void,
  ): Promise<Map<number, number>>;
  close(): void;
}

/**
 * One producer for one topic, one `send` at a time. It is not idempotent: after a failed produce the idempotent one of
 * kafkajs reuses a sequence number, and the broker drops the next batch as a duplicate although it says it has it.
 * After a failure the producer is thrown away, so a retry may write a batch twice; readers fold by event id.
 */
export function createSender(connections: Connections, topic: string): Sender {
  let current: { connection: Connection; producer: Promise<Producer> } | undefined;

  const open = () => {
    const connection = connections.open();
    return { connection, producer: connectProducer(connection) };
  };
  const close = () => {
    current?.connection.close();
    current = undefined;
  };
  return {
    close,
    async send(messages, timeoutMs, onSending) {
      current ??= open();
      const { connection, producer } = current;
      const request = { topic, messages, acks: -1, timeout: timeoutMs };
      const sent = producer.then((connected) => {
        onSending();
        return connected.send(request);
      });
      try {
        return firstOffsets(messages, await connection.within(timeoutMs, sent));
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

async function connectProducer({ kafka }: Connection): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: false,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: { retries: 0 },
  });
  await producer.connect();
  return producer;
}

/** Every partition has to be acknowledged by name; kafkajs can forget one whose leader moves while it sends. */
function firstOffsets(
  messages: readonly PartitionedMessage[],
  answers: readonly RecordMetadata[],
): Map<number, number> {
  const offsets = new Map(
    answers.map(({ partition, baseOffset }): [number, number] => [partition, Number(baseOffset ?? -1)]),
  );
  for (const { partition } of messages) {
    if (!((offsets.get(partition) ?? -1) >= 0)) {
      throw new Error(`partition ${partition} was not acknowledged`);
    }
  }
  return offsets;
}

/** An append that waits to be acknowledged. */
interface WaitingAppend {
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
function toWaitingAppend(
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
function takeBatch(
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
function acknowledge(batch: readonly WaitingAppend[], firstOffsets: ReadonlyMap<number, number>): void {
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

export interface AppendLane {
  append(records: readonly NewRecord[]): Promise<readonly Position[]>;
  /** Waits for the appends under way, but not longer than `closeTimeoutMs`, and disconnects. */
  close(): Promise<void>;
}

interface AppendLaneOptions {
  readonly topic: PreparedTopic;
  readonly sender: Sender;
  readonly budget: ByteBudget;
  readonly limits: KafkaLogLimits;
  readonly health: Health;
  readonly now: () => number;
}

const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/**
 * The appends to one topic, in order: what waits goes together in one request, and the next request leaves only when
 * this one is acknowledged. A request that fails is repeated, the same appends first, until their time is over.
 */
export function createAppendLane(options: AppendLaneOptions): AppendLane {
  const { topic, sender, budget, limits, health, now } = options;
  const part = `producer of ${topic.definition.name}`;
  const waiting: WaitingAppend[] = [];
  const backOff = createBackOff();
  let running: Promise<void> | undefined;
  let closesAtMs = Number.POSITIVE_INFINITY;
  let appendsToIsolate = 0;
  let lastProblem = 'no answer';

  const deadlineOf = ({ deadlineMs }: WaitingAppend) => Math.min(deadlineMs, closesAtMs);
  const settled = (batch: readonly WaitingAppend[]) => {
    batch.forEach(({ sizeBytes }) => budget.giveBack(sizeBytes));
  };
  const rejectOverdue = () => {
    const overdue = waiting.findIndex((append) => deadlineOf(append) > performance.now());
    const expired = waiting.splice(0, overdue < 0 ? waiting.length : overdue);
    expired.forEach((append) => append.settle.reject(overdueError(topic, append, limits, lastProblem)));
    settled(expired);
  };
  const sendNext = async () => {
    const single = { ...limits, batchRecords: 0 };
    const batch = takeBatch(waiting, appendsToIsolate > 0 ? single : limits, topic.maxMessageBytes);
    const [first] = batch;
    const leftMs = first === undefined ? 0 : deadlineOf(first) - performance.now();
    try {
      const messages = batch.flatMap((append) => append.messages);
      const onSending = () => batch.forEach((append) => (append.wasSent = true));
      const timeoutMs = Math.ceil(Math.min(leftMs, limits.sendTimeoutMs));
      acknowledge(batch, await sender.send(messages, timeoutMs, onSending));
      appendsToIsolate = Math.max(0, appendsToIsolate - 1);
      settled(batch);
      backOff.succeeded();
      health.report(part, undefined);
    } catch (error) {
      await handleFailure(batch, error);
    }
  };
  const handleFailure = async (batch: WaitingAppend[], error: unknown) => {
    lastProblem = reasonOf(error);
    if (!tooLarge.has(protocolErrorOf(error) ?? '')) {
      health.report(part, lastProblem);
      waiting.unshift(...batch);
      await backOff.wait();
    } else if (batch.length > 1) {
      appendsToIsolate = batch.length;
      waiting.unshift(...batch);
    } else {
      const message = `Topic ${topic.definition.name} did not take an append: ${lastProblem}.`;
      batch.forEach(({ settle }) => settle.reject(new EventLogError('append-too-large', message)));
      appendsToIsolate = Math.max(0, appendsToIsolate - 1);
      settled(batch);
    }
  };
  const run = async () => {
    // The appends of one turn of the event loop share a request.
    await new Promise((resolve) => setImmediate(resolve));
    for (rejectOverdue(); waiting.length > 0; rejectOverdue()) {
      await sendNext();
    }
    // Nothing is left that could find out whether the broker is back; whoever reads or appends next will say.
    health.forget(part);
    running = undefined;
  };

  return {
    async append(records) {
      if (records.length === 0) {
        return [];
      }
      const deadlineMs = performance.now() + limits.appendTimeoutMs;
      const append = toWaitingAppend(topic, records, now(), deadlineMs);
      budget.take(append.sizeBytes);
      waiting.push(append);
      running ??= run();
      return append.settle.promise;
    },
    async close() {
      closesAtMs = performance.now() + limits.closeTimeoutMs;
      await running;
      sender.close();
      health.forget(part);
    },
  };
}

function overdueError(
  { definition }: PreparedTopic,
  { wasSent }: WaitingAppend,
  { appendTimeoutMs }: KafkaLogLimits,
  problem: string,
): EventLogError {
  const outcome = wasSent ? 'it may have become durable all the same' : 'it was not sent';
  const message =
    `An append to ${definition.name} was not acknowledged within ${appendTimeoutMs / 1000} s, and ${outcome}.` +
    ` The last problem was: ${problem}.`;
  return new EventLogError(wasSent ? 'log-outcome-unknown' : 'log-unavailable', message);
}
