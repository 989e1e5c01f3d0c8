/**
 * Files that hold a secret of this service: sealing keys, the session key, the admin key.
 *
 * - A file has its name only when all its bytes are durable, and a new one never replaces what another process has made.
 * - Nobody but the owner may reach a file. Kubernetes cannot give a file to one user: it gives a volume to a group
 *   (`fsGroup`: the folder is setgid, files become 0660 at every mount) or mounts a Secret as root's, read-only. Both
 *   count as private, since the group, or the mount, was made for this process.
 * - A volume without hard links (SMB, blobfuse) and one where modes cannot be changed each have their sentence.
 */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { access, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Windows has no such bits: there the access list inherited from the data directory counts.
const hasModeBits = process.platform !== 'win32';

const othersMask = 0o007;
const groupMask = 0o070;
const setgid = 0o2000;

/** Somebody else can reach a private file. The message holds the mode, and the command that mends it. */
export class PrivateFileError extends Error {
  override readonly name = 'PrivateFileError';
  readonly code = 'file-permissions';
}

/**
 * Refuses a file or folder that others can reach.
 *
 * @throws PrivateFileError with the command that mends it.
 */
async function assertPrivate(path: string, stats: Stats): Promise<void> {
  if (!hasModeBits || (stats.mode & (groupMask | othersMask)) === 0) return;
  if (await isSharedForUs(path, stats)) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(3, '0');
  const wanted = stats.isDirectory() ? '700' : '600';
  const quotedPath = `'${path.replaceAll("'", String.raw`'\''`)}'`;
  throw new PrivateFileError(
    `Others than its owner can reach ${path} (mode ${mode}). Run: chmod ${wanted} ${quotedPath} ` +
      '(where the volume ignores chmod, as SMB does, mount it with file_mode=0600,dir_mode=0700)',
  );
}

/** Whether the group, or the whole mount, was made for this process. */
async function isSharedForUs(path: string, stats: Stats): Promise<boolean> {
  if (stats.uid === 0 && process.getuid?.() !== 0 && (await isReadOnlyMount(path))) return true;
  if ((stats.mode & othersMask) !== 0 || process.getgroups?.().includes(stats.gid) !== true) return false;
  const directory = stats.isDirectory() ? stats : await stat(dirname(path));
  return (directory.mode & setgid) !== 0 && directory.gid === stats.gid;
}

async function isReadOnlyMount(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => false,
    (error: unknown) => hasCode(error, 'EROFS'),
  );
}

/** Makes sure that the folder exists, and that nobody but its owner can enter it. */
export async function ensurePrivateDirectory(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (created !== undefined) await syncDirectory(dirname(created));
  await assertPrivate(directory, await stat(directory));
}

/** Makes the names in a folder durable. Windows syncs no folders; NTFS journals the names. */
export async function syncDirectory(directory: string): Promise<void> {
  if (!hasModeBits) return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems sync no folders.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
  } finally {
    await handle.close();
  }
}

/** How long an empty file may be one that another process is just making. */
const beingMadeMs = 2_000;

/**
 * The text of a private file; undefined where there is none, or an empty one that a process left behind when it broke
 * off.
 *
 * @throws PrivateFileError
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  for (let waitedMs = 0; ; waitedMs += 50) {
    const text = await readFile(path, 'utf8').catch(ignoreCode('ENOENT'));
    if (text === undefined) return undefined;
    await assertPrivate(path, await stat(path));
    if (text !== '') return text;
    if (waitedMs >= beingMadeMs) return undefined;
    await sleep(50);
  }
}

/** A new private file: complete and durable before it gets its name. False when there is one already. */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  return withDurableCopy(path, text, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return takeOver(temporary, path);
      // No hard links here: an empty file reserves the name, which the complete one then takes.
      if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES', 'EINVAL')) throw error;
    }
    return reserve(temporary, path);
  });
}

async function reserve(temporary: string, path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return takeOver(temporary, path);
    throw error;
  }
  await rename(temporary, path);
  return true;
}

/** An empty file stays behind where a process broke off between reserving a name and using it. */
async function takeOver(temporary: string, path: string): Promise<boolean> {
  if ((await readPrivateFile(path)) !== undefined) return false;
  await rename(temporary, path);
  return true;
}

/** Gives a private file this text, whether there is one or not: the old text or the new one is there as a whole. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  await withDurableCopy(path, text, (temporary) => rename(temporary, path));
}

async function withDurableCopy<T>(
  path: string,
  text: string,
  giveName: (temporary: string) => Promise<T>,
): Promise<T> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, text);
    const result = await giveName(temporary);
    await syncDirectory(directory);
    return result;
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

function ignoreCode(code: string) {
  return (error: unknown): undefined => {
    if (hasCode(error, code)) return undefined;
    throw error;
  };
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
