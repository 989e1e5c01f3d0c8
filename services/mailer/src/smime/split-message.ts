import { readHeaderFields } from '@postausgang/message';

/** A message in two: what S/MIME leaves outside, and the MIME entity that is signed or encrypted (RFC 8551 §3.1). */
export interface SplitMessage {
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
