/*
 * Requests to the API of the service, and what can go wrong: a problem (RFC 9457) with a code and findings, or no answer.
 * A call names its method and path; `operations.ts` knows what it takes and answers.
 */
import { problems } from '#forms';
import { sentence, texts } from '../i18n.ts';
import type { Operations } from './operations.ts';

export interface Finding {
  readonly pointer: string;
  readonly code: string;
  readonly message: { readonly de: string; readonly en: string };
}

/** A problem answer (RFC 9457), or no answer at all (`offline`). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;
  readonly status: number;
  readonly findings: readonly Finding[];
  /** Why a token was refused: a code for the administrator. */
  readonly reason: string;

  constructor(code: string, status: number, detail: string, findings: readonly Finding[], reason = '') {
    super(detail);
    this.code = code;
    this.status = status;
    this.findings = findings;
    this.reason = reason;
  }
}

function problemOf(status: number, data: unknown): ApiProblem {
  const body = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
  const detail = [body['detail'], body['title']].find((text) => typeof text === 'string') ?? '';
  const findings = Array.isArray(body['findings']) ? (body['findings'] as Finding[]) : [];
  const code = typeof body['code'] === 'string' ? body['code'] : `http-${status}`;
  const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
  return new ApiProblem(code, status, String(detail), findings, reason);
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem('unexpected', 0, error instanceof Error ? error.message : String(error), []);
}

/** What only the page can meet: no answer, one that is no problem of the API, or a mistake of its own. */
const sentences = texts({
  de: {
    offline: 'Der Dienst antwortet nicht. Sobald er wieder erreichbar ist, geht es hier weiter.',
    unreadable:
      'Die Antwort ist nicht lesbar. Vielleicht kam sie nicht vom Dienst, sondern von einem Proxy davor.',
    unexpected: 'Unerwarteter Fehler.',
  },
  en: {
    offline: 'The service is not responding. This page updates as soon as it is available again.',
    unreadable: 'The answer cannot be read. It may have come from a proxy in front of the service.',
    unexpected: 'Unexpected error.',
  },
});

const isOurs = (code: string): code is keyof ReturnType<typeof sentences> => Object.hasOwn(sentences(), code);

/** What a person reads of a problem, in the current language. A code that the page does not know stands in brackets. */
export function problemText({ code, message, reason }: ApiProblem): string {
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined;
  if (known !== undefined) return reason === '' ? sentence(known) : `${sentence(known)} (${reason})`;
  if (code === 'unexpected' && message !== '') return `${sentences().unexpected} (${message})`;
  return isOurs(code) ? sentences()[code] : `${sentences().unexpected} (${code})`;
}

type Name = keyof Operations;
type PathKey<Route> = Route extends `${string}{${infer Key}}${infer Rest}` ? Key | PathKey<Rest> : never;
type Path<Route> = [PathKey<Route>] extends [never]
  ? unknown
  : { readonly path: Readonly<Record<PathKey<Route>, string | number>> };
type Query<Operation> = Operation extends { query: infer Given } ? { readonly query?: Given } : unknown;
type Body<Operation> = Operation extends { body: infer Given } ? { readonly body: Given } : unknown;
type Answer<Operation> = Operation extends { response: infer Given } ? Given : undefined;

/** What a call takes, as its operation defines it. */
type CallInput<N extends Name> = Path<N> & Query<Operations[N]> & Body<Operations[N]> & Common;

interface Common {
  readonly headers?: { readonly 'if-match'?: string; readonly 'idempotency-key'?: string };
}

interface LooseInput extends Common {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

let whenSignedOut: () => void = () => undefined;

/** The header of a change: it is refused if another version is current by then. */
export const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

/** Sets the listener for answers that say that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Calls an operation of the API. Throws ApiProblem if the operation fails or there is no answer. */
export async function call<N extends Name>(name: N, input: CallInput<N>): Promise<Answer<Operations[N]>> {
  const { path = {}, query = {}, headers = {}, body } = input as LooseInput;
  const [method = '', pattern = ''] = name.split(' ');
  const url = `${fill(pattern, path)}${search(query)}`;
  const sent = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  // Relative, since a proxy may publish the service below a path of its own.
  const response = await fetch(`.${url}`, {
    method,
    credentials: 'same-origin',
    headers: { ...Object.fromEntries(sent), ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiProblem('offline', 0, '', []);
  });
  return read(response, name);
}

async function read<N extends Name>(response: Response, name: N): Promise<Answer<Operations[N]>> {
  const text = await response.text();
  const data: unknown = text === '' ? undefined : parse(text);
  if (response.ok) return data as Answer<Operations[N]>;
  const problem = problemOf(response.status, data);
  if (problem.code === 'unauthenticated' && name !== 'POST /v1/session') whenSignedOut();
  throw problem;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiProblem('unreadable', 0, text.slice(0, 200), []);
  }
}

function fill(pattern: string, path: Readonly<Record<string, unknown>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path[key])));
}

function search(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()}`;
}
