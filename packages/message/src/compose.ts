import { hash } from 'node:crypto';
import type { Address, Decisions } from '@postausgang/contracts';
import { type Message, senderDecisionOf } from '@postausgang/mail';
import { domainOf, parseInstant } from '@postausgang/settings';
import type { InlineComposedMail, InlineMailRequested } from './attachments.ts';
import { headerKind } from './check-request.ts';
import { completeRawMessage, readRawMessage } from './finished-message.ts';
import { messageIdFor } from './ids.ts';
import { messageOfBytes } from './message.ts';
import { type MessageHeader, writtenAddress } from './header-fields.ts';
import { messageTree, renderMessage } from './mime.ts';
import { type RedirectNotice, originalToOf, redirectedRequest } from './redirect-notice.ts';
import { textFromHtml } from './text-from-html.ts';

/** Everything a message is made of; the same input gives the same bytes. */
interface ComposeMessageInput {
  readonly request: InlineComposedMail;
  readonly mailId: string;
  /** With angle brackets. */
  readonly messageId: string;
  readonly date: Date;
  /** The sender that was decided on. */
  readonly from: Address;
  /** Where replies go, unless the request says so. */
  readonly replyTo?: readonly Address[];
  /** The addresses that this message was meant for, where it goes to others. */
  readonly originalTo?: string;
}

/** Neither base64 nor quoted-printable can hold `=_`, so only plain text has to be searched for a boundary. */
const boundaryPrefix = '=_postausgang';

/**
 * The message of a request as bytes: CRLF line ends, lines within 998 characters, not dot-stuffed, and 7-bit clean but
 * for addresses whose local part is not ASCII (RFC 6532). Bcc recipients are in the envelope only.
 */
export function composeMessage(input: ComposeMessageInput): Message {
  const { request, mailId, messageId, date, from, originalTo } = input;
  const baseBoundary = hash('sha256', mailId, 'hex').slice(0, 32);
  const { html, attachments, calendar } = request;
  const tree = messageTree(
    {
      text: textOf(request),
      html: html ?? '',
      attachments: attachments ?? [],
      calendar: calendar ?? null,
    },
    `--${boundaryPrefix}-${baseBoundary}`,
  );
  const headers = [
    { name: 'Message-ID', value: messageId },
    { name: 'Date', value: date },
    { name: 'From', value: [asNamed(from)] },
    ...recipientHeaders(request, input.replyTo ?? []),
    ...receiptHeader(request, from, input.replyTo ?? []),
    { name: 'Subject', value: request.subject ?? '' },
    ...requestedHeaders(request.headers ?? {}),
    ...(originalTo === undefined ? [] : [{ name: 'X-Postausgang-Original-To', value: asIs(originalTo) }]),
  ];
  return renderMessage(tree, { headers, boundaryPrefix, baseBoundary });
}

function textOf({ text, html, textFromHtml: isMade = false }: InlineComposedMail): string {
  const given = text ?? '';
  return given === '' && isMade ? textFromHtml(html ?? '') : given;
}

/** RFC 8098 §2.1 */
function receiptHeader(
  { requestReceipt, replyTo = [] }: InlineComposedMail,
  from: Address,
  replyToOfSender: readonly Address[],
): MessageHeader[] {
  if (requestReceipt === undefined || requestReceipt === null || requestReceipt === false) {
    return [];
  }
  const to = requestReceipt === true ? (replyTo[0] ?? replyToOfSender[0] ?? from).address : requestReceipt;
  const value = writtenAddress('', to);
  return [{ name: 'Disposition-Notification-To', value: { value, prepared: true, foldLines: true } }];
}

function recipientHeaders(
  { to = [], cc = [], replyTo = [] }: InlineComposedMail,
  replyToOfSender: readonly Address[],
): MessageHeader[] {
  const isHidden = to.length + cc.length === 0;
  return [
    ...(isHidden ? [{ name: 'To', value: 'Undisclosed recipients:;' }] : []),
    ...addressHeader('To', to),
    ...addressHeader('Cc', cc),
    ...addressHeader('Reply-To', replyTo.length > 0 ? replyTo : replyToOfSender),
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
    return [{ name, value: kind === 'message-ids' ? trimmedIds(value) : asIs(value) }];
  });
}

/**
 * What is ASCII is folded but not encoded: programs read it. What does not belong into a header line, or would be read as an
 * encoded word, is encoded.
 */
function asIs(value: string) {
  const isPlain = /^[\x20-\x7e]*$/.test(value) && !value.includes('=?');
  return isPlain ? ({ value, prepared: true, foldLines: true } as const) : value;
}

/** A thread of some 25 ids. Readers need the first and the last ones; RFC 5322 §3.6.4 lets the others go. */
const maxReferenceChars = 2000;

function trimmedIds(value: string): string {
  const [first = '', ...others] = value.match(/<[^>]+>/g) ?? [];
  while (others.length > 1 && [first, ...others].join(' ').length > maxReferenceChars) others.shift();
  return [first, ...others].join(' ');
}

interface ComposedMail {
  readonly message: Message;
  /** With angle brackets. */
  readonly messageId: string;
}

/** A mail that waits for its time is written at that time; every attempt gives the same. */
export function dateMsOf({ sendAt }: Pick<InlineMailRequested, 'sendAt'>, acceptedAtMs: number): number {
  return Math.max(acceptedAtMs, parseInstant(sendAt ?? '') ?? acceptedAtMs);
}

/**
 * The finished message of a mail, or null when its request carries one that cannot be read. It depends on what is in
 * the log and the content store alone (the Date is the time of acceptance, or that of `sendAt`), so every attempt on every mailer gets the same bytes. A
 * finished message keeps its own sender.
 *
 * @param redirect where it goes to other addresses instead; a finished message stays as it is
 */
export function composeMail(
  request: InlineMailRequested,
  { from, sender }: Pick<Decisions, 'from'> & Partial<Pick<Decisions, 'sender'>>,
  { acceptedAtMs }: { readonly acceptedAtMs: number },
  redirect?: RedirectNotice,
): ComposedMail | null {
  const date = new Date(dateMsOf(request, acceptedAtMs));
  const messageId = request.messageId ?? messageIdFor(request.id, domainOf(from.address));
  if (!('raw' in request)) {
    const replyTo = senderDecisionOf(sender)?.replyTo ?? [];
    const shared = { mailId: request.id, messageId, date, from, replyTo };
    const input =
      redirect === undefined
        ? { ...shared, request }
        : {
            ...shared,
            request: redirectedRequest(request, redirect),
            originalTo: originalToOf(redirect),
          };
    return { message: composeMessage(input), messageId };
  }
  const read = readRawMessage(Buffer.from(request.raw, 'base64'), request.envelope, {
    isAccepted: true,
  });
  if (!read.ok) {
    return null;
  }
  const bytes = completeRawMessage(read.message, { messageId, date });
  return { message: messageOfBytes(bytes), messageId: read.message.messageId ?? messageId };
}
