import { randomUUID } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertOwnerOnly, syncDirectory } from './owner-only.ts';
import { generatePrivateJwk, parsePrivateJwk } from './private-jwk.ts';
import type { KeyPair } from './private-jwk.ts';
import { SealingError } from './sealing-error.ts';

/** Name of the file of the key with this number, e.g. `key-1.jwk.json`. */
export function keyFileName(number: number): string {
  return `key-${number}.jwk.json`;
}

/**
 * Writes a new key pair: complete and durable before the file gets its name, and never over an existing file. False
 * when another process took the number first.
 */
export async function createKeyFile(directory: string, number: number): Promise<boolean> {
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, generatePrivateJwk());
    const created = await linkIfAbsent(temporary, join(directory, keyFileName(number)));
    await syncDirectory(directory);
    return created;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Reads one key file.
 *
 * @throws SealingError `key-file-permissions`, `key-file-malformed`; never with any part of the content.
 */
export async function readKeyFile(path: string): Promise<KeyPair> {
  const file = await open(path, 'r');
  try {
    assertOwnerOnly(path, await file.stat());
    const pair = parsePrivateJwk(await file.readFile('utf8'));
    if (pair !== undefined) return pair;
  } finally {
    await file.close();
  }
  throw new SealingError(
    'key-file-malformed',
    `File: ${path}. Expected: an EC P-256 JWK whose d, x, y and kid (RFC 7638 thumbprint) belong together.`,
  );
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

// Unlike a rename, a link never replaces the key that another process has just made.
async function linkIfAbsent(existing: string, name: string): Promise<boolean> {
  try {
    await link(existing, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
