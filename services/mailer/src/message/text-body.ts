import { base64Lines } from './base64-lines.ts';
import { type Piece, pieceOfText } from './pieces.ts';
import { quotedPrintable } from './quoted-printable.ts';

export interface EncodedBody {
  readonly transferEncoding: '7bit' | 'quoted-printable' | 'base64';
  readonly piece: Piece;
}

/** Longest line of a message (RFC 5322 §2.1.1). */
const maxLineChars = 998;
const oddLineEnd = /\r(?!\n)|(?<!\r)\n/;

/** What may not stand in a 7-bit body though it is ASCII (RFC 5322 §2.2): control characters but tab, CR and LF. */
const controls = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).filter((character) =>
  /[^\t\r\n\x20-\x7e]/.test(character),
);

/** From this share of bytes outside of ASCII on, base64 is shorter than quoted-printable. */
const base64Share = 1 / 6;

/** Text as the body of a part, 7-bit clean and with CRLF line ends. `boundaryStart` does not occur in the body. */
export function encodeText(text: string, boundaryStart: string): EncodedBody {
  const lines = normalizeLineEnds(text);
  if (isPlain(lines) && hasShortLines(lines) && !lines.includes(boundaryStart)) {
    return { transferEncoding: '7bit', piece: pieceOfText(lines, 'latin1') };
  }
  const bytes = Buffer.from(lines, 'utf8');
  return isShorterAsBase64(bytes, lines)
    ? { transferEncoding: 'base64', piece: base64Lines(bytes.toString('base64')) }
    : {
        transferEncoding: 'quoted-printable',
        piece: pieceOfText(quotedPrintable(bytes).toString('latin1'), 'latin1'),
      };
}

function normalizeLineEnds(text: string): string {
  if (!text.includes('\r')) {
    return text.replaceAll('\n', '\r\n');
  }
  return oddLineEnd.test(text) ? text.replaceAll(/\r\n?|\n/g, '\r\n') : text;
}

/** Looking for each of a few characters takes a third of the time of an expression that looks at every one. */
function isPlain(text: string): boolean {
  const isAscii = Buffer.byteLength(text, 'utf8') === text.length;
  return isAscii && !controls.some((control) => text.includes(control));
}

/** From the start of a line to the last line break within the limit: all lines in between are short, too. */
function hasShortLines(lines: string): boolean {
  for (let start = 0; lines.length - start > maxLineChars;) {
    const lineBreak = lines.lastIndexOf('\r\n', start + maxLineChars);
    if (lineBreak < start) {
      return false;
    }
    start = lineBreak + 2;
  }
  return true;
}

/** Mostly told by the lengths: a character outside of ASCII has at most two bytes for each one it adds. */
function isShorterAsBase64(bytes: Uint8Array, text: string): boolean {
  const mostQuoted = bytes.length * base64Share;
  return 2 * (bytes.length - text.length) > mostQuoted && countNonAscii(bytes) > mostQuoted;
}

function countNonAscii(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    count += (bytes[at] ?? 0) >> 7;
  }
  return count;
}
