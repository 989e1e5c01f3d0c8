import type { Socket } from 'node:net';

const heldBack = new Set<Socket>();

/**
 * Holds back what is written to a connection until everything that came in this turn of the event loop is dealt with. A
 * write that wakes the server costs more than all else about it; one to a server that is awake already does not. Under
 * load the writes of many connections follow each other so, and wake it once.
 */
export function writeTogether(socket: Socket): void {
  if (heldBack.has(socket)) return;
  if (heldBack.size === 0) setImmediate(letGo);
  heldBack.add(socket);
  socket.cork();
}

function letGo(): void {
  for (const socket of heldBack) socket.uncork();
  heldBack.clear();
}
