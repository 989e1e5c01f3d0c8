import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';
import type { RouteTable } from './route-table.ts';

/** Answers what no route takes: 404, 405 with `Allow` on a known path, and 204 with `Allow` to OPTIONS there. */
export function createUnroutedHandler(table: RouteTable) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const [path = ''] = request.url.split('?');
    const methods = table.methodsOf(path);
    if (methods.length === 0) throw new ProblemError('not-found', { detail: 'There is no such address.' });
    const allow = [...methods, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    throw new ProblemError('method-not-allowed', { detail: `Allowed here: ${allow}`, headers: { allow } });
  };
}
