import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';
import type { Session, Sessions } from '../sessions/sessions.ts';
import { bearerToken } from './bearer-token.ts';
import type { FailedAuthenticationLimiter } from './failed-authentication-limiter.ts';
import type { Authenticate, Principal } from './principal.ts';

const realm = 'Bearer realm="Postausgang"';

/** Who sends a request, and what proves it. */
export interface Authentication {
  readonly principal: Principal;
  /** The API key or token itself: to hand the request on to another process, never to be stored or logged. */
  readonly credential: string;
  /** Where the proof came with a cookie. */
  readonly session: Session | undefined;
}

export interface RequestAuthentication {
  /** Authenticates by header or cookie, and remembers the result. */
  authenticate(request: FastifyRequest): Promise<Principal>;
  /** Who a credential belongs to. Throws `unauthenticated`, and `rate-limited` after too many failures. */
  check(request: FastifyRequest, credential: string): Promise<Principal>;
  /** Whether the same proof would still be accepted: for answers that last. */
  isStillValid(request: FastifyRequest): Promise<boolean>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the request is authenticated, so always on a public route. */
    authentication: Authentication | null;
  }
}

/** Who was authenticated for this request; undefined on a public route. */
export function findPrincipal(request: FastifyRequest): Principal | undefined {
  return request.authentication?.principal;
}

/** How this request was authenticated; throws on a public route, which is a mistake of its handler. */
export function authenticationOf(request: FastifyRequest): Authentication {
  if (request.authentication === null) throw new Error('A public route has no principal');
  return request.authentication;
}

function noCredentials(hasCookie: boolean): ProblemError {
  const detail = hasCookie
    ? 'The session has ended. Sign in again.'
    : 'Send the header Authorization: Bearer <API key or token>.';
  return new ProblemError('unauthenticated', { detail, headers: { 'www-authenticate': realm } });
}

function badCredentials(retryAfterSeconds: number | undefined): ProblemError {
  if (retryAfterSeconds !== undefined) {
    const detail = 'Too many requests with bad credentials.';
    return new ProblemError('rate-limited', { detail, headers: { 'retry-after': `${retryAfterSeconds}` } });
  }
  return new ProblemError('unauthenticated', {
    detail: 'This key or token is not known, has expired or was revoked.',
    headers: { 'www-authenticate': `${realm}, error="invalid_token"` },
  });
}

/** Authenticates requests: by the header, and where there is none by the session cookie. */
export function createRequestAuthentication(
  authenticate: Authenticate,
  limiter: FailedAuthenticationLimiter,
  sessions: Sessions | undefined,
): RequestAuthentication {
  const check = async (request: FastifyRequest, credential: string | undefined): Promise<Principal> => {
    const principal = credential === undefined ? undefined : await authenticate(credential);
    if (principal === undefined) throw badCredentials(limiter.countFailure(request.ip));
    return principal;
  };
  const byHeader = async (request: FastifyRequest, header: string): Promise<Authentication> => {
    const token = bearerToken(header);
    return { principal: await check(request, token), credential: token ?? '', session: undefined };
  };
  const byCookie = async (request: FastifyRequest): Promise<Authentication> => {
    const session = await sessions?.find(request);
    const principal = session && (await authenticate(session.credential));
    if (session === undefined || principal === undefined) {
      throw noCredentials(sessions?.hasCookie(request) === true);
    }
    return { principal, credential: session.credential, session };
  };
  return {
    check,
    async authenticate(request) {
      const header = request.headers.authorization;
      const authentication = header === undefined ? await byCookie(request) : await byHeader(request, header);
      request.authentication = authentication;
      return authentication.principal;
    },
    async isStillValid(request) {
      const { credential, session } = authenticationOf(request);
      if (session !== undefined && sessions?.isCurrent(session) !== true) return false;
      return (await authenticate(credential)) !== undefined;
    },
  };
}
