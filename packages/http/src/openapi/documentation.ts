import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyRequest, type FastifySchema, type RouteOptions } from 'fastify';
import { scopeTexts } from '@postausgang/contracts';
import type { HttpServerOptions } from '../http-server.ts';
import { isObject, type Json, mapValues, portableDocument, withNamedProblems } from './portable.ts';

const pathOf = (name: unknown): string => `#/components/schemas/${String(name)}`;

/** OpenAPI tells the variants of a union apart by a mapping to their names; ajv does not know the keyword. */
function withMapping(schema: Json): Json {
  const { discriminator, oneOf } = schema;
  if (!isObject(discriminator) || !Array.isArray(oneOf)) return schema;
  const { propertyName } = discriminator;
  const mapping = oneOf.filter(isObject).map(({ $id, properties }) => {
    const tag = isObject(properties) ? properties[String(propertyName)] : undefined;
    return [isObject(tag) ? tag['const'] : undefined, pathOf($id)];
  });
  return { ...schema, discriminator: { propertyName, mapping: Object.fromEntries(mapping) } };
}

/** Schemas of a document by name. A name is the `$id` of a schema; a part of another schema with one is a reference. */
function createSchemaNames() {
  const components = new Map<string, Json>();

  function refer(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(refer);
    if (!isObject(node)) return node;
    const { $id, ...schema } = withMapping(node);
    return typeof $id === 'string' ? referTo($id, schema) : mapValues(schema, refer);
  }

  // Headers and examples are those of one response and one body, not of the schema.
  function referTo($id: string, { headers, examples: _examples, ...schema }: Json): Json {
    const component = mapValues(schema, refer);
    if (!isDeepStrictEqual(components.get($id) ?? component, component)) {
      throw new Error(`Two schemas are called ${$id}`);
    }
    components.set($id, component);
    return { $ref: pathOf($id), ...(headers === undefined ? {} : { headers }) };
  }

  return { components, refer };
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
function withReadableExamples(document: Json): Json {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, addTo(value, false)]));
}

export type OpenApiInput = Pick<
  HttpServerOptions,
  'title' | 'version' | 'description' | 'tags' | 'sessions' | 'basePath'
>;
type Operation = Record<string, unknown>;

function isOperation(value: unknown): value is Operation {
  return isObject(value);
}

function operationsOf(document: Json): Operation[] {
  const paths = isObject(document['paths']) ? document['paths'] : {};
  return Object.values(paths)
    .filter(isObject)
    .flatMap((item) => Object.values(item))
    .filter(isOperation);
}

/** A response without a description of its own is called by its status. */
function describeResponses({ responses }: Operation): void {
  if (!isOperation(responses)) return;
  for (const [status, response] of Object.entries(responses)) {
    if (!isOperation(response) || response['description'] !== 'Default Response') continue;
    response['description'] = STATUS_CODES[status] ?? status;
  }
}

/** The schemas of a body by media type; '' is whatever type the route takes. */
function bodySchemasOf(body: unknown): readonly (readonly [string, Json])[] {
  if (!isObject(body)) return [];
  const { content } = body;
  if (!isObject(content)) return [['', body]];
  return Object.entries(content).flatMap(([type, media]) =>
    isObject(media) && isObject(media['schema']) ? [[type, media['schema']] as const] : [],
  );
}

/** The generator takes every body to be required. */
function completeBody({ requestBody }: Operation, { schema, config }: RouteOptions): void {
  if (!isOperation(requestBody)) return;
  if (config?.optionalBody === true) requestBody['required'] = false;
  showExamples(requestBody['content'], schema?.body);
}

/** The generator drops the examples of what is a reference. */
function showExamples(content: unknown, described: unknown): void {
  if (!isObject(content)) return;
  for (const [type, { $id, examples }] of bodySchemasOf(described)) {
    if ($id === undefined || !Array.isArray(examples)) continue;
    const named = examples.map((value: unknown, index) => [nameOfExample(value, index), { value }]);
    const shown = examples.length === 1 ? { example: examples[0] } : { examples: Object.fromEntries(named) };
    for (const [mediaType, media] of Object.entries(content)) {
      if (isOperation(media) && (type === '' || type === mediaType)) Object.assign(media, shown);
    }
  }
}

/** A problem is called by its code. */
function nameOfExample(value: unknown, index: number): string {
  const code = isObject(value) ? value['code'] : undefined;
  return typeof code === 'string' ? code : `example${index + 1}`;
}

function completeAnswers({ responses }: Operation, { schema }: RouteOptions): void {
  if (!isObject(responses) || !isObject(schema?.response)) return;
  for (const [status, described] of Object.entries(schema.response)) {
    const answer = responses[status];
    if (isObject(answer)) showExamples(answer['content'], described);
  }
}

/** That a precondition is missing is a problem of its own, so the schema of the route does not require it. */
function requirePrecondition({ parameters, responses }: Operation): void {
  if (!isOperation(responses) || !('428' in responses) || !Array.isArray(parameters)) return;
  for (const parameter of parameters.filter(isOperation)) {
    if (parameter['name'] === 'if-match') parameter['required'] = true;
  }
}

/** Swagger UI sends each example of a parameter. What may be left out has its example in the schema, to be read only. */
function leaveOutOptional({ parameters }: Operation): void {
  for (const parameter of Array.isArray(parameters) ? parameters.filter(isOperation) : []) {
    const { example, schema } = parameter;
    if (parameter['required'] === true || example === undefined || !isOperation(schema)) continue;
    delete parameter['example'];
    schema['examples'] = [example];
  }
}

const sessionTag = { name: 'session', description: 'Browser sign-in' };

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: [
      'An API key, or an access token (JWT). The first key is in the file `admin.key` in the data folder of the service',
      '(`data/admin.key`, or `ADMIN_KEY_FILE`); `POST /v1/api-keys` makes others.',
      'Each operation names the scopes it needs:\n\n',
      ...Object.entries(scopeTexts).map(([scope, text]) => `- \`${scope}\`: ${text}\n`),
    ].join(' '),
  },
} as const;

/** How the OpenAPI 3.1 document is generated from the routes. */
function openApiOptions(
  { title, version, description, tags = [], sessions, basePath = '' }: OpenApiInput,
  schemas: Record<string, object>,
  complete: (operation: Operation) => void,
): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title,
        version,
        ...(description === undefined ? {} : { description }),
        contact: { name: 'The Postausgang project' },
        license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: basePath === '' ? '/' : basePath }],
      tags: [
        ...tags,
        ...(sessions === undefined ? [] : [sessionTag]),
        { name: 'operations', description: 'Health, metrics and problem codes' },
      ],
      components: { securitySchemes, schemas },
    },
    convertConstToEnum: false,
    transformObject(document) {
      if (!('openapiObject' in document)) return {};
      const readable = portableDocument(withReadableExamples({ ...document.openapiObject }));
      operationsOf(readable).forEach(complete);
      return withNamedProblems(readable);
    },
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
function swaggerUiOptions(routePrefix: string, { title, basePath = '' }: OpenApiInput) {
  return {
    routePrefix,
    indexPrefix: basePath,
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

function referring({ body, response, ...schema }: FastifySchema, refer: (part: unknown) => unknown) {
  return { ...schema, ...(body === undefined ? {} : { body: refer(body) }), response: refer(response) };
}

/**
 * The OpenAPI document of routes and Swagger UI. They are plugins of a Fastify instance of their own, which knows the
 * routes by their schemas alone, never listens and never runs one.
 */
export async function createDocumentation(
  routes: readonly RouteOptions[],
  prefix: string,
  options: OpenApiInput,
): Promise<Documentation> {
  const { components, refer } = createSchemaNames();
  const described = routes.map(({ schema = {}, ...route }) => ({
    ...route,
    schema: referring({ ...schema, ...route.config?.documented }, refer),
  }));
  const app = Fastify({ logger: false, exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  const routeOf = new Map(routes.map((route) => [route.schema?.operationId, route]));
  const complete = (operation: Operation): void => {
    const route = routeOf.get(String(operation['operationId']));
    describeResponses(operation);
    requirePrecondition(operation);
    leaveOutOptional(operation);
    if (route === undefined) return;
    completeBody(operation, route);
    completeAnswers(operation, route);
  };
  await app.register(swagger, openApiOptions(options, Object.fromEntries(components), complete));
  for (const { method, url, schema } of described) {
    app.route({ method, url, schema, handler: (_request, reply) => reply.callNotFound() });
  }
  await app.register(swaggerUi, swaggerUiOptions(prefix, options));
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
