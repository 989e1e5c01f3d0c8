import type { FastifyReply, FastifyRequest } from 'fastify';
import { findPrincipal } from '../authentication/authenticate-request.ts';
import { answeredProblem } from '../problems/error-handler.ts';

function isProbe(route: string | undefined): boolean {
  return route === '/metrics' || route?.startsWith('/health/') === true;
}

/**
 * One line per answered request, made of an allow-list: no headers, no bodies, no addresses that were asked for, and
 * so nothing that would have to be redacted.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url;
  const fields = {
    method: request.method,
    route,
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    principal: findPrincipal(request)?.id,
    problem: answeredProblem(request),
  };
  if (isProbe(route)) request.log.debug(fields, 'Request');
  else request.log.info(fields, 'Request');
}
