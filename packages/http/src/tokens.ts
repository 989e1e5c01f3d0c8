import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import { ConfigurationError, type TokenVariables } from '@postausgang/configuration';
import { type Scope, scopes } from '@postausgang/contracts';
import type { Authenticate, Principal } from './authentication.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { ProblemError } from './problems.ts';

interface ScopeRules {
  readonly scopeClaim: string;
  readonly scopeMap: ReadonlyMap<string, readonly Scope[]>;
}

const isScope = (value: string): value is Scope => (scopes as readonly string[]).includes(value);

/** Reads what a token allows. With a map only the map counts: a group that happens to be called `admin` gives nothing. */
function createScopeReader({ scopeClaim, scopeMap }: ScopeRules) {
  const path = scopeClaim.split('.');
  const allowedBy = (value: string): readonly Scope[] => {
    if (scopeMap.size > 0) return scopeMap.get(value) ?? [];
    return isScope(value) ? [value] : [];
  };
  return (payload: JWTPayload): ReadonlySet<Scope> =>
    new Set(valuesOf(claimAt(payload, path)).flatMap((value) => allowedBy(value)));
}

/** A claim may have dots in its own name (`https://…`): the whole name counts first. */
function claimAt(payload: JWTPayload, path: readonly string[]): unknown {
  const whole = payload[path.join('.')];
  if (whole !== undefined) return whole;
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    payload,
  );
}

function valuesOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [];
}

/**
 * Reads `group=scope+scope,group=scope`. What stands behind the last `=` are scopes, so a group may be a distinguished
 * name without commas.
 *
 * @throws RangeError that names the entry that is wrong.
 */
function parseScopeMap(text: string): ReadonlyMap<string, readonly Scope[]> {
  const entries = text.split(',').map((entry) => entry.trim());
  return new Map(entries.filter((entry) => entry !== '').map(parseEntry));
}

function parseEntry(entry: string): [string, readonly Scope[]] {
  const at = entry.lastIndexOf('=');
  const value = entry.slice(0, Math.max(at, 0)).trim();
  const given = entry.slice(at + 1).split('+');
  if (value === '' || !given.every(isScope)) {
    throw new RangeError(`"${entry}" is not of the form group=scope+scope with scopes of the API`);
  }
  return [value, given];
}

interface TokenOptions {
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
function createTokenAuthentication(options: TokenOptions): Authenticate {
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
    [customFetch]: boundedFetch,
  });
}

async function discoverJwksUrl(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await boundedFetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(fetchTimeoutMs),
  });
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

/**
 * Access tokens as the variables want them; undefined where no issuer is set.
 *
 * @throws ConfigurationError
 */
export function tokenAuthentication(variables: TokenVariables, now: () => Date): Authenticate | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URL: jwksUrl } = variables;
  if (issuer === '') return undefined;
  return createTokenAuthentication({
    issuer,
    audience,
    jwksUrl: jwksUrl === '' ? undefined : jwksUrl,
    scopeClaim: variables.OIDC_SCOPE_CLAIM,
    scopeMap: readScopeMap(variables.OIDC_SCOPE_MAP),
    now,
  });
}

function readScopeMap(text: string) {
  try {
    return parseScopeMap(text);
  } catch (error) {
    throw new ConfigurationError([`OIDC_SCOPE_MAP: ${error instanceof Error ? error.message : ''}`]);
  }
}
