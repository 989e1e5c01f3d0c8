import { hash, randomBytes } from 'node:crypto';
import type { ApiKey } from '@postausgang/contracts';
import type { Principal } from './principal.ts';

const keySizeBytes = 32;
const keyForm = /^pa_[A-Za-z0-9_-]{43}$/;

/** A new API key: `pa_` and 256 random bits as base64url. */
export function generateApiKey(): string {
  return `pa_${randomBytes(keySizeBytes).toString('base64url')}`;
}

/** Whether a text looks like one of our keys. */
export function isApiKey(text: string): boolean {
  return keyForm.test(text);
}

/** What is kept of a key, base64url. It has 256 random bits, so a fast hash without salt is enough. */
export function sha256OfApiKey(key: string): string {
  return hash('sha256', key, 'base64url');
}

/**
 * Who a key belongs to; undefined when it is unknown, revoked or expired. `find` gets its hash and knows which keys may
 * be used, so how long that takes says nothing about the keys there are.
 */
export function authenticateApiKey(
  token: string,
  find: (sha256: string) => Pick<ApiKey, 'id' | 'name' | 'scopes'> | undefined,
): Principal | undefined {
  const key = isApiKey(token) ? find(sha256OfApiKey(token)) : undefined;
  return key && { kind: 'api-key', id: key.id, name: key.name, scopes: new Set(key.scopes) };
}
