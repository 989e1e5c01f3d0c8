import type { NewRecord, Position } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';
import type { SqliteLogLimits } from './limits.ts';
import type { Topic } from './topic.ts';

/** An append that waits for its commit. */
export interface WaitingAppend {
  readonly topic: Topic;
  readonly records: readonly NewRecord[];
  /** The headers of each record as JSON, made when `append` was called. */
  readonly headers: readonly string[];
  readonly timestampMs: number;
  readonly sizeBytes: number;
  readonly settle: PromiseWithResolvers<readonly Position[]>;
}

/** What a record costs in memory besides its value, key and headers, roughly. */
const recordOverheadBytes = 100;

export function toWaitingAppend(
  topic: Topic,
  records: readonly NewRecord[],
  timestampMs: number,
): WaitingAppend {
  const headers = records.map((record) => JSON.stringify(record.headers));
  let sizeBytes = 0;
  records.forEach(({ key, value }, index) => {
    sizeBytes += value.byteLength + key.length + (headers[index]?.length ?? 0) + recordOverheadBytes;
  });
  return { topic, records, headers, timestampMs, sizeBytes, settle: Promise.withResolvers() };
}

/** The appends that wait, bounded in bytes together with those under way. */
export interface WaitingLine {
  /** Throws `log-overloaded` or `append-too-large`. */
  push(append: WaitingAppend): void;
  /** Takes as many appends as one commit may hold, in order, at least one where one waits. */
  takeBatch(): WaitingAppend[];
  /** Forgets the bytes of a batch that was taken and has ended. */
  batchEnded(batch: readonly WaitingAppend[]): void;
  isEmpty(): boolean;
  /** Whether those waiting would fill a commit. */
  isFull(): boolean;
}

type Limits = Pick<SqliteLogLimits, 'batchBytes' | 'batchRecords' | 'queueBytes'>;

export function createWaitingLine(limits: Limits): WaitingLine {
  const waiting: WaitingAppend[] = [];
  let heldBytes = 0;
  let waitingBytes = 0;
  let waitingRecords = 0;
  return {
    push(append) {
      refuseTooMuch(append.sizeBytes, heldBytes, limits.queueBytes);
      waiting.push(append);
      heldBytes += append.sizeBytes;
      waitingBytes += append.sizeBytes;
      waitingRecords += append.records.length;
    },
    takeBatch() {
      const batch = waiting.splice(0, countForBatch(waiting, limits));
      for (const { sizeBytes, records } of batch) {
        waitingBytes -= sizeBytes;
        waitingRecords -= records.length;
      }
      return batch;
    },
    batchEnded(batch) {
      for (const { sizeBytes } of batch) {
        heldBytes -= sizeBytes;
      }
    },
    isEmpty: () => waiting.length === 0,
    isFull: () => waitingBytes >= limits.batchBytes || waitingRecords >= limits.batchRecords,
  };
}

function refuseTooMuch(sizeBytes: number, heldBytes: number, queueBytes: number): void {
  if (sizeBytes > queueBytes) {
    const message = `An append of ${sizeBytes} bytes is larger than the ${queueBytes} bytes allowed.`;
    throw new EventLogError('append-too-large', message);
  }
  if (heldBytes + sizeBytes > queueBytes) {
    const message = `${heldBytes} bytes wait to be written to the event log, and ${queueBytes} are allowed.`;
    throw new EventLogError('log-overloaded', message);
  }
}

function countForBatch(waiting: readonly WaitingAppend[], limits: Limits): number {
  let sizeBytes = 0;
  let recordCount = 0;
  const end = waiting.findIndex((append, index) => {
    sizeBytes += append.sizeBytes;
    recordCount += append.records.length;
    return index > 0 && (sizeBytes > limits.batchBytes || recordCount > limits.batchRecords);
  });
  return end < 0 ? waiting.length : end;
}
