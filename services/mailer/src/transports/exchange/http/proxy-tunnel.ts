import { isIPv6, type Socket } from 'node:net';
import { untrustedText } from '@postausgang/net';
import type { Host } from './https-connect.ts';

const maxHeadBytes = 16 * 1024;
const endOfHead = '\r\n\r\n';

/** Asks a proxy for a tunnel (RFC 9110 §9.3.6). Null when it stands; otherwise what the proxy said. */
export async function openTunnel(
  socket: Socket,
  { hostname, port }: Host,
  timeoutMs: number,
): Promise<string | null> {
  const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}${endOfHead}`);
  const head = await readHead(socket, timeoutMs);
  if (/^HTTP\/1\.[01] 2\d\d/.test(head)) return null;
  socket.destroy();
  return untrustedText(head.split('\r\n')[0] ?? '') || 'the proxy did not answer';
}

/** Everything up to the empty line; nothing follows it before we speak, since TLS begins with the client. */
function readHead(socket: Socket, timeoutMs: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let head = '';
  const finish = (): void => {
    clearTimeout(timer);
    socket.off('data', take);
    socket.off('close', finish);
    socket.pause();
    resolve(head);
  };
  const take = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    if (head.includes(endOfHead) || head.length > maxHeadBytes) finish();
  };
  const timer = setTimeout(finish, timeoutMs);
  socket.on('data', take);
  socket.once('close', finish);
  return promise;
}
