/*
 * One request over https, with the window of the delivery contract where it hands a mail over: everything but the last
 * byte is written, then the intent is made durable, then the last byte follows. Without a body it is the whole head that
 * waits. A server cannot act on a request that is not complete, so what breaks before that byte may be tried again; what
 * breaks after it, without an answer, is unknown.
 */
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { type Failure, failure } from '@postausgang/contracts';
import { asSmtpError, smtpError, tlsDescription } from '@postausgang/net';
import { lostConnection } from '../../smtp/replies.ts';
import { readAnswer } from './https-answer.ts';
import { HttpsConnectError } from './https-connect-error.ts';

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
  /** Largest answer; 1 MiB unless given. */
  readonly maxAnswerBytes?: number;
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
}

export interface NoAnswer {
  readonly kind: 'no-answer';
  readonly step: 'resolve' | 'connect' | 'tls' | 'request';
  readonly failure: Failure;
  readonly sent: boolean;
  /** On a connection that had been idle: the server may have ended it in the meantime. */
  readonly reused: boolean;
  readonly tls: string | null;
}

export type HttpsResult = HttpsAnswer | NoAnswer;

const defaultAnswerBytes = 1024 * 1024;

/** Never rejects. */
export async function runRequest(
  agent: Agent,
  wanted: HttpsRequest,
  timeoutMs: number,
): Promise<HttpsResult> {
  const progress = { sent: false };
  const { promise: response, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // Whoever awaits it hears of it; an answer may come before anybody does.
  response.catch(() => undefined);
  const request = open(agent, wanted);
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
      const answer = await readAnswer(await response, wanted.maxAnswerBytes ?? defaultAnswerBytes);
      if (!progress.sent) request.destroy();
      return {
        kind: 'answer',
        ...answer,
        socket: socketOf(request),
        tls: tlsOf(request),
        sent: progress.sent,
      };
    } finally {
      clearTimeout(patience);
    }
  } catch (error) {
    request.destroy();
    return noAnswer(error, request, progress.sent);
  } finally {
    clearTimeout(silence);
  }
}

function open(agent: Agent, { method, url, headers = {}, body }: HttpsRequest): ClientRequest {
  const { hostname, port, pathname, search, host, protocol } = new URL(url);
  if (protocol !== 'https:') throw new TypeError('https only');
  const length =
    body === undefined && method === 'GET' ? {} : { 'content-length': String(body?.length ?? 0) };
  return httpRequest({
    agent,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 443 : Number(port),
    path: `${pathname}${search}`,
    method,
    setHost: false,
    headers: { host, ...length, ...headers },
  });
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

function noAnswer(error: unknown, request: ClientRequest, sent: boolean): NoAnswer {
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
