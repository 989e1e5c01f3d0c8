import { STATUS_CODES } from 'node:http';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyRequest, type RouteOptions } from 'fastify';
import type { HttpServerOptions } from '../http-server.ts';
import { optionalBodyMark } from '../routes.ts';
import { contractSchemas } from './named-schemas.ts';

/**
 * Gives the schemas of an OpenAPI document their names. The contracts are plain values without `$id`, so the document
 * is generated with every schema written out; here each part that reads exactly like a named schema becomes a
 * reference to it. What is not referenced is left out.
 */
type Json = Readonly<Record<string, unknown>>;

const prefix = '#/components/schemas/';

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reference(name: string): Json {
  return { $ref: `${prefix}${name}` };
}

/** Replaces named schemas by references, outermost first. `self` is the name of the schema that is walked. */
function withReferences(node: unknown, names: ReadonlyMap<string, string>, self?: string): unknown {
  if (Array.isArray(node)) return node.map((item) => withReferences(item, names));
  if (!isObject(node)) return node;
  const name = names.get(JSON.stringify(node));
  if (name !== undefined && name !== self) return reference(name);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withReferences(value, names)]));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tagOf(variant: unknown, tag: string): string | undefined {
  const properties = isObject(variant) ? variant['properties'] : undefined;
  const field = isObject(properties) ? properties[tag] : undefined;
  return isObject(field) && typeof field['const'] === 'string' ? field['const'] : undefined;
}

interface Union {
  readonly tag: string;
  readonly variants: readonly unknown[];
}

function unionOf(schema: unknown): Union | undefined {
  if (!isObject(schema) || !isObject(schema['discriminator']) || !Array.isArray(schema['oneOf']))
    return undefined;
  return { tag: String(schema['discriminator']['propertyName']), variants: schema['oneOf'] };
}

/** The variants of a discriminated union get names too: `OutgoingServerPut` gives `OutgoingServerPutSmtp`. */
function variantsOf(name: string, schema: unknown): [string, unknown][] {
  const union = unionOf(schema);
  return (union?.variants ?? []).flatMap((variant): [string, unknown][] => {
    const tag = tagOf(variant, union?.tag ?? '');
    return tag === undefined ? [] : [[name + capitalized(tag), variant]];
  });
}

/** OpenAPI tells variants apart by a mapping to references; ajv does not know the keyword, so it comes in here. */
function withMapping(name: string, schema: unknown, referenced: unknown): unknown {
  const union = unionOf(schema);
  if (union === undefined || !isObject(referenced)) return referenced;
  const mapping = union.variants.flatMap((variant): [string, string][] => {
    const tag = tagOf(variant, union.tag);
    return tag === undefined ? [] : [[tag, `${prefix}${name}${capitalized(tag)}`]];
  });
  return { ...referenced, discriminator: { propertyName: union.tag, mapping: Object.fromEntries(mapping) } };
}

function referencesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(referencesIn);
  if (!isObject(node)) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value.slice(prefix.length)] : referencesIn(value),
  );
}

function reachable(start: unknown, schemas: Json): Json {
  const found = new Set<string>();
  let next = referencesIn(start);
  while (next.length > 0) {
    const fresh = next.filter((name) => !found.has(name));
    for (const name of fresh) found.add(name);
    next = fresh.flatMap((name) => referencesIn(schemas[name]));
  }
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)));
}

/** How a schema reads, also where the generator has moved its examples out to the media type around it. */
function textsOf(schema: unknown): string[] {
  if (!isObject(schema) || !('examples' in schema)) return [JSON.stringify(schema)];
  const { examples: _examples, ...bare } = schema;
  return [JSON.stringify(schema), JSON.stringify(bare)];
}

/** The document with references in place of its named schemas, which stand in `components.schemas` already. */
export function nameSchemas(document: Json): Json {
  const components = isObject(document['components']) ? document['components'] : {};
  const given = Object.entries(isObject(components['schemas']) ? components['schemas'] : {});
  const all = [...given, ...given.flatMap(([name, schema]) => variantsOf(name, schema))];
  const names = new Map(all.flatMap(([name, schema]) => textsOf(schema).map((text) => [text, name])));
  const schemas = Object.fromEntries(
    all.map(([name, schema]) => [name, withMapping(name, schema, withReferences(schema, names, name))]),
  );
  const paths = withReferences(document['paths'], names);
  return { ...document, paths, components: { ...components, schemas: reachable(paths, schemas) } };
}

function isPatternAlone(schema: unknown): boolean {
  return isObject(schema) && 'pattern' in schema && !('examples' in schema);
}

function isNull(schema: unknown): boolean {
  return isObject(schema) && schema['type'] === 'null';
}

function exampleOf(schema: Json): Json {
  if ('examples' in schema) return {};
  const { anyOf } = schema;
  if (Array.isArray(anyOf) && anyOf.some(isNull) && anyOf.some(isPatternAlone)) return { examples: [null] };
  const excludesControls = isPatternAlone(schema) && String(schema['pattern']).startsWith('^[^\\u0000');
  return excludesControls ? { examples: ['text'] } : {};
}

function addTo(node: unknown, isVariant: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => addTo(item, isVariant));
  if (!isObject(node)) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, addTo(value, key === 'anyOf')] as const);
  return { ...Object.fromEntries(entries), ...(isVariant ? {} : exampleOf(node)) };
}

/**
 * Gives lines of text without an example one: null where it is allowed, else "text". Swagger UI would otherwise fill
 * its forms with random characters that match the pattern.
 */
export function withReadableExamples(document: Json): Json {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, addTo(value, false)]));
}

export type OpenApiInput = Pick<
  HttpServerOptions,
  'title' | 'version' | 'description' | 'tags' | 'schemas' | 'sessions'
>;
type Operation = Record<string, unknown>;

function isJsonObject(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null;
}

function operationsOf(document: object): Operation[] {
  const paths: unknown = Reflect.get(document, 'paths');
  const items = isJsonObject(paths) ? Object.values(paths) : [];
  return items.flatMap((item) => (isJsonObject(item) ? Object.values(item) : [])).filter(isJsonObject);
}

/** A response without a description of its own is called by its status. */
function describeResponses(operation: Operation): void {
  const responses = operation['responses'];
  if (!isJsonObject(responses)) return;
  for (const [status, response] of Object.entries(responses)) {
    if (!isJsonObject(response) || response['description'] !== 'Default Response') continue;
    response['description'] = STATUS_CODES[status] ?? status;
  }
}

/** The generator takes every body to be required. */
function markOptionalBody(operation: Operation): void {
  if (operation[optionalBodyMark] !== true) return;
  delete operation[optionalBodyMark];
  if (isJsonObject(operation['requestBody'])) operation['requestBody']['required'] = false;
}

const sessionTag = { name: 'session', description: 'Signing in with a browser' };

const components = {
  securitySchemes: {
    bearer: {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key, or an access token (JWT). Each operation names the scopes it needs.',
    },
  },
} as const;

/** Services may share schemas by `$id`; the default would call them def-0. */
function localName(json: Operation, _baseUri: unknown, _fragment: unknown, index: number): string {
  return typeof json['$id'] === 'string' ? json['$id'] : `def-${index}`;
}

function transform(document: object): object {
  const named = withReadableExamples(nameSchemas({ ...document }));
  for (const operation of operationsOf(named)) {
    describeResponses(operation);
    markOptionalBody(operation);
  }
  return named;
}

/** How the OpenAPI 3.1 document is generated from the routes. */
export function openApiOptions(options: OpenApiInput): FastifyDynamicSwaggerOptions {
  const { title, version, description, tags = [], schemas = {}, sessions } = options;
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, ...(description === undefined ? {} : { description }) },
      servers: [{ url: '/' }],
      tags: [
        ...tags,
        ...(sessions === undefined ? [] : [sessionTag]),
        { name: 'operations', description: 'Health and metrics' },
      ],
      components: { ...components, schemas: { ...contractSchemas(), ...schemas } },
    },
    convertConstToEnum: false,
    refResolver: { buildLocalReference: localName },
    transformObject: (document) => ('openapiObject' in document ? transform(document.openapiObject) : {}),
  };
}

/** Everything comes from here: no fonts, validators or specifications of others, and no inline script. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The key typed into "Authorize" stays in the page and is gone when it is left. */
export function swaggerUiOptions(routePrefix: string, title: string) {
  return {
    routePrefix,
    staticCSP: contentSecurityPolicy,
    theme: { title },
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      displayRequestDuration: true,
      persistAuthorization: false,
      tryItOutEnabled: true,
    },
  } as const;
}

/** A file of Swagger UI, or what else it answers. */
export interface DocumentationPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Documentation {
  /** The OpenAPI document as JSON. */
  readonly document: string;
  /** Answers a GET below the prefix. */
  page(request: Pick<FastifyRequest, 'url' | 'headers'>): Promise<DocumentationPage>;
}

/** What a page is chosen by. */
const requestHeaders = ['if-none-match', 'if-modified-since', 'if-range', 'range'] as const;

const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'date',
  'content-length',
  'transfer-encoding',
]);

/**
 * The OpenAPI document of routes and Swagger UI. They are plugins of a Fastify instance of their own, which knows the
 * routes by their schemas alone, never listens and never runs one.
 */
export async function createDocumentation(
  routes: readonly RouteOptions[],
  prefix: string,
  options: OpenApiInput,
): Promise<Documentation> {
  const app = Fastify({ logger: false, exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, openApiOptions(options));
  for (const { method, url, schema = {} } of routes) {
    app.route({ method, url, schema, handler: (_request, reply) => reply.callNotFound() });
  }
  await app.register(swaggerUi, swaggerUiOptions(prefix, options.title));
  await app.ready();
  return {
    document: JSON.stringify(app.swagger()),
    async page({ url, headers }) {
      const asked = requestHeaders.flatMap((name) =>
        headers[name] === undefined ? [] : [[name, headers[name]]],
      );
      const answer = await app.inject({ method: 'GET', url, headers: Object.fromEntries(asked) });
      const kept = Object.entries(answer.headers).filter(([name]) => !connectionHeaders.has(name));
      return { status: answer.statusCode, headers: Object.fromEntries(kept), body: answer.rawPayload };
    },
  };
}
