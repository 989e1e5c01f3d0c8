const ready = new WeakSet<Uint8Array>();

/**
 * Whether whoever made these bytes knows that they may go over the wire as they are: no line begins with a dot, and
 * every line ends with CRLF. Looking for that takes SMTP longer than anything else it does with a large message.
 */
export function isWireReady(message: Uint8Array): boolean {
  return ready.has(message);
}

export function markWireReady(message: Uint8Array): void {
  ready.add(message);
}
