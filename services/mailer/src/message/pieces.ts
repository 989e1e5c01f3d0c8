import { ownMemory } from '../message-memory.ts';
import { markWireReady } from '../wire-ready.ts';

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

/** The pieces end to end, and a line break where the last line has none. */
export function joinPieces(pieces: readonly Piece[]): Buffer {
  const last = pieces.findLast(({ sizeBytes }) => sizeBytes > 0);
  const all = last?.endsLine === true ? pieces : [...pieces, pieceOfText('\r\n', 'latin1')];
  // Not from Node's pool: a message has memory of its own, which can be given back.
  const message = Buffer.allocUnsafeSlow(all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  ownMemory(message);
  let end = 0;
  for (const piece of all) {
    piece.write(message, end);
    end += piece.sizeBytes;
  }
  if (all.every((piece) => piece.isWireReady)) {
    markWireReady(message);
  }
  return message;
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
