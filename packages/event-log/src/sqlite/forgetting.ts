/** What a log forgets, and when another file is begun so that a whole file can be forgotten. */
import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { EventLogError } from '../event-log-error.ts';
import type { SegmentReaders } from './segment-readers.ts';
import type { Segment, SegmentName } from './segments.ts';
import { type FailureReport, failureToError } from './sqlite-failure.ts';

/** How long a topic keeps its records. */
export type TopicRetention =
  | { readonly kind: 'forever' }
  /** Of each key the newest record, for ever. */
  | { readonly kind: 'newest' }
  | {
      readonly kind: 'time';
      readonly ms: number;
      /** What is kept for longer: records at these offsets … */
      readonly offsets?: readonly number[];
      /** … and those whose key or subject (`ce_subject`) is one of these. */
      readonly subjects?: readonly string[];
    };

export interface ForgetOptions {
  /** By the name of the topic. A topic that is not named keeps everything. */
  readonly retention: ReadonlyMap<string, TopicRetention>;
  /** Milliseconds since 1970. A record is never older than the newest one makes it, whatever this says. */
  readonly nowMs: number;
}

type Keep =
  | { readonly kind: 'all' }
  | { readonly kind: 'newest' }
  | {
      readonly kind: 'until';
      readonly beforeMs: number;
      readonly offsets: readonly number[];
      readonly subjects: readonly string[];
    };

/** What the thread is started with. */
export interface ForgetJob {
  readonly directory: string;
  /** Oldest first. */
  readonly sealed: readonly SegmentName[];
  /** The file that is written to. Nothing in it is forgotten. */
  readonly active: SegmentName;
  readonly topics: readonly { readonly name: string; readonly keep: Keep }[];
  /** A message comes here when the other thread reads the file that has taken the place of others. */
  readonly changedOver: MessagePort;
}

export type FromForgetter =
  | { readonly kind: 'replaced'; readonly names: readonly SegmentName[]; readonly by: Segment }
  | { readonly kind: 'ended'; readonly failure: FailureReport | null };

interface ForgetterDeps {
  readonly directory: string;
  readonly files: Pick<SegmentReaders, 'segments' | 'replaced' | 'lastMs'>;
}

/** What was done. */
export interface Forgotten {
  /** Files whose place others have taken. */
  readonly files: number;
  /** By how much the log became smaller. */
  readonly freedBytes: number;
}

export interface Forgetter {
  /** Rejects with an EventLogError. What was forgotten until then stays so. */
  run(topics: ForgetJob['topics']): Promise<Forgotten>;
  /** Ends what is under way; it is left as if it had not begun. */
  stop(): Promise<void>;
}

export function createForgetter({ directory, files }: ForgetterDeps): Forgetter {
  let worker: Worker | undefined;
  let isStopped = false;

  const run = async (topics: ForgetJob['topics']): Promise<Forgotten> => {
    const isDue = await mayBeDue(files, topics, () => isStopped);
    const names = files.segments().map(({ name }) => name);
    const active = names.at(-1);
    if (isStopped || worker !== undefined || active === undefined || !isDue) {
      return { files: 0, freedBytes: 0 };
    }
    const { port1, port2: changedOver } = new MessageChannel();
    const job: ForgetJob = { directory, sealed: names.slice(0, -1), active, topics, changedOver };
    const thread = new Worker(new URL('./forget-thread.ts', import.meta.url), {
      workerData: job,
      transferList: [changedOver],
    });
    worker = thread;
    try {
      return await forgotten(thread, port1, files);
    } finally {
      worker = undefined;
      port1.close();
    }
  };
  return {
    run,
    async stop() {
      isStopped = true;
      await worker?.terminate();
    },
  };
}

/** Most looks find nothing, and need no thread. */
async function mayBeDue(
  files: Pick<SegmentReaders, 'segments' | 'lastMs'>,
  topics: ForgetJob['topics'],
  isStopped: () => boolean,
): Promise<boolean> {
  for (const segment of files.segments().slice(0, -1)) {
    if (isStopped()) return false;
    for (const { name, keep } of topics) {
      if (keep.kind === 'until' && (files.lastMs(segment, name) ?? keep.beforeMs) < keep.beforeMs)
        return true;
    }
    await nextTurn();
  }
  return false;
}

function forgotten(
  thread: Worker,
  changedOver: MessagePort,
  files: ForgetterDeps['files'],
): Promise<Forgotten> {
  const { promise, resolve, reject } = Promise.withResolvers<Forgotten>();
  let count = 0;
  let freedBytes = 0;
  thread.on('message', (message: FromForgetter) => {
    if (message.kind === 'ended') {
      if (message.failure !== null) reject(failureToError(message.failure, 'forget old records'));
      return;
    }
    const { names, by } = message;
    const before = files.segments();
    files.replaced(names, by);
    const gone = before.filter((segment) => !files.segments().includes(segment));
    count += gone.length;
    freedBytes += gone.reduce((sum, segment) => sum + sizeOf(segment), 0) - sizeOf(by);
    changedOver.postMessage(null);
  });
  thread.on('error', (error) =>
    reject(new EventLogError('log-unavailable', `Old records could not be forgotten: ${error.message}.`)),
  );
  thread.on('exit', () => resolve({ files: count, freedBytes }));
  return promise;
}

function sizeOf({ path }: Segment): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What each topic keeps at a time of the log. */
export function keepAt(
  { retention }: Pick<ForgetOptions, 'retention'>,
  topics: readonly { readonly name: string; endOffset(): number }[],
  logTimeMs: number,
): ForgetJob['topics'] {
  return topics.map((topic) => ({
    name: topic.name,
    keep: keepOf(retention.get(topic.name), topic.endOffset(), logTimeMs),
  }));
}

/** The newest record of a topic stays: by it, a view recognizes the log it was made from. */
function keepOf(retention: TopicRetention | undefined, endOffset: number, logTimeMs: number): Keep {
  if (retention === undefined || retention.kind === 'forever') return { kind: 'all' };
  if (retention.kind === 'newest') return { kind: 'newest' };
  const { ms, offsets = [], subjects = [] } = retention;
  return { kind: 'until', beforeMs: logTimeMs - ms, offsets: [...offsets, endOffset - 1], subjects };
}
