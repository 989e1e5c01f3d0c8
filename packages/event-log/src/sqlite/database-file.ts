import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TopicDefinition } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';
import { createOwnerOnly } from './directory-lock.ts';
import {
  addSegmentTopic,
  createRecordsTable,
  firstSegment,
  listSegments,
  logFileName,
  missingSegment,
  readSegment,
  recordsTable,
  removeLeftovers,
  type Segment,
  segmentedVersion,
  segmentFile,
} from './segments.ts';
import { toEventLogError } from './sqlite-failure.ts';

/** A log of one file. An earlier version can go on with it. */
const singleFileVersion = 1;
/** A topic as the log knows it: the number of its table and the offset its next record gets. */
export interface StoredTopic {
  readonly id: number;
  readonly name: string;
  readonly endOffset: number;
}

export interface OpenedFiles {
  readonly topics: readonly StoredTopic[];
  /** The files of the log, oldest first. The last one is written to. */
  readonly segments: readonly Segment[];
  /** A connection to the last one that can only read. */
  readonly reader: DatabaseSync;
}

/** Opens or creates `events.db` and the file that is written to, with a table for every topic. */
export function openDatabaseFiles(directory: string, definitions: readonly TopicDefinition[]): OpenedFiles {
  const path = join(directory, logFileName);
  let first: DatabaseSync | undefined;
  try {
    createOwnerOnly(path);
    first = new DatabaseSync(path, { timeout: 5_000 });
    const numbers = numberTopics(first, path, definitions);
    removeLeftovers(directory);
    return openSegments(directory, numbers);
  } catch (error) {
    throw toEventLogError(error, `open ${path}`);
  } finally {
    // Not earlier: whoever closes a file last moves its write-ahead log, which need not be done now.
    first?.close();
  }
}

type TopicNumbers = ReadonlyMap<string, number>;

function openSegments(directory: string, numbers: TopicNumbers): OpenedFiles {
  const { live } = listSegments(directory);
  const newest = live.at(-1) ?? firstSegment;
  const reader = new DatabaseSync(join(directory, segmentFile(newest)), { timeout: 5_000 });
  try {
    reader.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    completeTopics(reader, readSegment(directory, newest), numbers);
    reader.exec('PRAGMA query_only = ON; PRAGMA cache_size = -4096');
    const segments = live.map((name) => readSegment(directory, name));
    refuseEmptied(directory, segments);
    const topics = [...numbers].map(([name, id]) => ({
      id,
      name,
      endOffset: endOffsetOf(reader, id, segments.at(-1)?.topics.get(name)?.firstOffset ?? 0),
    }));
    return { topics, segments, reader };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** What was in the first file lies in the one that has taken its place. */
function refuseEmptied(directory: string, [first, ...others]: readonly Segment[]): void {
  if (first?.name.last === 0 && first.topics.size === 0 && others.length > 0) {
    throw missingSegment(directory, 0);
  }
}

/** A topic may be newer than the file that is written to. */
function completeTopics(database: DatabaseSync, { name, topics }: Segment, numbers: TopicNumbers): void {
  for (const [topic, id] of numbers) {
    if (topics.has(topic)) continue;
    if (name.last === 0) {
      createRecordsTable(database, id);
    } else {
      addSegmentTopic(database, { id, name: topic, firstOffset: 0, isForgotten: false });
    }
  }
}

function endOffsetOf(database: DatabaseSync, topicId: number, firstOffset: number): number {
  const last = database.prepare(`SELECT max("offset") AS last FROM ${recordsTable(topicId)}`).get()?.['last'];
  return typeof last === 'number' ? last + 1 : firstOffset;
}

/** Returns the format found, 0 in a new file. Throws `log-newer-schema`. */
export function refuseNewerSchema(database: DatabaseSync, path: string): number {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > segmentedVersion) {
    const message =
      `The event log ${path} has format ${found}, and this version reads formats up to ${segmentedVersion}. ` +
      'Start the version that wrote it, or a newer one.';
    throw new EventLogError('log-newer-schema', message);
  }
  return found;
}

/** Gives every topic a number. Only a log of one file has its tables here. */
function numberTopics(
  database: DatabaseSync,
  path: string,
  definitions: readonly TopicDefinition[],
): TopicNumbers {
  const found = refuseNewerSchema(database, path);
  // A value larger than a page is cut up, and two that do not fit together waste what is left of theirs: pages of 32 KiB
  // write 10 kB and 200 kB for a fifth less time than those of 16 KiB. WAL mode fixes the size, so old files keep theirs.
  database.exec('PRAGMA page_size = 32768; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('BEGIN IMMEDIATE');
  database.exec('CREATE TABLE IF NOT EXISTS topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)');
  const insert = database.prepare('INSERT INTO topics (name) VALUES (?) ON CONFLICT DO NOTHING');
  const select = database.prepare('SELECT id FROM topics WHERE name = ?');
  const numbers = definitions.map(({ name }): [string, number] => {
    insert.run(name);
    return [name, Number(select.get(name)?.['id'])];
  });
  if (found < segmentedVersion) {
    numbers.forEach(([, id]) => createRecordsTable(database, id));
  }
  if (found < singleFileVersion) {
    database.exec(`PRAGMA user_version = ${singleFileVersion}`);
  }
  database.exec('COMMIT');
  return new Map(numbers);
}
