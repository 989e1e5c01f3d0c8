import { EventLogError, requireTopic } from '../event-log-error.ts';
import type { EventLog, Follower, Ownership, Position, StoredRecord, TopicDefinition } from '../event-log.ts';
import { type AppendQueue, createAppendQueue, startWriter, type Writer } from './appends.ts';
import { type DatabaseFile, openDatabaseFile } from './database-file.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { defaultLimits, type SqliteLogLimits } from './limits.ts';
import { makeRoomToOpen, planReserve, type ReservePlan } from './reserve.ts';
import { toEventLogError } from './sqlite-failure.ts';
import {
  createRecordReader,
  createTopic,
  type FollowerOptions,
  type RecordReader,
  startFollower,
  type Topic,
} from './topic.ts';

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

/** Returns a lookup of topics by name, which throws `unknown-topic`. */
function openTopics(file: DatabaseFile, limits: SqliteLogLimits): (name: string) => OpenTopic {
  const topics = new Map(
    file.topics.map((stored): [string, OpenTopic] => [
      stored.name,
      { topic: createTopic(stored, limits), reader: createRecordReader(file.reader, stored.id, limits) },
    ]),
  );
  return (name) => requireTopic(topics, name);
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
  /** Holds `events.db` and the lock; created owner-only where it does not exist. */
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
}

/**
 * Opens the embedded log: one SQLite file, one process, one partition per topic. Rejects with `log-in-use`,
 * `log-newer-schema`, `log-corrupt`, `log-full` or `log-unavailable`.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteLog> {
  const lock = lockDirectory(options.directory);
  try {
    const reserve = options.keepReserve === true ? prepareReserve(options.directory) : null;
    lock.nameHolder();
    const file = openDatabaseFile(options.directory, options.topics);
    return createSqliteLog(options, file, lock, reserve);
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
  file: DatabaseFile,
  lock: DirectoryLock,
  reserve: ReservePlan | null,
): SqliteLog {
  const { onError, nowMs = Date.now } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const writer = openWriter(file, limits, reserve, onError);
  const queue = createAppendQueue({ writer, limits, nowMs });
  const findTopic = openTopics(file, limits);
  const followers = createFollowers();
  const ownerships = createOwnerships();
  let closed: Promise<void> | undefined;

  const find = (name: string): OpenTopic => {
    if (closed !== undefined) {
      throw new EventLogError('log-closed', 'The event log is closed.');
    }
    return findTopic(name);
  };
  const closeAll = async () => {
    await ownerships.releaseAll();
    await queue.drained();
    await followers.stopAll();
    await writer.close();
    file.reader.close();
    lock.release();
  };

  return {
    append: async (name, records) => queue.append(find(name).topic, records),
    follow: (name, from, handler) => followers.start({ ...find(name), from, handler, onFailed: onError }),
    read: async (name, position) => readOne(find(name), position),
    bounds: async (name) => [{ partition: 0, start: 0, end: find(name).topic.endOffset() }],
    own(name) {
      find(name);
      return ownerships.own([0]);
    },
    close: () => (closed ??= closeAll()),
    readiness: createReadiness(queue),
    stats: () => ({ commits: queue.commits() }),
  };
}

function openWriter(
  { path, topics }: DatabaseFile,
  { checkpointBytes, maxPages, batchBytes }: SqliteLogLimits,
  reserve: ReservePlan | null,
  onLost: (error: EventLogError) => void,
): Writer {
  const start = { path, topics, checkpointBytes, maxPages, reserve };
  return startWriter({ start, keepBytes: batchBytes, onLost });
}

function readOne({ topic, reader }: OpenTopic, { partition, offset }: Position): StoredRecord | undefined {
  try {
    return partition === 0 ? reader.one(offset) : undefined;
  } catch (error) {
    throw toEventLogError(error, `read ${topic.name}`);
  }
}
