import { createHash, randomBytes } from 'node:crypto';

const keySizeBytes = 32;
const keyForm = /^pa_[A-Za-z0-9_-]{43}$/;

/** A new API key: `pa_` and 256 random bits as base64url. */
export function generateKey(): string {
  return `pa_${randomBytes(keySizeBytes).toString('base64url')}`;
}

/** Whether a text looks like one of our keys. */
export function isKey(text: string): boolean {
  return keyForm.test(text);
}

/** What is kept of a key. It has 256 random bits, so a fast hash without salt is enough. */
export function sha256OfKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
