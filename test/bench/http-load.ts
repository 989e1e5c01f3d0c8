import { connect, type Socket } from 'node:net';

/** One request that is sent again and again. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Posts a request over one kept-alive connection, one at a time. */
export interface Client {
  /** Resolves with the status when the whole answer is there. */
  post(): Promise<number>;
  close(): void;
}

/**
 * Plain sockets: the machine has few cores, and a full HTTP client would take as much of them as what is measured.
 */
export function openClient({ url, headers, body }: Request): Client {
  const { hostname, port, host, pathname } = new URL(url);
  const fields = { host, 'content-length': `${body.length}`, ...headers };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.concat([Buffer.from(`POST ${pathname} HTTP/1.1\r\n${head.join('')}\r\n`), body]);
  const socket = connect(Number(port), hostname).setNoDelay();
  return { post: () => exchange(socket, request), close: () => socket.destroy() };
}

/** One request and its whole answer, which has a `content-length`. */
function exchange(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n') + 4;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
      if (headEnd >= 4 && text.length >= headEnd + length) {
        socket.off('data', onData).off('error', reject).off('close', onClose);
        resolve(Number(text.slice(9, 12)));
      }
    };
    const onClose = (): void => reject(new Error(`The connection ended after: ${text}`));
    socket.on('data', onData).once('error', reject).once('close', onClose);
    socket.write(request);
  });
}

/** What a load of requests has come to. */
export interface LoadResult {
  readonly seconds: number;
  readonly statuses: ReadonlyMap<number, number>;
}

export interface Load extends Request {
  readonly count: number;
  readonly clients: number;
}

/** Posts the same request `count` times over `clients` connections. */
export async function postMany({ count, clients, ...request }: Load): Promise<LoadResult> {
  const statuses = new Map<number, number>();
  let left = count;
  const run = async (): Promise<void> => {
    const client = openClient(request);
    while (left > 0) {
      left -= 1;
      const status = await client.post();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    client.close();
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, run));
  return { seconds: (performance.now() - start) / 1000, statuses };
}
