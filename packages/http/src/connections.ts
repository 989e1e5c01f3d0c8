/*
 * Connections that nobody has proven to be somebody on. They cost the one who opens them nothing, and each takes a place.
 *
 * - A connection counts as unproven until a request on it was authenticated. Requests to public routes prove nothing.
 * - There is room for few of them from one address, and for some from all. One more is always let in: the one that has been
 *   unproven for longest gives way, of its address or of all. So whoever has a key, or asks for the health, gets in at once,
 *   however many stay silent, also from the same address.
 * - The first head of a connection has to come soon.
 *
 * The other places, of `maxConnections`, belong to connections on which somebody was authenticated.
 */
import type { Socket } from 'node:net';
import { type HttpServer, serverPlugin } from './plugin.ts';
import { answerSocketError } from './problems.ts';

export interface ConnectionLimits {
  /** Unproven connections from one address. A proxy in front is one address for everybody. */
  readonly unprovenPerAddress: number;
  /** Unproven connections from all addresses. */
  readonly unproven: number;
  /** For the first head on a connection. */
  readonly firstHeadMs: number;
}

/** In the order in which they came. */
type Unproven = Map<Socket, { readonly address: string; readonly firstHead: NodeJS.Timeout }>;

function first<Key>(keys: Iterable<Key>): Key | undefined {
  for (const key of keys) return key;
  return undefined;
}

function createUnproven({ unprovenPerAddress, unproven: most, firstHeadMs }: ConnectionLimits) {
  const all: Unproven = new Map();
  const byAddress = new Map<string, Set<Socket>>();

  function forget(socket: Socket): void {
    const known = all.get(socket);
    if (known === undefined) return;
    clearTimeout(known.firstHead);
    all.delete(socket);
    const others = byAddress.get(known.address);
    others?.delete(socket);
    if (others?.size === 0) byAddress.delete(known.address);
  }

  function giveWay(socket: Socket | undefined): void {
    if (socket === undefined) return;
    forget(socket);
    socket.destroy();
  }

  return {
    add(socket: Socket): void {
      const address = socket.remoteAddress ?? '';
      const ofAddress = byAddress.get(address) ?? new Set();
      if (ofAddress.size >= unprovenPerAddress) giveWay(first(ofAddress));
      if (all.size >= most) giveWay(first(all.keys()));
      const late = (): void => answerSocketError({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, socket);
      all.set(socket, { address, firstHead: setTimeout(late, firstHeadMs).unref() });
      byAddress.set(address, ofAddress.add(socket));
      socket.once('close', () => forget(socket));
    },
    /** A head has come; whose it is shows later. */
    headCame(socket: Socket): void {
      clearTimeout(all.get(socket)?.firstHead);
    },
    proven: forget,
  };
}

/**
 * Connections that the kernel has accepted for a server that has not yet taken them. With Node's 511, a burst of silent
 * connections fills the queue, and the first packet of everybody else is repeated after a second (RFC 6298 §2.1). The kernel
 * caps the number at its own limit (net.core.somaxconn).
 */
const backlog = 4096;

/** @returns the address that the server listens on, as a URL. */
export function listenOn(app: HttpServer, { host, port }: { host: string; port: number }): Promise<string> {
  return app.listen({ host, port, backlog });
}

/** Watches every connection of the server. Registered behind the authentication. */
export const connections = serverPlugin<ConnectionLimits>(
  'connections',
  ['authentication'],
  async (app, limits) => {
    const unproven = createUnproven(limits);
    app.server.on('connection', (socket: Socket) => unproven.add(socket));
    app.server.prependListener('request', ({ socket }: { readonly socket: Socket }) =>
      unproven.headCame(socket),
    );
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.authentication !== null) unproven.proven(request.raw.socket);
      done();
    });
  },
);
