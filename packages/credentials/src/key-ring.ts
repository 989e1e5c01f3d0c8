import type { KeyObject } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateDirectory } from '@postausgang/configuration';
import { createKeyFile, keyFileName, type KeyPair, type PublicKeyRing, readKeyFile } from './key-files.ts';
import { SealingError } from './sealing-error.ts';

/** The mailer's keys: the active one for new secrets, and every older one that sealed secrets may still need. */
export interface PrivateKeyRing {
  readonly activeKeyId: string;
  /** Key id to private key. Key objects do not print what they hold. */
  readonly privateKeys: ReadonlyMap<string, KeyObject>;
  /** What config-api seals with. */
  readonly publicKeys: PublicKeyRing;
}

const extension = '.jwk.json';

/**
 * The key ring of a directory with files `key-1.jwk.json`, `key-2.jwk.json`, …; the highest number is the active key.
 * At the first start the directory (0700) and one key (file 0600) are created; several processes may do so at
 * once and end up with the same key.
 *
 * @throws PrivateFileError; SealingError `key-file-malformed`
 */
export async function openKeyRing(directory: string): Promise<PrivateKeyRing> {
  await ensurePrivateDirectory(directory);
  if ((await keyNumbers(directory)).length === 0) await createKeyFile(directory, 1);
  return readKeyRing(directory);
}

/**
 * Adds a key and makes it the active one; older keys stay for opening. Processes that already opened the ring do not
 * see the key until they open it again.
 *
 * @throws PrivateFileError; SealingError `key-file-malformed`
 */
export async function addKey(directory: string): Promise<PrivateKeyRing> {
  await ensurePrivateDirectory(directory);
  let created = false;
  while (!created) {
    const numbers = await keyNumbers(directory);
    created = await createKeyFile(directory, (numbers.at(-1) ?? 0) + 1);
  }
  return readKeyRing(directory);
}

async function readKeyRing(directory: string): Promise<PrivateKeyRing> {
  const numbers = await keyNumbers(directory);
  const pairs: KeyPair[] = [];
  for (const number of numbers) pairs.push(await readKeyFile(join(directory, keyFileName(number))));
  const active = pairs.at(-1);
  if (active === undefined)
    throw new SealingError('key-file-malformed', `Directory: ${directory}. No key file left.`);
  const activeKeyId = active.publicKey.kid;
  return {
    activeKeyId,
    privateKeys: new Map(pairs.map(({ publicKey, privateKey }) => [publicKey.kid, privateKey])),
    publicKeys: { activeKeyId, keys: pairs.map(({ publicKey }) => publicKey) },
  };
}

/** Numbers of the key files, ascending. Files of other kinds do not matter. */
async function keyNumbers(directory: string): Promise<readonly number[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(extension));
  return names.map((name) => keyNumber(join(directory, name), name)).toSorted((a, b) => a - b);
}

function keyNumber(path: string, name: string): number {
  const digits = /^key-([1-9]\d{0,8})\.jwk\.json$/.exec(name)?.[1];
  if (digits === undefined) {
    throw new SealingError(
      'key-file-malformed',
      `File: ${path}. Key files are named key-<number>${extension}.`,
    );
  }
  return Number(digits);
}
