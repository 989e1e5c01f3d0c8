import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type TSchema, Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  problem,
  type Problem,
  type ProblemCode,
  problemDefinitions,
  type ProblemDetails,
  ProblemSchema,
} from '@postausgang/contracts';
import { serverPlugin } from './plugin.ts';
import type { RouteConfig } from './routes.ts';

/** What a problem says beyond its code. `headers` are sent with it, such as `retry-after`. */
interface ProblemErrorDetails extends ProblemDetails {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers and helpers; answered as problem+json (RFC 9457) with the status of its code. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, { headers = {}, ...details }: ProblemErrorDetails = {}) {
    super(details.detail ?? code);
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

const problemMediaType = 'application/problem+json';

/** Sends the problem. As bytes, so that no response schema of the route gets hold of it. */
export function sendProblem(reply: FastifyReply, error: ProblemError): FastifyReply {
  const { type, ...body } = problem(error.code, error.details);
  const text = JSON.stringify({ type: `${reply.server.basePath}${type}`, ...body });
  reply.code(problemDefinitions[error.code].status).headers(error.headers).type(problemMediaType);
  const send = (): FastifyReply => reply.send(Buffer.from(text));
  return error.code === 'body-too-large' ? sendBesideBody(reply, send) : send();
}

/** Of a body that is too large, so many times its limit is read before the connection is cut. */
const mostDrained = 4;

/**
 * Throws away the rest of a refused body while it arrives: most clients look at the answer only when they have sent
 * everything, and would see a broken connection instead. A client that keeps the connection is answered at once. With
 * one that does not, the connection ends with the answer, so the answer waits for the end of the body.
 */
function sendBesideBody(reply: FastifyReply, send: () => FastifyReply): FastifyReply {
  const { request, raw } = reply;
  let left = request.routeOptions.bodyLimit ?? request.server.initialConfig.bodyLimit ?? 0;
  left *= mostDrained;
  request.raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.raw.destroy();
  });
  const endsWithAnswer = !raw.shouldKeepAlive && !request.raw.readableEnded;
  if (endsWithAnswer) request.raw.once('end', send);
  request.raw.resume();
  reply.removeHeader('connection');
  return endsWithAnswer ? reply : send();
}

/** The parts of a route that decide which problems it can answer with. */
interface ProblemSource {
  readonly method?: string | readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly config?: Partial<RouteConfig> | undefined;
  readonly schema?: { readonly body?: unknown; readonly params?: unknown } | undefined;
}

const everywhere: readonly ProblemCode[] = [
  'request-malformed',
  'request-timeout',
  'headers-too-large',
  'internal-error',
  'stopping',
];
const authenticated: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'cross-site-request',
  'identity-provider-unavailable',
  'rate-limited',
  'request-invalid',
];
const withBody: readonly ProblemCode[] = ['body-too-large', 'media-type-unsupported', 'request-timeout'];

/** What the server itself may answer before or beside the handler. */
function commonProblems({ config, schema, url }: ProblemSource): readonly ProblemCode[] {
  return [
    ...everywhere,
    ...(config?.scopes === 'public' && config.isOpened !== true ? [] : authenticated),
    ...(schema?.body === undefined ? [] : withBody),
    ...(url?.includes(':') === true ? (['uri-too-long'] as const) : []),
  ];
}

/** Every problem a route can answer with: the common ones and those of `config.problems`. */
export function problemsOf(route: ProblemSource): readonly ProblemCode[] {
  return [...new Set([...commonProblems(route), ...(route.config?.problems ?? [])])];
}

/** Refusals of the transport, which depend on what arrives rather than on the route. */
const anyRoute = new Set<ProblemCode>([...withBody, 'method-not-allowed', 'uri-too-long']);

/** Whether the OpenAPI document says that the route may answer with this problem. */
function isDeclared(route: ProblemSource, code: ProblemCode): boolean {
  if (route.config?.scopes === undefined) return true;
  return anyRoute.has(code) || problemsOf(route).includes(code);
}

interface ProblemResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, TSchema>>;
  readonly content: Readonly<Record<string, { readonly schema: typeof ProblemSchema }>>;
}

const retryAfter = {
  'Retry-After': Type.Integer({ minimum: 0, description: 'Seconds until the same request may succeed' }),
};

/** The headers that come with the problems of a status, where there is something to say. */
const headersOfStatus: Readonly<Record<number, Readonly<Record<string, TSchema>>>> = {
  401: { 'WWW-Authenticate': Type.String({ description: 'Bearer, and what is wrong with a token' }) },
  415: { Accept: Type.String({ description: 'The media types that are supported here' }) },
  429: retryAfter,
  503: retryAfter,
};

function describe(codes: readonly ProblemCode[]): string {
  return codes.map((code) => `\`${code}\`: ${problemDefinitions[code].title.en}`).join('\n\n');
}

/** Without findings: which there are depends on the request. */
const exampleOf = (code: ProblemCode): Problem => problem(code, {});

/** Response schemas of the problems, by status. */
export function problemResponses(codes: readonly ProblemCode[]): Record<string, ProblemResponse> {
  const byStatus = Map.groupBy(codes, (code) => problemDefinitions[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => {
      const headers = headersOfStatus[status];
      const description = describe(sameStatus);
      const content = {
        [problemMediaType]: { schema: { ...ProblemSchema, examples: sameStatus.map(exampleOf) } },
      };
      return [`${status}`, { description, content, ...(headers === undefined ? {} : { headers }) }];
    }),
  );
}

interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
}

const notJson = 'The body is not valid JSON, or it contains the key __proto__ or constructor.prototype.';

const frameworkErrors: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'request-malformed', detail: notJson },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'request-malformed', detail: 'The body is empty.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'request-malformed',
    detail: 'The length of the body differs from Content-Length.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body-too-large', detail: 'The body is too large.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'media-type-unsupported',
    detail: 'The Content-Type is missing or not supported here.',
  },
  FST_ERR_BAD_URL: { code: 'request-malformed', detail: 'The path contains invalid percent-encoding.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'uri-too-long', detail: 'A part of the path is too long.' },
  ECONNRESET: { code: 'request-malformed', detail: 'The connection ended before the body was complete.' },
  ERR_STREAM_PREMATURE_CLOSE: {
    code: 'request-malformed',
    detail: 'The connection ended before the body was complete.',
  },
};

function stringField(error: unknown, field: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

/** Fastify marks errors of the request stream with 400; the same code from a handler is a failure of ours. */
function isRefused(error: unknown, code: string): boolean {
  return code.startsWith('FST_') || (error instanceof Error && Reflect.get(error, 'statusCode') === 400);
}

/** What to answer to an error: the problem it is, or the one of the framework's error, or `internal-error`. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const code = stringField(error, 'code') ?? '';
  const refusal = Object.hasOwn(frameworkErrors, code) ? frameworkErrors[code] : undefined;
  if (refusal === undefined || !isRefused(error, code)) return new ProblemError('internal-error');
  return new ProblemError(refusal.code, { detail: refusal.detail });
}

/** What is logged of an unexpected error: where it came from. No properties: libraries hang requests on them. */
function loggedError(error: unknown): Record<string, string | undefined> {
  if (!(error instanceof Error)) return { name: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    code: stringField(error, 'code'),
    message: error.message.slice(0, 500),
    stack: frames.slice(0, 20).join('\n'),
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem the request was answered with, for the log. */
    answeredProblem: ProblemCode | null;
  }
}

function withLimit(error: ProblemError, request: FastifyRequest): ProblemError {
  if (error.code !== 'body-too-large' || error.details.findings !== undefined) return error;
  const detail = `The limit is ${request.routeOptions.bodyLimit} bytes.`;
  return new ProblemError('body-too-large', { detail });
}

/** What to answer to an error. With `strict` a problem that the route does not declare becomes a 500. */
function answerTo(error: unknown, request: FastifyRequest, strict: boolean): ProblemError {
  const answer = withLimit(problemOf(error), request);
  if (isDeclared(request.routeOptions, answer.code)) return answer;
  const fields = { route: request.routeOptions.url, code: answer.code };
  request.log.error(fields, 'The route does not declare this problem');
  return strict ? new ProblemError('internal-error') : answer;
}

interface ProblemOptions {
  readonly strict: boolean;
  /** The error with everything that can be said about the request. */
  readonly complete: (error: unknown, request: FastifyRequest) => unknown;
}

/** Answers every error of a request as problem+json. */
export const problems = serverPlugin<ProblemOptions>('problems', [], async (app, { strict, complete }) => {
  app.decorateRequest('answeredProblem', null);
  app.setErrorHandler((error: unknown, request, reply) => {
    const answer = answerTo(complete(error, request), request, strict);
    if (answer.code === 'internal-error') {
      const fields = { requestId: request.id, route: request.routeOptions.url, error: loggedError(error) };
      request.log.error(fields, 'Request failed');
    }
    request.answeredProblem = answer.code;
    return sendProblem(reply, answer);
  });
});

const codes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

function response(body: Problem): string {
  const text = JSON.stringify(body);
  return [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    text,
  ].join('\r\n');
}

/** Answers what never became a request (broken, oversized or slow heads) and ends the connection. */
export function answerSocketError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = codes[error.code ?? ''] ?? 'request-malformed';
  socket.end(response(problem(code)), () => socket.destroy());
}
