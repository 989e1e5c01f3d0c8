import { EventLogError, requireTopic } from '../event-log-error.ts';
import type { EventLog, Follower, Ownership, Position, StoredRecord, TopicDefinition } from '../event-log.ts';
import { type AppendQueue, createAppendQueue } from './appends.ts';
import { openDatabaseFiles, type OpenedFiles } from './database-file.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { createForgetter, type Forgetter, type ForgetOptions, type Forgotten, keepAt } from './forgetting.ts';
import { defaultLimits, type SqliteLogLimits } from './limits.ts';
import { makeRoomToOpen, planReserve, type ReservePlan } from './reserve.ts';
import type { RecordReader } from './record-reader.ts';
import { createRolling, type Rolling } from './rolling.ts';
import { createSegmentReaders, type SegmentReaders } from './segment-readers.ts';
import { firstSegment } from './segments.ts';
import { toEventLogError } from './sqlite-failure.ts';
import { createTopic, type FollowerOptions, startFollower, type Topic } from './topic.ts';
import { startWriter, type Writer } from './writer.ts';

/** The followers that run, so that closing can end them all. */
interface Followers {
  start(options: Omit<FollowerOptions, 'onEnded'>): Follower;
  stopAll(): Promise<void>;
}

function createFollowers(): Followers {
  const running = new Set<Follower>();
  return {
    start(options) {
      const follower = startFollower({ ...options, onEnded: () => void running.delete(follower) });
      running.add(follower);
      return follower;
    },
    async stopAll() {
      await Promise.all([...running].map((follower) => follower.stop()));
    },
  };
}

/** Whether the log takes appends, as far as it was seen. */
interface SqliteReadiness {
  readonly ready: boolean;
  /** Why not; null where it does. */
  readonly failure: EventLogError | null;
}

const probeEveryMs = 1_000;

/**
 * A log that could not write is asked again by a small commit, when somebody wants to know and not more often than once a
 * second: where all are turned away, nothing else would notice that there is space again.
 */
function createReadiness({ failure, probe }: Pick<AppendQueue, 'failure' | 'probe'>): () => SqliteReadiness {
  let probedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const found = failure();
    if (found !== null && performance.now() - probedAtMs >= probeEveryMs) {
      probedAtMs = performance.now();
      // Its end shows like that of any commit.
      probe().catch(() => undefined);
    }
    return { ready: found === null, failure: found };
  };
}

interface OpenTopic {
  readonly topic: Topic;
  readonly reader: RecordReader;
}

function openTopics(
  { topics }: OpenedFiles,
  files: SegmentReaders,
  limits: SqliteLogLimits,
): ReadonlyMap<string, OpenTopic> {
  return new Map(
    topics.map((stored): [string, OpenTopic] => [
      stored.name,
      { topic: createTopic(stored, limits), reader: files.reader(stored.name) },
    ]),
  );
}

interface Ownerships {
  /** In one process nobody else can own anything: every partition is ours until it is given up. */
  own(partitions: readonly number[]): Ownership;
  releaseAll(): Promise<void>;
}

function createOwnerships(): Ownerships {
  const held = new Set<Ownership>();
  return {
    own(partitions) {
      const ownership = ownEverything(partitions, () => void held.delete(ownership));
      held.add(ownership);
      return ownership;
    },
    async releaseAll() {
      await Promise.all([...held].map((ownership) => ownership.release()));
    },
  };
}

function ownEverything(partitions: readonly number[], onReleased: () => void): Ownership {
  const listeners = new Set<(partitions: readonly number[]) => void>();
  let owned = partitions;
  return {
    partitions: () => owned,
    isFresh: (partition) => owned.includes(partition),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async release() {
      if (owned.length > 0) {
        owned = [];
        onReleased();
        listeners.forEach((listener) => listener(owned));
      }
    },
  };
}

export interface SqliteLogOptions {
  /** Holds `events.db`, the folder `segments` and the lock; created owner-only where it does not exist. */
  readonly directory: string;
  /** Each gets one partition, whatever number is asked for. */
  readonly topics: readonly TopicDefinition[];
  /**
   * Hears of what no caller waits for: a follower that failed, and the loss of the writer (`log-writer-lost`). Either
   * leaves a part of the process blind for good, so the usual answer is to end it. Must not throw.
   */
  readonly onError: (error: EventLogError) => void;
  readonly limits?: Partial<SqliteLogLimits>;
  /** Keeps space on the disk for records with `mayUseReserve`; without it they are refused like all others. */
  readonly keepReserve?: boolean;
  /** Milliseconds since 1970; the system's clock where nothing is given. */
  readonly nowMs?: () => number;
}

interface SqliteLogStats {
  /** Transactions since the log was opened, each with one sync. */
  readonly commits: number;
}

export interface SqliteLog extends EventLog {
  stats(): SqliteLogStats;
  /** Whether the last commit could be written; where not, asking tries again. */
  readiness(): SqliteReadiness;
  /** The time of the newest record when the log was opened, in milliseconds since 1970; null: there was none. */
  readonly lastRecordMs: number | null;
  /**
   * Forgets what is too old. It frees whole files, so records may stay for some days longer, and those of the file that is
   * written to always stay. Offsets remain as they were, and the newest record of each topic is kept.
   *
   * @throws EventLogError what was forgotten until then stays so; the next call goes on
   */
  forget(options: ForgetOptions): Promise<Forgotten>;
}

/**
 * Opens the embedded log: a row of SQLite files, one process, one partition per topic. Rejects with `log-in-use`,
 * `log-newer-schema`, `log-corrupt`, `log-full` or `log-unavailable`.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteLog> {
  const lock = lockDirectory(options.directory);
  try {
    const reserve = options.keepReserve === true ? prepareReserve(options.directory) : null;
    lock.nameHolder();
    const opened = openDatabaseFiles(options.directory, options.topics);
    return createSqliteLog(options, opened, lock, reserve);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Only whoever holds the lock may: the reserve of a process that runs is in use. */
function prepareReserve(directory: string): ReservePlan {
  const reserve = planReserve(directory);
  makeRoomToOpen(reserve);
  return reserve;
}

function createSqliteLog(
  options: SqliteLogOptions,
  opened: OpenedFiles,
  lock: DirectoryLock,
  reserve: ReservePlan | null,
): SqliteLog {
  const { directory, onError, nowMs = Date.now } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const files = createSegmentReaders(opened.segments, opened.reader, limits);
  const topics = openTopics(opened, files, limits);
  const writer = openWriter(options, opened, limits, reserve);
  const rolling = createRolling({ files, writer, limits });
  const queue = createAppendQueue({ writer, limits, nowMs, onCommitted: rolling.written });
  const forgetter = createForgetter({ directory, files });
  const followers = createFollowers();
  const ownerships = createOwnerships();
  let closed: Promise<void> | undefined;

  const refuseClosed = (): void => {
    if (closed !== undefined) {
      throw new EventLogError('log-closed', 'The event log is closed.');
    }
  };
  const find = (name: string): OpenTopic => {
    refuseClosed();
    return requireTopic(topics, name);
  };
  const closeAll = async () => {
    await ownerships.releaseAll();
    await queue.drained();
    await followers.stopAll();
    await forgetter.stop();
    await writer.close();
    files.close();
    lock.release();
  };

  return {
    append: async (name, records) => queue.append(find(name).topic, records),
    follow: (name, from, handler) => followers.start({ ...find(name), from, handler, onFailed: onError }),
    read: async (name, position) => readOne(find(name), position),
    bounds: async (name) => {
      const { topic } = find(name);
      return [{ partition: 0, start: files.startOffset(name), end: topic.endOffset() }];
    },
    own(name) {
      find(name);
      return ownerships.own([0]);
    },
    close: () => (closed ??= closeAll()),
    readiness: createReadiness(queue),
    stats: () => ({ commits: queue.commits() }),
    lastRecordMs: rolling.newestMs(),
    async forget(what) {
      refuseClosed();
      return forget(what, [...topics.values()], { rolling, forgetter });
    },
  };
}

async function forget(
  what: ForgetOptions,
  topics: readonly OpenTopic[],
  { rolling, forgetter }: { readonly rolling: Rolling; readonly forgetter: Forgetter },
): Promise<Forgotten> {
  const logTimeMs = Math.min(what.nowMs, rolling.newestMs() ?? what.nowMs);
  // A disk that has no room for another file needs all the more that something is forgotten.
  const [rolled] = await Promise.allSettled([rolling.rollIfOld(logTimeMs)]);
  const all = topics.map(({ topic }) => topic);
  const forgotten = await forgetter.run(keepAt(what, all, logTimeMs));
  if (rolled.status === 'rejected') throw rolled.reason;
  return forgotten;
}

function openWriter(
  { directory, onError }: SqliteLogOptions,
  { topics, segments }: OpenedFiles,
  { checkpointBytes, maxPages, batchBytes }: SqliteLogLimits,
  reserve: ReservePlan | null,
): Writer {
  const segment = segments.at(-1)?.name ?? firstSegment;
  const start = { directory, segment, topics, checkpointBytes, maxPages, reserve };
  return startWriter({ start, keepBytes: batchBytes, onLost: onError });
}

function readOne({ topic, reader }: OpenTopic, { partition, offset }: Position): StoredRecord | undefined {
  try {
    return partition === 0 ? reader.one(offset) : undefined;
  } catch (error) {
    throw toEventLogError(error, `read ${topic.name}`);
  }
}
