/**
 * A copy of an embedded log that may be in use: what SQLite calls an online backup.
 *
 * - The copy is the log at one moment. A read transaction holds that moment open, so the writer neither waits nor makes the
 *   copy begin again; meanwhile its write-ahead log cannot shrink.
 * - Nothing is written to the log. The lock of its folder is not taken: whoever has it goes on.
 * - A copy is checked before it counts as one: SQLite copies the pages of a damaged file without a complaint.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { events, readRecord, topics } from '@postausgang/contracts';
import { EventLogError } from '../event-log-error.ts';
import type { Installation } from '../installation.ts';
import { refuseNewerSchema } from './database-file.ts';
import { createOwnerOnly } from './directory-lock.ts';
import { defaultLimits } from './limits.ts';
import {
  firstSegment,
  listSegments,
  logFileName,
  recordsTable,
  segmentFile,
  type SegmentName,
} from './segments.ts';
import { toEventLogError } from './sqlite-failure.ts';
import { createRecordReader } from './record-reader.ts';

/** What is in a copy of a log. */
export interface CopiedLog {
  /** Of the file, not of the records in it. */
  readonly format: number;
  /** Below the folder of the copy: `events.db`, and those that follow it. */
  readonly files: readonly string[];
  /** Records by topic. */
  readonly records: Readonly<Record<string, number>>;
  /** null: the service has never started on this log. */
  readonly installation: Installation | null;
}

export interface CopyOptions {
  /** The folder of the log. */
  readonly directory: string;
  /** The folder of the copy, in which no log may be yet. The files are made owner-only. */
  readonly target: string;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** 8 MiB a step with the usual pages: the other threads of the process get their turn in between. */
const pagesPerStep = 256;

/**
 * Copies the log in a folder, as it is at one moment after the call. Rejects with `log-unavailable` (there is no log, or the
 * disk of the copy is full), `log-corrupt` or `log-newer-schema`.
 */
export async function copySqliteLog(options: CopyOptions): Promise<CopiedLog> {
  const path = join(options.directory, logFileName);
  if (!existsSync(path)) {
    throw new EventLogError('log-unavailable', `There is no event log in ${options.directory}.`);
  }
  try {
    const files = await copyFiles(options);
    return inspect(options, files);
  } catch (error) {
    throw toEventLogError(error, `be copied from ${path} to ${options.target}`);
  }
}

interface Source {
  readonly name: SegmentName;
  readonly database: DatabaseSync;
}

async function copyFiles({ directory, target, onProgress }: CopyOptions): Promise<readonly string[]> {
  const sources = openSources(directory);
  try {
    // Only the newest one changes. The first read after BEGIN fixes the moment.
    sources.at(-1)?.database.exec('BEGIN; SELECT count(*) FROM topics');
    const sizes = sources.map(
      ({ database }) => pragma(database, 'page_size') * pragma(database, 'page_count'),
    );
    const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    let doneBytes = 0;
    for (const [at, { name, database }] of sources.entries()) {
      const copy = join(target, segmentFile(name));
      mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
      createOwnerOnly(copy);
      const size = sizes[at] ?? 0;
      await backup(database, copy, {
        rate: pagesPerStep,
        progress: ({ totalPages, remainingPages }) =>
          onProgress?.(
            doneBytes + (size * (totalPages - remainingPages)) / Math.max(totalPages, 1),
            totalBytes,
          ),
      });
      doneBytes += size;
    }
    return sources.map(({ name }) => segmentFile(name));
  } finally {
    sources.forEach(({ database }) => database.close());
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

const mostTries = 20;

/**
 * The files of a log that may be in use, opened. Meanwhile one may have taken the place of others; whatever is open can be
 * read, also when it was removed. `events.db` belongs to each copy, although it may be empty.
 */
function openSources(directory: string): readonly Source[] {
  for (let left = mostTries; ; left -= 1) {
    const names = namesIn(directory);
    const sources: Source[] = [];
    try {
      names.forEach((name) => sources.push({ name, database: openSource(directory, name) }));
      if (left === 0 || isSame(names, namesIn(directory))) return sources;
      sources.forEach(({ database }) => database.close());
    } catch (error) {
      sources.forEach(({ database }) => database.close());
      if (left === 0 || isSame(names, namesIn(directory))) throw error;
    }
  }
}

function namesIn(directory: string): readonly SegmentName[] {
  const { live } = listSegments(directory);
  return live[0]?.generation === 0 && live[0].last === 0 ? live : [firstSegment, ...live];
}

function isSame(some: readonly SegmentName[], others: readonly SegmentName[]): boolean {
  return some.map(segmentFile).join() === others.map(segmentFile).join();
}

function openSource(directory: string, name: SegmentName): DatabaseSync {
  const path = join(directory, segmentFile(name));
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    refuseNewerSchema(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reads the copy as it lies: a connection of the usual kind would put files of its own beside it. */
function inspect({ directory, target }: CopyOptions, files: readonly string[]): CopiedLog {
  const records: Record<string, number> = {};
  let installation: Installation | null = null;
  let format = 0;
  for (const file of files) {
    const url = new URL('?immutable=1', pathToFileURL(join(target, file)));
    const database = new DatabaseSync(url, { readOnly: true });
    try {
      requireSound(database, join(directory, file));
      format = Math.max(format, refuseNewerSchema(database, join(directory, file)));
      const ids = topicsIn(database);
      ids.forEach((id, name) => {
        records[name] = (records[name] ?? 0) + countOf(database, id);
      });
      installation ??= installationOf(database, ids.get(topics.settings.name));
    } finally {
      database.close();
    }
  }
  return { format, files, records, installation };
}

function requireSound(database: DatabaseSync, path: string): void {
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') {
    throw new EventLogError('log-corrupt', `The event log ${path} is damaged: ${String(verdict)}.`);
  }
}

/** Of topics that have a table here, its number. */
function topicsIn(database: DatabaseSync): ReadonlyMap<string, number> {
  const stored = database
    .prepare(
      `SELECT id, topics.name FROM topics
       WHERE EXISTS (SELECT 1 FROM sqlite_schema WHERE sqlite_schema.name = 'records_' || id) ORDER BY id`,
    )
    .all();
  return new Map(stored.map(({ id, name }) => [String(name), Number(id)]));
}

function countOf(database: DatabaseSync, topicId: number): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM ${recordsTable(topicId)}`).get()?.['count']);
}

function installationOf(database: DatabaseSync, topicId: number | undefined): Installation | null {
  if (topicId === undefined) return null;
  const found = database
    .prepare(
      `SELECT "offset" FROM ${recordsTable(topicId)} WHERE headers ->> '$.ce_type' = ? ORDER BY "offset" LIMIT 1`,
    )
    .get(events.installationCreated.type)?.['offset'];
  if (found === undefined) return null;
  const record = createRecordReader(database, topicId, defaultLimits).one(Number(found));
  const result = record === undefined ? undefined : readRecord(record);
  if (result?.ok !== true || result.event.type !== events.installationCreated.type) return null;
  const { installationId: id, name } = result.event.data;
  return { id, name };
}
