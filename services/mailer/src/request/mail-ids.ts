import { hash, randomUUID } from 'node:crypto';
import { domainToASCII } from 'node:url';

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
