const owned = new WeakSet<Uint8Array>();

/** Says that a message lies alone in memory that was made for it. */
export function ownMemory(message: Uint8Array<ArrayBuffer>): void {
  if (message.byteLength === message.buffer.byteLength) {
    owned.add(message);
  }
}

/**
 * Gives the memory of a message back, where it is known to be its own; nobody may be writing it at the time. Left to the
 * garbage collector, large messages make it go through everything else again and again.
 */
export function releaseMemory(message: Uint8Array): void {
  if (owned.delete(message) && message.buffer instanceof ArrayBuffer) {
    message.buffer.transfer(0);
  }
}
