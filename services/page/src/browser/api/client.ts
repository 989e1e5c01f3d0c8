import { type Operations, routes } from './operations.ts';
import { ApiProblem, networkProblem, problemOf } from './problem.ts';

type Name = keyof Operations;
type Part<K extends string, P> = P extends undefined ? unknown : { readonly [Key in K]: P };
/** What a call takes: exactly what the operation does. */
export type CallInput<N extends Name> = Part<'path', Operations[N]['path']> & {
  readonly query?: Operations[N]['query'];
  readonly headers?: Operations[N]['headers'];
  readonly signal?: AbortSignal;
} & Part<'body', Operations[N]['body']>;

export interface CallResult<N extends Name> {
  readonly status: number;
  readonly data: Operations[N]['response'];
  readonly etag: string | null;
}

interface LooseInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

let whenSignedOut: () => void = () => undefined;

/** Called when an answer says that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Calls an operation of the API. Throws ApiProblem for every answer that is none, and when there is no answer. */
export async function call<N extends Name>(name: N, input: CallInput<N>): Promise<CallResult<N>> {
  const { path = {}, query = {}, headers = {}, body, signal } = input as LooseInput;
  const [method, pattern] = routes[name];
  const url = `${fill(pattern, path)}${search(query)}`;
  const sent = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const response = await fetch(url, {
    method,
    credentials: 'same-origin',
    headers: { ...Object.fromEntries(sent), ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    throw networkProblem(error);
  });
  return read(response, name);
}

async function read<N extends Name>(response: Response, name: N): Promise<CallResult<N>> {
  const text = await response.text();
  const data: unknown = text === '' ? undefined : parse(text);
  if (response.ok) {
    return {
      status: response.status,
      data: data as Operations[N]['response'],
      etag: response.headers.get('etag'),
    };
  }
  const problem = problemOf(response.status, data);
  if (problem.code === 'unauthenticated' && name !== 'startSession') whenSignedOut();
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
