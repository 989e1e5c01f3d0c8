import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from './owner-only.ts';
import { importActiveKey } from './public-key-ring.ts';
import type { PublicKeyRing } from './public-key-ring.ts';
import { SealingError } from './sealing-error.ts';
import { hasExactly } from './strict-shape.ts';

/**
 * Writes the public half of a key ring for those who seal: complete and durable before the file gets its name. Several
 * processes may do so at once. Nothing in it is secret, but whoever can change it can have secrets sealed to a key of
 * theirs.
 */
export async function writePublicKeyFile(path: string, ring: PublicKeyRing): Promise<void> {
  const text = `${JSON.stringify(ring, undefined, 2)}\n`;
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, text);
    await rename(temporary, path);
    await syncDirectory(directory);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Reads what `writePublicKeyFile` has written.
 *
 * @throws SealingError `public-key-missing`, `public-key-malformed`
 */
export async function readPublicKeyFile(path: string): Promise<PublicKeyRing> {
  const value = parseJson(await readText(path));
  if (!isRing(value)) throw new SealingError('public-key-malformed', `File: ${path}.`);
  importActiveKey(value);
  return value;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new SealingError('public-key-missing', `File: ${path} (${code}).`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// What the keys are made of is checked when they are imported.
function isRing(value: unknown): value is Record<string, unknown> & PublicKeyRing {
  return (
    hasExactly(value, ['activeKeyId', 'keys']) &&
    typeof value['activeKeyId'] === 'string' &&
    Array.isArray(value['keys']) &&
    value['keys'].every((key) => typeof key === 'object' && key !== null)
  );
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
