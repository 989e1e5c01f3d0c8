import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TopicDefinition } from '../event-log.ts';
import { EventLogError } from '../event-log-error.ts';
import { createOwnerOnly } from './directory-lock.ts';
import { toEventLogError } from './sqlite-failure.ts';

const schemaVersion = 1;

/** The log in the folder of a service. */
export const logFileName = 'events.db';

/** A topic as the file knows it: the number of its table and the offset its next record gets. */
export interface StoredTopic {
  readonly id: number;
  readonly name: string;
  readonly endOffset: number;
}

export interface DatabaseFile {
  readonly path: string;
  readonly topics: readonly StoredTopic[];
  /** A connection that can only read. */
  readonly reader: DatabaseSync;
}

/** One table per topic keeps each a plain sequence of pages, which measured fastest for small and large values. */
export function recordsTable(topicId: number): string {
  return `records_${topicId}`;
}

/** Opens or creates `events.db` with a table for every topic. */
export function openDatabaseFile(directory: string, definitions: readonly TopicDefinition[]): DatabaseFile {
  const path = join(directory, logFileName);
  let database: DatabaseSync | undefined;
  try {
    createOwnerOnly(path);
    database = new DatabaseSync(path, { timeout: 5_000 });
    const found = refuseNewerSchema(database, path);
    // A value larger than a page is cut up, and two that do not fit together waste what is left of theirs: pages of 32 KiB
    // write 10 kB and 200 kB for a fifth less time than those of 16 KiB. WAL mode fixes the size, so old files keep theirs.
    database.exec('PRAGMA page_size = 32768; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    createTables(database, definitions, found);
    const topics = readTopics(database, definitions);
    database.exec('PRAGMA query_only = ON; PRAGMA cache_size = -4096');
    return { path, topics, reader: database };
  } catch (error) {
    database?.close();
    throw toEventLogError(error, `open ${path}`);
  }
}

/** Returns the format found, 0 in a new file. Throws `log-newer-schema`. */
export function refuseNewerSchema(database: DatabaseSync, path: string): number {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > schemaVersion) {
    const message =
      `The event log ${path} has format ${found}, and this version reads formats up to ${schemaVersion}. ` +
      'Start the version that wrote it, or a newer one.';
    throw new EventLogError('log-newer-schema', message);
  }
  return found;
}

function createTables(database: DatabaseSync, definitions: readonly TopicDefinition[], found: number): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec('CREATE TABLE IF NOT EXISTS topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)');
  const insert = database.prepare('INSERT INTO topics (name) VALUES (?) ON CONFLICT DO NOTHING');
  for (const { name } of definitions) {
    insert.run(name);
    database.exec(`CREATE TABLE IF NOT EXISTS ${recordsTable(topicId(database, name))} (
      "offset" INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, key TEXT, headers TEXT NOT NULL, value BLOB)`);
  }
  if (found < schemaVersion) {
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
  }
  database.exec('COMMIT');
}

function readTopics(database: DatabaseSync, definitions: readonly TopicDefinition[]): StoredTopic[] {
  return definitions.map(({ name }) => {
    const id = topicId(database, name);
    const last = database.prepare(`SELECT max("offset") AS last FROM ${recordsTable(id)}`).get()?.['last'];
    return { id, name, endOffset: typeof last === 'number' ? last + 1 : 0 };
  });
}

function topicId(database: DatabaseSync, name: string): number {
  return Number(database.prepare('SELECT id FROM topics WHERE name = ?').get(name)?.['id']);
}
