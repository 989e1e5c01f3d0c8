/**
 * A copy of an embedded log that may be in use: what SQLite calls an online backup.
 *
 * - The copy is the log at one moment. A read transaction holds that moment open, so the writer neither waits nor makes the
 *   copy begin again; meanwhile its write-ahead log cannot shrink.
 * - Nothing is written to the log. The lock of its folder is not taken: whoever has it goes on.
 * - A copy is checked before it counts as one: SQLite copies the pages of a damaged file without a complaint.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { events, readRecord, topics } from '@postausgang/contracts';
import { EventLogError } from '../event-log-error.ts';
import type { Installation } from '../installation.ts';
import { logFileName, recordsTable, refuseNewerSchema } from './database-file.ts';
import { createOwnerOnly } from './directory-lock.ts';
import { defaultLimits } from './limits.ts';
import { toEventLogError } from './sqlite-failure.ts';
import { createRecordReader } from './topic.ts';

/** What is in a copy of a log. */
export interface CopiedLog {
  /** Of the file, not of the records in it. */
  readonly format: number;
  /** Records by topic. */
  readonly records: Readonly<Record<string, number>>;
  /** null: the service has never started on this log. */
  readonly installation: Installation | null;
}

export interface CopyOptions {
  /** The folder of the log. */
  readonly directory: string;
  /** The file of the copy, which must not be there yet. It is made owner-only. */
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
    await copyDatabase(path, options);
    return inspect(options.target, path);
  } catch (error) {
    throw toEventLogError(error, `be copied from ${path} to ${options.target}`);
  }
}

async function copyDatabase(path: string, { target, onProgress }: CopyOptions): Promise<void> {
  const source = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    refuseNewerSchema(source, path);
    const pageBytes = Number(source.prepare('PRAGMA page_size').get()?.['page_size']);
    // The first read after BEGIN fixes the moment.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM topics').get();
    createOwnerOnly(target);
    await backup(source, target, {
      rate: pagesPerStep,
      progress: ({ totalPages, remainingPages }) =>
        onProgress?.((totalPages - remainingPages) * pageBytes, totalPages * pageBytes),
    });
    source.exec('COMMIT');
  } finally {
    source.close();
  }
}

/** Reads the copy as it lies: a connection of the usual kind would put files of its own beside it. */
function inspect(target: string, path: string): CopiedLog {
  const database = new DatabaseSync(new URL('?immutable=1', pathToFileURL(target)), { readOnly: true });
  try {
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') {
      throw new EventLogError('log-corrupt', `The event log ${path} is damaged: ${String(verdict)}.`);
    }
    const stored = database.prepare('SELECT id, name FROM topics ORDER BY id').all();
    const ids = new Map(stored.map(({ id, name }) => [String(name), Number(id)]));
    const records = [...ids].map(([name, id]): [string, number] => [name, countOf(database, id)]);
    return {
      format: refuseNewerSchema(database, path),
      records: Object.fromEntries(records),
      installation: installationOf(database, ids.get(topics.settings.name)),
    };
  } finally {
    database.close();
  }
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
