/*
 * The mails of a mailer, for the page of a config-api that has none in its own process. It is no open proxy: a few paths,
 * an allow-list of headers both ways, no redirects. The caller's own key or token goes along, so the mailer decides what
 * one may do. When the caller leaves, the request to the mailer ends too.
 */
import { Readable } from 'node:stream';
import '@postausgang/net/server-identity';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { MailsNamingSenderSchema } from '@postausgang/contracts';
import {
  authenticationOf,
  type HttpPlugin,
  type HttpReply,
  type HttpRequest,
  ProblemError,
  RawBody,
} from '@postausgang/http';

/** Longer than a mailer takes to begin an answer. An export goes on for as long as somebody reads it. */
const answerTimeoutMs = 60_000;
const proxied = /^\/v1\/(mails(\.csv)?|queue|refused-mail-requests|statistics)(\/|$)/;
const paths = [
  '/v1/mails',
  '/v1/mails.csv',
  '/v1/mails/*',
  '/v1/queue',
  '/v1/queue/*',
  '/v1/refused-mail-requests',
  '/v1/statistics',
];

/** What a mailer needs to know of a request. What a browser says of itself, its cookie above all, stays here. */
const requestHeaders = [
  'accept',
  'content-type',
  'content-length',
  'idempotency-key',
  'if-match',
  'prefer',
  'traceparent',
  'tracestate',
];
const responseHeaders = [
  'content-type',
  'content-disposition',
  'content-security-policy',
  'etag',
  'location',
  'preference-applied',
  'retry-after',
];

const body = RawBody('As the mailer takes it');
const media = {
  'application/json': { schema: body },
  'application/merge-patch+json': { schema: body },
  'message/rfc822': { schema: body },
};
const problems = ['no-mailer', 'not-found'] as const;

/** The OpenAPI document of the mailer describes the routes; here they are hidden. */
function describe(name: string) {
  return {
    hide: true,
    operationId: `${name}FromMailer`,
    summary: 'Passed on to a mailer',
    tags: ['mails'],
    querystring: Type.Unknown(),
    response: { 200: Type.Unknown({ description: 'As the mailer answers' }) },
  };
}

/** Passes requests about mails on to the mailer at this address. */
export const mailProxy: HttpPlugin<{ readonly mailerUrl: string }> = async (app, { mailerUrl }) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const forward = async (request: HttpRequest, reply: HttpReply): Promise<HttpReply> => {
    const response = await ask(targetOf(mailerUrl, request.url), request, leaving(reply));
    for (const name of responseHeaders) {
      const value = response.headers.get(name);
      if (value !== null) reply.header(name, value);
    }
    const stream = response.body === null ? undefined : Readable.fromWeb(response.body);
    return reply.code(response.status).send(stream);
  };
  for (const [index, url] of paths.entries()) {
    const read = { schema: describe(`get${index}`), config: { scopes: [], problems } } as const;
    app.get(url, read, forward);
    const schema = { ...describe(`post${index}`), body: { content: media } };
    const act = { schema, config: { scopes: [], problems, optionalBody: true } } as const;
    app.post(url, act, forward);
  }
};

/**
 * How many mails wait for a sender, as the mailer at this address says to the caller. Throws `no-mailer` and
 * `history-incomplete`.
 */
export async function countNamingAt(
  mailerUrl: string,
  senderId: string,
  request: HttpRequest,
): Promise<number> {
  if (mailerUrl === '') {
    const detail =
      'Only a mailer knows whether mail waits for the sender: set MAILER_URL, or deactivate the sender.';
    throw new ProblemError('no-mailer', { detail });
  }
  const target = new URL(`/v1/queue/senders/${encodeURIComponent(senderId)}/mails`, mailerUrl);
  const response = await send(target, request, {
    method: 'GET',
    headers: headersFor(request, []),
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && Value.Check(MailsNamingSenderSchema, answer)) return answer.waiting;
  if (Object(answer)['code'] === 'history-incomplete') throw new ProblemError('history-incomplete');
  request.log.warn({ status: response.status }, 'The mailer at MAILER_URL does not say whether mail waits');
  throw new ProblemError('no-mailer', {
    detail: 'The mailer at MAILER_URL does not say whether mail waits for the sender.',
  });
}

/** An address that leads anywhere else, by dots in it, is none of ours. */
function targetOf(mailerUrl: string, url: string): URL {
  const target = new URL(url, mailerUrl);
  if (target.origin === new URL(mailerUrl).origin && proxied.test(target.pathname)) return target;
  throw new ProblemError('not-found', { detail: 'This address does not exist.' });
}

/** Aborted when the caller has left, or has the whole answer. */
function leaving({ raw }: HttpReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}

async function ask(target: URL, request: HttpRequest, gone: AbortSignal): Promise<Response> {
  const hasBody = request.body instanceof Readable;
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), answerTimeoutMs);
  try {
    return await send(target, request, {
      method: request.method,
      headers: headersFor(request, requestHeaders),
      signal: AbortSignal.any([gone, silent.signal]),
      ...(hasBody ? { body: Readable.toWeb(request.raw), duplex: 'half' } : {}),
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Who asks, and these header fields of the request. */
function headersFor(request: HttpRequest, names: readonly string[]): Headers {
  const headers = new Headers({
    authorization: `Bearer ${authenticationOf(request).credential}`,
    'x-request-id': request.id,
  });
  for (const name of names) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}

async function send(target: URL, { log }: HttpRequest, init: RequestInit): Promise<Response> {
  try {
    return await fetch(target, { ...init, redirect: 'manual' });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    log.warn({ reason }, 'The mailer at MAILER_URL does not answer');
    throw new ProblemError('no-mailer', { detail: 'The mailer at MAILER_URL does not answer.' });
  }
}
