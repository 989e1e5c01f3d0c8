import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

export type Loopback = {
  port: number;
  /** Stops listening and breaks every connection that is still open. */
  close: () => Promise<void>;
};

/** Listens on 127.0.0.1 on a port the kernel chooses, or on the given one. */
export async function listenOnLoopback(server: Server, port = 0): Promise<Loopback> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen({ port, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, close };
}
