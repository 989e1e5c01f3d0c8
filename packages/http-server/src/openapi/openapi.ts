import { STATUS_CODES } from 'node:http';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { HttpServerOptions } from '../http-server-options.ts';
import { optionalBodyMark } from '../routes/route-rules.ts';
import { contractSchemas } from './named-schemas.ts';
import { nameSchemas } from './name-schemas.ts';
import { withReadableExamples } from './readable-examples.ts';

export type OpenApiInput = Pick<
  HttpServerOptions,
  'title' | 'version' | 'description' | 'tags' | 'schemas' | 'sessions'
>;
type Operation = Record<string, unknown>;

function isObject(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null;
}

function operationsOf(document: object): Operation[] {
  const paths: unknown = Reflect.get(document, 'paths');
  const items = isObject(paths) ? Object.values(paths) : [];
  return items.flatMap((item) => (isObject(item) ? Object.values(item) : [])).filter(isObject);
}

/** A response without a description of its own is called by its status. */
function describeResponses(operation: Operation): void {
  const responses = operation['responses'];
  if (!isObject(responses)) return;
  for (const [status, response] of Object.entries(responses)) {
    if (!isObject(response) || response['description'] !== 'Default Response') continue;
    response['description'] = STATUS_CODES[status] ?? status;
  }
}

/** The generator takes every body to be required. */
function markOptionalBody(operation: Operation): void {
  if (operation[optionalBodyMark] !== true) return;
  delete operation[optionalBodyMark];
  if (isObject(operation['requestBody'])) operation['requestBody']['required'] = false;
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
