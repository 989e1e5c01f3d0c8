/**
 * Makes a backup of a data folder while the service runs, checks one, and makes a data folder of one again.
 *
 * - The log is copied first. Attachments are stored before the record that needs them, so those in the folder afterwards
 *   are all that the copied log can name.
 * - A restore writes the note first and gives the log its name last. So a folder with a log in it is complete, and the
 *   service knows it by the note: the file system may give the restored files the very inodes of those that were lost.
 * - What breaks off half-way removes what it has made. A process that is killed leaves a backup without a manifest, or a
 *   data folder without a log.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '@postausgang/configuration';
import { productVersion } from '@postausgang/contracts';
import { copySqliteLog, logFileName } from '@postausgang/event-log';
import {
  BackupError,
  copyFile,
  type Digest,
  digestOf,
  isKept,
  isMissing,
  type Manifest,
  type OnProgress,
  readManifest,
  type StoredFile,
  totalBytes,
  writeManifest,
} from './manifest.ts';
import { writeRestoredNote } from '../restored-note.ts';

const contentFolder = 'content/sha256';
const keyFolder = 'keys';
const adminKeyFile = 'admin.key';
/** Everything but the log is of no use alone, so only the log waits for its name. */
const unfinishedLog = `${logFileName}.restoring`;

interface MakeBackupOptions {
  /** The data folder of the service. */
  readonly directory: string;
  readonly backup: string;
  /** Whether it gets the private keys and the admin key, too: whoever has it can then read the stored passwords. */
  readonly withKeys: boolean;
  readonly now: () => Date;
  readonly onProgress: OnProgress;
  /** Hears of what is damaged in the data folder itself. */
  readonly warn: (sentence: string) => void;
}

/** @throws BackupError, EventLogError, and the errors of the file system */
export async function makeBackup(options: MakeBackupOptions): Promise<Manifest> {
  const { directory, backup, withKeys, now, onProgress } = options;
  await requireEmpty(backup);
  return orRemoved(backup, async () => {
    const takenAt = now().toISOString();
    const { format, files, records, installation } = await copySqliteLog({
      directory,
      target: backup,
      onProgress: (done, total) => onProgress('Copying the log', done, total),
    });
    const log = await storedLog(backup, files, onProgress);
    const content = await copyAll(options, await contentOf(directory), 'Copying attachments');
    for (const { path, sha256 } of content) {
      if (!path.endsWith(sha256)) options.warn(`The attachment ${path} is damaged in ${directory}.`);
    }
    const keys = withKeys ? await copyAll(options, await keysOf(directory), 'Copying keys') : [];
    return writeManifest(backup, {
      takenAt,
      installation,
      versions: { postausgang: productVersion, log: format },
      records,
      hasKeys: keys.some(({ path }) => path.startsWith(`${keyFolder}/`)),
      files: [...log, ...content, ...keys],
    });
  });
}

/** SQLite has synced what it wrote, but not the names in a folder. */
async function storedLog(
  backup: string,
  files: readonly string[],
  onProgress: OnProgress,
): Promise<readonly StoredFile[]> {
  const sizes = await Promise.all(files.map(async (path) => (await stat(join(backup, path))).size));
  const onBytes = counting(
    'Reading the copy',
    sizes.reduce((sum, size) => sum + size, 0),
    onProgress,
  );
  const stored: StoredFile[] = [];
  for (const path of files) {
    stored.push({ path, ...(await digestOf(join(backup, path), (part) => onBytes(part.byteLength))) });
  }
  await syncFolders(backup, stored);
  return stored;
}

async function contentOf(directory: string): Promise<readonly string[]> {
  const folders = await namesIn(join(directory, contentFolder));
  const names = await Promise.all(folders.map((folder) => namesIn(join(directory, contentFolder, folder))));
  return folders
    .flatMap((folder, index) => (names[index] ?? []).map((name) => `${contentFolder}/${folder}/${name}`))
    .filter(isKept);
}

async function keysOf(directory: string): Promise<readonly string[]> {
  const keys = (await namesIn(join(directory, keyFolder))).map((name) => `${keyFolder}/${name}`);
  return [...keys, adminKeyFile].filter(isKept);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return ((await ifThere(readdir(folder))) ?? []).toSorted();
}

/** A file that is gone in the meantime was removed by the service: no mail needs it any more. */
async function copyAll(
  { directory, backup, onProgress }: MakeBackupOptions,
  paths: readonly string[],
  what: string,
): Promise<readonly StoredFile[]> {
  const sizes = await Promise.all(paths.map((path) => ifThere(stat(join(directory, path)))));
  const onBytes = counting(
    what,
    sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0),
    onProgress,
  );
  const stored: StoredFile[] = [];
  for (const path of paths) {
    const to = join(backup, path);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const digest = await ifThere(copyFile(join(directory, path), to, onBytes));
    if (digest !== undefined) stored.push({ path, ...digest });
  }
  await syncFolders(backup, stored);
  return stored;
}

/** What is damaged or missing in a backup, one sentence for each file. Throws BackupError where it has no sound manifest. */
export async function verifyBackup(
  backup: string,
  onProgress: OnProgress,
): Promise<{ readonly manifest: Manifest; readonly damage: readonly string[] }> {
  const manifest = await readManifest(backup);
  const onBytes = counting('Checking', totalBytes(manifest.files), onProgress);
  const damage: string[] = [];
  for (const file of manifest.files) {
    const found = await ifThere(digestOf(join(backup, file.path), (part) => onBytes(part.byteLength)));
    const sentence = damageOf(file, found);
    if (sentence !== null) damage.push(sentence);
  }
  return { manifest, damage };
}

function damageOf({ path, sizeBytes, sha256 }: StoredFile, found: Digest | undefined): string | null {
  if (found === undefined) return `${path} is missing.`;
  if (found.sizeBytes !== sizeBytes) return `${path} has ${found.sizeBytes} bytes instead of ${sizeBytes}.`;
  return found.sha256 === sha256 ? null : `${path} has another checksum: its bytes were changed.`;
}

interface RestoreOptions {
  readonly backup: string;
  /** The data folder that it becomes: a new or an empty one. */
  readonly directory: string;
  readonly onProgress: OnProgress;
}

/** @throws BackupError, and the errors of the file system */
export async function restoreBackup({ backup, directory, onProgress }: RestoreOptions): Promise<Manifest> {
  const manifest = await readManifest(backup);
  await requireEmpty(directory);
  return orRemoved(directory, async () => {
    const { takenAt, files } = manifest;
    await writeRestoredNote(directory, takenAt);
    const onBytes = counting('Restoring', totalBytes(files), onProgress);
    for (const file of files) {
      const to = join(directory, file.path === logFileName ? unfinishedLog : file.path);
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      const sentence = damageOf(file, await ifThere(copyFile(join(backup, file.path), to, onBytes)));
      if (sentence !== null) throw new BackupError('damaged', `The backup is damaged: ${sentence}`);
    }
    await syncFolders(directory, files);
    await rename(join(directory, unfinishedLog), join(directory, logFileName));
    await syncDirectory(directory);
    return manifest;
  });
}

/** A fresh file system has this folder in its root. */
const ofFileSystem = 'lost+found';

async function entriesOf(folder: string): Promise<readonly string[]> {
  return ((await ifThere(readdir(folder))) ?? []).filter((name) => name !== ofFileSystem);
}

/** A folder that is not empty may be the only copy of something. */
async function requireEmpty(folder: string): Promise<void> {
  const entries = await entriesOf(folder);
  if (entries.length > 0) {
    throw new BackupError(
      'refused',
      `${folder} is not empty (${entries.slice(0, 3).join(', ')}). Choose a new or an empty folder: nothing is overwritten.`,
    );
  }
}

/** Works in a folder that was empty, which is made where it is not there; on a failure it is as before. */
async function orRemoved<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await work();
  } catch (error) {
    const paths = made === undefined ? (await entriesOf(folder)).map((name) => join(folder, name)) : [made];
    await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
    throw error;
  }
}

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes the names of files durable, and those of the folders they are in. */
async function syncFolders(root: string, files: readonly StoredFile[]): Promise<void> {
  const folders = new Set<string>([root]);
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder))
      folders.add(join(root, folder));
  }
  for (const folder of folders) await syncDirectory(folder);
}

function counting(what: string, total: number, onProgress: OnProgress): (count: number) => void {
  let done = 0;
  return (count) => {
    done += count;
    onProgress(what, done, total);
  };
}
