import { hash, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ApiKey, Scope } from '@postausgang/contracts';
import type { FailedAuthenticationLimiter } from './failed-authentication-limiter.ts';
import { ProblemError } from './problems.ts';
import type { Session, Sessions } from './sessions.ts';

/** Who sends a request. `admin` among the scopes includes all the others. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: 'api-key' | 'token';
  readonly scopes: ReadonlySet<Scope>;
  /** When what proves all this expires, in milliseconds since 1970; absent: not by itself. */
  readonly expiresAtMs?: number;
}

/**
 * Finds who a bearer token belongs to; undefined when nobody. The callee looks the token up by its hash, so no
 * comparison leaks time. An error thrown here is answered as 500, a `ProblemError` as what it says.
 */
export type Authenticate = (token: string) => Promise<Principal | undefined>;

export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.has(scope) || principal.scopes.has('admin');
}

/**
 * Refuses with `forbidden` unless the principal holds all the scopes. Routes declare theirs in `config.scopes`;
 * handlers call this where the content of a request decides (a password in it needs `secrets:write`).
 */
export function requireScopes(principal: Principal, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !hasScope(principal, scope));
  if (missing.length === 0) return;
  const challenge = `Bearer realm="Postausgang", error="insufficient_scope", scope="${missing.join(' ')}"`;
  throw new ProblemError('forbidden', {
    detail: `Missing scope: ${missing.join(', ')}`,
    headers: { 'www-authenticate': challenge },
  });
}

const keySizeBytes = 32;
const keyForm = /^pa_[A-Za-z0-9_-]{43}$/;

/** A new API key: `pa_` and 256 random bits as base64url. */
export function generateApiKey(): string {
  return `pa_${randomBytes(keySizeBytes).toString('base64url')}`;
}

/** Whether a text looks like one of our keys. */
export function isApiKey(text: string): boolean {
  return keyForm.test(text);
}

/** What is kept of a key, base64url. It has 256 random bits, so a fast hash without salt is enough. */
export function sha256OfApiKey(key: string): string {
  return hash('sha256', key, 'base64url');
}

/**
 * Who a key belongs to; undefined when it is unknown, revoked or expired. `find` gets its hash and knows which keys may
 * be used, so how long that takes says nothing about the keys there are.
 */
export function authenticateApiKey(
  token: string,
  find: (sha256: string) => Pick<ApiKey, 'id' | 'name' | 'scopes'> | undefined,
): Principal | undefined {
  const key = isApiKey(token) ? find(sha256OfApiKey(token)) : undefined;
  return key && { kind: 'api-key', id: key.id, name: key.name, scopes: new Set(key.scopes) };
}

const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The token of an `Authorization: Bearer …` header (RFC 6750 §2.1); undefined when it is not one. */
function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : bearer.exec(header)?.[1];
}

/** Asks one after the other who a token belongs to. */
export function firstKnown(...authenticators: readonly (Authenticate | undefined)[]): Authenticate {
  return async (token) => {
    for (const authenticate of authenticators) {
      const principal = await authenticate?.(token);
      if (principal !== undefined) return principal;
    }
    return undefined;
  };
}

const realm = 'Bearer realm="Postausgang"';

/** Who sends a request, and what proves it. */
interface Authentication {
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
