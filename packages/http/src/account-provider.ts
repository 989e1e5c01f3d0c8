/*
 * The sign-in with the account of the company: authorization code flow of an OpenID provider with PKCE, state and nonce (OpenID
 * Connect Core §3.1, RFC 7636, RFC 9207), by `openid-client`. The provider says who somebody is; what that allows is read from
 * claims as it is for access tokens. Whoever is allowed nothing does not get in.
 *
 * What can go wrong has a problem for each cause, since another person has to act: the one who signs in, whoever administers the
 * provider, or whoever configures the service.
 */
import type { JWTPayload } from 'jose';
import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import type { ProblemCode } from '@postausgang/contracts';
import type { Vouchers } from './account-voucher.ts';
import { type Authenticate, isPrincipal } from './authentication.ts';
import { ProblemError } from './problems.ts';
import { type ClaimRules, createClaimReader, identityOf, type Person } from './token-claims.ts';
import { boundedFetch, fetchDiscovery } from './tokens.ts';

export interface AccountSettings extends ClaimRules {
  /** Exactly as the provider names itself: an https URL, http only on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** Empty: the provider has none for this client. */
  readonly clientSecret: string;
  /** What the provider is asked for, `openid` among it. */
  readonly scope: string;
  /** How long a voucher counts. */
  readonly longestMs: number;
}

/** What a sign-in has to know again when the provider answers. Nobody else may know it. */
export interface BegunSignIn {
  readonly state: string;
  readonly nonce: string;
  /** The proof key (RFC 7636 §4.1). */
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Why somebody was not signed in: the code for everybody, the reason for the log. It holds nothing of any token. */
export class SignInError extends ProblemError {
  readonly reason: string;

  constructor(code: ProblemCode, reason: string) {
    super(code, code === 'identity-provider-unavailable' ? { headers: { 'retry-after': '10' } } : {});
    this.reason = reason.slice(0, 200);
  }
}

/** Throws SignInError. */
export interface AccountProvider {
  /** Where the browser goes to, and what is kept until it comes back. */
  begin(redirectUri: string): Promise<{ readonly address: string; readonly begun: BegunSignIn }>;
  /** The voucher of the person that the provider names in its answer. */
  finish(query: URLSearchParams, begun: BegunSignIn): Promise<string>;
  /** Where the browser signs out of the provider; undefined where it offers nothing for that, or does not answer. */
  endAddress(afterwards: string): Promise<string | undefined>;
}

export interface ProviderParts {
  readonly vouchers: Pick<Vouchers, 'issue'>;
  /** Knows access tokens for this service, whose claims count as well. */
  readonly tokens: Authenticate | undefined;
  readonly now: () => Date;
}

type TokenSet = TokenEndpointResponse & TokenEndpointResponseHelpers;

const timeoutSeconds = 5;
/** Providers change addresses rarely, and announce it for longer. */
const knownForMs = 60 * 60 * 1000;

/** Loaded when somebody signs in. */
const library = () => import('openid-client');

export function createAccountProvider(
  settings: AccountSettings,
  { vouchers, tokens, now }: ProviderParts,
): AccountProvider {
  const readClaims = createClaimReader(settings);
  let known: { readonly configuration: Promise<Configuration>; readonly untilMs: number } | undefined;
  const configured = (): Promise<Configuration> => {
    const nowMs = now().getTime();
    if (known !== undefined && nowMs < known.untilMs) return known.configuration;
    const configuration = explained(configure(settings));
    known = { configuration, untilMs: nowMs + knownForMs };
    configuration.catch(() => (known = undefined));
    return configuration;
  };
  const personOf = async (tokenSet: TokenSet): Promise<Person> => {
    // RFC 6749 §5.1: no scope in the answer means the one that was asked for.
    const claims: JWTPayload = { scope: tokenSet.scope ?? settings.scope, ...tokenSet.claims() };
    const identity = identityOf(claims);
    if (identity === undefined) throw new SignInError('sign-in-claim-missing', 'sub');
    const allowed = readClaims(claims);
    if (allowed.scopes.size > 0 && identity.name !== identity.id) return { ...identity, ...allowed };
    const asked = userInfo(await configured(), tokenSet, identity.id);
    // A name is worth a question, but no reason to refuse anybody.
    const more = await (allowed.scopes.size > 0 ? asked.catch(() => ({})) : asked);
    const named = identityOf({ ...more, ...claims }) ?? identity;
    if (allowed.scopes.size > 0) return { ...named, ...allowed };
    const otherwise = readClaims(more);
    if (otherwise.scopes.size > 0) return { ...named, ...otherwise };
    const principal = await tokens?.(tokenSet.access_token);
    if (isPrincipal(principal) && principal.id === identity.id && principal.scopes.size > 0) {
      const { senders, senderDomains } = principal.permissions ?? {};
      const limited = senders && senderDomains ? { senders, senderDomains } : undefined;
      return { ...named, scopes: principal.scopes, senders: limited };
    }
    throw new SignInError('sign-in-without-scopes', `nothing that allows anything in ${settings.scopeClaim}`);
  };
  return {
    begin: async (redirectUri) => beginAt(await configured(), settings.scope, redirectUri),
    async finish(query, begun) {
      const tokenSet = await explained(exchange(await configured(), query, begun));
      const person = await explained(personOf(tokenSet));
      return vouchers.issue(person, now().getTime() + settings.longestMs);
    },
    async endAddress(afterwards) {
      const configuration = await configured().catch(() => undefined);
      if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined;
      const { buildEndSessionUrl } = await library();
      return buildEndSessionUrl(configuration, { post_logout_redirect_uri: afterwards }).href;
    },
  };
}

/** What the provider says of itself, for this client. */
async function configure({ issuer, clientId, clientSecret }: AccountSettings): Promise<Configuration> {
  const document = await fetchDiscovery(issuer);
  if (document['issuer'] !== issuer) {
    throw new SignInError('sign-in-issuer-wrong', 'the discovery document names another issuer');
  }
  const client = await library();
  const { token_endpoint_auth_methods_supported: methods } = document;
  const takesPost = Array.isArray(methods) && !methods.includes('client_secret_basic');
  const proof = takesPost ? client.ClientSecretPost(clientSecret) : client.ClientSecretBasic(clientSecret);
  const configuration = new client.Configuration(
    { ...document, issuer },
    clientId,
    undefined,
    clientSecret === '' ? client.None() : proof,
  );
  configuration.timeout = timeoutSeconds;
  configuration[client.customFetch] = (url, { body = null, ...options }) =>
    boundedFetch(url, { ...options, body });
  client.enableNonRepudiationChecks(configuration);
  // Only a provider on this machine may be without TLS; the variable takes no other.
  if (issuer.startsWith('http:')) client.allowInsecureRequests(configuration);
  return configuration;
}

async function beginAt(
  configuration: Configuration,
  scope: string,
  redirectUri: string,
): ReturnType<AccountProvider['begin']> {
  const client = await library();
  const begun = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
    redirectUri,
  };
  const address = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: 'S256',
  });
  return { address: address.href, begun };
}

async function exchange(
  configuration: Configuration,
  query: URLSearchParams,
  { state, nonce, verifier, redirectUri }: BegunSignIn,
): Promise<TokenSet> {
  const { authorizationCodeGrant } = await library();
  return authorizationCodeGrant(configuration, new URL(`${redirectUri}?${query.toString()}`), {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
}

/** What the provider tells about the person beside the ID token; nothing where it has no such endpoint. */
async function userInfo(
  configuration: Configuration,
  { access_token: accessToken }: TokenSet,
  subject: string,
): Promise<JWTPayload> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
  const { fetchUserInfo } = await library();
  const { address: _address, ...claims } = await fetchUserInfo(configuration, accessToken, subject);
  return claims;
}

async function explained<Result>(attempt: Promise<Result>): Promise<Result> {
  try {
    return await attempt;
  } catch (error) {
    throw error instanceof ProblemError ? error : await signInErrorOf(error);
  }
}

/** Codes of the library for what is wrong with an answer, and not with the way to it. */
const ofAnswers = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
]);

async function signInErrorOf(error: unknown): Promise<SignInError> {
  const client = await library();
  if (error instanceof client.AuthorizationResponseError) return refusedBy(error);
  if (error instanceof client.ResponseBodyError) {
    // Codes are for one use (RFC 6749 §4.1.2): another one means that the answer of the provider was used before.
    return error.error === 'invalid_grant'
      ? new SignInError('sign-in-not-begun', 'invalid_grant')
      : refusedBy(error);
  }
  if (error instanceof client.WWWAuthenticateChallengeError) {
    return new SignInError('sign-in-refused', 'the provider does not accept the client');
  }
  const isOfAnswer = error instanceof client.ClientError && ofAnswers.has(error.code ?? '');
  return isOfAnswer ? wrongAnswer(error) : new SignInError('identity-provider-unavailable', rootOf(error));
}

/** Errors of the provider that end by themselves (RFC 6749 §4.1.2.1). */
const passing = new Set(['server_error', 'temporarily_unavailable']);

function refusedBy({ error }: { readonly error: string }): SignInError {
  const name = /^[\w.-]{1,60}$/.test(error) ? error : 'an error without a name';
  if (error === 'access_denied') return new SignInError('sign-in-denied', name);
  return new SignInError(passing.has(error) ? 'identity-provider-unavailable' : 'sign-in-refused', name);
}

const requiredClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'];
const codeOfClaim: Readonly<Record<string, ProblemCode>> = {
  iss: 'sign-in-issuer-wrong',
  aud: 'sign-in-audience-wrong',
  azp: 'sign-in-audience-wrong',
};

/** @param error of the library, whose cause is the error that says what it has looked at */
function wrongAnswer(error: Error): SignInError {
  const looked = fieldsOf(fieldsOf(error.cause)['cause']);
  const reason = rootOf(error);
  // The issuer as a parameter of the answer (RFC 9207); the state has been compared already.
  if ('parameters' in looked) return new SignInError('sign-in-issuer-wrong', reason);
  const claims = fieldsOf(looked['claims']);
  const missing = 'claims' in looked && requiredClaims.find((name) => claims[name] === undefined);
  if (missing) return new SignInError('sign-in-claim-missing', missing);
  const { claim } = looked;
  return new SignInError(
    (typeof claim === 'string' && codeOfClaim[claim]) || 'sign-in-token-invalid',
    reason,
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value, cause: Reflect.get(value, 'cause') } : {};
}

/** The first cause says what `fetch failed` does not. */
function rootOf(error: unknown): string {
  const root = error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : undefined;
  return root ?? (error instanceof Error ? error.message : 'unknown');
}
