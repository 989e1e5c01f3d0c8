import { isAscii } from 'node:buffer';
import { hash } from 'node:crypto';
import { base64Lines, quotedPrintable } from '../encodings.ts';
import { type HeaderField, readHeaderFields } from '../finished-message.ts';
import type { ContentEncryption } from './encrypt.ts';

/** Bytes as the base64 body of a part. */
function base64Body(bytes: Uint8Array): Buffer {
  const { buffer, byteOffset, length } = bytes;
  const piece = base64Lines(Buffer.from(buffer, byteOffset, length).toString('base64'));
  const body = Buffer.allocUnsafe(piece.sizeBytes);
  piece.write(body, 0);
  return body;
}

/** Longest line of a message (RFC 5322 §2.1.1). */
const maxLineBytes = 998;
const lf = 0x0a;
const fromLine = Buffer.from('From ', 'latin1');

/**
 * Whether every server hands the text on as it is: ASCII, short lines, no white space at their ends, and none that a
 * mailbox file would take for the beginning of a message (RFC 8551 §3.1.3). A signature does not survive any change.
 */
function isSafeInTransit(text: Buffer): boolean {
  return isAscii(text) && haveSafeLines(text);
}

function haveSafeLines(text: Buffer): boolean {
  for (let start = 0; start < text.length;) {
    const lineBreak = text.indexOf(lf, start);
    const end = lineBreak === -1 ? text.length : lineBreak - 1;
    const last = end > start ? text[end - 1] : undefined;
    const isUnsafe =
      end - start > maxLineBytes ||
      last === 0x20 ||
      last === 0x09 ||
      text.subarray(start, start + fromLine.length).equals(fromLine);
    if (isUnsafe) return false;
    start = lineBreak === -1 ? text.length : lineBreak + 1;
  }
  return true;
}

/** The body of an entity, and the fields it needs now. */
interface Encoded {
  readonly fields: Buffer;
  readonly body: Buffer;
}

const boundaryParameter = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i;
const encodedAlready = ['base64', 'quoted-printable'];
/** Deeper nesting is left as it is. */
const maxDepth = 20;

/**
 * The entity with every part encoded that a server might change on the way: text as quoted-printable, the rest as base64
 * (RFC 8551 §3.1.2). What is safe already stays byte for byte; so does all that was composed here.
 *
 * @param fields the `Content-…` fields, each with its line end
 */
export function toSevenBit(fields: Buffer, body: Buffer): Encoded {
  return isSafeInTransit(body) ? { fields, body } : convert(fields, body, 0);
}

function convert(fields: Buffer, body: Buffer, depth: number): Encoded {
  const parsed = readHeaderFields(fields) ?? [];
  const type = valueOf(parsed, 'content-type') ?? 'text/plain';
  const mediaType = type.split(';')[0]?.trim().toLowerCase() ?? '';
  const encoding = (valueOf(parsed, 'content-transfer-encoding') ?? '7bit').toLowerCase();
  if (isSafeInTransit(body) || encodedAlready.includes(encoding) || depth > maxDepth) return { fields, body };
  if (mediaType.startsWith('multipart/')) {
    const [, quoted, plain] = boundaryParameter.exec(type) ?? [];
    const boundary = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
    if (boundary === undefined) return { fields, body };
    return { fields: withEncoding(fields, parsed, null), body: convertParts(body, boundary, depth) };
  }
  if (mediaType === 'message/rfc822') {
    return { fields: withEncoding(fields, parsed, null), body: convertEntity(body, depth) };
  }
  return mediaType.startsWith('text/')
    ? { fields: withEncoding(fields, parsed, 'quoted-printable'), body: quotedPrintable(body) }
    : { fields: withEncoding(fields, parsed, 'base64'), body: base64Body(body) };
}

/** A part, or a message within the message: fields, an empty line, a body. */
function convertEntity(entity: Buffer, depth: number): Buffer {
  const startsWithBody = entity.subarray(0, 2).toString('latin1') === '\r\n';
  const emptyLine = startsWithBody ? -2 : entity.indexOf('\r\n\r\n');
  if (emptyLine === -1) return entity;
  const { fields, body } = convert(
    entity.subarray(0, emptyLine + 2),
    entity.subarray(emptyLine + 4),
    depth + 1,
  );
  return Buffer.concat([fields, Buffer.from('\r\n', 'latin1'), body]);
}

/** RFC 2046 §5.1.1: the line end in front of a delimiter belongs to it. */
function convertParts(body: Buffer, boundary: string, depth: number): Buffer {
  const pieces: Buffer[] = [];
  let partStart = -1;
  let done = 0;
  for (const { start, end, isLast } of delimiters(body, boundary)) {
    pieces.push(
      partStart === -1 ? body.subarray(done, start) : convertEntity(body.subarray(partStart, start), depth),
      body.subarray(start, end),
    );
    done = end;
    partStart = isLast ? -1 : end;
    if (isLast) break;
  }
  const rest = body.subarray(done);
  return Buffer.concat([...pieces, partStart === -1 ? rest : convertEntity(rest, depth)]);
}

interface Delimiter {
  readonly start: number;
  readonly end: number;
  readonly isLast: boolean;
}

function* delimiters(body: Buffer, boundary: string): Generator<Delimiter, void> {
  const dashes = Buffer.from(`--${boundary}`, 'latin1');
  for (let at = body.indexOf(dashes); at !== -1; at = body.indexOf(dashes, at + dashes.length)) {
    const lineBreak = body.indexOf('\r\n', at + dashes.length);
    const end = lineBreak === -1 ? body.length : lineBreak + 2;
    const after = body.toString('latin1', at + dashes.length, lineBreak === -1 ? body.length : lineBreak);
    const isAtLineStart = at === 0 || body[at - 1] === 0x0a;
    if (isAtLineStart && /^(--)?[\t ]*$/.test(after)) {
      yield { start: at === 0 ? 0 : at - 2, end, isLast: after.startsWith('--') };
    }
  }
}

function valueOf(fields: readonly HeaderField[], wanted: string): string | undefined {
  return fields.find(({ name }) => name === wanted)?.value;
}

/** Null: none is needed, 7bit is what an entity has without a word. */
function withEncoding(fields: Buffer, parsed: readonly HeaderField[], encoding: string | null): Buffer {
  const others = parsed.filter(({ name }) => name !== 'content-transfer-encoding');
  const added = encoding === null ? '' : `Content-Transfer-Encoding: ${encoding}\r\n`;
  const kept = others.map(({ start, end }) => fields.subarray(start, end));
  return Buffer.concat([...kept, Buffer.from(added, 'latin1')]);
}

/** A message in two: what S/MIME leaves outside, and the MIME entity that is signed or encrypted (RFC 8551 §3.1). */
interface SplitMessage {
  /** Every header field that says nothing of the content, as it came; each ends with CRLF. */
  readonly outerFields: readonly OuterField[];
  /** The `Content-…` fields, as they came. */
  readonly contentFields: Buffer;
  /** Without the empty line in front of it. */
  readonly body: Buffer;
}

export interface OuterField {
  /** In lower case. */
  readonly name: string;
  readonly bytes: Buffer;
}

const lineEnd = Buffer.from('\r\n', 'latin1');
const plainText = Buffer.from('Content-Type: text/plain; charset=us-ascii\r\n', 'latin1');

/** Undefined when the header section cannot be read; a composed or accepted message has a readable one. */
export function splitMessage(bytes: Uint8Array): SplitMessage | undefined {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields = readHeaderFields(message)?.map(({ name, start, end }) => ({
    name,
    bytes: withLineEnd(message.subarray(start, end)),
  }));
  if (fields === undefined) return undefined;
  const emptyLine = message.indexOf('\r\n\r\n');
  const content = fields.filter(({ name }) => name.startsWith('content-'));
  const hasType = content.some(({ name }) => name === 'content-type');
  return {
    outerFields: fields.filter(({ name }) => !name.startsWith('content-') && name !== 'mime-version'),
    contentFields: Buffer.concat([...(hasType ? [] : [plainText]), ...content.map((one) => one.bytes)]),
    body: emptyLine === -1 ? Buffer.alloc(0) : message.subarray(emptyLine + 4),
  };
}

/** A message may end with its last header field. */
function withLineEnd(field: Buffer): Buffer {
  return field.at(-1) === 0x0a ? field : Buffer.concat([field, lineEnd]);
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/**
 * A signed entity, for readers with and without S/MIME (RFC 8551 §3.5.3.2). The boundary follows from the signature, so
 * it cannot stand in what was signed before.
 */
export function multipartSigned(entity: Buffer, signature: Uint8Array, micalg: string): Buffer {
  const boundary = `=_signed-${hash('sha256', signature, 'hex').slice(0, 40)}`;
  return Buffer.concat([
    latin1(
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n' +
        ` micalg=${micalg}; boundary="${boundary}"\r\n\r\n` +
        'This is an S/MIME signed message.\r\n\r\n' +
        `--${boundary}\r\n`,
    ),
    entity,
    latin1(
      `\r\n--${boundary}\r\n` +
        'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n' +
        'Content-Transfer-Encoding: base64\r\n' +
        'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n',
    ),
    base64Body(signature),
    latin1(`\r\n--${boundary}--\r\n`),
  ]);
}

const smimeTypes = {
  'aes-256-cbc': 'enveloped-data',
  'aes-256-gcm': 'authEnveloped-data',
} as const satisfies Record<ContentEncryption, string>;

/** An encrypted entity (RFC 8551 §3.3, §3.4). */
export function envelopedEntity(enveloped: Uint8Array, contentEncryption: ContentEncryption): Buffer {
  return Buffer.concat([
    latin1(
      `Content-Type: application/pkcs7-mime; smime-type=${smimeTypes[contentEncryption]};\r\n` +
        ' name="smime.p7m"\r\n' +
        'Content-Transfer-Encoding: base64\r\n' +
        'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n',
    ),
    base64Body(enveloped),
    latin1('\r\n'),
  ]);
}
