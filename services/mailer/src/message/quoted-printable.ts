const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
const tab = 0x09;
const equalsSign = 0x3d;
const hexDigits = Buffer.from('0123456789ABCDEF', 'latin1');

/** Longest line less the `=` of a soft line break (RFC 2045 §6.7). */
const lineChars = 75;

/**
 * Quoted-printable (RFC 2045 §6.7) of UTF-8 text whose line ends are CRLF. A character is never split over two lines,
 * and every `=` of the text is encoded: `=_`, which our boundaries begin with, cannot occur.
 */
export function quotedPrintable(text: Uint8Array): Buffer {
  const body = Buffer.allocUnsafe(text.length * 3 + Math.ceil((text.length * 3) / (lineChars - 12)) * 3);
  let end = 0;
  let column = 0;
  for (let at = 0; at < text.length;) {
    const byte = text[at] ?? 0;
    if (byte === cr && text[at + 1] === lf) {
      end = body.writeUInt16BE(0x0d0a, end);
      column = 0;
      at += 2;
      continue;
    }
    const bytes = characterBytes(byte);
    const isLiteral = bytes === 1 && standsForItself(byte, text[at + 1]);
    const width = isLiteral ? 1 : bytes * 3;
    if (column + width > lineChars) {
      body[end] = equalsSign;
      end = body.writeUInt16BE(0x0d0a, end + 1);
      column = 0;
    }
    end = isLiteral ? body.writeUInt8(byte, end) : writeEscaped(body, end, text.subarray(at, at + bytes));
    column += width;
    at += bytes;
  }
  return body.subarray(0, end);
}

/** White space at the end of a line gets lost on the way. */
function standsForItself(byte: number, next: number | undefined): boolean {
  if (byte === space || byte === tab) {
    return next !== undefined && next !== cr;
  }
  return byte > space && byte < 0x7f && byte !== equalsSign;
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

function writeEscaped(body: Buffer, start: number, bytes: Uint8Array): number {
  let end = start;
  for (const byte of bytes) {
    body[end] = equalsSign;
    body[end + 1] = hexDigits[byte >> 4] ?? 0;
    body[end + 2] = hexDigits[byte & 0x0f] ?? 0;
    end += 3;
  }
  return end;
}
