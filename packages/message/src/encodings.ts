import type { Piece } from './message.ts';

/** Longest line of an encoded body (RFC 2045 §6.8). */
const base64LineChars = 76;

/**
 * Base64 as the body of a part: lines of 76 characters with CRLF between them. The text is moved within its target,
 * which costs a fraction of decoding and encoding it again.
 */
export function base64Lines(base64: string | Buffer): Piece {
  const lineBreaks = Math.max(Math.ceil(base64.length / base64LineChars) - 1, 0);
  return {
    sizeBytes: base64.length + 2 * lineBreaks,
    isWireReady: true,
    endsLine: false,
    write(target, start) {
      const textStart = start + 2 * lineBreaks;
      if (typeof base64 === 'string') {
        target.write(base64, textStart, 'latin1');
      } else {
        target.set(base64, textStart);
      }
      foldLines(target, start, textStart, textStart + base64.length);
    },
  };
}

/** Moves the text to the front line by line; the gap before it shrinks by each line break. */
function foldLines(target: Buffer, start: number, textStart: number, textEnd: number): void {
  let end = start;
  for (let at = textStart; at < textEnd; at += base64LineChars) {
    if (at > textStart) {
      target[end] = 0x0d;
      target[end + 1] = 0x0a;
      end += 2;
    }
    const lineEnd = Math.min(at + base64LineChars, textEnd);
    target.copyWithin(end, at, lineEnd);
    end += lineEnd - at;
  }
}

const cr = 0x0d;
const lf = 0x0a;

/**
 * The message with CRLF as its only line end. A bare CR or LF must not go out (RFC 5321 §2.3.8): servers disagree on
 * whether it ends a line, and a message within the message can hide in that. Bytes without any are returned as is.
 */
export function withCrlf(bytes: Uint8Array): Uint8Array {
  const bare = bareLineEnds(bytes);
  if (bare === 0) {
    return bytes;
  }
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const normalized = Buffer.allocUnsafe(bytes.length + bare);
  let end = 0;
  let lineStart = 0;
  let nextLf = source.indexOf(lf);
  let nextCr = source.indexOf(cr);
  while (nextLf !== -1 || nextCr !== -1) {
    const lineEnd = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf) ? nextCr : nextLf;
    end += source.copy(normalized, end, lineStart, lineEnd);
    normalized[end++] = cr;
    normalized[end++] = lf;
    lineStart = lineEnd + (source[lineEnd] === cr && source[lineEnd + 1] === lf ? 2 : 1);
    nextLf = nextLf !== -1 && nextLf < lineStart ? source.indexOf(lf, lineStart) : nextLf;
    nextCr = nextCr !== -1 && nextCr < lineStart ? source.indexOf(cr, lineStart) : nextCr;
  }
  source.copy(normalized, end, lineStart);
  return normalized;
}

/** How many line ends are not CRLF; above `most`, the counting ends. */
export function bareLineEnds(bytes: Uint8Array, most = Number.POSITIVE_INFINITY): number {
  let bare = 0;
  let before = 0;
  for (let at = 0; at < bytes.length && bare <= most; at += 1) {
    const byte = bytes[at] ?? 0;
    if ((byte === lf && before !== cr) || (byte === cr && bytes[at + 1] !== lf)) {
      bare += 1;
    }
    before = byte;
  }
  return bare;
}

/** Base64 as MIME writes it, in lines, as base64 alone. */
export function withoutLineBreaks(base64: string): string {
  return /[\r\n\t ]/.test(base64) ? base64.replaceAll(/[\r\n\t ]+/g, '') : base64;
}

/** A multiple of four, so that every slice but the last is whole and without padding. */
const sliceChars = 3 * 65_536;

/**
 * Whether the text is base64 as RFC 4648 §4 writes it: its alphabet, correct padding, unused bits zero, no white
 * space. Node's decoder steps over whatever it does not know, so only the way back proves it.
 */
export function isCanonicalBase64(text: string): boolean {
  for (let start = 0; start < text.length; start += sliceChars) {
    const slice = text.slice(start, start + sliceChars);
    if (Buffer.from(slice, 'base64').toString('base64') !== slice) {
      return false;
    }
    const isLast = start + sliceChars >= text.length;
    if (!isLast && slice.endsWith('=')) {
      return false;
    }
  }
  return true;
}

/** What is decoded only to be counted. */
const counted = Buffer.allocUnsafeSlow((48 * 1024 * 3) / 4);
const countedChars = (counted.length / 3) * 4;

/**
 * The same for text that is still bytes, where it is not empty. Whatever the decoder steps over is missing in what it has
 * written: counting takes a fraction of the way back. Of what it takes for more than the alphabet, the last four characters
 * and those of base64url, the rest is asked for.
 */
export function isCanonicalBase64Bytes(bytes: Buffer): boolean {
  const end = bytes.length - 4;
  if (bytes.length % 4 !== 0 || !isCanonicalBase64(bytes.toString('latin1', end))) {
    return false;
  }
  for (let start = 0; start < end; start += countedChars) {
    const slice = bytes.toString('latin1', start, Math.min(start + countedChars, end));
    if (counted.write(slice, 'base64') * 4 !== slice.length * 3) {
      return false;
    }
  }
  return !bytes.includes('-') && !bytes.includes('_');
}

const space = 0x20;
const tab = 0x09;
const equalsSign = 0x3d;
const hexDigits = Buffer.from('0123456789ABCDEF', 'latin1');

/** Longest line less the `=` of a soft line break (RFC 2045 §6.7). */
const lineChars = 75;

/** By byte: 1 for what stands for itself wherever it stands. */
const isVisible = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > space && byte < 0x7f && byte !== equalsSign ? 1 : 0,
);

/**
 * Quoted-printable (RFC 2045 §6.7) of UTF-8 text whose line ends are CRLF. A character is never split over two lines,
 * and every `=` of the text is encoded: `=_`, which our boundaries begin with, cannot occur.
 */
export function quotedPrintable(text: Uint8Array): Buffer {
  const body = Buffer.allocUnsafe(text.length * 3 + Math.ceil((text.length * 3) / (lineChars - 12)) * 3);
  let end = 0;
  let column = 0;
  for (let at = 0; at < text.length;) {
    // Most of a text is words.
    for (; column < lineChars && isVisible[text[at] ?? 0] === 1; at += 1) {
      body[end++] = text[at] ?? 0;
      column += 1;
    }
    const byte = text[at];
    if (byte === undefined) {
      break;
    }
    if (byte === cr && text[at + 1] === lf) {
      body[end++] = cr;
      body[end++] = lf;
      column = 0;
      at += 2;
      continue;
    }
    const bytes = characterBytes(byte);
    const isLiteral = bytes === 1 && standsForItself(byte, text[at + 1]);
    const width = isLiteral ? 1 : bytes * 3;
    if (column + width > lineChars) {
      body[end++] = equalsSign;
      body[end++] = cr;
      body[end++] = lf;
      column = 0;
    }
    column += width;
    if (isLiteral) {
      body[end++] = byte;
      at += 1;
      continue;
    }
    for (const next = Math.min(at + bytes, text.length); at < next; at += 1) {
      end = writeEscaped(body, end, text[at] ?? 0);
    }
  }
  return body.subarray(0, end);
}

/** White space at the end of a line gets lost on the way. */
function standsForItself(byte: number, next: number | undefined): boolean {
  return byte === space || byte === tab ? next !== undefined && next !== cr : isVisible[byte] === 1;
}

function characterBytes(firstByte: number): number {
  if (firstByte < 0xc0) {
    return 1;
  }
  if (firstByte < 0xe0) {
    return 2;
  }
  return firstByte < 0xf0 ? 3 : 4;
}

function writeEscaped(body: Buffer, start: number, byte: number): number {
  body[start] = equalsSign;
  body[start + 1] = hexDigits[byte >> 4] ?? 0;
  body[start + 2] = hexDigits[byte & 0x0f] ?? 0;
  return start + 3;
}
