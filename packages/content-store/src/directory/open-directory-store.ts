/**
 * Content as files in a folder, which several processes on several machines may share.
 *
 * - A file has its name only when all its bytes are durable, and `put` resolves only when the name is durable too.
 * - `put` of what is there reads it, for a damaged file must not count as stored, and renews its time instead.
 * - `prune` first takes a file out of its place and looks at its time again: a `put` at the same moment either
 *   renewed it before, and the file comes back, or finds it gone and writes it anew.
 */
import { access, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ContentStore, StoredContent } from '../content-store.ts';
import { ContentStoreError } from '../content-store-error.ts';
import { requireHash, sha256Of, tooLarge, verified } from '../content-hash.ts';
import { createPending } from '../pending.ts';
import { ifThere, syncDirectory, writeFileAtOnce } from './durable-file.ts';
import { type Layout, openLayout } from './layout.ts';
import { prune } from './prune.ts';

/**
 * Opens the store in a folder, which is made if it is not there.
 *
 * @throws ContentStoreError `content-unavailable`
 */
export async function openDirectoryStore(directory: string): Promise<ContentStore> {
  const pending = createPending();
  const layout = await available(openLayout(directory));
  const run = <T>(work: () => Promise<T>): Promise<T> => pending.run(() => available(work()));
  return {
    put: (bytes) => run(() => put(layout, bytes)),
    get: (sha256, maxBytes) => run(() => get(layout, sha256, maxBytes)),
    prune: (olderThan) => run(() => prune(layout, olderThan)),
    close: () => pending.close(),
  };
}

async function put(layout: Layout, bytes: Uint8Array): Promise<StoredContent> {
  const sha256 = sha256Of(bytes);
  const path = layout.pathOf(sha256);
  if (!(await renew(path, sha256))) {
    await layout.makeFolderOf(path);
    await writeFileAtOnce(path, layout.temporaryPath(), bytes);
  }
  await syncDirectory(dirname(path));
  return { sha256, sizeBytes: bytes.length };
}

/** Says whether the content is there, sound, and stays for as long as if it had just been written. */
async function renew(path: string, sha256: string): Promise<boolean> {
  const handle = await ifThere(open(path, 'r'));
  if (handle === undefined) {
    return false;
  }
  try {
    if (sha256Of(await handle.readFile()) !== sha256) {
      return false;
    }
    const now = new Date();
    await handle.utimes(now, now);
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
