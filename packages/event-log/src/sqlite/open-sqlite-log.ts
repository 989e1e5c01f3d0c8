import type { EventLog, Position, StoredRecord, TopicDefinition } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';
import { createAppendQueue } from './append-queue.ts';
import { openDatabaseFile } from './database-file.ts';
import type { DatabaseFile } from './database-file.ts';
import { lockDirectory } from './directory-lock.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { createFollowers } from './followers.ts';
import { defaultLimits } from './limits.ts';
import type { SqliteLogLimits } from './limits.ts';
import { createHealth, type SqliteReadiness } from './health.ts';
import { openTopics } from './open-topics.ts';
import type { OpenTopic } from './open-topics.ts';
import { createOwnerships } from './ownership.ts';
import { toEventLogError } from './sqlite-failure.ts';
import { startWriter } from './writer.ts';
import type { Writer } from './writer.ts';

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
  /** Milliseconds since 1970; the system's clock where nothing is given. */
  readonly now?: () => number;
}

export interface SqliteLogStats {
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
    const file = openDatabaseFile(options.directory, options.topics);
    return createSqliteLog(options, file, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function createSqliteLog(options: SqliteLogOptions, file: DatabaseFile, lock: DirectoryLock): SqliteLog {
  const { onError, now = Date.now } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const writer = openWriter(file, limits, onError);
  const health = createHealth(
    () => queue.probe(),
    () => performance.now(),
  );
  const queue = createAppendQueue({
    writer,
    limits,
    now,
    onCommit: (error) => (error === null ? health.succeeded() : health.failed(error)),
  });
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
    readiness: health.readiness,
    stats: () => ({ commits: queue.commits() }),
  };
}

function openWriter(
  { path, topics }: DatabaseFile,
  { checkpointBytes, maxPages, batchBytes }: SqliteLogLimits,
  onLost: (error: EventLogError) => void,
): Writer {
  return startWriter({ start: { path, topics, checkpointBytes, maxPages }, keepBytes: batchBytes, onLost });
}

function readOne({ topic, reader }: OpenTopic, { partition, offset }: Position): StoredRecord | undefined {
  try {
    return partition === 0 ? reader.one(offset) : undefined;
  } catch (error) {
    throw toEventLogError(error, `read ${topic.name}`);
  }
}
