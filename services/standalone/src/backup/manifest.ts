/**
 * What a backup is: files, and a manifest that says what each of them has to be. The manifest is written last, so a backup
 * without one did not end. A checksum beside it covers the manifest itself; `sha256sum -c` understands it, too.
 */
import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { replacePrivateFile } from '@postausgang/configuration';

const manifestFile = 'manifest.json';
const checksumFile = `${manifestFile}.sha256`;
/** The log in one file is format 1, which earlier versions read. */
const manifestFormat = 2;

/** Everything that a backup may hold. A manifest is a file that others can write: nothing else is ever copied from one. */
const pathPattern = String.raw`^(events\.db|segments/\d{8}-\d{8}\.\d{1,9}\.db|admin\.key|keys/key-\d+\.jwk\.json|content/sha256/[0-9a-f]{2}/[0-9a-f]{64})$`;

const StoredFileSchema = Type.Object({
  /** Below the folder of the backup, and of the data that it becomes again. */
  path: Type.String({ pattern: pathPattern }),
  sizeBytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
export type StoredFile = Static<typeof StoredFileSchema>;

export function isKept(path: string): boolean {
  return new RegExp(pathPattern).test(path);
}

const ManifestSchema = Type.Object({
  format: Type.Integer({ minimum: 1 }),
  /** Everything that the log had acknowledged before this time is in the backup. */
  takenAt: Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$` }),
  /** null: the service had never started on this log. */
  installation: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }), Type.Null()]),
  versions: Type.Object({ postausgang: Type.String(), log: Type.Integer() }),
  /** Records in the log by topic. */
  records: Type.Record(Type.String(), Type.Integer()),
  /** Whether the private keys are in it that open the stored passwords. */
  hasKeys: Type.Boolean(),
  files: Type.Array(StoredFileSchema),
});
export type Manifest = Static<typeof ManifestSchema>;

/** Why a command about a backup did nothing, or not everything; the message is for whoever typed it. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  /** damaged: the backup is not what it was, or did not end. */
  readonly kind: 'damaged' | 'refused';

  constructor(kind: BackupError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Hears how far a long step has come. */
export type OnProgress = (what: string, doneBytes: number, totalBytes: number) => void;

/** The checksum becomes durable first. */
export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<Manifest> {
  const hasSegments = manifest.files.some(({ path }) => path.startsWith('segments/'));
  const whole = { format: hasSegments ? manifestFormat : 1, ...manifest };
  const text = `${JSON.stringify(whole, undefined, 2)}\n`;
  await replacePrivateFile(join(folder, checksumFile), `${hash('sha256', text)}  ${manifestFile}\n`);
  await replacePrivateFile(join(folder, manifestFile), text);
  return whole;
}

/** @throws BackupError */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readText(join(folder, manifestFile));
  const checksum = await readText(join(folder, checksumFile));
  if (text === undefined) {
    throw new BackupError(
      'damaged',
      `${folder} is no backup, or one that did not end: it has no ${manifestFile}.`,
    );
  }
  if (checksum?.split(' ')[0] !== hash('sha256', text)) {
    throw new BackupError(
      'damaged',
      `${manifestFile} is not what was written: ${checksumFile} has another checksum.`,
    );
  }
  const value: unknown = JSON.parse(text);
  const format: unknown = Reflect.get(Object(value), 'format');
  if (typeof format === 'number' && format > manifestFormat) {
    throw new BackupError(
      'refused',
      `The backup has format ${format}, which a newer version of Postausgang reads.`,
    );
  }
  if (!Value.Check(ManifestSchema, value)) {
    const found = Value.Errors(ManifestSchema, value).First();
    throw new BackupError('damaged', `${manifestFile} is no manifest: ${found?.path} ${found?.message}.`);
  }
  return value;
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

export function totalBytes(files: readonly Pick<StoredFile, 'sizeBytes'>[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** What a file is: the part of a manifest that its bytes decide. */
export type Digest = Omit<StoredFile, 'path'>;

/** Reads a file once, and hands every part of it on. */
export async function digestOf(path: string, take: (part: Buffer) => void | Promise<void>): Promise<Digest> {
  const digest = createHash('sha256');
  let sizeBytes = 0;
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    if (!Buffer.isBuffer(part)) continue;
    digest.update(part);
    sizeBytes += part.byteLength;
    await take(part);
  }
  return { sizeBytes, sha256: digest.digest('hex') };
}

/** A copy for its owner only, durable and of the same time. Says what was copied. */
export async function copyFile(from: string, to: string, onBytes: (count: number) => void): Promise<Digest> {
  const { atime, mtime } = await stat(from);
  const target = await open(to, 'wx', 0o600);
  try {
    const digest = await digestOf(from, async (part) => {
      await target.writeFile(part);
      onBytes(part.byteLength);
    });
    await target.utimes(atime, mtime);
    await target.sync();
    return digest;
  } finally {
    await target.close();
  }
}
