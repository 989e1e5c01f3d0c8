import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { StageObserver } from '@postausgang/net';
import { HttpsConnectError } from './https-connect-error.ts';
import { connectHttps, type Host, type HttpsSettings } from './https-connect.ts';
import { type HttpsRequest, type HttpsResult, runRequest } from './https-request.ts';

/** Speaks https to any server that the rules allow, over connections that are kept. */
export interface HttpsClient {
  /** Never rejects. Redirects are answers like any other: nobody is followed anywhere. */
  request(request: HttpsRequest): Promise<HttpsResult>;
  close(): void;
}

interface HttpsClientOptions extends HttpsSettings {
  /** Per server; a sign-in that belongs to a connection needs one. */
  readonly maxConnections: number;
  /** Looks over the shoulder of the first connection. */
  readonly observer?: StageObserver;
}

const idleMs = 15_000;

export function createHttpsClient(options: HttpsClientOptions): HttpsClient {
  const { maxConnections: maxSockets } = options;
  const agent = new Agent({ keepAlive: true, maxSockets, maxFreeSockets: maxSockets, timeout: idleMs });
  let { observer } = options;
  // The agent keeps the sockets; how they come about is ours.
  agent.createConnection = ({ host, port }, done) => {
    const watching = observer;
    observer = undefined;
    if (done !== undefined) void connectFor({ hostname: String(host), port: Number(port) }, watching, done);
    return undefined;
  };

  async function connectFor(
    host: Host,
    watching: StageObserver | undefined,
    done: (error: Error | null, stream: Duplex) => void,
  ): Promise<void> {
    const connection = await connectHttps(options, host, watching);
    if (connection.ok) done(null, connection.socket);
    // With an error there is no stream; the types want one all the same.
    else done(new HttpsConnectError(connection.step, connection.failure), undefined as never);
  }

  return {
    async request(wanted) {
      const request = withOneIntent(wanted);
      const result = await runRequest(agent, request, options.timeoutMs);
      const isStale = result.kind === 'no-answer' && result.reused && !result.sent;
      return isStale ? runRequest(agent, request, options.timeoutMs) : result;
    },
    close: () => agent.destroy(),
  };
}

/** What was recorded once holds for the second try: nothing had been handed over before it. */
export function withOneIntent(request: HttpsRequest): HttpsRequest {
  const { onIntent } = request;
  if (onIntent === undefined) return request;
  let recorded: Promise<void> | undefined;
  return { ...request, onIntent: (tls) => (recorded ??= onIntent(tls)) };
}
