import { Worker } from 'node:worker_threads';
import { EventLogError } from '../event-log-error.ts';
import type { Committed, FromWriter, PackedBatch, Rolled, ToWriter, WriterStart } from './packed-batch.ts';
import { type FailureReport, failureToError } from './sqlite-failure.ts';

/** The main thread's end of the writer thread. */
export interface Writer {
  /** Resolves once everything is durable that was not refused. Takes the batch's buffer away. */
  commit(batch: PackedBatch): Promise<Committed>;
  /** A buffer of at least that size, an old one where one fits. */
  takeBuffer(sizeBytes: number): ArrayBuffer;
  /** Has another file written to from here on. Where that fails, the same one is. */
  roll(): Promise<Rolled>;
  close(): Promise<void>;
}

interface WriterOptions {
  readonly start: WriterStart;
  /** Buffers above this size are not kept. */
  readonly keepBytes: number;
  /** The thread died; what was under way is rejected already, and whatever comes later will be. */
  readonly onLost: (error: EventLogError) => void;
}

/** What the writer was asked for and has not answered. */
type UnderWay =
  | ({ readonly kind: 'commit' } & PromiseWithResolvers<Committed>)
  | ({ readonly kind: 'roll' } & PromiseWithResolvers<Rolled>);

export function startWriter({ start, keepBytes, onLost }: WriterOptions): Writer {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: start });
  const underWay: UnderWay[] = [];
  const buffers = createBufferStore(keepBytes);
  const exited = Promise.withResolvers<void>();
  let lost: EventLogError | undefined;
  let closing = false;
  let cause: unknown;

  worker.on('message', (answer: FromWriter) => {
    if (answer.kind === 'commit') buffers.giveBack(answer.values);
    answered(underWay.shift(), answer);
  });
  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => {
    if (!closing || underWay.length > 0) {
      lost = writerLost(cause);
      underWay.splice(0).forEach(({ reject }) => reject(lost));
      onLost(lost);
    }
    exited.resolve();
  });

  const post = (message: ToWriter, transfer: ArrayBuffer[]) => worker.postMessage(message, transfer);
  return {
    commit(batch) {
      if (lost !== undefined) {
        return Promise.reject(lost);
      }
      const commit = { kind: 'commit' as const, ...Promise.withResolvers<Committed>() };
      underWay.push(commit);
      post({ kind: 'commit', batch }, [batch.values]);
      return commit.promise;
    },
    roll() {
      if (lost !== undefined) {
        return Promise.reject(lost);
      }
      const roll = { kind: 'roll' as const, ...Promise.withResolvers<Rolled>() };
      underWay.push(roll);
      post({ kind: 'roll' }, []);
      return roll.promise;
    },
    takeBuffer: (sizeBytes) => buffers.take(sizeBytes),
    close() {
      closing = true;
      post({ kind: 'close' }, []);
      return exited.promise;
    },
  };
}

/** Answers come in the order in which they were asked for. */
function answered(waiting: UnderWay | undefined, answer: FromWriter): void {
  if (waiting?.kind === 'commit' && answer.kind === 'commit') {
    settle(waiting, answer.result, 'append');
  } else if (waiting?.kind === 'roll' && answer.kind === 'roll') {
    settle(waiting, answer.result, 'begin another file');
  }
}

function settle<Result extends Committed | Rolled>(
  { resolve, reject }: PromiseWithResolvers<Result>,
  result: Result | FailureReport,
  doing: string,
): void {
  if ('message' in result) {
    reject(failureToError(result, doing));
  } else {
    resolve(result);
  }
}

function writerLost(cause: unknown): EventLogError {
  const reason = cause instanceof Error ? cause.message : 'it ended';
  const message =
    `The thread that writes the event log was lost (${reason}). ` +
    'Appends under way may or may not be durable. Restart the process.';
  return new EventLogError('log-writer-lost', message, { cause });
}

interface BufferStore {
  take(sizeBytes: number): ArrayBuffer;
  giveBack(buffer: ArrayBuffer): void;
}

/** Fresh memory costs more than the copy into it, so the two largest are kept: one travels, one is filled. */
function createBufferStore(keepBytes: number): BufferStore {
  const smallestBytes = 64 * 1024;
  const kept: ArrayBuffer[] = [];
  return {
    take(sizeBytes) {
      const fitting = kept.findIndex(({ byteLength }) => byteLength >= sizeBytes);
      const [buffer] = fitting < 0 ? [] : kept.splice(fitting, 1);
      return buffer ?? new ArrayBuffer(2 ** Math.ceil(Math.log2(Math.max(sizeBytes, smallestBytes))));
    },
    giveBack(buffer) {
      if (buffer.byteLength <= keepBytes) {
        kept.push(buffer);
        kept.sort((one, other) => one.byteLength - other.byteLength);
        kept.splice(0, kept.length - 2);
      }
    },
  };
}
