import '@postausgang/net/server-identity';
import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { ConfigurationError, type TokenVariables } from '@postausgang/configuration';
import { jsonExcess, type TokenRefusalCode } from '@postausgang/contracts';
import { whyNoAccessToken } from './access-token.ts';
import type { Authenticate, Principal, TokenRefusal } from './authentication.ts';
import {
  type ClaimRules,
  createClaimReader,
  identityOf,
  parseScopeMap,
  parseSenderMap,
  principalOfPerson,
} from './token-claims.ts';

interface TokenOptions extends ClaimRules {
  /** Exactly as in the tokens: an https URL, http only on this machine. */
  readonly issuer: string;
  readonly audience: string;
  /** Where the keys are; the issuer's discovery document says so where nothing is given. */
  readonly jwksUrl?: string | undefined;
  /** No token is accepted for longer after its issue, whatever it says of its end. */
  readonly maxAgeSeconds: number;
  readonly now: () => Date;
}

/** Signatures with a public key only: nothing that a key of the provider could be mistaken for a password of. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const clockToleranceSeconds = 30;
const fetchTimeoutMs = 5_000;

/** The longest token: Entra ID writes up to 200 groups into one, some 13 kB. */
export const longestToken = 16_384;

/** What is known of the provider: its keys, and who may be named as the issuer of its access tokens. */
interface Provider {
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
  readonly issuers: readonly string[];
}

/**
 * Authenticates JWT access tokens of an OpenID provider (RFC 9068): fixed algorithms, `iss`, `aud`, and `exp`, `iat`
 * and `sub` required, and nothing but access tokens. The provider's keys are cached for ten minutes, and asked for again at
 * most every 30 seconds when a token names an unknown one. Nothing is asked before the first token comes.
 */
function createTokenAuthentication(options: TokenOptions): Authenticate {
  const { audience, maxAgeSeconds, now } = options;
  const readClaims = createClaimReader(options);
  let provider: Promise<Provider> | undefined;
  const openProvider = (): Promise<Provider> => {
    provider ??= discover(options).catch((error: unknown) => {
      provider = undefined;
      throw error;
    });
    return provider;
  };
  const verify = async (token: string): Promise<Principal | TokenRefusal> => {
    const { header, claims } = readUnverified(token);
    if (!algorithms.includes(header.alg ?? '')) return { refusal: 'token-algorithm' };
    const { keys, issuers } = await openProvider();
    // Before its key is looked for: a token of another issuer is no reason to ask the provider for new keys.
    if (claims.iss !== undefined && !issuers.includes(claims.iss)) return { refusal: 'token-issuer' };
    const { payload } = await jwtVerify(token, keys, {
      issuer: [...issuers],
      audience,
      algorithms,
      requiredClaims: ['exp', 'iat', 'sub'],
      maxTokenAge: maxAgeSeconds,
      clockTolerance: clockToleranceSeconds,
      currentDate: now(),
    });
    const reason = whyNoAccessToken(header, payload);
    if (reason !== undefined) return { refusal: 'token-not-access', reason };
    return principalOf(payload, readClaims(payload), maxAgeSeconds);
  };
  return async (token) => {
    // Keys of ours, and whatever else is no JWT, have no dots.
    if (!token.includes('.')) return undefined;
    if (token.length > longestToken) return { refusal: 'token-too-long' };
    try {
      return await verify(token);
    } catch (error) {
      return refusalOf(error);
    }
  };
}

/** What the token says, before anybody knows whether it is true. */
function readUnverified(token: string) {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch (cause) {
    throw new errors.JWTInvalid('not a JWT', { cause });
  }
}

async function discover({ issuer, jwksUrl }: TokenOptions): Promise<Provider> {
  if (jwksUrl !== undefined) return { keys: openKeySet(jwksUrl), issuers: [issuer] };
  const document = await fetchDiscovery(issuer);
  // OpenID Connect Discovery §4.3: they must be equal, or somebody answers for an issuer that he is not.
  if (document['issuer'] !== issuer) throw new ProviderMismatchError();
  const { jwks_uri: address, access_token_issuer: other } = document;
  if (typeof address !== 'string') throw new Error('the discovery document names no jwks_uri');
  // AD FS issues access tokens under another name than ID tokens, and says so here.
  return { keys: openKeySet(address), issuers: typeof other === 'string' ? [issuer, other] : [issuer] };
}

class ProviderMismatchError extends Error {
  override readonly name = 'ProviderMismatchError';
}

function openKeySet(url: string): Provider['keys'] {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: fetchTimeoutMs,
    cacheMaxAge: 600_000,
    cooldownDuration: 30_000,
    [customFetch]: boundedFetch,
  });
}

/** The discovery document of an issuer. Rejects when it cannot be had. */
export async function fetchDiscovery(issuer: string): Promise<Readonly<Record<string, unknown>>> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await boundedFetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(fetchTimeoutMs),
  });
  const document: unknown = await response.json();
  return typeof document === 'object' && document !== null ? { ...document } : {};
}

/** A discovery document has some 5 kB, and the keys of the largest providers 30. */
const maxAnswerBytes = 256 * 1024;

/**
 * Like `fetch`, for JSON from the identity provider: the answer is read to its end before it is given to anybody, and it is
 * refused when it is larger, or more work to parse, than such an answer can be. Rejects then.
 */
export async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const { body, status, headers } = await fetch(url, options);
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body ?? []) {
    sizeBytes += piece.length;
    if (sizeBytes > maxAnswerBytes) throw new Error('the answer of the identity provider is too large');
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  if (jsonExcess(bytes) !== undefined)
    throw new Error('the answer of the identity provider is too much work');
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : bytes, { status, headers });
}

function principalOf(
  payload: JWTPayload,
  allowed: ReturnType<ReturnType<typeof createClaimReader>>,
  maxAgeSeconds: number,
): Principal | TokenRefusal {
  const { exp, iat } = payload;
  const identity = identityOf(payload);
  if (identity === undefined || exp === undefined || iat === undefined) {
    return { refusal: 'token-claim-invalid', reason: 'sub' };
  }
  return principalOfPerson({ ...identity, ...allowed }, Math.min(exp, iat + maxAgeSeconds) * 1000);
}

const refusedChecks: Readonly<Record<string, TokenRefusalCode>> = {
  iss: 'token-issuer',
  aud: 'token-audience',
  nbf: 'token-not-yet-valid',
  iat: 'token-issued-in-future',
};

function refusedClaim({ claim, reason }: errors.JWTClaimValidationFailed): TokenRefusal {
  if (reason === 'missing') return { refusal: 'token-claim-missing', reason: claim };
  const refusal = reason === 'check_failed' ? refusedChecks[claim] : undefined;
  return refusal === undefined ? { refusal: 'token-claim-invalid', reason: claim } : { refusal };
}

const refusedErrors: Readonly<Record<string, TokenRefusalCode>> = {
  [errors.JOSEAlgNotAllowed.code]: 'token-algorithm',
  [errors.JOSENotSupported.code]: 'token-header-unknown',
  [errors.JWKSNoMatchingKey.code]: 'token-key-unknown',
  [errors.JWKSMultipleMatchingKeys.code]: 'token-key-unknown',
  [errors.JWSSignatureVerificationFailed.code]: 'token-signature',
  [errors.JWSInvalid.code]: 'token-malformed',
  [errors.JWTInvalid.code]: 'token-malformed',
};

/** What is wrong with a token is the caller's matter; that its keys cannot be had is not. */
function refusalOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired) {
    return { refusal: error.claim === 'iat' ? 'token-too-old' : 'token-expired' };
  }
  if (error instanceof errors.JWTClaimValidationFailed) return refusedClaim(error);
  if (error instanceof ProviderMismatchError) return { refusal: 'token-provider-mismatch' };
  const refusal = error instanceof errors.JOSEError ? refusedErrors[error.code] : undefined;
  return refusal === undefined ? unavailable(error) : { refusal };
}

function unavailable(error: unknown): TokenRefusal {
  // The cause says what `fetch failed` does not.
  const root = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = root instanceof Error ? root.message.slice(0, 200) : undefined;
  return { refusal: 'token-provider-unavailable', ...(reason === undefined ? {} : { reason }) };
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
    maxAgeSeconds: variables.OIDC_MAX_TOKEN_AGE_MINUTES * 60,
    ...claimRulesOf(variables),
    now,
  });
}

/**
 * What claims stand for, as the variables say.
 *
 * @throws ConfigurationError
 */
export function claimRulesOf(
  variables: Pick<TokenVariables, 'OIDC_SCOPE_CLAIM' | 'OIDC_SCOPE_MAP' | 'OIDC_SENDER_MAP'>,
): ClaimRules {
  return {
    scopeClaim: variables.OIDC_SCOPE_CLAIM,
    scopeMap: readMap('OIDC_SCOPE_MAP', parseScopeMap, variables),
    senderMap: readMap('OIDC_SENDER_MAP', parseSenderMap, variables),
  };
}

function readMap<Value, Name extends 'OIDC_SCOPE_MAP' | 'OIDC_SENDER_MAP'>(
  name: Name,
  parse: (text: string) => ReadonlyMap<string, Value>,
  variables: Pick<TokenVariables, Name>,
) {
  try {
    return parse(variables[name]);
  } catch (error) {
    throw new ConfigurationError([`${name}: ${error instanceof Error ? error.message : ''}`]);
  }
}
