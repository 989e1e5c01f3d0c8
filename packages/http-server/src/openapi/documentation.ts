import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyRequest, type RouteOptions } from 'fastify';
import { type OpenApiInput, openApiOptions } from './openapi.ts';
import { swaggerUiOptions } from './swagger-ui.ts';

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
