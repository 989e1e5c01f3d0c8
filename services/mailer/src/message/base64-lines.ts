import type { Piece } from './pieces.ts';

/** Longest line of an encoded body (RFC 2045 §6.8). */
const lineChars = 76;

/**
 * Base64 as the body of a part: lines of 76 characters with CRLF between them. The text is moved within its target,
 * which costs a fraction of decoding and encoding it again.
 */
export function base64Lines(base64: string | Buffer): Piece {
  const lineBreaks = Math.max(Math.ceil(base64.length / lineChars) - 1, 0);
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
  for (let at = textStart; at < textEnd; at += lineChars) {
    if (at > textStart) {
      target[end] = 0x0d;
      target[end + 1] = 0x0a;
      end += 2;
    }
    const lineEnd = Math.min(at + lineChars, textEnd);
    target.copyWithin(end, at, lineEnd);
    end += lineEnd - at;
  }
}
