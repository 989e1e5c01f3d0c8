/*
 * One request by the name of its operation. A request that is refused for now (a problem that is `retriable`, 429, 503) is
 * sent again with the same idempotency key, after the pause that the service asks for. A request without an answer may
 * have been carried out: it is sent again only if it reads, or if its key keeps the service from doing it twice.
 */
import type { Operations } from './operations.ts';
import { PostausgangProblem } from './problem.ts';

/** An operation, by its method and path: `GET /v1/mails/{id}`. */
export type Name = keyof Operations;
type PathKey<Route> = Route extends `${string}{${infer Key}}${infer Rest}` ? Key | PathKey<Rest> : never;
type Path<Route> = [PathKey<Route>] extends [never]
  ? unknown
  : { readonly path: Readonly<Record<PathKey<Route>, string | number>> };
type Query<Operation> = Operation extends { query: infer Given } ? { readonly query?: Given } : unknown;
type Body<Operation> = Operation extends { body: infer Given } ? { readonly body: Given } : unknown;

interface Common {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** What a call takes: the parts of its path, its query and its body, as its operation defines them. */
export type CallInput<N extends Name> = Path<N> & Query<Operations[N]> & Body<Operations[N]> & Common;

/** What a call answers. */
export type Answer<N extends Name> = Operations[N] extends { answer: infer Given } ? Given : undefined;

/** Calls an operation. Throws PostausgangProblem, or the reason of the signal. */
export type Call = <N extends Name>(name: N, input: CallInput<N>) => Promise<Answer<N>>;

export interface CallOptions {
  /** Where the service is, a base path included: `https://mail.acme.example`. */
  readonly url: string;
  /** An API key or an access token; a function is asked before each request. Default: the session of the browser. */
  readonly key?: string | (() => string | Promise<string>);
  /** How many times a request is sent at most. Default: 5. */
  readonly tries?: number;
  /** The longest pause before a request is sent again, in milliseconds. Default: 30,000. */
  readonly maxPauseMs?: number;
  /** Default: the global fetch. */
  readonly fetch?: typeof fetch;
}

type Parameter = string | number | boolean;
type LooseQuery = Readonly<Record<string, Parameter | readonly Parameter[] | undefined>>;

interface LooseInput extends Common {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: LooseQuery;
  readonly body?: unknown;
}

/** The header of a change: it is refused with `version-conflict` if another version is current by then. */
export const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

/** Sends one request and gives its answer, whatever its status. Throws `offline`. */
export type Send = (name: string, input: LooseInput) => Promise<Response>;

export function createSend(options: CallOptions): Send {
  const { url, key, fetch: send = fetch } = options;
  return async (name, { path = {}, query = {}, headers = {}, body, signal }) => {
    const [method = '', pattern = ''] = name.split(' ');
    const given = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const sent = new Headers(given);
    if (body !== undefined) sent.set('content-type', isMessage(body) ? 'message/rfc822' : jsonType(method));
    const credential = typeof key === 'function' ? await key() : key;
    if (credential !== undefined) sent.set('authorization', `Bearer ${credential}`);
    const request: RequestInit = { method, headers: sent, ...(signal === undefined ? {} : { signal }) };
    if (body !== undefined) request.body = isMessage(body) ? body : JSON.stringify(body);
    return send(url.replace(/\/$/, '') + fill(pattern, path) + search(query), request).catch(offline);
  };
}

function offline(cause: unknown): never {
  throw new PostausgangProblem(0, { code: 'offline' }, cause);
}

/** `crypto.randomUUID` is not there on pages without TLS. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

/** A finished message (RFC 5322). Every other body is JSON. */
function isMessage(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

const jsonType = (method: string): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';

function fill(pattern: string, path: Readonly<Record<string, unknown>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path[key])));
}

/** What is empty is left out; a list is one parameter for each of its values. */
function search(query: LooseQuery): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined && one !== '') given.append(key, String(one));
  }
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

export function createCall(options: CallOptions): Call {
  const { tries = 5, maxPauseMs = 30_000 } = options;
  const send = createSend(options);
  return async <N extends Name>(name: N, input: CallInput<N>): Promise<Answer<N>> => {
    const given: LooseInput = input;
    const { signal, headers = {} } = given;
    const key = name.startsWith('GET ') ? undefined : (headers['idempotency-key'] ?? randomKey());
    const sent = { ...given, headers: { ...headers, 'idempotency-key': key } };
    for (let attempt = 1; ; attempt += 1) {
      const { answer, problem, retryAfterMs } = await ask<N>(send, name, sent);
      if (problem === undefined) return answer;
      const pauseMs = retryAfterMs ?? Math.min(maxPauseMs, 250 * 2 ** attempt * (1 + Math.random()));
      if (attempt >= tries || pauseMs > maxPauseMs || !mayRepeat(name, problem)) throw problem;
      await wait(pauseMs, signal);
    }
  };
}

type Asked<N extends Name> =
  | { readonly answer: Answer<N>; readonly problem?: undefined; readonly retryAfterMs?: undefined }
  | { readonly answer?: undefined; readonly problem: PostausgangProblem; readonly retryAfterMs?: number };

async function ask<N extends Name>(send: Send, name: N, input: LooseInput): Promise<Asked<N>> {
  let response: Response | undefined;
  try {
    response = await send(name, input);
    const answer = await read(response, name.endsWith('/html'));
    // The service validates its answers against the document that the types come from.
    if (response.ok) return { answer: answer as Answer<N> };
    return { problem: problemOf(response.status, answer), ...retryAfter(response) };
  } catch (error) {
    input.signal?.throwIfAborted();
    if (error instanceof PostausgangProblem) return { problem: error, ...retryAfter(response) };
    throw error;
  }
}

/** JSON is parsed, other text comes as it is. What a proxy answers in HTML is `unreadable`. */
async function read(response: Response, isHtml: boolean): Promise<unknown> {
  const text = await response.text().catch(offline);
  if (text === '') return undefined;
  const type = response.headers.get('content-type') ?? '';
  const isText = !/[/+]json\b/.test(type) && (isHtml || !type.startsWith('text/html'));
  if (response.ok && isText) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new PostausgangProblem(response.status, { code: 'unreadable', detail: text.slice(0, 200) });
  }
}

function problemOf(status: number, answer: unknown): PostausgangProblem {
  return new PostausgangProblem(status, typeof answer === 'object' && answer !== null ? answer : {});
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfter(response: Response | undefined): { retryAfterMs?: number } {
  const given = response?.headers.get('retry-after') ?? null;
  if (given === null) return {};
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? {} : { retryAfterMs: Math.max(ms, 0) };
}

/** Every operation on mails keeps the idempotency keys it has seen. */
const isSafeTwice = (name: Name): boolean => /^(?:GET|POST \/v1\/mails)\b/.test(name);

function mayRepeat(name: Name, { code, status, retriable }: PostausgangProblem): boolean {
  return code === 'offline' ? isSafeTwice(name) : retriable || status === 429 || status === 503;
}

/** Resolves after the time, or earlier when what `begin` was given is called. Rejects with the reason of the signal. */
export function wait(
  ms: number,
  signal: AbortSignal | undefined,
  begin?: (end: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(end, ms);
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
    begin?.(end);
  });
}
