import { isAscii, isUtf8 } from 'node:buffer';
import { type Envelope, type Finding, finding } from '@postausgang/contracts';
import { asciiAddress, isValidAddress } from '@postausgang/settings';
import { readAddressList } from './address-list.ts';
import { maxRecipients } from './check-request.ts';
import { withCrlf } from './encodings.ts';
import { addressExcess, messageExcess } from './message-bounds.ts';

/** A field of the header section (RFC 5322 §2.2) and where it lies, its line end included. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, without white space around it; UTF-8 is allowed (RFC 6532). */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const fieldStart = /^([\x21-\x39\x3b-\x7e]+)[\t ]*:/;

/** The fields of a message with CRLF line ends, or undefined where a line of its header section is none. */
export function readHeaderFields(message: Buffer): readonly HeaderField[] | undefined {
  const fields: HeaderField[] = [];
  const sectionEnd = endOfHeaderSection(message);
  for (let start = 0; start < sectionEnd;) {
    const end = endOfField(message, start, sectionEnd);
    const text = message.toString('utf8', start, end);
    const name = fieldStart.exec(text)?.[1];
    if (name === undefined) {
      return undefined;
    }
    const value = text.slice(text.indexOf(':') + 1).replaceAll(/\r\n(?=[\t ])/g, '');
    fields.push({ name: name.toLowerCase(), value: value.trim(), start, end });
    start = end;
  }
  return fields;
}

/** A message may end with its header section, and then without an empty line. */
function endOfHeaderSection(message: Buffer): number {
  if (message.subarray(0, 2).toString('latin1') === '\r\n') {
    return 0;
  }
  const emptyLine = message.indexOf('\r\n\r\n');
  return emptyLine === -1 ? message.length : emptyLine + 2;
}

/** Lines that begin with white space continue the field. */
function endOfField(message: Buffer, start: number, sectionEnd: number): number {
  let end = start;
  do {
    const lineEnd = message.indexOf('\r\n', end);
    end = lineEnd === -1 ? sectionEnd : Math.min(lineEnd + 2, sectionEnd);
  } while (end < sectionEnd && (message[end] === 0x20 || message[end] === 0x09));
  return end;
}

/** Envelope addresses the client names itself; they go before those of the header fields. */
export interface EnvelopeOverrides {
  readonly from?: string | undefined;
  readonly to?: readonly string[] | undefined;
}

type EnvelopeResult =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly findings: readonly Finding[] };

interface Named {
  readonly pointer: string;
  /** null: what stands there is not one address. */
  readonly address: string | null;
}

/**
 * The envelope of a finished message: Sender, else From; To, Cc and Bcc. A message that was resent (Resent-To and
 * the like) has gone to these recipients before, so it needs named ones.
 */
function rawEnvelope(fields: readonly HeaderField[], overrides: EnvelopeOverrides): EnvelopeResult {
  const sender = senderOf(fields, overrides);
  const recipients = recipientsOf(fields, overrides);
  const findings = [
    ...(sender === undefined ? [finding('/headers/from', 'message-malformed')] : checkAddresses([sender])),
    ...checkCount(recipients.length),
    ...checkAddresses(recipients),
  ];
  const from = sender?.address ?? null;
  if (from === null || findings.length > 0) {
    return { ok: false, findings };
  }
  const to = [...new Set(recipients.flatMap(({ address }) => address ?? []))];
  return { ok: true, envelope: { from, to } };
}

function senderOf(fields: readonly HeaderField[], { from }: EnvelopeOverrides): Named | undefined {
  if (from !== undefined) {
    return { pointer: '/X-Envelope-From', address: from };
  }
  const senders = addressesOf(fields, ['sender']);
  const authors = addressesOf(fields, ['from']);
  return senders[0] ?? (authors.length === 1 ? authors[0] : undefined);
}

function recipientsOf(fields: readonly HeaderField[], { to }: EnvelopeOverrides): readonly Named[] {
  if (to !== undefined && to.length > 0) {
    return to.map((address, index) => ({ pointer: `/X-Envelope-To/${index}`, address }));
  }
  const isResent = fields.some(({ name }) => name.startsWith('resent-'));
  return isResent ? [] : addressesOf(fields, ['to', 'cc', 'bcc']);
}

function addressesOf(fields: readonly HeaderField[], names: readonly string[]): readonly Named[] {
  return fields
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, value }) =>
      readAddressList(value).map(({ index, address }) => ({
        pointer: `/headers/${name}/${index}`,
        address,
      })),
    );
}

function checkAddresses(addresses: readonly Named[]): Finding[] {
  return addresses.flatMap(({ pointer, address }) =>
    address !== null && isValidAddress(address) ? [] : [finding(pointer, 'address-invalid')],
  );
}

function checkCount(count: number): Finding[] {
  if (count === 0) {
    return [finding('/headers/to', 'recipient-required')];
  }
  return count > maxRecipients ? [finding('/headers/to', 'too-many')] : [];
}

/** A finished message (`message/rfc822`) as it was read. */
interface RawMessage {
  readonly envelope: Envelope;
  /** As it stands in the message, with angle brackets; null when there is none. */
  readonly messageId: string | null;
  readonly hasDate: boolean;
  /**
   * CRLF line ends, no Bcc and none of the fields that are not the sender's, domains in A-labels; otherwise byte for byte
   * what came.
   */
  readonly bytes: Uint8Array;
}

type RawMessageResult =
  | { readonly ok: true; readonly message: RawMessage }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Fields we rely on, each of which may be there once at most (RFC 5322 §3.6). */
const singleFields = ['from', 'sender', 'message-id', 'date'];
const messageIdForm = /^<[!-;=?-~]{1,898}>$/;

/**
 * Reads a finished message. Line ends become CRLF where they are not. Bcc fields are taken out, since recipients would
 * see them (RFC 5322 §3.6.3); their addresses are in the envelope. So are the fields that only a receiving server, or
 * this service, may write. Domains in other scripts become A-labels, since not every server on the way takes them as they
 * are (SMTPUTF8); a DKIM signature would not survive that, so with one they stay. What is more work than any message needs
 * is refused before it is done (`message-bounds.ts`).
 */
export function readRawMessage(bytes: Uint8Array, overrides: EnvelopeOverrides = {}): RawMessageResult {
  const excess = messageExcess(bytes);
  if (excess !== undefined) {
    return { ok: false, findings: [excess] };
  }
  const message = asBuffer(withCrlf(bytes));
  const fields = message.includes(0) ? undefined : readHeaderFields(message);
  if (fields === undefined || fields.length === 0) {
    return { ok: false, findings: [finding('', 'message-malformed')] };
  }
  const tooMany = addressExcess(fields);
  if (tooMany.length > 0) {
    return { ok: false, findings: tooMany };
  }
  const findings = checkFields(fields);
  const result = rawEnvelope(fields, overrides);
  if (!result.ok || findings.length > 0) {
    return { ok: false, findings: [...findings, ...(result.ok ? [] : result.findings)] };
  }
  return {
    ok: true,
    message: {
      envelope: result.envelope,
      messageId: valueOf(fields, 'message-id') ?? null,
      hasDate: valueOf(fields, 'date') !== undefined,
      bytes: rewritten(message, fields),
    },
  };
}

/** The bytes to send: a missing Message-ID or Date is added at the top (RFC 6409 §8.3, §8.2). */
export function completeRawMessage(
  message: RawMessage,
  { messageId, date }: { readonly messageId: string; readonly date: Date },
): Uint8Array {
  const missing = [
    ...(message.messageId === null ? [`Message-ID: ${messageId}\r\n`] : []),
    ...(message.hasDate ? [] : [`Date: ${date.toUTCString().replace('GMT', '+0000')}\r\n`]),
  ];
  return missing.length === 0
    ? message.bytes
    : Buffer.concat([Buffer.from(missing.join(''), 'latin1'), message.bytes]);
}

function checkFields(fields: readonly HeaderField[]): Finding[] {
  const count = (wanted: string) => fields.filter(({ name }) => name === wanted).length;
  const messageId = valueOf(fields, 'message-id');
  return [
    ...(count('from') === 0 ? [finding('/headers/from', 'message-malformed')] : []),
    ...singleFields
      .filter((name) => count(name) > 1)
      .map((name) => finding(`/headers/${name}`, 'message-malformed')),
    ...(messageId === undefined || messageIdForm.test(messageId)
      ? []
      : [finding('/headers/message-id', 'message-malformed')]),
  ];
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function valueOf(fields: readonly HeaderField[], wanted: string): string | undefined {
  return fields.find(({ name }) => name === wanted)?.value;
}

/**
 * Bcc, whose recipients nobody may see; Return-Path, which the last server adds (RFC 5321 §4.4); Authentication-Results,
 * which readers believe (RFC 8601 §5); and what this service says of its own mail.
 */
const foreignField = /^(?:(?:resent-)?bcc|return-path|authentication-results|x-postausgang-.*)$/;

/** Without these fields, and with the domains of the addresses in A-labels. */
function rewritten(message: Buffer, fields: readonly HeaderField[]): Uint8Array {
  const isSigned = fields.some(({ name }) => name === 'dkim-signature');
  const changes = fields.flatMap(({ name, start, end }) => {
    if (foreignField.test(name)) {
      return [{ start, end, bytes: Buffer.alloc(0) }];
    }
    const before = message.subarray(start, end);
    const isOther = isSigned || !addressFields.has(name) || isAscii(before) || !isUtf8(before);
    return isOther ? [] : [{ start, end, bytes: Buffer.from(withAsciiDomains(before.toString('utf8'))) }];
  });
  if (changes.length === 0) {
    return message;
  }
  const starts = [0, ...changes.map(({ end }) => end)];
  const ends = [...changes.map(({ start }) => start), message.length];
  return Buffer.concat(
    starts.flatMap((start, index) => [
      message.subarray(start, ends[index]),
      changes[index]?.bytes ?? Buffer.alloc(0),
    ]),
  );
}

const addressFields = new Set(['from', 'sender', 'to', 'cc', 'reply-to', 'disposition-notification-to']);
/** Quoted strings and comments are text; a domain follows an at sign anywhere else. */
const textOrDomain = /"(?:[^"\\]|\\[^])*"|\((?:[^()\\]|\\[^])*\)|@[^\s<>,;:"()[\]\\@]+/g;

function withAsciiDomains(field: string): string {
  return field.replaceAll(textOrDomain, (found) => (found.startsWith('@') ? asciiAddress(found) : found));
}
