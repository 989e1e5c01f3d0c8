import { hash } from 'node:crypto';
import type { Attachment, ClaimedAttachment, Envelope, MailRequest } from '@postausgang/contracts';
import type { Handling } from './check-handling.ts';

/** What a request for a message to be composed asks for, its attachments in it or claimed from the content store. */
export type ComposedPayload = Omit<MailRequest, 'attachments'> & {
  readonly attachments?: readonly (Attachment | ClaimedAttachment)[];
};

/** What a request for a finished message is made of. */
export interface RawPayload extends Handling {
  readonly envelope: Envelope;
  /** The message, or its SHA-256 in hexadecimal. */
  readonly message: Uint8Array | string;
}

/**
 * SHA-256 (base64url) of what a request asks for. Two requests that ask for the same have the same digest, whatever
 * the order of their fields, whether something empty is absent, null or empty, and where their attachments lie.
 */
export function payloadDigest(request: ComposedPayload): string {
  return digestOf({ ...request, attachments: (request.attachments ?? []).map(digestContent) });
}

/** The digest of a request for a finished message; never equal to one of `payloadDigest`. */
export function rawPayloadDigest({ message, ...request }: RawPayload): string {
  return digestOf({ ...request, rawDigest: typeof message === 'string' ? message : contentHash(message) });
}

function digestContent(attachment: Attachment | ClaimedAttachment): Record<string, unknown> {
  if ('sha256' in attachment) {
    const { sha256, sizeBytes: _size, ...label } = attachment;
    return { ...label, contentDigest: sha256 };
  }
  const { content, ...label } = attachment;
  return { ...label, contentDigest: contentHash(Buffer.from(content, 'base64')) };
}

/** As the content store names content. */
function contentHash(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

function digestOf(request: Readonly<Record<string, unknown>>): string {
  const told = Object.fromEntries(Object.entries(request).filter(([, value]) => !isEmpty(value)));
  return hash('sha256', JSON.stringify(told, sortKeys), 'base64url');
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
