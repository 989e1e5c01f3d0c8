/**
 * Content as files in a folder, which several processes on several machines may share.
 *
 * - A file has its name only when all its bytes are durable, and `put` resolves only when the name is durable too.
 * - `put` of what is there reads it, for a damaged file must not count as stored, and renews its time instead.
 * - The time of a file is that of the process that has put it, which is also whose time `prune` is given. A share would
 *   stamp it by the clock of its server, and where that one is slow, content would be pruned that a mail still needs.
 * - `prune` first takes a file out of its place and looks at its time again: a `put` at the same moment either
 *   renewed it before, and the file comes back, or finds it gone and writes it anew.
 */
import { randomUUID } from 'node:crypto';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ContentStore,
  ContentStoreError,
  createPending,
  requireHash,
  sha256Of,
  type StoredContent,
  tooLarge,
  verified,
} from './content-store.ts';

// Windows syncs no directories; NTFS journals the names.
const canSyncDirectories = process.platform !== 'win32';

/** Makes the names in a directory durable. */
async function syncDirectory(directory: string): Promise<void> {
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
async function writeFileAtOnce(
  path: string,
  temporaryPath: string,
  bytes: Uint8Array,
  time: Date,
): Promise<void> {
  try {
    const handle = await open(temporaryPath, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.utimes(time, time);
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
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  }
}

/** What the work gives, or undefined when there is no such file. */
async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
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

/** Where things lie in the folder of a store: `sha256/e3/e3b0…` and, while they are written, `tmp/…`. */
interface Layout {
  readonly contentFolder: string;
  readonly temporaryFolder: string;
  /** The place of some content. */
  pathOf(sha256: string): string;
  temporaryPath(): string;
  /** Makes the folder of a place, durably. */
  makeFolderOf(path: string): Promise<void>;
}

/**
 * Makes the two folders. Later nothing but the folders within `sha256` is made: where that one is gone, the store is
 * not there (a share that is not mounted), and nothing must be written into the empty place.
 */
async function openLayout(directory: string): Promise<Layout> {
  const contentFolder = join(directory, 'sha256');
  const temporaryFolder = join(directory, 'tmp');
  const firstMade = await mkdir(directory, { recursive: true, mode: 0o700 });
  await makeFolder(contentFolder);
  await makeFolder(temporaryFolder);
  await syncDirectory(directory);
  if (firstMade !== undefined) {
    await syncDirectory(dirname(firstMade));
  }
  const made = new Map<string, Promise<void>>();
  return {
    contentFolder,
    temporaryFolder,
    pathOf: (sha256) => join(contentFolder, sha256.slice(0, 2), sha256),
    temporaryPath: () => join(temporaryFolder, randomUUID()),
    async makeFolderOf(path) {
      const folder = dirname(path);
      const making = made.get(folder) ?? makeDurably(folder);
      made.set(folder, making);
      try {
        await making;
      } catch (error) {
        made.delete(folder);
        throw error;
      }
    },
  };
}

async function makeDurably(folder: string): Promise<void> {
  await makeFolder(folder);
  await syncDirectory(dirname(folder));
}

/** Removes what was put last before this time, and what a crash has left half written. Says how many contents. */
async function prune(layout: Layout, olderThan: Date): Promise<number> {
  let removed = 0;
  for (const folder of await readdir(layout.contentFolder)) {
    const directory = join(layout.contentFolder, folder);
    for (const name of await readdir(directory)) {
      removed += (await removeIfOld(join(directory, name), layout.temporaryPath(), olderThan)) ? 1 : 0;
    }
  }
  for (const name of await readdir(layout.temporaryFolder)) {
    const path = join(layout.temporaryFolder, name);
    if (await isOlder(path, olderThan)) {
      await rm(path, { force: true });
    }
  }
  return removed;
}

async function removeIfOld(path: string, aside: string, olderThan: Date): Promise<boolean> {
  if (!(await isOlder(path, olderThan)) || !(await isMoved(path, aside))) {
    return false;
  }
  if (!(await isOlder(aside, olderThan))) {
    await ifThere(rename(aside, path));
    return false;
  }
  await rm(aside, { force: true });
  return true;
}

async function isOlder(path: string, time: Date): Promise<boolean> {
  const stats = await ifThere(stat(path));
  return stats !== undefined && stats.mtimeMs < time.getTime();
}

/** Another mailer may prune at the same time. */
async function isMoved(path: string, aside: string): Promise<boolean> {
  return (await ifThere(rename(path, aside).then(() => true))) ?? false;
}

/**
 * Opens the store in a folder, which is made if it is not there.
 *
 * @param now - the time of what is put; by default that of the machine
 * @throws ContentStoreError `content-unavailable`
 */
export async function openDirectoryStore(
  directory: string,
  now: () => Date = () => new Date(),
): Promise<ContentStore> {
  const pending = createPending();
  const layout = await available(openLayout(directory));
  const run = <T>(work: () => Promise<T>): Promise<T> => pending.run(() => available(work()));
  return {
    put: (bytes) => run(() => put(layout, bytes, now())),
    get: (sha256, maxBytes) => run(() => get(layout, sha256, maxBytes)),
    prune: (olderThan) => run(() => prune(layout, olderThan)),
    close: () => pending.close(),
  };
}

async function put(layout: Layout, bytes: Uint8Array, time: Date): Promise<StoredContent> {
  const sha256 = sha256Of(bytes);
  const path = layout.pathOf(sha256);
  if (!(await renew(path, sha256, time))) {
    await layout.makeFolderOf(path);
    await writeFileAtOnce(path, layout.temporaryPath(), bytes, time);
  }
  await syncDirectory(dirname(path));
  return { sha256, sizeBytes: bytes.length };
}

/** Says whether the content is there, sound, and stays for as long as if it had just been written. */
async function renew(path: string, sha256: string, time: Date): Promise<boolean> {
  const handle = await ifThere(open(path, 'r'));
  if (handle === undefined) {
    return false;
  }
  try {
    if (sha256Of(await handle.readFile()) !== sha256) {
      return false;
    }
    await handle.utimes(time, time);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return (await ifThere(access(path).then(() => true))) ?? false;
}

async function get(
  { pathOf, contentFolder }: Layout,
  sha256: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  requireHash(sha256);
  const handle = await ifThere(open(pathOf(sha256), 'r'));
  if (handle === undefined) {
    await access(contentFolder);
    throw new ContentStoreError('content-missing', `The content store does not hold ${sha256}`);
  }
  try {
    if ((await handle.stat()).size > maxBytes) {
      throw tooLarge(sha256, maxBytes);
    }
    return verified(sha256, await handle.readFile());
  } finally {
    await handle.close();
  }
}

/** Whatever the file system does not do may work later. Paths stay in the cause: the message reaches clients. */
async function available<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof ContentStoreError) {
      throw cause;
    }
    const detail = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const code = detail === 'ENOSPC' || detail === 'EDQUOT' ? 'content-full' : 'content-unavailable';
    throw new ContentStoreError(code, `The content store does not work: ${detail}`, { cause });
  }
}
