import { mkdir, open, rename, rm } from 'node:fs/promises';

// Windows syncs no directories; NTFS journals the names.
const canSyncDirectories = process.platform !== 'win32';

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  if (!canSyncDirectories) {
    return;
  }
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A file that is there as a whole or not at all, for its owner only. Its bytes are durable before it gets its name; the
 * name is durable once the directory is synced.
 */
export async function writeFileAtOnce(path: string, temporaryPath: string, bytes: Uint8Array): Promise<void> {
  try {
    const handle = await open(temporaryPath, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

/** Makes a folder below one that is there, if it is not there yet. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  }
}

/** What the work gives, or undefined when there is no such file. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
