import { hash, randomUUID } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Attachment, ClaimedAttachment, Envelope, MailRequest } from '@postausgang/contracts';
import type { Handling } from './check-request.ts';

/**
 * An id for a mail that brings none: a UUID of version 7 (RFC 9562 §5.7), its time and then chance. Ids in the order of
 * time go to the end of the view's index; each of a version that is all chance would change a page of its own.
 */
export function newMailId(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/**
 * The mail id of an idempotency key: a UUID of version 8 (RFC 9562 §5.8), the same on every mailer, so that none has
 * to ask another whether the key was seen.
 */
export function mailIdFor(idempotencyKey: string, principalId: string): string {
  const digest = hash('sha256', JSON.stringify([principalId, idempotencyKey]), 'hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

/** The Message-ID of a mail (RFC 5322 §3.6.4). `domain` is that of the sender: a name in any script, or a literal. */
export function messageIdFor(mailId: string, domain: string): string {
  const isLiteral = domain.startsWith('[');
  return `<${mailId}@${isLiteral ? domain : asciiDomain(domain)}>`;
}

let last = { domain: '', ascii: '' };

/** Mails in a row mostly have the same sender. */
function asciiDomain(domain: string): string {
  if (domain !== last.domain) {
    last = { domain, ascii: domainToASCII(domain) };
  }
  return last.ascii || 'invalid';
}

/** What a request for a message to be composed asks for, its attachments in it or claimed from the content store. */
type ComposedPayload = Omit<MailRequest, 'attachments'> & {
  readonly attachments?: readonly (Attachment | ClaimedAttachment)[];
};

/** What a request for a finished message is made of. */
interface RawPayload extends Handling {
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
