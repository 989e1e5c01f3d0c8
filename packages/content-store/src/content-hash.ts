import { hash } from 'node:crypto';
import { ContentStoreError } from './content-store-error.ts';

const form = /^[0-9a-f]{64}$/;

export function sha256Of(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** Whatever is looked up may come from a record somebody else has written, and becomes part of a path. */
export function requireHash(sha256: string): void {
  if (!form.test(sha256)) {
    throw new ContentStoreError('content-missing', 'No content has a name that is not a SHA-256');
  }
}

/** For what has more bytes than whoever asks for it said. */
export function tooLarge(sha256: string, maxBytes: number): ContentStoreError {
  const message = `The content of ${sha256} has more than the ${maxBytes} bytes that were asked for`;
  return new ContentStoreError('content-corrupt', message);
}

/** Gives the bytes back when they are what they are meant to be. */
export function verified(sha256: string, bytes: Uint8Array): Uint8Array {
  if (sha256Of(bytes) !== sha256) {
    throw new ContentStoreError('content-corrupt', `The content of ${sha256} is not what was stored`);
  }
  return bytes;
}
