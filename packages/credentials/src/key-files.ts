import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createPrivateFile, readPrivateFile, syncDirectory } from '@postausgang/configuration';
import { hasExactly, sha256OfCanonicalJson, sizeOfBase64url } from '@postausgang/settings';
import { SealingError } from './sealing-error.ts';

/** A point on P-256 as JWK coordinates (RFC 7518 section 6.2.1), base64url of 32 bytes each. */
interface CurvePoint {
  readonly x: string;
  readonly y: string;
}

/** A public sealing key as JWK (RFC 7517). It has no private member. */
export interface PublicKey extends CurvePoint {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly use: 'enc';
  readonly alg: 'ECDH-ES';
  /** RFC 7638 thumbprint of this key. */
  readonly kid: string;
}

/** The public half of a key ring: a JWK Set that also names the key to seal to. Safe to publish. */
export interface PublicKeyRing {
  readonly activeKeyId: string;
  readonly keys: readonly PublicKey[];
}

const memberNames = ['kty', 'crv', 'use', 'alg', 'kid', 'x', 'y'];
const coordinateSizeBytes = 32;

/** The public JWK of a point, with its thumbprint as key id. */
function publicKeyOf({ x, y }: CurvePoint): PublicKey {
  return { kty: 'EC', crv: 'P-256', use: 'enc', alg: 'ECDH-ES', kid: keyIdOf({ x, y }), x, y };
}

/** Key id of a P-256 key: its RFC 7638 thumbprint with SHA-256. */
function keyIdOf({ x, y }: CurvePoint): string {
  return sha256OfCanonicalJson({ crv: 'P-256', kty: 'EC', x, y });
}

/** Whether both coordinates have the size and the spelling that a P-256 JWK prescribes. */
export function isCurvePoint(value: { readonly x?: unknown; readonly y?: unknown }): value is CurvePoint {
  return sizeOfBase64url(value.x) === coordinateSizeBytes && sizeOfBase64url(value.y) === coordinateSizeBytes;
}

/** The public key at a point; undefined when the point is not on P-256. */
export function importPoint({ x, y }: CurvePoint): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/**
 * The active key of a ring, ready to seal to.
 *
 * @throws SealingError `public-key-malformed`: no active key, or any key with a private or unknown member, with a
 *   wrong key id or not on P-256.
 */
export function importActiveKey({ activeKeyId, keys }: PublicKeyRing): KeyObject {
  const active = new Map(keys.map((key) => [key.kid, importPublicKey(key)])).get(activeKeyId);
  if (active === undefined) throw new SealingError('public-key-malformed', 'It lacks its active key.');
  return active;
}

function importPublicKey(key: PublicKey): KeyObject {
  if (!hasExactly(key, memberNames) || !isCurvePoint(key)) throw new SealingError('public-key-malformed');
  const matches = Object.entries(publicKeyOf(key)).every(([name, value]) => key[name] === value);
  const imported = matches ? importPoint(key) : undefined;
  if (imported === undefined) throw new SealingError('public-key-malformed');
  return imported;
}

/** A sealing key with its public half. */
export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

const privateValueSizeBytes = 32;

/** A new key pair as JWK text. */
function generatePrivateJwk(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  return `${JSON.stringify({ ...publicKeyOf({ x, y }), d }, undefined, 2)}\n`;
}

/** Reads JWK text; undefined unless it is a P-256 private key whose `d`, `x`, `y` and `kid` belong together. */
function parsePrivateJwk(text: string): KeyPair | undefined {
  const value = parseJsonObject(text);
  if (value?.['kty'] !== 'EC' || value['crv'] !== 'P-256') return undefined;
  const point = { x: value['x'], y: value['y'] };
  const { d, kid } = value;
  if (!isCurvePoint(point) || typeof d !== 'string' || !isPrivateValueOf(d, point.x, point.y))
    return undefined;
  const publicKey = publicKeyOf(point);
  if (kid !== publicKey.kid) return undefined;
  const privateKey = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', ...point, d }, format: 'jwk' });
  return { publicKey, privateKey };
}

// A parser's error quotes the text it stumbled over, here a private key.
function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

// Node imports a JWK whose d belongs to another point without complaint.
function isPrivateValueOf(d: string, x: string, y: string): boolean {
  if (sizeOfBase64url(d) !== privateValueSizeBytes) return false;
  const pair = createECDH('prime256v1');
  try {
    pair.setPrivateKey(d, 'base64url');
  } catch {
    return false;
  }
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return pair.getPublicKey().equals(point);
}

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
    await writePublicDurably(temporary, text);
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

async function writePublicDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Name of the file of the key with this number, e.g. `key-1.jwk.json`. */
export function keyFileName(number: number): string {
  return `key-${number}.jwk.json`;
}

/** Makes a new key pair, and never over an existing file. False when another process took the number first. */
export async function createKeyFile(directory: string, number: number): Promise<boolean> {
  return createPrivateFile(join(directory, keyFileName(number)), generatePrivateJwk());
}

/**
 * Reads one key file.
 *
 * @throws PrivateFileError; SealingError `key-file-malformed`, never with any part of the content.
 */
export async function readKeyFile(path: string): Promise<KeyPair> {
  const pair = parsePrivateJwk((await readPrivateFile(path)) ?? '');
  if (pair !== undefined) return pair;
  throw new SealingError(
    'key-file-malformed',
    `File: ${path}. Expected: an EC P-256 JWK whose d, x, y and kid (RFC 7638 thumbprint) belong together.`,
  );
}
