import { type Envelope, type Finding, finding } from '@postausgang/contracts';
import { type HeaderField, readHeaderFields } from './header-fields.ts';
import { withCrlf } from './line-ends.ts';
import { type EnvelopeOverrides, rawEnvelope } from './raw-envelope.ts';

/** A finished message (`message/rfc822`) as it was read. */
export interface RawMessage {
  readonly envelope: Envelope;
  /** As it stands in the message, with angle brackets; null when there is none. */
  readonly messageId: string | null;
  readonly hasDate: boolean;
  /** CRLF line ends, no Bcc; otherwise byte for byte what came. */
  readonly bytes: Uint8Array;
}

export type RawMessageResult =
  | { readonly ok: true; readonly message: RawMessage }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Fields we rely on, each of which may be there once at most (RFC 5322 §3.6). */
const singleFields = ['from', 'sender', 'message-id', 'date'];
const messageIdForm = /^<[!-;=?-~]{1,898}>$/;

/**
 * Reads a finished message. Line ends become CRLF where they are not, and Bcc fields are taken out, since recipients
 * would see them (RFC 5322 §3.6.3); their addresses are in the envelope.
 */
export function readRawMessage(bytes: Uint8Array, overrides: EnvelopeOverrides = {}): RawMessageResult {
  const message = asBuffer(withCrlf(bytes));
  const fields = message.includes(0) ? undefined : readHeaderFields(message);
  if (fields === undefined || fields.length === 0) {
    return { ok: false, findings: [finding('', 'message-malformed')] };
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
      bytes: withoutBcc(message, fields),
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

function withoutBcc(message: Buffer, fields: readonly HeaderField[]): Uint8Array {
  const hidden = fields.filter(({ name }) => name === 'bcc' || name === 'resent-bcc');
  if (hidden.length === 0) {
    return message;
  }
  const starts = [0, ...hidden.map(({ end }) => end)];
  const ends = [...hidden.map(({ start }) => start), message.length];
  return Buffer.concat(starts.map((start, index) => message.subarray(start, ends[index])));
}
