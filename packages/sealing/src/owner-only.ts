import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SealingError } from './sealing-error.ts';

// Windows has no such bits: there the access list inherited from the data directory counts.
const hasModeBits = process.platform !== 'win32';
const groupAndOthers = 0o077;

/**
 * Refuses a file or directory that group or others can read, write or enter.
 *
 * @throws SealingError `key-file-permissions` with the command that mends it.
 */
export function assertOwnerOnly(path: string, stats: Stats): void {
  if (!hasModeBits || (stats.mode & groupAndOthers) === 0) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(3, '0');
  const wanted = stats.isDirectory() ? '700' : '600';
  const quotedPath = `'${path.replaceAll("'", String.raw`'\''`)}'`;
  throw new SealingError('key-file-permissions', `Mode ${mode}; run: chmod ${wanted} ${quotedPath}`);
}

/** Makes sure the directory exists and only its owner gets in. */
export async function ensureOwnerOnlyDirectory(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (created !== undefined) await syncDirectory(dirname(created));
  assertOwnerOnly(directory, await stat(directory));
}

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  if (!hasModeBits) return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
