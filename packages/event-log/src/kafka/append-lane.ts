import type { NewRecord, Position } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';
import { createBackOff } from './back-off.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Health } from './health.ts';
import { protocolErrorOf, reasonOf } from './kafka-failure.ts';
import type { KafkaLogLimits } from './limits.ts';
import type { PreparedTopic } from './prepare-topics.ts';
import type { Sender } from './sender.ts';
import { acknowledge, takeBatch, toWaitingAppend } from './waiting-append.ts';
import type { WaitingAppend } from './waiting-append.ts';

export interface AppendLane {
  append(records: readonly NewRecord[]): Promise<readonly Position[]>;
  /** Waits for the appends under way, but not longer than `closeTimeoutMs`, and disconnects. */
  close(): Promise<void>;
}

export interface AppendLaneOptions {
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
