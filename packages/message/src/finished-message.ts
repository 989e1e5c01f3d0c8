import {
  type Envelope,
  type Finding,
  finding,
  type MessageSummary,
  type RawMailRequested,
} from '@postausgang/contracts';
import { isValidAddress } from '@postausgang/settings';
import { decodeWords } from 'postal-mime';
import { readAddressList } from './address-list.ts';
import { maxRecipients } from './check-request.ts';
import { withCrlf } from './encodings.ts';
import { unmendableFields, withFieldsMended } from './header-mending.ts';
import { addressExcess, longLine, messageExcess } from './message-bounds.ts';

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
  /** Empty: the null sender (RFC 5321 §4.5.5), which reports and automatic answers have. */
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
  const isNull = sender?.address === '' && overrides.from === '';
  const senders = sender === undefined || isNull ? [] : [sender];
  const findings = [
    ...(sender === undefined ? [finding('/headers/from', 'message-malformed')] : checkAddresses(senders)),
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

const senderNames = ['from', 'sender', 'reply-to', 'resent-from', 'resent-sender'];

/** Everybody whom readers take for the sender, or answer. A From without an address is nobody's. */
function sendersOf(fields: readonly HeaderField[]): readonly Named[] {
  const named = addressesOf(fields, senderNames);
  const isSigned = named.some(({ pointer }) => pointer.startsWith('/headers/from/'));
  return isSigned ? named : [{ pointer: '/headers/from', address: null }, ...named];
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
  /** What From, Sender and Reply-To name, and the fields of whoever has resent it. */
  readonly senders: readonly Named[];
  /** As it stands in the message, with angle brackets; null when there is none. */
  readonly messageId: string | null;
  readonly hasDate: boolean;
  /** The address in From; empty where there is not one. */
  readonly author: string;
  readonly summary: MessageSummary;
  /**
   * CRLF line ends, no Bcc and none of the fields that are not the sender's, header fields in ASCII; otherwise byte for
   * byte what came.
   */
  readonly bytes: Uint8Array;
}

type RawMessageResult =
  | { readonly ok: true; readonly message: RawMessage }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Fields we rely on, each of which may be there once at most (RFC 5322 §3.6). */
const singleFields = ['from', 'sender', 'message-id', 'date'];

/** Readers disagree on which of two counts (RFC 5322 §3.6, RFC 2045 §3). */
const otherSingleFields = [
  'reply-to',
  'to',
  'cc',
  'in-reply-to',
  'references',
  'subject',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];
const messageIdForm = /^<[!-;=?-~]{1,898}>$/;

/**
 * Reads a finished message. What surrounds it in files is taken away: a byte order mark, the line of a mailbox, doubled
 * carriage returns. Line ends become CRLF where they are not. Bcc fields are taken out, since recipients would see them
 * (RFC 5322 §3.6.3); their addresses are in the envelope. So are the fields that only a receiving server, or this service,
 * may write. Header fields become ASCII (`header-mending.ts`). What is more work than any message needs is refused before it
 * is done (`message-bounds.ts`); so is a line that no server has to take.
 *
 * @param isAccepted by rules that may have been others at the time: what was accepted goes out
 */
export function readRawMessage(
  bytes: Uint8Array,
  overrides: EnvelopeOverrides = {},
  { isAccepted = false } = {},
): RawMessageResult {
  const bare = withoutWrapping(asBuffer(bytes));
  const excess = messageExcess(bare);
  if (excess !== undefined) {
    return { ok: false, findings: [excess] };
  }
  const message = asBuffer(withCrlf(bare));
  const fields = message.includes(0) ? undefined : readHeaderFields(message);
  if (fields === undefined || fields.length === 0) {
    return { ok: false, findings: [finding('', 'message-malformed')] };
  }
  const tooMany = addressExcess(fields);
  if (tooMany.length > 0) {
    return { ok: false, findings: tooMany };
  }
  const result = rawEnvelope(fields, overrides);
  const findings = [
    ...checkFields(fields),
    ...(isAccepted ? [] : checkForm(message, fields)),
    ...(result.ok ? [] : result.findings),
    ...(result.ok && !isAccepted ? unmendableFields(fields, result.envelope) : []),
  ];
  if (!result.ok || findings.length > 0) {
    return { ok: false, findings };
  }
  return {
    ok: true,
    message: {
      envelope: result.envelope,
      senders: sendersOf(fields),
      messageId: valueOf(fields, 'message-id') ?? null,
      hasDate: valueOf(fields, 'date') !== undefined,
      author: authorIn(fields),
      summary: summaryIn(fields),
      bytes: withFieldsMended(message, fields, result.envelope),
    },
  };
}

/** What a finished message says of itself; a message that cannot be read says nothing. */
export function messageSummary({ raw }: Pick<RawMailRequested, 'raw'>): MessageSummary {
  return summaryIn(fieldsOf(raw));
}

const longestSubject = 900;
const controls = /[\p{Cc}\u2028\u2029]+/gu;

function summaryIn(fields: readonly HeaderField[]): MessageSummary {
  const subject = valueOf(fields, 'subject');
  const from = authorIn(fields);
  return {
    ...(subject === undefined
      ? {}
      : { subject: decodeWords(subject).replaceAll(controls, ' ').slice(0, longestSubject).toWellFormed() }),
    ...(from === '' ? {} : { from }),
  };
}

/** Who an accepted message is from; empty where From has not one address. */
export function authorOf({ raw }: Pick<RawMailRequested, 'raw'>): string {
  return authorIn(fieldsOf(raw));
}

function fieldsOf(raw: string): readonly HeaderField[] {
  return readHeaderFields(asBuffer(withCrlf(Buffer.from(raw, 'base64')))) ?? [];
}

function authorIn(fields: readonly HeaderField[]): string {
  const [author, ...others] = addressesOf(fields, ['from']);
  return others.length === 0 ? (author?.address ?? '') : '';
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

const repeated = (fields: readonly HeaderField[], names: readonly string[]): Finding[] =>
  names
    .filter((wanted) => fields.filter(({ name }) => name === wanted).length > 1)
    .map((name) => finding(`/headers/${name}`, 'duplicate-entry'));

function checkForm(message: Buffer, fields: readonly HeaderField[]): Finding[] {
  const line = longLine(message);
  return [...repeated(fields, otherSingleFields), ...(line === undefined ? [] : [line])];
}

function checkFields(fields: readonly HeaderField[]): Finding[] {
  const messageId = valueOf(fields, 'message-id');
  return [
    ...(valueOf(fields, 'from') === undefined ? [finding('/headers/from', 'message-malformed')] : []),
    ...repeated(fields, singleFields),
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

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Without what files have around a message, and with one carriage return where a program has doubled them. */
function withoutWrapping(bytes: Buffer): Buffer {
  const start = bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  const isOfMailbox = /^>?From /.test(bytes.toString('latin1', start, start + 6));
  const lineEnd = isOfMailbox ? bytes.indexOf('\n', start) : -1;
  const message = bytes.subarray(lineEnd === -1 ? start : lineEnd + 1);
  return message.includes('\r\r\n')
    ? Buffer.from(message.toString('latin1').replaceAll(/\r{2,}\n/g, '\r\n'), 'latin1')
    : message;
}
