import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isApiKey } from '@postausgang/http-server';

/** The file of the admin key does not hold a key. The message never holds what stands there. */
export class AdminKeyFileError extends Error {
  override readonly name = 'AdminKeyFileError';
  readonly code = 'admin-key-file-malformed';
  readonly path: string;

  constructor(path: string) {
    super(`${path} does not hold an API key. Remove the file, and a new key is created at the next start.`);
    this.path = path;
  }
}

/** The key in the file; undefined when there is no file. Throws AdminKeyFileError. */
export async function readAdminKeyFile(path: string): Promise<string | undefined> {
  try {
    const key = (await readFile(path, 'utf8')).trim();
    if (isApiKey(key)) return key;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  throw new AdminKeyFileError(path);
}

/** Writes the key as one line for its owner only: complete and durable before the file gets its name. */
export async function writeAdminKeyFile(path: string, key: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, `${key}\n`);
    await rename(temporary, path);
    await syncDirectory(directory);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

// Windows cannot open a directory, and needs no sync of it.
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
