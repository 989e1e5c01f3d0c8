import { type EventLogError, noRoom } from '../event-log-error.ts';
import type { NewRecord, Position } from '../event-log.ts';
import type { SqliteLogLimits } from './limits.ts';
import type { PackedBatch } from './packed-batch.ts';
import { failureToError, toEventLogError } from './sqlite-failure.ts';
import type { Topic } from './topic.ts';
import type { Writer } from './writer.ts';

/** An append that waits for its commit. */
interface WaitingAppend {
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
interface WaitingLine {
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
      if (heldBytes + append.sizeBytes > limits.queueBytes) {
        throw noRoom(append.sizeBytes, heldBytes, limits.queueBytes);
      }
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

/** Copies the values of a batch into one buffer for the writer thread; the originals stay with followers. */
function packBatch(
  appends: readonly WaitingAppend[],
  takeBuffer: (sizeBytes: number) => ArrayBuffer,
): PackedBatch {
  const records = appends.flatMap((append) => append.records);
  const valueSizesBytes = records.map(({ value }) => value.byteLength);
  const values = takeBuffer(valueSizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0));
  const bytes = new Uint8Array(values);
  let end = 0;
  for (const { value } of records) {
    bytes.set(value, end);
    end += value.byteLength;
  }
  return {
    topicIds: appends.map(({ topic }) => topic.id),
    recordCounts: appends.map((append) => append.records.length),
    timestampsMs: appends.map(({ timestampMs }) => timestampMs),
    mayUseReserve: appends.map((append) =>
      append.records.every(({ mayUseReserve }) => mayUseReserve === true),
    ),
    keys: records.map(({ key }) => key),
    headers: appends.flatMap((append) => append.headers),
    valueSizesBytes,
    values,
  };
}

export interface AppendQueue {
  /** Throws what `WaitingLine.push` throws. */
  append(topic: Topic, records: readonly NewRecord[]): Promise<readonly Position[]>;
  /** Resolves when nothing waits and nothing is under way. */
  drained(): Promise<void>;
  /** A commit that changes nothing but has to be written all the same. */
  probe(): Promise<void>;
  /** Commits so far. */
  commits(): number;
  /** Why the last commit failed; null where it succeeded. */
  failure(): EventLogError | null;
}

interface AppendQueueOptions {
  readonly writer: Pick<Writer, 'commit' | 'takeBuffer'>;
  readonly limits: SqliteLogLimits;
  readonly nowMs: () => number;
  /** Hears of each commit: what was written, roughly, and the time of its newest record. */
  readonly onCommitted: (sizeBytes: number, timestampMs: number) => void;
}

/**
 * Group commit: while one batch is being committed, appends wait here and then go together. A second batch is sent
 * after the first only when it is already full: an emptier one would take a sync for itself that others could share.
 */
export function createAppendQueue({ writer, limits, nowMs, onCommitted }: AppendQueueOptions): AppendQueue {
  const line = createWaitingLine(limits);
  const onIdle: (() => void)[] = [];
  let underWay = 0;
  let commits = 0;
  let failure: EventLogError | null = null;
  let scheduled = false;

  /** Once per turn of the event loop, so that all appends of one turn share a commit. */
  const schedule = () => {
    if (!scheduled) {
      scheduled = true;
      setImmediate(sendBatches);
    }
  };
  const sendBatches = () => {
    scheduled = false;
    while (!line.isEmpty() && (underWay === 0 || (underWay === 1 && line.isFull()))) {
      void commit(line.takeBatch());
    }
    if (underWay === 0) {
      onIdle.splice(0).forEach((resolve) => resolve());
    }
  };
  const commit = async (batch: readonly WaitingAppend[]) => {
    underWay += 1;
    try {
      const { firstOffsets, full } = await writer.commit(packBatch(batch, writer.takeBuffer));
      commits += full === null || firstOffsets.some((offset) => offset !== null) ? 1 : 0;
      failure = full === null ? null : failureToError(full, 'append');
      committed(batch, firstOffsets, failure);
      const written = batch.filter((_, at) => firstOffsets[at] !== null);
      onCommitted(sumOf(written), written.at(-1)?.timestampMs ?? 0);
    } catch (error) {
      const reason = toEventLogError(error, 'append');
      failure = reason;
      batch.forEach(({ settle }) => settle.reject(reason));
    }
    underWay -= 1;
    line.batchEnded(batch);
    schedule();
  };

  return {
    append(topic, records) {
      if (records.length === 0) {
        return Promise.resolve([]);
      }
      const append = toWaitingAppend(topic, records, nowMs());
      line.push(append);
      schedule();
      return append.settle.promise;
    },
    drained: () =>
      new Promise((resolve) => {
        onIdle.push(resolve);
        schedule();
      }),
    probe: () => commit([]),
    commits: () => commits,
    failure: () => failure,
  };
}

function sumOf(appends: readonly WaitingAppend[]): number {
  return appends.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The topics know of all records before anybody hears that they are durable. */
function committed(
  batch: readonly WaitingAppend[],
  firstOffsets: readonly (number | null)[],
  refusal: EventLogError | null,
): void {
  const positions = batch.map(({ records }, at) => positionsFrom(firstOffsets[at] ?? null, records.length));
  for (const [at, { topic, records, timestampMs }] of batch.entries()) {
    const written = positions[at] ?? null;
    if (written !== null) topic.committed(records, written, timestampMs);
  }
  for (const [at, { settle }] of batch.entries()) {
    const written = positions[at] ?? null;
    if (written === null) {
      settle.reject(refusal);
    } else {
      settle.resolve(written);
    }
  }
}

function positionsFrom(firstOffset: number | null, count: number): Position[] | null {
  return firstOffset === null
    ? null
    : Array.from({ length: count }, (_, index) => ({ partition: 0, offset: firstOffset + index }));
}
