import { Type } from '@sinclair/typebox';
import type { FastifySchema, RouteOptions } from 'fastify';
import { problemResponses, problemsOf } from '../problems/problem-responses.ts';
import { findOpenObject } from './closed-schema.ts';
import type { RouteConfig } from './route-config.ts';

/** Thrown while routes are registered, so that a route that breaks a rule never serves. */
class RouteRuleError extends Error {
  override readonly name = 'RouteRuleError';
}

/** Tells the OpenAPI document of `config.optionalBody`; taken out of it again. */
export const optionalBodyMark = 'x-optional-body';

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

/** The names of the operations so far. A HEAD route comes from its GET route and shares its name. */
export function createRouteRules() {
  const operations = new Set<string>();

  const checkOperation = (method: string, name: string, operationId: string): void => {
    if (method === 'HEAD') return;
    if (operations.has(operationId)) throw new RouteRuleError(`${name}: operationId ${operationId} is taken`);
    operations.add(operationId);
  };

  /** Checks a route, and completes it: its problems, its security, and a query that takes nothing unknown. */
  return (route: RouteOptions): void => {
    const schema = route.schema ?? {};
    const config: Partial<RouteConfig> = route.config ?? {};
    const method = String(route.method);
    const name = `Route ${method} ${route.url}`;
    const [broken] = brokenRules(schema, config);
    if (broken !== undefined) throw new RouteRuleError(`${name} ${broken}`);
    checkOperation(method, name, schema.operationId ?? '');
    const scopes = config.scopes ?? 'public';
    route.schema = {
      ...schema,
      ...(config.optionalBody === true ? { [optionalBodyMark]: true } : {}),
      ...(scopes === 'public' ? {} : { querystring: schema.querystring ?? noQuery }),
      security: scopes === 'public' ? [] : [{ bearer: [...scopes] }],
      response: { ...problemResponses(problemsOf(route)), ...fieldsOf(schema.response) },
    };
  };
}
