const cr = 0x0d;
const lf = 0x0a;
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
