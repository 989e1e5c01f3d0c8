import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Scope } from '@postausgang/contracts';
import type { Authenticate, Principal } from '../authentication.ts';
import { ProblemError } from '../problems/problem-error.ts';
import { createScopeReader } from './token-scopes.ts';

export interface TokenOptions {
  /** Exactly as in the tokens: an https URL, http only on this machine. */
  readonly issuer: string;
  readonly audience: string;
  /** Where the keys are; the issuer's discovery document says so where nothing is given. */
  readonly jwksUrl?: string | undefined;
  /** The claim that holds scopes, roles or groups; dots lead into objects (`realm_access.roles`). */
  readonly scopeClaim: string;
  /** Values of the claim and what they allow. Empty: the values are scopes of ours. */
  readonly scopeMap: ReadonlyMap<string, readonly Scope[]>;
  readonly now: () => Date;
}

/** Signatures with a public key only: nothing that a key of the provider could be mistaken for a password of. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const clockToleranceSeconds = 30;
const fetchTimeoutMs = 5_000;
const plainText = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u;

type Keys = ReturnType<typeof createRemoteJWKSet>;

/**
 * Authenticates JWT access tokens of an OpenID provider (RFC 9068): fixed algorithms, `iss`, `aud`, and `exp`, `iat`
 * and `sub` required. The provider's keys are cached for ten minutes, and asked for again at most every 30 seconds when a
 * token names an unknown one. Nothing is asked before the first token comes.
 */
export function createTokenAuthentication(options: TokenOptions): Authenticate {
  const { issuer, audience, now } = options;
  const readScopes = createScopeReader(options);
  let keys: Promise<Keys> | undefined;
  const keySet = (): Promise<Keys> => {
    keys ??= openKeySet(options).catch((error: unknown) => {
      keys = undefined;
      throw unavailable(error);
    });
    return keys;
  };
  return async (token) => {
    if (!looksLikeJwt(token)) return undefined;
    try {
      const { payload } = await jwtVerify(token, await keySet(), {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: clockToleranceSeconds,
        currentDate: now(),
      });
      return principalOf(payload, readScopes(payload));
    } catch (error) {
      if (isOurs(error)) throw error;
      return refused(error);
    }
  };
}

function looksLikeJwt(token: string): boolean {
  return token.split('.').length === 3;
}

async function openKeySet({ issuer, jwksUrl }: TokenOptions): Promise<Keys> {
  const url = jwksUrl ?? (await discoverJwksUrl(issuer));
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: fetchTimeoutMs,
    cacheMaxAge: 600_000,
    cooldownDuration: 30_000,
  });
}

async function discoverJwksUrl(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(fetchTimeoutMs) });
  const document: unknown = await response.json();
  if (typeof document === 'object' && document !== null && 'jwks_uri' in document) {
    return String(document.jwks_uri);
  }
  throw new Error('the discovery document names no jwks_uri');
}

function principalOf(payload: JWTPayload, scopes: ReadonlySet<Scope>): Principal | undefined {
  const { sub, exp } = payload;
  if (sub === undefined || exp === undefined || !plainText.test(sub)) return undefined;
  const names = [payload['name'], payload['preferred_username'], payload['email']];
  const name = names.filter((value) => typeof value === 'string').find((value) => plainText.test(value));
  return { kind: 'token', id: sub, name: name ?? sub, scopes, expiresAtMs: exp * 1000 };
}

function isOurs(error: unknown): boolean {
  return error instanceof ProblemError;
}

/** What is wrong with a token is the caller's matter; that its keys cannot be had is not. */
function refused(error: unknown): undefined {
  const isNetwork = !(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout;
  const isBadAnswer = error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC';
  if (isNetwork || isBadAnswer) throw unavailable(error);
  return undefined;
}

function unavailable(cause: unknown): ProblemError {
  const problem = new ProblemError('identity-provider-unavailable', {
    detail: 'The keys of the identity provider could not be read, so this token cannot be checked.',
    headers: { 'retry-after': '10' },
  });
  problem.cause = cause;
  return problem;
}
