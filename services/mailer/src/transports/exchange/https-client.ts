import { randomUUID } from 'node:crypto';
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type Failure, failure, jsonExcess, productVersion } from '@postausgang/contracts';
import { asSmtpError, smtpError, type StageObserver, tlsDescription, untrustedText } from '@postausgang/net';
import { withoutBrackets } from '@postausgang/settings';
import { longestPauseSeconds } from '../../judgement/echo.ts';
import { lostConnection } from '../smtp/replies.ts';
import { connectHttps, type Host, HttpsConnectError, type HttpsSettings } from './https-connect.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const maxAnswerBytes = 1024 * 1024;

/** The whole of an answer; rejects when it is larger than allowed or cut off. */
async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw Object.assign(new Error('too large'), { code: 'ERR_ANSWER_TOO_LARGE' });
    chunks.push(chunk);
  }
  const headers = Object.entries(response.headersDistinct).map(([name, values = []]) => [
    name,
    values.join(', '),
  ]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}

/*
 * One request over https, with the window of the delivery contract where it hands a mail over: everything but the last
 * byte is written, then the intent is made durable, then the last byte follows. Without a body it is the whole head that
 * waits. A server cannot act on a request that is not complete, so what breaks before that byte may be tried again; what
 * breaks after it, without an answer, is unknown.
 */

export interface HttpsRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** https only. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Called once, when everything but the last byte is written; when it rejects, that byte is never sent. */
  readonly onIntent?: (tls: string | null) => Promise<void>;
  /** How long the answer may take once the request is out; the usual silence unless given. */
  readonly answerTimeoutMs?: number;
}

export interface HttpsAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Names in lower case; what came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly socket: TLSSocket | null;
  readonly tls: string | null;
  /** Whether the request was complete by then; an answer to half of it can only be a refusal. */
  readonly sent: boolean;
  /** See `NoAnswer`. */
  readonly requestId?: string;
}

export interface NoAnswer {
  readonly kind: 'no-answer';
  readonly step: 'resolve' | 'connect' | 'tls' | 'request';
  readonly failure: Failure;
  readonly sent: boolean;
  /** On a connection that had been idle: the server may have ended it in the meantime. */
  readonly reused: boolean;
  readonly tls: string | null;
  /** `client-request-id`: Microsoft finds the request in its logs by it. */
  readonly requestId?: string;
}

export type HttpsResult = HttpsAnswer | NoAnswer;

/** Never rejects. */
async function runRequest(agent: Agent, wanted: HttpsRequest, timeoutMs: number): Promise<HttpsResult> {
  const progress = { sent: false };
  const { promise: response, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // Whoever awaits it hears of it; an answer may come before anybody does.
  response.catch(() => undefined);
  const { request, requestId } = open(agent, wanted);
  request.once('response', resolve);
  request.on('error', reject);
  const silence = setTimeout(() => request.destroy(smtpError('silence', 'ETIMEDOUT')), timeoutMs);
  request.once('socket', () => silence.refresh());
  try {
    await Promise.race([send(request, wanted, progress, silence), response]);
    clearTimeout(silence);
    const answerTimeoutMs = wanted.answerTimeoutMs ?? timeoutMs;
    const patience = setTimeout(() => request.destroy(smtpError('silence', 'ETIMEDOUT')), answerTimeoutMs);
    try {
      const answer = await readAnswer(await response);
      if (!progress.sent) request.destroy();
      return {
        kind: 'answer',
        ...answer,
        socket: socketOf(request),
        tls: tlsOf(request),
        sent: progress.sent,
        requestId,
      };
    } finally {
      clearTimeout(patience);
    }
  } catch (error) {
    request.destroy();
    return { ...noAnswer(error, request, progress.sent), requestId };
  } finally {
    clearTimeout(silence);
  }
}

const userAgent = `Postausgang/${productVersion}`;

/** Says who asks, since EWS can be limited to known programs, and names the request. */
function open(
  agent: Agent,
  { method, url, headers = {}, body }: HttpsRequest,
): { readonly request: ClientRequest; readonly requestId: string } {
  const { hostname, port, pathname, search, host, protocol } = new URL(url);
  if (protocol !== 'https:') throw new TypeError('https only');
  const length =
    body === undefined && method === 'GET' ? {} : { 'content-length': String(body?.length ?? 0) };
  const requestId = headers['client-request-id'] ?? randomUUID();
  const named = {
    'user-agent': userAgent,
    'client-request-id': requestId,
    'return-client-request-id': 'true',
  };
  const request = httpRequest({
    agent,
    host: withoutBrackets(hostname),
    port: port === '' ? 443 : Number(port),
    path: `${pathname}${search}`,
    method,
    setHost: false,
    headers: { host, ...named, ...length, ...headers },
  });
  return { request, requestId };
}

const pieceBytes = 128 * 1024;

async function send(
  request: ClientRequest,
  { body = new Uint8Array(), onIntent }: HttpsRequest,
  progress: { sent: boolean },
  silence: NodeJS.Timeout,
): Promise<void> {
  const held = onIntent === undefined ? body.length : Math.max(body.length - 1, 0);
  for (let start = 0; start < held; start += pieceBytes) {
    await write(request, body.subarray(start, Math.min(start + pieceBytes, held)));
    silence.refresh();
  }
  if (onIntent !== undefined) {
    // The silence of our own log is not the server's.
    const paused = setInterval(() => silence.refresh(), 1000);
    try {
      await onIntent(tlsOf(request));
    } finally {
      clearInterval(paused);
    }
  }
  if (request.destroyed) return;
  progress.sent = true;
  request.end(body.subarray(held));
}

function write(request: ClientRequest, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    request.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

function noAnswer(error: unknown, request: ClientRequest, sent: boolean): Omit<NoAnswer, 'requestId'> {
  const tls = tlsOf(request);
  const common = { kind: 'no-answer', reused: request.reusedSocket, tls } as const;
  if (error instanceof HttpsConnectError) {
    return { ...common, step: error.step, failure: error.failure, sent: false };
  }
  return { ...common, step: 'request', failure: requestFailure(error), sent };
}

function requestFailure(error: unknown): Failure {
  const known = asSmtpError(error);
  if (known.code === 'HPE_INVALID_CONSTANT') return failure('unexpected-reply');
  if (known.code === 'ERR_ANSWER_TOO_LARGE') return failure('unexpected-reply', 'the answer is too large');
  return lostConnection(known);
}

const socketOf = ({ socket }: ClientRequest): TLSSocket | null =>
  socket instanceof TLSSocket ? socket : null;

function tlsOf(request: ClientRequest): string | null {
  const socket = socketOf(request);
  return socket === null || socket.destroyed ? null : tlsDescription(socket);
}

/** A failure with what the operator of the server finds the request by; its own id too, where it has told one. */
export function withRequestId(why: Failure, result: HttpsResult): Failure {
  const { requestId } = result;
  const own = result.kind === 'answer' ? result.headers['request-id'] : undefined;
  const ids = [
    ...(requestId === undefined ? [] : [`client-request-id ${requestId}`]),
    ...(own === undefined ? [] : [`request-id ${untrustedText(own)}`]),
  ];
  if (ids.length === 0) return why;
  return { ...why, detail: [...(why.detail === undefined ? [] : [why.detail]), ...ids].join(', ') };
}

/** The members of an answer in JSON; none when it is not an object, or more than any answer is. */
export function jsonOf({ body }: Pick<HttpsAnswer, 'body'>): Readonly<Record<string, unknown>> {
  if (jsonExcess(body) !== undefined) return {};
  try {
    return Object(JSON.parse(body.toString('utf8')));
  } catch {
    return {};
  }
}

/** A pause that a server has named, in seconds. No answer stops all mail for longer than words do. */
export function boundedPause(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 0), longestPauseSeconds);
}

/**
 * The pause of a Retry-After header (RFC 9110 §10.2.3), seconds or a date, bounded; undefined when it names none. Pure.
 */
export function retryAfterSeconds(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
  return Number.isNaN(seconds) ? undefined : boundedPause(seconds);
}

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
