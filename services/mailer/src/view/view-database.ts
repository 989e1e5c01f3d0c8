import { closeSync, fchmodSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { viewSchema, viewVersion } from './schema.ts';

export const viewFileName = 'mail-view.db';

/**
 * Opens the database of the view. A file of another version, or one that cannot be read, is deleted: everything in it
 * comes back from the log. `synchronous=NORMAL` may lose the last moments in a power failure, but leaves no damage.
 */
export function openViewDatabase(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, viewFileName);
  makeOwnerOnly(path);
  return openExisting(path) ?? createNew(path);
}

/** SQLite gives the files beside the database the rights of the database. */
function makeOwnerOnly(path: string): void {
  const file = openSync(path, 'a', 0o600);
  fchmodSync(file, 0o600);
  closeSync(file);
}

function openExisting(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path);
  try {
    configure(database);
    const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
    if (version === viewVersion && isReadable(database)) {
      return database;
    }
  } catch {
    // Not a database, or a damaged one: rebuilt below.
  }
  database.close();
  return undefined;
}

/** Reads what every start needs anyway, across the whole file's structure but not its content. */
function isReadable(database: DatabaseSync): boolean {
  database.prepare('SELECT state, count(*) FROM mails GROUP BY state').all();
  database.prepare('SELECT * FROM positions').all();
  database.prepare('SELECT * FROM refusals LIMIT 1').all();
  database.prepare('SELECT * FROM commands LIMIT 1').all();
  database.prepare('SELECT * FROM usage LIMIT 1').all();
  return true;
}

function createNew(path: string): DatabaseSync {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(path + suffix, { force: true });
  }
  makeOwnerOnly(path);
  const database = new DatabaseSync(path);
  configure(database);
  database.exec(viewSchema);
  return database;
}

/** Rows are large and come by the hundred: with pages of 4 KiB a commit costs twice as much. 1000 of these are 16 MiB. */
function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA page_size = 16384;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA cache_size = -16000;
    PRAGMA temp_store = MEMORY;
  `);
}
