import type { Socket } from 'node:net';
import { isWireReady } from '@postausgang/message';

/** Handed to the socket at once. Small enough that each is a sign of life on a slow line. */
const chunkBytes = 128 * 1024;

/**
 * Writes everything and resolves when the last byte is with the operating system; rejects when the socket ends.
 * `onProgress` hears when a piece has left and another one follows.
 */
export async function writeAll(socket: Socket, content: Buffer, onProgress: () => void): Promise<void> {
  for (let start = 0; start < content.length; start += chunkBytes) {
    if (start > 0) onProgress();
    await write(socket, content.subarray(start, start + chunkBytes));
  }
}

function write(socket: Socket, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(chunk, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const dot = 0x2e;
const lineEnd = Buffer.from('\r\n');
const stuffedDot = Buffer.from('..');

/**
 * A message as it goes over the wire after 354, without the final dot line (RFC 5321 §4.5.2): every line that begins
 * with a dot gets one more, line ends are CRLF (a bare LF becomes one: what servers take for a line end must be one
 * for us too), the last line has one. The very same bytes, uncopied, when nothing needs to be changed.
 */
export function dotStuff(message: Uint8Array): Buffer {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (isWireReady(message)) return bytes;
  const parts: Buffer[] = [];
  let taken = 0;
  const insert = (position: number, skip: number, inserted: Buffer): void => {
    parts.push(bytes.subarray(taken, position), inserted);
    taken = position + skip;
  };
  if (bytes[0] === dot) insert(0, 1, stuffedDot);
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    if (bytes[at - 1] !== carriageReturn) insert(at, 1, lineEnd);
    if (bytes[at + 1] === dot) insert(at + 1, 1, stuffedDot);
  }
  if (bytes.at(-1) !== lineFeed) parts.push(bytes.subarray(taken), lineEnd);
  else if (parts.length > 0) parts.push(bytes.subarray(taken));
  return parts.length === 0 ? bytes : Buffer.concat(parts);
}
