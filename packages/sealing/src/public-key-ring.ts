import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { sha256OfCanonicalJson } from './canonical-json.ts';
import { SealingError } from './sealing-error.ts';
import { hasExactly, sizeOfBase64url } from './strict-shape.ts';

/** A point on P-256 as JWK coordinates (RFC 7518 section 6.2.1), base64url of 32 bytes each. */
export interface CurvePoint {
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
export function publicKeyOf({ x, y }: CurvePoint): PublicKey {
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
