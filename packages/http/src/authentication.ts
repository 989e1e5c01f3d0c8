import { hash, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { type ApiKey, type Scope, type TokenRefusalCode, widerScope } from '@postausgang/contracts';
import { clientAddressOf } from './forwarding.ts';
import { serverPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';
import { createRateLimiter, type RateLimit } from './rate-limiter.ts';
import type { Session, Sessions } from './sessions.ts';

/** Who sends a request. `admin` among the scopes includes all the others, and `:all` the scope that it widens. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: 'api-key' | 'token';
  readonly scopes: ReadonlySet<Scope>;
  /** When the credential expires, in milliseconds since 1970. Absent: it has no end of its own. */
  readonly expiresAtMs?: number;
  /** Where the request comes from; behind a proxy, what the proxy says. Absent outside of a request. */
  readonly clientAddress?: string;
  /** What else limits the mail of these credentials: of an API key, or of a token whose groups have senders. */
  readonly permissions?: KeyPermissions;
}

/** How much mail a key may ask for, to whom, and from whom; and how urgent it is. */
export type KeyPermissions = Pick<
  ApiKey,
  'quotas' | 'recipientDomains' | 'senders' | 'senderDomains' | 'priority'
>;

/** An access token that is not accepted. The code is for everybody, and `reason` for the log; it holds nothing of the token. */
export interface TokenRefusal {
  readonly refusal: TokenRefusalCode;
  readonly reason?: string;
}

/**
 * Finds who a bearer token belongs to; undefined when nobody knows it. The callee looks the token up by its hash, so no
 * comparison leaks time. An error thrown here is answered as 500, a `ProblemError` as what it says.
 */
export type Authenticate = (token: string) => Promise<Principal | TokenRefusal | undefined>;

export function isPrincipal(found: Principal | TokenRefusal | undefined): found is Principal {
  return found !== undefined && !('refusal' in found);
}

export function hasScope(principal: Principal, scope: Scope): boolean {
  const wider = widerScope[scope];
  const { scopes } = principal;
  return scopes.has(scope) || scopes.has('admin') || (wider !== undefined && scopes.has(wider));
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

const reportedAgainMs = 24 * 60 * 60 * 1000;

interface KeyAuthenticationOptions {
  /** Resolves when the keys are known. */
  readonly known: Promise<unknown>;
  /** The key with this SHA-256 if it may be used at that time. How long that takes says nothing about the keys there are. */
  readonly find: (
    sha256: string,
    nowMs: number,
  ) => Pick<ApiKey, 'id' | 'name' | 'scopes' | keyof KeyPermissions> | undefined;
  /** Of the log, which is told of the use of keys. */
  readonly publisher: {
    publish(name: 'apiKeyUsed', key: string, data: { readonly keyId: string }): Promise<unknown>;
  };
  /** When the use of a key was last reported by whatever process, in milliseconds since 1970. */
  readonly lastReportedMs?: (keyId: string) => number | undefined;
  readonly now: () => Date;
}

/**
 * Authenticates API keys: who a key belongs to, unless it is unknown, revoked or expired. Its use is reported at most once in
 * 24 hours: no log grows with the requests. A report that fails is not repeated before that, since no request depends on it.
 */
export function keyAuthentication(options: KeyAuthenticationOptions): Authenticate {
  const { known, find, publisher, lastReportedMs, now } = options;
  const tried = new Map<string, number>();
  const noteUse = (keyId: string, atMs: number): void => {
    const lastMs = Math.max(tried.get(keyId) ?? -Infinity, lastReportedMs?.(keyId) ?? -Infinity);
    if (atMs < lastMs + reportedAgainMs) return;
    tried.set(keyId, atMs);
    publisher.publish('apiKeyUsed', `api-keys/${keyId}`, { keyId }).catch(() => undefined);
  };
  return async (token) => {
    await known;
    const atMs = now().getTime();
    const key = isApiKey(token) ? find(sha256OfApiKey(token), atMs) : undefined;
    if (key === undefined) return undefined;
    noteUse(key.id, atMs);
    const { id, name, quotas, recipientDomains, senders, senderDomains, priority } = key;
    return {
      kind: 'api-key',
      id,
      name,
      scopes: new Set(key.scopes),
      permissions: {
        quotas,
        recipientDomains,
        ...(senders === undefined ? {} : { senders }),
        ...(senderDomains === undefined ? {} : { senderDomains }),
        ...(priority === undefined ? {} : { priority }),
      },
    };
  };
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
      const found = await authenticate?.(token);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

const realm = 'Bearer realm="Postausgang"';

/** Who sends a request, and how that was proven. */
interface Authentication {
  readonly principal: Principal;
  /** The API key or token itself: to hand the request on to another process, never to be stored or logged. */
  readonly credential: string;
  /** The session of a request with a cookie. */
  readonly session: Session | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the request is authenticated, so always on a public route. */
    authentication: Authentication | null;
    /** Who sends the request. Throws on a public route. */
    readonly principal: Principal;
    /** Whether its key, token or session would still be accepted: for answers that last. */
    isStillAuthenticated(): Promise<boolean>;
  }
  interface FastifyInstance {
    /** Who a credential belongs to. Throws `unauthenticated`, and `rate-limited` after too many failures. */
    checkCredential(request: FastifyRequest, credential: string | undefined): Promise<Principal>;
  }
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

function badCredentials(
  refusal: TokenRefusalCode | undefined,
  retryAfterSeconds: number | undefined,
): ProblemError {
  if (retryAfterSeconds !== undefined) {
    const detail = 'There were too many requests with invalid credentials.';
    return new ProblemError('rate-limited', { detail, headers: { 'retry-after': `${retryAfterSeconds}` } });
  }
  if (refusal === undefined) {
    return new ProblemError('unauthenticated', {
      detail: 'This key or token is unknown, has expired or was revoked.',
      headers: { 'www-authenticate': `${realm}, error="invalid_token"` },
    });
  }
  return new ProblemError('unauthenticated', {
    detail: 'This access token is not accepted. The reason is a code for the administrator.',
    reason: refusal,
    headers: { 'www-authenticate': `${realm}, error="invalid_token", error_description="${refusal}"` },
  });
}

/** Refusals that are not the fault of the token. */
const providerRefusals: readonly TokenRefusalCode[] = [
  'token-provider-unavailable',
  'token-provider-mismatch',
];

function providerProblem(refusal: TokenRefusalCode): ProblemError {
  return new ProblemError('identity-provider-unavailable', {
    detail: 'The keys of the identity provider could not be read, so this token cannot be checked.',
    reason: refusal,
    headers: { 'retry-after': '10' },
  });
}

/** Lines for each code within a minute; whoever sends bad tokens cannot fill the log. */
const loggedRefusals: RateLimit = { max: 20, windowMs: 60_000 };

/** Writes into the log why tokens are refused, and how often nothing was written. */
function createRefusalLog(now: () => number) {
  const limiter = createRateLimiter(loggedRefusals, now);
  let omitted = 0;
  return (request: FastifyRequest, { refusal, reason }: TokenRefusal): void => {
    if (limiter.take(refusal) !== undefined) {
      omitted += 1;
      return;
    }
    const fields = {
      requestId: request.id,
      code: refusal,
      reason,
      clientAddress: clientAddressOf(request),
      omitted,
    };
    request.log.info(fields, 'Access token refused');
    omitted = 0;
  };
}

/** What a client is counted by. One person holds a whole IPv6 /64. */
function clientOf(request: FastifyRequest): string {
  const address = clientAddressOf(request);
  if (!isIPv6(address)) return address;
  const [head = ''] = address.split('::');
  return head.split(':').slice(0, 4).join(':');
}

interface AuthenticationOptions {
  readonly authenticate: Authenticate;
  /** Takes the cookie of a session where a request has no header. */
  readonly sessions: Sessions | undefined;
  /** How many failures a client has. A good key is never locked out by a bad one behind the same address. */
  readonly failures: RateLimit;
  readonly now: () => number;
}

/** Lets a request pass whose principal holds the scopes of its route, before its body is read. */
export const authentication = serverPlugin<AuthenticationOptions>(
  'authentication',
  ['problems'],
  async (app, { authenticate, sessions, failures, now }) => {
    const limiter = createRateLimiter(failures, now);
    const logRefusal = createRefusalLog(now);

    /** Whom a credential belongs to, or why it does not count; the second is logged. */
    const find = async (request: FastifyRequest, credential: string) => {
      const found = await authenticate(credential);
      if (found === undefined || isPrincipal(found)) return { principal: found, refusal: undefined };
      logRefusal(request, found);
      if (providerRefusals.includes(found.refusal)) throw providerProblem(found.refusal);
      return { principal: undefined, refusal: found.refusal };
    };
    const check = async (request: FastifyRequest, credential: string | undefined): Promise<Principal> => {
      const { principal, refusal } = credential === undefined ? {} : await find(request, credential);
      if (principal === undefined) throw badCredentials(refusal, limiter.take(clientOf(request)));
      return principal;
    };
    const byHeader = async (request: FastifyRequest, header: string): Promise<Authentication> => {
      const token = bearerToken(header);
      return { principal: await check(request, token), credential: token ?? '', session: undefined };
    };
    const byCookie = async (request: FastifyRequest): Promise<Authentication> => {
      const session = await sessions?.find(request);
      const { principal } = session === undefined ? {} : await find(request, session.credential);
      if (session === undefined || principal === undefined) {
        throw noCredentials(sessions?.hasCookie(request) === true);
      }
      return { principal, credential: session.credential, session };
    };

    app.decorate('checkCredential', check);
    app.decorateRequest('authentication', null);
    app.decorateRequest('principal', {
      getter() {
        return authenticationOf(this).principal;
      },
    });
    app.decorateRequest('isStillAuthenticated', async function isStillAuthenticated() {
      const { credential, session } = authenticationOf(this);
      if (session !== undefined && sessions?.isCurrent(session) !== true) return false;
      return isPrincipal(await authenticate(credential));
    });
    app.addHook('onRequest', async (request) => {
      const { scopes } = request.routeOptions.config;
      if (scopes === 'public') return;
      const header = request.headers.authorization;
      const proven = await (header === undefined ? byCookie(request) : byHeader(request, header));
      const principal = { ...proven.principal, clientAddress: clientAddressOf(request) };
      request.authentication = { ...proven, principal };
      requireScopes(principal, scopes);
    });
  },
);
