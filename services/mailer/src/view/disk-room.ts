import { accessSync, constants, statfsSync } from 'node:fs';

/** More than a commit and the write-ahead log of the view take. */
const leastFreeBytes = 16 * 1024 * 1024;

/**
 * Whether the disk surely takes a commit now. A commit that fails is rolled back by SQLite, and with it rows that were
 * acted upon; one that is put off costs memory only, and of a view nothing gets lost. The file itself must not be opened:
 * closing it would drop SQLite's locks.
 */
export function hasRoom(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize >= leastFreeBytes;
  } catch {
    return false;
  }
}
