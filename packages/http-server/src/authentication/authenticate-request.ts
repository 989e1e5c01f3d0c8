import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';
import { bearerToken } from './bearer-token.ts';
import type { FailedAuthenticationLimiter } from './failed-authentication-limiter.ts';
import type { Authenticate, Principal } from './principal.ts';

const realm = 'Bearer realm="Postausgang"';
const principals = new WeakMap<FastifyRequest, Principal>();

/** Who was authenticated for this request; undefined on a public route. */
export function findPrincipal(request: FastifyRequest): Principal | undefined {
  return principals.get(request);
}

/** Who was authenticated for this request; throws on a public route, which is a mistake of its handler. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error('A public route has no principal');
  return principal;
}

function noCredentials(): ProblemError {
  const detail = 'Send the header Authorization: Bearer <API key>.';
  return new ProblemError('unauthenticated', { detail, headers: { 'www-authenticate': realm } });
}

function badCredentials(retryAfterSeconds: number | undefined): ProblemError {
  if (retryAfterSeconds !== undefined) {
    const detail = 'Too many requests with bad credentials.';
    return new ProblemError('rate-limited', { detail, headers: { 'retry-after': `${retryAfterSeconds}` } });
  }
  return new ProblemError('unauthenticated', {
    detail: 'This key is not known, has expired or was revoked.',
    headers: { 'www-authenticate': `${realm}, error="invalid_token"` },
  });
}

/** Authenticates requests and remembers their principals. */
export function createRequestAuthentication(
  authenticate: Authenticate,
  limiter: FailedAuthenticationLimiter,
) {
  return async (request: FastifyRequest): Promise<Principal> => {
    const header = request.headers.authorization;
    if (header === undefined) throw noCredentials();
    const token = bearerToken(header);
    const principal = token === undefined ? undefined : await authenticate(token);
    if (principal === undefined) throw badCredentials(limiter.countFailure(request.ip));
    principals.set(request, principal);
    return principal;
  };
}
