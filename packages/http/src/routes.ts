import { type TSchema, type TUnsafe, Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import type { ProblemCode, Scope } from '@postausgang/contracts';
import type { LiftedJson } from './body.ts';
import type { ContentCheck } from './content-findings.ts';
import { serverPlugin } from './plugin.ts';
import { ProblemError, problemResponses, problemsOf } from './problems.ts';

/** The response schema of a status without a body (204, 304, 202 with `Location` only): `reply.code(304).send()`. */
export function NoContent(description: string): TUnsafe<void> {
  return Type.Unsafe<void>({ type: 'null', description });
}

/** The schema of a response with the headers that come with it. */
export function withHeaders<T extends TSchema>(schema: T, headers: Readonly<Record<string, TSchema>>): T {
  return { ...schema, headers };
}

/** The schema of a request body that is not JSON: its bytes as they came. Needs a parser of its media type. */
export function RawBody(description: string): TUnsafe<Buffer> {
  return Type.Unsafe<Buffer>({ description });
}

const subschemaMaps = ['properties', 'patternProperties'];
const subschemas = ['items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf'];

function isOpenObject(schema: object): boolean {
  if (!('properties' in schema) && !('patternProperties' in schema)) return false;
  return !('additionalProperties' in schema) || schema.additionalProperties === true;
}

function schemaFieldsOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/**
 * Where a schema lets unknown fields pass: the path of the first object without `additionalProperties: false`.
 * Maps need it too, or a key that does not match the pattern of the map takes any value.
 */
function findOpenObject(schema: unknown, path = ''): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  if (Array.isArray(schema)) return firstOf(Object.entries(schema), path);
  if (isOpenObject(schema)) return path === '' ? '/' : path;
  const inner = schemaFieldsOf(schema).flatMap(([keyword, value]): [string, unknown][] => {
    if (subschemaMaps.includes(keyword)) return schemaFieldsOf(value);
    return subschemas.includes(keyword) ? [[keyword, value]] : [];
  });
  return firstOf(inner, path);
}

function firstOf(schemas: readonly [string, unknown][], path: string): string | undefined {
  for (const [name, schema] of schemas) {
    const open = findOpenObject(schema, `${path}/${name}`);
    if (open !== undefined) return open;
  }
  return undefined;
}

/** What every route says in `config`, beside Fastify's own. */
export interface RouteConfig {
  /** All of these are needed. `public`: no authentication. */
  readonly scopes: readonly Scope[] | 'public';
  /** `public` by a setting: the document says what holds without it. A key is never wrong. */
  readonly isOpened?: boolean;
  /**
   * The problems its handler can answer with; each becomes a response in the OpenAPI document. They stand here and
   * not in `schema.response`, so that the type of what the handler returns is that of its successes.
   */
  readonly problems?: readonly ProblemCode[];
  /** What the OpenAPI document says instead of parts of the schema, where the route takes more than clients need to know. */
  readonly documented?: FastifySchema;
  /** A missing body is read as `{}`. */
  readonly optionalBody?: boolean;
  /** Looks at the content of a body whose form is wrong, so that all findings are told at once. */
  readonly content?: ContentCheck;
  /** Takes large values out of JSON before it is parsed, where parsing them is not worth it; see `LiftedJson`. */
  readonly liftJson?: (json: Buffer) => LiftedJson | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig extends RouteConfig {}
}

/** Thrown while routes are registered, so that a route that breaks a rule never serves. */
class RouteRuleError extends Error {
  override readonly name = 'RouteRuleError';
}

/** The `config` of a route that the operator may open to everybody. */
export function openable(isOpen: boolean): RouteConfig {
  return isOpen ? { scopes: 'public', isOpened: true } : { scopes: [] };
}

const noQuery = Type.Object({}, { additionalProperties: false });

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** `body` may hold one schema per media type. */
function bodySchemas(body: unknown): unknown[] {
  const { content } = fieldsOf(body);
  if (content === undefined) return [body];
  return Object.values(fieldsOf(content)).map((media) => fieldsOf(media)['schema']);
}

function* brokenRules(schema: FastifySchema, config: Partial<RouteConfig>): Generator<string> {
  if (config.scopes === undefined) yield 'needs config.scopes';
  if (schema.operationId === undefined) yield 'needs schema.operationId';
  if (schema.summary === undefined) yield 'needs schema.summary';
  if (schema.tags === undefined || schema.tags.length === 0) yield 'needs schema.tags';
  if (Object.keys(fieldsOf(schema.response)).length === 0) yield 'needs schema.response';
  const headers = Object.keys(fieldsOf(fieldsOf(schema.headers)['properties']));
  if (headers.some((name) => name !== name.toLowerCase())) yield 'needs header names in lower case';
  for (const part of [...bodySchemas(schema.body), schema.querystring]) {
    const open = findOpenObject(part);
    if (open !== undefined) yield `takes unknown fields at ${open}: set additionalProperties: false`;
  }
}

/** What a route gets beside its own words: its problems, its security, and a query that takes nothing unknown. */
function completed(route: RouteOptions, schema: FastifySchema, config: Partial<RouteConfig>): FastifySchema {
  const { scopes = 'public', isOpened = false } = config;
  return {
    ...schema,
    ...(scopes === 'public' ? {} : { querystring: schema.querystring ?? noQuery }),
    security: scopes === 'public' ? (isOpened ? [{ bearer: [] }] : []) : [{ bearer: [...scopes] }],
    response: { ...problemResponses(problemsOf(route)), ...fieldsOf(schema.response) },
  };
}

/** Checks every route when it is registered, and completes it. */
export const routeRules = serverPlugin<object>('route-rules', [], async (app) => {
  const operations = new Set<string>();
  app.addHook('onRoute', (route) => {
    const { method, url, schema = {}, config = {} } = route;
    const [broken] = brokenRules(schema, config);
    if (broken !== undefined) throw new RouteRuleError(`Route ${String(method)} ${url} ${broken}`);
    const { operationId = '' } = schema;
    // A HEAD route comes from its GET route and shares its name.
    if (method !== 'HEAD' && operations.has(operationId)) {
      throw new RouteRuleError(`Route ${String(method)} ${url}: operationId ${operationId} is taken`);
    }
    operations.add(operationId);
    route.schema = completed(route, schema, config);
  });
});

function pathExpression(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((segment) => (segment.includes(':') ? '[^/]+' : RegExp.escape(segment).replaceAll('\\*', '.*')))
    .join('/');
  return new RegExp(`^${source}$`);
}

/** Knows which methods a path has. */
function createRouteTable() {
  const methodsByPattern = new Map<string, Set<string>>();
  let expressions: Map<string, RegExp> | undefined;
  return {
    add({ url, method }: RouteOptions): void {
      const methods = methodsByPattern.get(url) ?? new Set();
      for (const one of [method].flat()) methods.add(one);
      methodsByPattern.set(url, methods);
      expressions = undefined;
    },
    /** The methods of the routes whose pattern matches the path; empty when there is none. */
    methodsOf(path: string): readonly string[] {
      expressions ??= new Map([...methodsByPattern.keys()].map((url) => [url, pathExpression(url)]));
      const matching = [...expressions].filter(([, expression]) => expression.test(path));
      const methods = new Set(matching.flatMap(([url]) => [...(methodsByPattern.get(url) ?? [])]));
      return [...methods].toSorted();
    },
  };
}

/**
 * Answers what no route takes: 404, 405 with `Allow` on a known path, and 204 with `Allow` to OPTIONS there. Fastify
 * alone answers 404 to a known path with an unknown method.
 */
export const unrouted = serverPlugin<object>('unrouted', ['problems'], async (app) => {
  const table = createRouteTable();
  app.addHook('onRoute', table.add);

  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const [path = ''] = request.url.split('?');
    const methods = table.methodsOf(path);
    if (methods.length === 0) throw new ProblemError('not-found', { detail: 'This address does not exist.' });
    const allow = [...methods, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    throw new ProblemError('method-not-allowed', { detail: `Allowed here: ${allow}`, headers: { allow } });
  };
  // Before anything is asked for credentials or read.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) answer(request, reply);
    else done();
  });
  app.setNotFoundHandler(answer);
});
