import { hash } from 'node:crypto';
import type { Address } from '@postausgang/contracts';
import type { InlineComposedMail } from '../content/inline-request.ts';
import { headerKind } from '../request/allowed-headers.ts';
import { messageTree } from './mime-part.ts';
import { type MessageHeader, renderMessage } from './render-message.ts';

/** Everything a message is made of; the same input gives the same bytes. */
export interface ComposeMessageInput {
  readonly request: InlineComposedMail;
  readonly mailId: string;
  /** With angle brackets. */
  readonly messageId: string;
  readonly date: Date;
  /** The sender that was decided on. */
  readonly from: Address;
}

/** Neither base64 nor quoted-printable can hold `=_`, so only plain text has to be searched for a boundary. */
const boundaryPrefix = '=_postausgang';

/**
 * The message of a request as bytes: CRLF line ends, lines within 998 characters, not dot-stuffed, and 7-bit clean but
 * for addresses whose local part is not ASCII (RFC 6532). Bcc recipients are in the envelope only.
 */
export function composeMessage({ request, mailId, messageId, date, from }: ComposeMessageInput): Uint8Array {
  const baseBoundary = hash('sha256', mailId, 'hex').slice(0, 32);
  const { text, html, attachments } = request;
  const tree = messageTree(
    { text: text ?? '', html: html ?? '', attachments: attachments ?? [] },
    `--${boundaryPrefix}-${baseBoundary}`,
  );
  const headers = [
    { name: 'Message-ID', value: messageId },
    { name: 'Date', value: date },
    { name: 'From', value: asNamed(from) },
    ...recipientHeaders(request),
    { name: 'Subject', value: request.subject ?? '' },
    ...requestedHeaders(request.headers ?? {}),
  ];
  return renderMessage(tree, { headers, boundaryPrefix, baseBoundary });
}

function recipientHeaders({ to = [], cc = [], replyTo = [] }: InlineComposedMail): MessageHeader[] {
  const isHidden = to.length + cc.length === 0;
  return [
    ...(isHidden ? [{ name: 'To', value: 'Undisclosed recipients:;' }] : []),
    ...addressHeader('To', to),
    ...addressHeader('Cc', cc),
    ...addressHeader('Reply-To', replyTo),
  ];
}

function addressHeader(name: string, addresses: readonly Address[]): MessageHeader[] {
  return addresses.length === 0 ? [] : [{ name, value: addresses.map(asNamed) }];
}

function asNamed({ name, address }: Address) {
  return { name: name ?? '', address };
}

function requestedHeaders(headers: Readonly<Record<string, string>>): MessageHeader[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const kind = headerKind(name);
    if (kind === undefined) {
      return [];
    }
    return [{ name, value: kind === 'structured' ? asIs(value) : value }];
  });
}

/** What has a grammar is folded but not encoded. What does not belong into a header line is encoded after all. */
function asIs(value: string) {
  return /^[\x20-\x7e]*$/.test(value) ? { value, prepared: true, foldLines: true } : value;
}
