import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import { serverPlugin } from '../plugin.ts';
import { ProblemError } from '../problems.ts';
import { NoContent, openable } from '../routes.ts';
import type { Documentation, OpenApiInput } from './documentation.ts';

const prefix = '/docs';

const documentSchema = {
  operationId: 'getOpenApi',
  summary: 'Get this document',
  tags: ['operations'],
  response: {
    200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: Type.Unknown() } } },
  },
};

const pageSchema = (operationId: string): FastifySchema => ({
  hide: true,
  operationId,
  summary: 'A file of Swagger UI',
  tags: ['operations'],
  response: {
    200: Type.Unsafe<Buffer>({ description: 'As its media type says' }),
    303: NoContent('To the sign-in'),
  },
});

/**
 * `/openapi.json` and Swagger UI at `/docs`. They describe the product, not the installation. What they need is loaded when they are asked for; most processes never are.
 */
export const documentationRoutes = serverPlugin<OpenApiInput & { readonly isOpen: boolean }>(
  'documentation',
  ['route-rules'],
  async (app, options) => {
    const config = openable(options.isOpen);
    const pageConfig = { ...config, problems: ['not-found'] as const };
    const routes: RouteOptions[] = [];
    app.addHook('onRoute', (route) => {
      if (route.method !== 'HEAD' && route.schema?.hide !== true) routes.push(route);
    });
    let loading: Promise<Documentation> | undefined;
    const load = (): Promise<Documentation> =>
      (loading ??= import('./documentation.ts').then(({ createDocumentation }) =>
        createDocumentation(routes, prefix, options),
      ));

    app.get('/openapi.json', { config, schema: documentSchema }, async (_request, reply) =>
      reply.type('application/json').send((await load()).document),
    );
    const sendPage = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const { status, headers, body } = await (await load()).page(request);
      if (status === 404) throw new ProblemError('not-found', { detail: 'This address does not exist.' });
      return reply.code(status).headers(headers).send(body);
    };
    // A browser cannot do anything with a problem; the page is where people sign in.
    const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
      const isUnknown = error instanceof ProblemError && error.code === 'unauthenticated';
      const isBrowser = request.headers.accept?.includes('text/html') === true;
      if (!isUnknown || !isBrowser || options.sessions === undefined) throw error;
      return reply.redirect(`${app.basePath}/`, 303);
    };
    const pageOptions = { config: pageConfig, errorHandler };
    app.get(prefix, { ...pageOptions, schema: pageSchema('getDocumentation') }, sendPage);
    app.get(`${prefix}/*`, { ...pageOptions, schema: pageSchema('getDocumentationFile') }, sendPage);
  },
);
