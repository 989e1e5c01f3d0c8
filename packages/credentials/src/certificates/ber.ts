/*
 * The frame of ASN.1: tag, length, content (X.690). The structures themselves are read by a library; this reads around it
 * where the library takes all or nothing.
 *
 * - Firefox, Thunderbird and Java write PKCS#12 with indefinite lengths and with octet strings in pieces. They become
 *   definite ones in one piece first. What has definite lengths stays byte for byte.
 * - One entry that is damaged must not cost the others, so certificates are taken out of a bundle, and names out of a
 *   certificate, one by one.
 *
 * Whatever the bytes are, work is bounded: by depth, by the number of elements, and by the bytes, each read once a level.
 */

/** One element with a definite length. */
export interface Element {
  /** The first byte: class, constructed or not, number. */
  readonly tag: number;
  readonly content: Buffer;
  /** Tag and length included. */
  readonly whole: Buffer;
}

const maxDepth = 40;
const maxElements = 100_000;

const indefinite = 0x80;
const octetString = 0x04;
const constructed = 0x20;

interface Header {
  readonly tag: number;
  readonly contentStart: number;
  /** Undefined: indefinite. */
  readonly contentEnd: number | undefined;
}

function readHeader(bytes: Buffer, start: number, end: number): Header | undefined {
  const tag = bytes[start];
  const first = bytes[start + 1];
  // Numbers above 30 have tags of several bytes, which nothing here uses.
  if (tag === undefined || first === undefined || start + 2 > end || (tag & 0x1f) === 0x1f) return undefined;
  if (first === indefinite) return { tag, contentStart: start + 2, contentEnd: undefined };
  const lengthBytes = first < indefinite ? 0 : first & 0x7f;
  const contentStart = start + 2 + lengthBytes;
  if (lengthBytes > 4 || contentStart > end) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(start + 2, lengthBytes);
  const contentEnd = contentStart + length;
  return contentEnd > end ? undefined : { tag, contentStart, contentEnd };
}

/** The first element of some bytes; undefined where there is none, or none of definite length. */
export function firstElement(bytes: Uint8Array): Element | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = readHeader(buffer, 0, buffer.length);
  if (header?.contentEnd === undefined) return undefined;
  const { tag, contentStart, contentEnd } = header;
  return { tag, content: buffer.subarray(contentStart, contentEnd), whole: buffer.subarray(0, contentEnd) };
}

/** The elements of a content, up to the first that cannot be read. */
export function elementsOf(content: Uint8Array): readonly Element[] {
  const elements: Element[] = [];
  let rest = content;
  for (let next = firstElement(rest); next !== undefined; next = firstElement(rest)) {
    elements.push(next);
    rest = rest.subarray(next.whole.length);
    if (elements.length === maxElements) break;
  }
  return elements;
}

interface Converted {
  readonly der: Buffer;
  readonly end: number;
}

/**
 * The first element with all its lengths definite, and its octet strings in one piece.
 *
 * @throws RangeError when the bytes are none, or too many elements
 */
export function withDefiniteLengths(bytes: Uint8Array): Buffer {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let elements = 0;

  function convert(start: number, end: number, depth: number): Converted {
    const header = readHeader(source, start, end);
    elements += 1;
    if (header === undefined || depth > maxDepth || elements > maxElements) throw new RangeError('not BER');
    const { tag, contentStart, contentEnd } = header;
    if ((tag & constructed) === 0) {
      if (contentEnd === undefined) throw new RangeError('not BER');
      return { der: source.subarray(start, contentEnd), end: contentEnd };
    }
    const parts: Buffer[] = [];
    let at = contentStart;
    while (contentEnd === undefined ? !isEnd(source, at) : at < contentEnd) {
      const part = convert(at, contentEnd ?? end, depth + 1);
      parts.push(part.der);
      at = part.end;
    }
    if (contentEnd === undefined) return { der: joined(tag, parts), end: at + 2 };
    const isSame =
      tag !== (octetString | constructed) && parts.every(({ buffer }) => buffer === source.buffer);
    return { der: isSame ? source.subarray(start, contentEnd) : joined(tag, parts), end: contentEnd };
  }

  return convert(0, source.length, 0).der;
}

const isEnd = (bytes: Buffer, at: number): boolean => bytes[at] === 0 && bytes[at + 1] === 0;

function joined(tag: number, parts: readonly Buffer[]): Buffer {
  const isInPieces = tag === (octetString | constructed);
  const content = Buffer.concat(
    isInPieces ? parts.map((part) => firstElement(part)?.content ?? part) : parts,
  );
  return Buffer.concat([Buffer.from([isInPieces ? octetString : tag]), lengthOf(content), content]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < indefinite) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const significant = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([indefinite | significant.length]), significant]);
}

/** An object identifier as it is written (`2.5.29.17`). */
export function objectIdentifier(content: Buffer): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(value);
      value = 0;
    }
  }
  const [first = 0, ...others] = numbers;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - 40 * root, ...others].join('.');
}
