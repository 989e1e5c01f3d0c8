import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventLogError } from '../event-log-error.ts';
import { isBusy, toEventLogError } from './sqlite-failure.ts';

export interface DirectoryLock {
  /** Writes `lock.pid`, which only serves the error message of others. Takes space, unlike the lock. */
  nameHolder(): void;
  release(): void;
}

/**
 * Takes a directory for this opener alone, creating it owner-only. The lock is SQLite's own file lock on `lock.db`, so
 * the operating system releases it however the process ends.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const pidFile = join(directory, 'lock.pid');
  const database = openLockFile(directory);
  try {
    // A journal in memory: nothing is ever written here, and a full disk must not keep the log from opening.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw isBusy(error) ? inUse(directory, pidFile) : toEventLogError(error, `lock ${directory}`);
  }
  return {
    nameHolder() {
      try {
        writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
      } catch (error) {
        throw toEventLogError(error, `lock ${directory}`);
      }
    },
    release() {
      rmSync(pidFile, { force: true });
      database.close();
    },
  };
}

function openLockFile(directory: string): DatabaseSync {
  const path = join(directory, 'lock.db');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!existsSync(path)) makeNameDurable(resolve(directory));
    createOwnerOnly(path);
    return new DatabaseSync(path);
  } catch (error) {
    throw toEventLogError(error, `lock ${directory}`);
  }
}

/**
 * SQLite syncs what is in the directory, not its name in the one above, and whoever made it may have made more than one.
 * Windows syncs no directories; NTFS journals the names.
 */
function makeNameDurable(directory: string): void {
  const parent = dirname(directory);
  if (process.platform === 'win32' || parent === directory) {
    return;
  }
  try {
    const handle = openSync(parent, 'r');
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // Not ours to read, so not made by us; and some file systems sync no directories.
    return;
  }
  makeNameDurable(parent);
}

/**
 * SQLite itself would create files that everybody may read. An existing file must not even be opened here: closing a
 * file drops all POSIX locks this process holds on it.
 */
export function createOwnerOnly(path: string): void {
  if (!existsSync(path)) {
    closeSync(openSync(path, 'a', 0o600));
  }
}

function inUse(directory: string, pidFile: string): EventLogError {
  const message =
    `The event log in ${directory} is in use by ${holder(pidFile)}. ` +
    'Stop that process, or choose another data directory.';
  return new EventLogError('log-in-use', message);
}

function holder(pidFile: string): string {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim();
    return /^\d+$/.test(pid) ? `process ${pid}` : 'another process';
  } catch {
    return 'another process';
  }
}
