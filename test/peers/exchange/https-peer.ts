import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { Certificate } from '../certificates.ts';
import { listenOnLoopback } from '../loopback-server.ts';

/** What becomes of the next request instead of the usual: an answer, or none after it was carried out or before. */
export type Fault =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | 'lose-reply'
  | 'break-before';

export interface HttpsPeer {
  /** `https://localhost:<port>` */
  readonly url: string;
  readonly port: number;
  /** For the requests that follow, one each. */
  readonly faults: Fault[];
  /** Every request so far that carries something out: method and path. */
  readonly asked: readonly string[];
  /** The header fields of every request so far. */
  readonly heads: readonly IncomingMessage['headers'][];
  /** The most requests that were under way at one time. */
  readonly mostAtOnce: () => number;
  close(): Promise<void>;
}

export interface PeerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly socket: IncomingMessage['socket'];
}

export interface PeerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** The request was carried out: a lost reply loses it now. Anything else is not what a fault is for. */
  readonly counts?: boolean;
}

/** A server of our own over https; `serve` says what it does. Faults hit the requests that carry something out. */
export async function startHttpsPeer(
  certificate: Certificate,
  serve: (request: PeerRequest) => Promise<PeerAnswer> | PeerAnswer,
  isFaulty: (request: PeerRequest) => boolean = () => true,
): Promise<HttpsPeer> {
  const faults: Fault[] = [];
  const asked: string[] = [];
  const heads: IncomingMessage['headers'][] = [];
  let underWay = 0;
  let most = 0;
  const listener: RequestListener = (incoming, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    void handle(incoming, response).finally(() => (underWay -= 1));
  };
  const options: ServerOptions = { cert: certificate.certificate, key: certificate.key };
  const server = createServer(options, listener);
  const { port, close } = await listenOnLoopback(server);

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    if (body === undefined) return;
    const { method = '', url: path = '', headers, socket } = incoming;
    const request = { method, path, headers, body, socket };
    heads.push(headers);
    const counts = isFaulty(request);
    if (counts) asked.push(`${method} ${path}`);
    const fault = counts ? faults.shift() : undefined;
    if (fault === 'break-before') {
      socket.destroy();
    } else if (typeof fault === 'object') {
      response.writeHead(fault.status, fault.headers).end(fault.body);
    } else {
      const answer = await serve(request);
      if (fault === 'lose-reply') socket.destroy();
      else
        response.writeHead(answer.status, { ...answer.headers } as Record<string, string>).end(answer.body);
    }
  }

  return { url: `https://localhost:${port}`, port, faults, asked, heads, mostAtOnce: () => most, close };
}

/** Undefined when the client went away in the middle. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}
