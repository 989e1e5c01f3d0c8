import { type HeaderField, quotedPrintable, readHeaderFields } from '@postausgang/message';
import { base64Body } from './base64-body.ts';
import { isSafeInTransit } from './line-safety.ts';

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
