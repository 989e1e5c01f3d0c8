import type { Socket } from 'node:net';

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
