import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { ProblemError } from '../problems.ts';
import type { HttpServer } from '../server-type.ts';
import type { Documentation, OpenApiInput } from './documentation.ts';

const prefix = '/docs';

/** Its files are not operations, so they cannot keep the rules for routes. */
export function isSwaggerUiRoute({ url }: { readonly url?: string | undefined }): boolean {
  return url === prefix || url?.startsWith(`${prefix}/`) === true;
}

const documentSchema = {
  operationId: 'getOpenApi',
  summary: 'This document',
  tags: ['operations'],
  response: {
    200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: Type.Unknown() } } },
  },
};

/**
 * `/openapi.json` and Swagger UI at `/docs`, for everybody: they describe the product, not the installation. What they need
 * is loaded when they are asked for; most processes never are.
 */
export function addDocumentationRoutes(app: HttpServer, options: OpenApiInput): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && !isSwaggerUiRoute(route)) routes.push(route);
  });
  let loading: Promise<Documentation> | undefined;
  const load = (): Promise<Documentation> =>
    (loading ??= import('./documentation.ts').then(({ createDocumentation }) =>
      createDocumentation(routes, prefix, options),
    ));

  const config = { scopes: 'public' } as const;
  app.get('/openapi.json', { config, schema: documentSchema }, async (_request, reply) =>
    reply.type('application/json').send((await load()).document),
  );
  const sendPage = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { status, headers, body } = await (await load()).page(request);
    if (status === 404) throw new ProblemError('not-found', { detail: 'There is no such address.' });
    return reply.code(status).headers(headers).send(body);
  };
  const pageConfig = { ...config, problems: ['not-found'] } as const;
  app.get(prefix, { config: pageConfig }, sendPage);
  app.get(`${prefix}/*`, { config: pageConfig }, sendPage);
}
