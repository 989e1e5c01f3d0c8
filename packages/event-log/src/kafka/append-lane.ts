import kafkajs, { type Producer, type RecordMetadata } from 'kafkajs';
import { EventLogError, noRoom } from '../event-log-error.ts';
import type { NewRecord, Position } from '../event-log.ts';
import {
  type BackOff,
  type Connection,
  type Connections,
  createBackOff,
  type Health,
  protocolErrorOf,
} from './connections.ts';
import type { KafkaLogLimits } from './kafka-log-options.ts';
import { batchOverheadBytes, type PartitionedMessage, sizeOf, toMessage } from './messages.ts';
import { type Access, explain, isUnauthorized } from './rights.ts';
import type { PreparedTopic } from './topics.ts';

/** The offset of the first message in each partition. */
type FirstOffsets = ReadonlyMap<number, number>;

export interface Sender {
  /**
   * Resolves once all copies in sync have the messages. Calls `onSending` when there is a broker to send them to: from
   * then on they may be durable, whatever comes.
   */
  send(messages: PartitionedMessage[], timeoutMs: number, onSending: () => void): Promise<FirstOffsets>;
  close(): void;
}

/**
 * One producer for one topic, one `send` at a time. It is not idempotent: after a failed produce the idempotent one of
 * kafkajs reuses a sequence number, and the broker drops the next batch as a duplicate although it says it has it.
 * After a failure the producer is thrown away, so a retry may write a batch twice; readers fold by event id.
 */
export function createSender(connections: Connections, topic: string): Sender {
  let current: { connection: Connection; producer: Promise<Producer> } | undefined;

  const open = (connection: Connection) => ({ connection, producer: connectProducer(connection) });
  const close = () => {
    current?.connection.close();
    current = undefined;
  };
  return {
    close,
    async send(messages, timeoutMs, onSending) {
      current ??= open(connections.open());
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
): FirstOffsets {
  const offsets = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset ?? -1)]));
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

/** Throws `append-too-large` when the records of one partition do not fit into one batch of the topic. */
function toWaitingAppend(
  { definition, maxMessageBytes }: PreparedTopic,
  records: readonly NewRecord[],
  timestampMs: number,
  deadlineMs: number,
): WaitingAppend {
  const partitionBytes = new Map<number, number>();
  const messages = records.map((record) => {
    const message = toMessage(record, definition, timestampMs);
    const before = partitionBytes.get(message.partition) ?? batchOverheadBytes;
    partitionBytes.set(message.partition, before + sizeOf(record));
    return message;
  });
  const largest = Math.max(0, ...partitionBytes.values());
  if (largest > maxMessageBytes) {
    const message =
      `An append of ${largest} bytes is larger than the ${maxMessageBytes} bytes that topic ${definition.name} takes` +
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
function acknowledge(batch: readonly WaitingAppend[], offsets: FirstOffsets): void {
  const next = new Map(offsets);
  for (const { messages, settle } of batch) {
    const positions = messages.map(({ partition }) => {
      const offset = next.get(partition) ?? 0;
      next.set(partition, offset + 1);
      return { partition, offset };
    });
    settle.resolve(positions);
  }
}

/** Bounds the bytes of all appends that wait or are under way, of all topics together. */
interface ByteBudget {
  /** Throws `log-overloaded` or `append-too-large`. */
  take(sizeBytes: number): void;
  giveBack(batch: readonly WaitingAppend[]): void;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  let heldBytes = 0;
  return {
    take(sizeBytes) {
      if (heldBytes + sizeBytes > limitBytes) {
        throw noRoom(sizeBytes, heldBytes, limitBytes);
      }
      heldBytes += sizeBytes;
    },
    giveBack(batch) {
      batch.forEach(({ sizeBytes }) => (heldBytes -= sizeBytes));
    },
  };
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
  readonly access: Access;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** The appends that wait, and what is known of how sending goes. */
interface Lane extends AppendLaneOptions {
  /** Names the lane for the health report. */
  readonly part: string;
  readonly waiting: WaitingAppend[];
  readonly backOff: BackOff;
  closesAtMs: number;
  /** The broker found a batch too large: so many appends go alone, to find the one that is. */
  appendsToIsolate: number;
  lastProblem: string;
}

/**
 * The appends to one topic, in order: what waits goes together in one request, and the next request leaves only when
 * this one is acknowledged. A request that fails is repeated, the same appends first, until their time is over.
 */
export function createAppendLane(options: AppendLaneOptions): AppendLane {
  const { topic, sender, budget, limits, health } = options;
  const lane: Lane = {
    ...options,
    part: `producer of ${topic.definition.name}`,
    waiting: [],
    backOff: createBackOff(),
    closesAtMs: Number.POSITIVE_INFINITY,
    appendsToIsolate: 0,
    lastProblem: 'no answer',
  };
  let running: Promise<void> | undefined;

  const run = async () => {
    // The appends of one turn of the event loop share a request.
    await new Promise((resolve) => setImmediate(resolve));
    for (rejectOverdue(lane); lane.waiting.length > 0; rejectOverdue(lane)) {
      await sendNext(lane);
    }
    // Nothing is left that could find out whether the broker is back; whoever reads or appends next will say.
    health.forget(lane.part);
    running = undefined;
  };
  return {
    async append(records) {
      if (records.length === 0) {
        return [];
      }
      const deadlineMs = performance.now() + limits.appendTimeoutMs;
      const append = toWaitingAppend(topic, records, lane.nowMs(), deadlineMs);
      budget.take(append.sizeBytes);
      lane.waiting.push(append);
      running ??= run();
      return append.settle.promise;
    },
    async close() {
      lane.closesAtMs = performance.now() + limits.closeTimeoutMs;
      await running;
      sender.close();
      health.forget(lane.part);
    },
  };
}

function deadlineOf({ closesAtMs }: Lane, { deadlineMs }: WaitingAppend): number {
  return Math.min(deadlineMs, closesAtMs);
}

function rejectOverdue(lane: Lane): void {
  const { waiting, budget } = lane;
  const inTime = waiting.findIndex((append) => deadlineOf(lane, append) > performance.now());
  const expired = waiting.splice(0, inTime < 0 ? waiting.length : inTime);
  expired.forEach((append) => append.settle.reject(overdueError(lane, append)));
  budget.giveBack(expired);
}

async function sendNext(lane: Lane): Promise<void> {
  const { waiting, topic, sender, limits, health, part } = lane;
  const isolated = lane.appendsToIsolate > 0 ? { ...limits, batchRecords: 0 } : limits;
  const batch = takeBatch(waiting, isolated, topic.maxMessageBytes);
  const [first] = batch;
  const leftMs = first === undefined ? 0 : deadlineOf(lane, first) - performance.now();
  try {
    const messages = batch.flatMap((append) => append.messages);
    const onSending = () => batch.forEach((append) => (append.wasSent = true));
    const timeoutMs = Math.ceil(Math.min(leftMs, limits.sendTimeoutMs));
    acknowledge(batch, await sender.send(messages, timeoutMs, onSending));
    ended(lane, batch);
    lane.backOff.succeeded();
    health.report(part, undefined);
  } catch (error) {
    await handleFailure(lane, batch, error);
  }
}

const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

async function handleFailure(lane: Lane, batch: readonly WaitingAppend[], error: unknown): Promise<void> {
  const { waiting, topic, health, part } = lane;
  lane.lastProblem = explain(lane.access, error, {
    operation: 'Write',
    on: 'topic',
    name: topic.definition.name,
  });
  if (isUnauthorized(error)) {
    health.report(part, lane.lastProblem);
    // No retry can help, and nothing was written.
    batch.forEach(({ settle }) => settle.reject(new EventLogError('log-unauthorized', lane.lastProblem)));
    ended(lane, batch);
  } else if (!tooLarge.has(protocolErrorOf(error) ?? '')) {
    health.report(part, lane.lastProblem);
    waiting.unshift(...batch);
    await lane.backOff.wait();
  } else if (batch.length > 1) {
    lane.appendsToIsolate = batch.length;
    waiting.unshift(...batch);
  } else {
    const message = `Topic ${topic.definition.name} did not take an append: ${lane.lastProblem}.`;
    batch.forEach(({ settle }) => settle.reject(new EventLogError('append-too-large', message)));
    ended(lane, batch);
  }
}

function ended(lane: Lane, batch: readonly WaitingAppend[]): void {
  lane.appendsToIsolate = Math.max(0, lane.appendsToIsolate - 1);
  lane.budget.giveBack(batch);
}

function overdueError({ topic, limits, lastProblem }: Lane, { wasSent }: WaitingAppend): EventLogError {
  const outcome = wasSent ? 'it may have become durable all the same' : 'it was not sent';
  const message =
    `An append to ${topic.definition.name} was not acknowledged within ${limits.appendTimeoutMs / 1000} s,` +
    ` and ${outcome}. The last problem was: ${lastProblem}.`;
  return new EventLogError(wasSent ? 'log-outcome-unknown' : 'log-unavailable', message);
}
