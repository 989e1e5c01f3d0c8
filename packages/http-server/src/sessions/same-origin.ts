import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses an unsafe request that a browser says comes from another origin, or of which nobody says where it comes
 * from. `SameSite=Strict` keeps the cookie away from other sites already; this also holds against other ports and other
 * hosts of the same site. Every current browser sends `Sec-Fetch-Site`; an older one sends `Origin`.
 */
export function requireSameOrigin({ method, headers }: FastifyRequest): void {
  if (safeMethods.has(method) || isSameOrigin(headers)) return;
  throw new ProblemError('cross-site-request', {
    detail: 'A request with a session cookie has to come from the page itself.',
  });
}

/** Refuses only what a browser says comes from elsewhere: for requests that carry their credentials themselves. */
export function refuseOtherOrigins(request: FastifyRequest): void {
  const { headers } = request;
  if (headers['sec-fetch-site'] === undefined && headers.origin === undefined) return;
  requireSameOrigin(request);
}

function isSameOrigin(headers: FastifyRequest['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
