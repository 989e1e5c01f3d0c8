/**
 * A service below a path of its proxy: `BASE_PATH=/mail` publishes `/v1/mails` as `/mail/v1/mails`, whether the proxy
 * takes the path away or passes it on. Routes know nothing of it; what leaves the service names the path: `Location`,
 * the types of problems, the OpenAPI document, the cookie. The page has relative addresses only.
 */
import type { IncomingMessage } from 'node:http';
import { Type } from '@sinclair/typebox';
import { serverPlugin } from './plugin.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Empty, or a path that begins with a slash and does not end with one. */
    readonly basePath: string;
  }
}

/** The address that routes know for what was asked. */
export function withoutBasePath(basePath: string): (request: Pick<IncomingMessage, 'url'>) => string {
  return ({ url = '/' }) => (url.startsWith(`${basePath}/`) ? url.slice(basePath.length) : url);
}

const movedSchema = {
  hide: true,
  operationId: 'addSlash',
  summary: 'Redirects to the settings page',
  tags: ['page'],
  response: { 308: Type.Null({ description: 'The page is one slash further' }) },
};

export const basePath = serverPlugin<{ readonly basePath: string }>(
  'base-path',
  ['route-rules'],
  async (app, options) => {
    app.decorate('basePath', options.basePath);
    if (options.basePath === '') return;
    app.addHook('onSend', async (_request, reply) => {
      const location = reply.getHeader('location');
      if (typeof location === 'string' && location.startsWith('/v1/')) {
        reply.header('location', `${options.basePath}${location}`);
      }
    });
    // Relative addresses would leave the path without its last slash.
    app.get(
      options.basePath,
      { schema: movedSchema, config: { scopes: 'public' } },
      async (_request, reply) => reply.code(308).header('location', `${options.basePath}/`).send(null),
    );
  },
);
