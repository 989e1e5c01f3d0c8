/*
 * What is true of the bytes of a message travels with them: who may give their memory back, and whether they may go over
 * the wire as they are. Both are known only where a message is put together, which is here.
 */
import type { Message } from '@postausgang/mail';

/** A part of a message that is written where it belongs: new memory costs more than the writing. */
export interface Piece {
  readonly sizeBytes: number;
  /** Holds neither a line that begins with a dot nor a line end that is not CRLF. */
  readonly isWireReady: boolean;
  /** Its last byte is a line feed. */
  readonly endsLine: boolean;
  write(target: Buffer, start: number): void;
}

export function pieceOfText(text: string, encoding: 'latin1' | 'utf8'): Piece {
  return {
    sizeBytes: Buffer.byteLength(text, encoding),
    isWireReady: holdsOnlyPlainLines(text),
    endsLine: text.endsWith('\n'),
    write(target, start) {
      target.write(text, start, encoding);
    },
  };
}

/** As if it began a line, which it may not. */
function holdsOnlyPlainLines(text: string): boolean {
  if (text.startsWith('.')) {
    return false;
  }
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text[at - 1] !== '\r' || text[at + 1] === '.') {
      return false;
    }
  }
  return true;
}

/** Texts and pieces end to end, and a line break where the last line has none; in memory of its own. */
export function joinPieces(parts: readonly (Piece | string)[]): Message {
  const pieces = parts.map((part) => (typeof part === 'string' ? pieceOfText(part, 'utf8') : part));
  const last = pieces.findLast(({ sizeBytes }) => sizeBytes > 0);
  const all = last?.endsLine === true ? pieces : [...pieces, pieceOfText('\r\n', 'latin1')];
  // Not from Node's pool, which is shared: that memory could not be given back.
  const bytes = Buffer.allocUnsafeSlow(all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  let end = 0;
  for (const piece of all) {
    piece.write(bytes, end);
    end += piece.sizeBytes;
  }
  return {
    bytes,
    wireReady: all.every((piece) => piece.isWireReady),
    release() {
      if (!bytes.buffer.detached) {
        bytes.buffer.transfer(0);
      }
    },
  };
}

/** Bytes of which nothing is known, in memory that others may use, too. */
export function messageOfBytes(bytes: Uint8Array): Message {
  return { bytes, wireReady: false, release: () => undefined };
}
