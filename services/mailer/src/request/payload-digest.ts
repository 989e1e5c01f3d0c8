import { hash } from 'node:crypto';
import type { Attachment, Envelope, MailRequest } from '@postausgang/contracts';
import type { Handling } from './check-handling.ts';

/** What a request for a finished message is made of. */
export interface RawPayload extends Handling {
  readonly envelope: Envelope;
  /** The message as it will be sent. */
  readonly message: Uint8Array;
}

/**
 * SHA-256 (base64url) of what a request asks for. Two requests that ask for the same have the same digest, whatever
 * the order of their fields, and whether something empty is absent, null or empty.
 */
export function payloadDigest(request: MailRequest): string {
  return digestOf({ ...request, attachments: (request.attachments ?? []).map(digestContent) });
}

/** The digest of a request for a finished message; never equal to one of `payloadDigest`. */
export function rawPayloadDigest({ message, ...request }: RawPayload): string {
  return digestOf({ ...request, rawDigest: sha256(message) });
}

function digestContent({ content, ...attachment }: Attachment): Record<string, unknown> {
  return { ...attachment, contentDigest: sha256(content) };
}

function digestOf(request: Readonly<Record<string, unknown>>): string {
  const told = Object.fromEntries(Object.entries(request).filter(([, value]) => !isEmpty(value)));
  return sha256(JSON.stringify(told, sortKeys));
}

function sha256(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64url');
}

/** As a replacer of JSON.stringify: objects with their names in order. */
function sortKeys(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') {
    return true;
  }
  return typeof value === 'object' && Object.keys(value).length === 0;
}
