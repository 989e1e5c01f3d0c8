import { parseHeaderValue } from 'nodemailer/lib/mime-funcs';
import { type HeaderField, readHeaderFields } from '@postausgang/message';

/** An attachment taken out of a message. */
export interface SplitAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

interface SplitMessage {
  /** The message without them. */
  readonly message: Buffer;
  readonly attachments: readonly SplitAttachment[];
}

/**
 * Takes the attachments out of a `multipart/mixed` message. Null for any other one: what is signed or encrypted does not
 * survive being taken apart.
 */
export function splitAttachments(message: Buffer): SplitMessage | null {
  const boundary = boundaryOf(readHeaderFields(message));
  if (boundary === undefined) return null;
  const delimiter = `\r\n--${boundary}`;
  const start = message.indexOf(delimiter);
  const kept: Buffer[] = [];
  const attachments: SplitAttachment[] = [];
  if (start === -1) return null;
  for (let position = start; ;) {
    const partStart = position + delimiter.length;
    const end = message.indexOf(delimiter, partStart);
    if (end === -1) {
      kept.push(message.subarray(position));
      break;
    }
    const attachment = attachmentOf(message.subarray(partStart + 2, end));
    if (attachment === null) kept.push(message.subarray(position, end));
    else attachments.push(attachment);
    position = end;
  }
  if (attachments.length === 0) return null;
  return { message: Buffer.concat([message.subarray(0, start), ...kept]), attachments };
}

/** Whether a message is signed or encrypted by S/MIME. */
export function isSecured(message: Uint8Array): boolean {
  const type = valueOf(readHeaderFields(Buffer.from(message)), 'content-type');
  return /^(multipart\/signed|application\/(x-)?pkcs7-mime)$/i.test(parseHeaderValue(type).value);
}

function boundaryOf(fields: readonly HeaderField[] | undefined): string | undefined {
  const { value, params } = parseHeaderValue(valueOf(fields, 'content-type'));
  return value.toLowerCase() === 'multipart/mixed' ? params['boundary'] : undefined;
}

function attachmentOf(part: Buffer): SplitAttachment | null {
  const fields = readHeaderFields(part);
  const disposition = parseHeaderValue(valueOf(fields, 'content-disposition'));
  const encoding = valueOf(fields, 'content-transfer-encoding').toLowerCase();
  const head = part.indexOf('\r\n\r\n');
  if (disposition.value.toLowerCase() !== 'attachment' || encoding !== 'base64' || head === -1) return null;
  return {
    name: decoded(disposition.params['filename'] ?? 'attachment'),
    contentType: parseHeaderValue(valueOf(fields, 'content-type')).value || 'application/octet-stream',
    content: Buffer.from(part.toString('latin1', head + 4), 'base64'),
  };
}

/** What was written by RFC 2231 is given as an encoded word (RFC 2047). */
function decoded(name: string): string {
  return name
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?Q\?([^?]*)\?=/gi, (_word, text: string) =>
      decodeURIComponent(percentEncoded(text)),
    );
}

function percentEncoded(text: string): string {
  const isHex = /=([0-9A-F]{2})/gi;
  return text.replaceAll('%', '%25').replaceAll('_', ' ').replaceAll(isHex, '%$1');
}

function valueOf(fields: readonly HeaderField[] | undefined, wanted: string): string {
  return fields?.find(({ name }) => name === wanted)?.value ?? '';
}
