import { createECDH, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isCurvePoint, publicKeyOf } from './public-key-ring.ts';
import type { PublicKey } from './public-key-ring.ts';
import { sizeOfBase64url } from './strict-shape.ts';

/** A sealing key with its public half. */
export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

const privateValueSizeBytes = 32;

/** A new key pair as JWK text. */
export function generatePrivateJwk(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  return `${JSON.stringify({ ...publicKeyOf({ x, y }), d }, undefined, 2)}\n`;
}

/** Reads JWK text; undefined unless it is a P-256 private key whose `d`, `x`, `y` and `kid` belong together. */
export function parsePrivateJwk(text: string): KeyPair | undefined {
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
