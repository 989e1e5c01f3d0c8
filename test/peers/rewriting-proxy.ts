import { connect, createServer, type Socket } from 'node:net';
import { listenOnLoopback } from './loopback-server.ts';

export type RewritingProxy = { host: '127.0.0.1'; port: number; stop: () => Promise<void> };

/** Somebody in between: what the server says goes through `rewrite`, what the client says passes as it is. */
export async function startRewritingProxy(
  serverPort: number,
  rewrite: (text: string) => string,
): Promise<RewritingProxy> {
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    endTogether(client, server);
    client.pipe(server);
    server.on('data', (chunk: Buffer) => client.write(rewrite(chunk.toString('latin1')), 'latin1'));
  });
  const { port, close } = await listenOnLoopback(proxy);
  return { host: '127.0.0.1', port, stop: close };
}

function endTogether(...sockets: readonly Socket[]): void {
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.forEach((other) => other.destroy()));
  }
}
