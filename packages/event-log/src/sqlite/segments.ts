/**
 * The files of an embedded log. `events.db` is the first one; those that follow lie in the folder `segments`, named by the
 * numbers they stand for. Only the newest is written to. A sealed one is never changed: when something in it is forgotten,
 * what is left of it is written to another file, which may take the place of several.
 *
 * - A file has its name only when it is complete and durable. What a crash has left half written ends with `.tmp`.
 * - A file with a higher generation, or a wider range, takes the place of those it covers. They are removed afterwards, so
 *   a crash in between leaves records twice, and the next start removes the older ones.
 * - `events.db` is emptied rather than removed: it is what the log is known by, and it numbers the topics.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventLogError } from '../event-log-error.ts';
import { createOwnerOnly } from './directory-lock.ts';

/** A log of several files: an earlier version would write to the first one, and must not. */
export const segmentedVersion = 2;

/** The log in the folder of a service: its first file, and what the log is known by. */
export const logFileName = 'events.db';

const segmentFolder = 'segments';

/** One table per topic keeps each a plain sequence of pages, which measured fastest for small and large values. */
export function recordsTable(topicId: number): string {
  return `records_${topicId}`;
}

export function createRecordsTable(database: DatabaseSync, topicId: number): void {
  database.exec(`CREATE TABLE IF NOT EXISTS ${recordsTable(topicId)} (
    "offset" INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, key TEXT, headers TEXT NOT NULL, value BLOB)`);
}

/** Which segments of the log a file stands for. `events.db` is number 0. */
export interface SegmentName {
  readonly first: number;
  readonly last: number;
  readonly generation: number;
}

export const firstSegment: SegmentName = { first: 0, last: 0, generation: 0 };

const form = /^(\d{8})-(\d{8})\.(\d{1,9})\.db$/;

const padded = (number: number): string => String(number).padStart(8, '0');

function isFirst({ last, generation }: SegmentName): boolean {
  return last === 0 && generation === 0;
}

/** Below the folder of the log, with slashes. */
export function segmentFile(name: SegmentName): string {
  return isFirst(name)
    ? logFileName
    : `${segmentFolder}/${padded(name.first)}-${padded(name.last)}.${name.generation}.db`;
}

function nameOf(file: string): SegmentName | undefined {
  const [, first, last, generation] = form.exec(file) ?? [];
  return first === undefined
    ? undefined
    : { first: Number(first), last: Number(last), generation: Number(generation) };
}

function covers(one: SegmentName, other: SegmentName): boolean {
  const contains = one.first <= other.first && other.last <= one.last;
  const isWider = one.last - one.first > other.last - other.first;
  return contains && (isWider || one.generation > other.generation);
}

/** What lies in the folder of a log. */
interface ListedSegments {
  /** The files of the log, oldest first, without gaps. */
  readonly live: readonly SegmentName[];
  /** Files whose place another one has taken. */
  readonly superseded: readonly SegmentName[];
  /** What is half written, below the folder of the log. */
  readonly unfinished: readonly string[];
}

/** @throws EventLogError `log-corrupt` where a file of the log is missing */
export function listSegments(directory: string): ListedSegments {
  const folder = join(directory, segmentFolder);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const found = [firstSegment, ...files.flatMap((file) => nameOf(file) ?? [])];
  const isSuperseded = (name: SegmentName): boolean => found.some((other) => covers(other, name));
  const live = found.filter((name) => !isSuperseded(name)).toSorted((one, other) => one.first - other.first);
  refuseGaps(directory, live);
  return {
    live,
    superseded: found.filter(isSuperseded),
    unfinished: files.filter((file) => file.includes('.tmp')).map((file) => join(segmentFolder, file)),
  };
}

function refuseGaps(directory: string, live: readonly SegmentName[]): void {
  let next = 0;
  for (const { first, last } of live) {
    if (first !== next) {
      throw missingSegment(directory, next);
    }
    next = last + 1;
  }
}

export function missingSegment(directory: string, number: number): EventLogError {
  const message = `The event log in ${directory} is not complete: segment ${number} is missing in ${segmentFolder}.`;
  return new EventLogError('log-corrupt', `${message} Restore the data folder from a backup.`);
}

/** Removes what a crash has left, and files whose place others have taken. */
export function removeLeftovers(directory: string): void {
  const { superseded, unfinished } = listSegments(directory);
  superseded.forEach((name) => removeSegment(directory, name));
  unfinished.forEach((file) => rmSync(join(directory, file), { force: true }));
}

/** Frees the space of a file whose place another one has taken. What somebody still reads is freed later. */
export function removeSegment(directory: string, name: SegmentName): void {
  const path = join(directory, segmentFile(name));
  if (isFirst(name)) {
    emptyFirst(path);
    return;
  }
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      rmSync(path + suffix, { force: true });
    } catch {
      // In use on Windows: it goes at the next start.
      return;
    }
  }
}

/** Forgets the tables without looking into them, so it takes no longer for many records, and writes one page. */
function emptyFirst(path: string): void {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    if (
      database.prepare("SELECT 1 FROM sqlite_schema WHERE name LIKE 'records_%' LIMIT 1").get() === undefined
    ) {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return;
    }
    database.enableDefensive(false);
    database.exec(`PRAGMA synchronous = FULL; PRAGMA writable_schema = ON;
      DELETE FROM sqlite_schema WHERE name LIKE 'records_%'; PRAGMA writable_schema = RESET`);
    database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

/** What a file knows of a topic. */
export interface SegmentTopic {
  /** The number of its table. It is the same in all files. */
  readonly id: number;
  /** The first offset that may lie in this file. Those before lie in earlier ones. */
  readonly firstOffset: number;
  /** Whether records of the topic are missing since they were forgotten. */
  readonly isForgotten: boolean;
}

export interface Segment {
  readonly name: SegmentName;
  readonly path: string;
  readonly topics: ReadonlyMap<string, SegmentTopic>;
}

const firstFileTopics = `SELECT id, name, 0 AS first_offset, 0 AS is_forgotten FROM topics
  WHERE EXISTS (SELECT 1 FROM sqlite_schema WHERE sqlite_schema.name = 'records_' || id)`;

export function readSegment(directory: string, name: SegmentName): Segment {
  const path = join(directory, segmentFile(name));
  const database = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
  try {
    const rows = isFirst(name)
      ? database.prepare(firstFileTopics).all()
      : database
          .prepare('SELECT id, name, first_offset, is_forgotten FROM topics JOIN segment USING (id)')
          .all();
    const topics = rows.map((row): [string, SegmentTopic] => [
      String(row['name']),
      {
        id: Number(row['id']),
        firstOffset: Number(row['first_offset']),
        isForgotten: row['is_forgotten'] === 1,
      },
    ]);
    return { name, path, topics: new Map(topics) };
  } finally {
    database.close();
  }
}

export type NewSegmentTopic = SegmentTopic & { readonly name: string };

/**
 * Makes the file of a segment, durably. `fill` writes what it begins with; without it, the file is empty and will be written
 * to. Resolves with its path.
 */
export function makeSegment(
  directory: string,
  name: SegmentName,
  topics: readonly NewSegmentTopic[],
  fill?: (database: DatabaseSync) => void,
): string {
  const folder = join(directory, segmentFolder);
  mkdirSync(folder, { mode: 0o700, recursive: true });
  syncDirectory(directory);
  const path = join(directory, segmentFile(name));
  const unfinished = `${path}.tmp`;
  rmSync(unfinished, { force: true });
  createOwnerOnly(unfinished);
  const database = new DatabaseSync(unfinished);
  try {
    // Nobody reads it before it is complete, and then it is synced as a whole.
    database.exec('PRAGMA page_size = 32768; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    createSegmentTables(database, topics);
    fill?.(database);
  } catch (error) {
    database.close();
    rmSync(unfinished, { force: true });
    throw error;
  }
  database.close();
  syncFile(unfinished);
  renameSync(unfinished, path);
  syncDirectory(folder);
  return path;
}

function createSegmentTables(database: DatabaseSync, topics: readonly NewSegmentTopic[]): void {
  database.exec(`CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE segment (id INTEGER PRIMARY KEY, first_offset INTEGER NOT NULL, is_forgotten INTEGER NOT NULL);
    PRAGMA user_version = ${segmentedVersion}`);
  topics.forEach((topic) => addSegmentTopic(database, topic));
}

/** A topic may be newer than the file. */
export function addSegmentTopic(
  database: DatabaseSync,
  { id, name, firstOffset, isForgotten }: NewSegmentTopic,
): void {
  database.prepare('INSERT INTO topics VALUES (?, ?) ON CONFLICT DO NOTHING').run(id, name);
  database
    .prepare('INSERT INTO segment VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .run(id, firstOffset, isForgotten ? 1 : 0);
  createRecordsTable(database, id);
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable. Windows syncs no directories; NTFS journals the names. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
