import type { Message } from '@postausgang/mail';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const dot = 0x2e;
const lineEnd = Buffer.from('\r\n');
const oneDot = Buffer.from('.');

/** The message as it goes over the wire after 354; what is known to be ready is not looked through. */
export function wireBytes({ bytes, wireReady }: Message): Uint8Array {
  return wireReady ? bytes : dotStuff(bytes);
}

/**
 * A message as it goes over the wire after 354, without the final dot line (RFC 5321 §4.5.2). Every line that begins with
 * a dot gets one more. Every line ends with CRLF, the last one too, and a bare CR or LF becomes CRLF (§2.3.8): what some
 * server takes for a line end must be one here too. The very same bytes, uncopied, when nothing needs to be changed.
 */
export function dotStuff(message: Uint8Array): Buffer {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const parts: Buffer[] = [];
  let taken = 0;
  const insert = (inserted: Buffer, position: number, skip: number): void => {
    parts.push(bytes.subarray(taken, position), inserted);
    taken = position + skip;
  };
  const next = (byte: number, found: number, start: number): number =>
    found === -1 || found >= start ? found : bytes.indexOf(byte, start);
  for (let start = 0, cr = -2, lf = -2; start < bytes.length;) {
    if (bytes[start] === dot) insert(oneDot, start, 0);
    cr = next(carriageReturn, cr, start);
    lf = next(lineFeed, lf, start);
    const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
    if (end === -1) break;
    const isCrlf = end === cr && lf === cr + 1;
    if (!isCrlf) insert(lineEnd, end, 1);
    start = end + (isCrlf ? 2 : 1);
  }
  const last = bytes.at(-1);
  if (last !== lineFeed && last !== carriageReturn) insert(lineEnd, bytes.length, 0);
  if (parts.length > 0) parts.push(bytes.subarray(taken));
  return parts.length === 0 ? bytes : Buffer.concat(parts);
}
