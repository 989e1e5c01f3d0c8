/*
 * Access tokens for one connection, by the client credentials flow (RFC 6749 §4.4).
 *
 * - MSAL keeps the token in memory, and nowhere else, and asks for a new one five minutes before it ends.
 * - Whoever comes while a token is being asked for waits for that one: many sends with a cold cache are one request.
 * - A server that does not accept a token makes it be renewed; several that come back with the same token renew it once.
 * - An authority that asks for a pause (Retry-After) is not asked again before it is over.
 */
import type { ConfidentialClientApplication, INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { type ClientCredential, createSecret, revealSecret, type Secret } from '@postausgang/credentials';
import { untrustedText } from '@postausgang/net';
import {
  type HttpsAnswer,
  type HttpsClient,
  type HttpsRequest,
  type HttpsResult,
  jsonOf,
  retryAfterSeconds,
  withOneIntent,
} from './https-client.ts';

type Method = 'GET' | 'POST';

/** What went wrong with the last request: nobody answered, or the authority refused. */
type NetworkProblem =
  | { readonly kind: 'no-answer'; readonly failure: Failure }
  | { readonly kind: 'refused'; readonly answer: HttpsAnswer };

/** MSAL's requests over our own https: with a deadline, by the rules for destinations, through the proxy. */
interface MsalNetwork {
  readonly module: INetworkModule;
  /** MSAL's errors do not say enough. */
  lastProblem(): NetworkProblem | undefined;
  forget(): void;
}

function createMsalNetwork(https: HttpsClient): MsalNetwork {
  let problem: NetworkProblem | undefined;

  async function send<T>(method: Method, url: string, { headers, body }: NetworkRequestOptions = {}) {
    const content = body === undefined ? {} : { body: Buffer.from(body) };
    const result = await https.request({
      method,
      url,
      ...(headers === undefined ? {} : { headers }),
      ...content,
    });
    if (result.kind === 'no-answer') {
      problem = { kind: 'no-answer', failure: result.failure };
      throw new Error(result.failure.code);
    }
    if (result.status >= 400) problem = { kind: 'refused', answer: result };
    return { headers: { ...result.headers }, status: result.status, body: jsonOf(result) as T };
  }

  return {
    module: {
      sendGetRequestAsync: (url, options) => send('GET', url, options),
      sendPostRequestAsync: (url, options) => send('POST', url, options),
    },
    lastProblem: () => problem,
    forget() {
      problem = undefined;
    },
  };
}

/** Microsoft Entra's codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const codes: Readonly<Record<string, FailureCode>> = {
  '7000215': 'client-secret-wrong',
  '7000218': 'client-secret-wrong',
  '7000222': 'client-secret-expired',
  '700027': 'client-certificate-rejected',
  '7000214': 'client-certificate-rejected',
  '700030': 'client-certificate-rejected',
  '700016': 'client-unknown',
  '700038': 'client-unknown',
  '7000112': 'client-unknown',
  '90002': 'tenant-unknown',
  '900023': 'tenant-unknown',
  '900021': 'tenant-unknown',
  '65001': 'consent-missing',
  '500011': 'consent-missing',
  '501051': 'consent-missing',
  '7000113': 'consent-missing',
  '90033': 'authority-unavailable',
  '50196': 'server-throttled',
};

/** RFC 6749 §5.2, for authorities that are not Entra. */
const oauthErrors: Readonly<Record<string, FailureCode>> = {
  invalid_client: 'client-secret-wrong',
  unauthorized_client: 'client-unknown',
  invalid_scope: 'consent-missing',
  temporarily_unavailable: 'authority-unavailable',
  server_error: 'authority-unavailable',
};

/** Why there is no token: from what the authority answered, or from why it did not. */
function tokenFailure(thrown: unknown, problem: NetworkProblem | undefined, nowMs: number): Failure {
  if (problem?.kind === 'no-answer') return problem.failure;
  if (problem === undefined) return failure('authority-unavailable', msalCode(thrown));
  const { answer } = problem;
  // The description repeats what was sent, so only the code is taken from it.
  const { error, error_description: description } = jsonOf(answer);
  const name = typeof error === 'string' ? error : '';
  const aadsts = /AADSTS(\d+)/.exec(String(description))?.[1];
  const known = codes[aadsts ?? ''] ?? codeOfStatus(answer.status) ?? oauthErrors[name];
  const detail = aadsts === undefined ? `${answer.status} ${untrustedText(name)}`.trim() : `AADSTS${aadsts}`;
  return withPause(failure(known ?? 'token-refused', detail), answer, nowMs);
}

function codeOfStatus(status: number): FailureCode | undefined {
  if (status === 429) return 'server-throttled';
  if (status >= 500) return 'authority-unavailable';
  return status === 404 ? 'tenant-unknown' : undefined;
}

function withPause(told: Failure, { headers }: HttpsAnswer, nowMs: number): Failure {
  const pause = retryAfterSeconds(headers['retry-after'], nowMs);
  return pause === undefined ? told : { ...told, retryAfterSeconds: pause };
}

/** MSAL's own code, such as `endpoints_resolution_error`; its message may repeat addresses, never secrets. */
function msalCode(error: unknown): string {
  const { errorCode } = Object(error);
  return typeof errorCode === 'string' ? untrustedText(errorCode) : '';
}

interface TokenSourceOptions {
  /** Without the tenant. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: ClientCredential;
  readonly scope: string;
  readonly https: HttpsClient;
  readonly nowMs: () => number;
}

type TokenResult =
  { readonly ok: true; readonly token: Secret } | { readonly ok: false; readonly failure: Failure };

export interface TokenSource {
  /**
   * A token that is good for some minutes at least; never rejects.
   *
   * @param rejected the token that a server did not accept: another one is wanted
   */
  token(rejected?: Secret): Promise<TokenResult>;
}

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const network = createMsalNetwork(options.https);
  let application: Promise<ConfidentialClientApplication> | undefined;
  let current: Secret | undefined;
  let asking: Promise<TokenResult> | undefined;
  let pause: { readonly untilMs: number; readonly failure: Failure } | undefined;

  async function ask(skipCache: boolean): Promise<TokenResult> {
    network.forget();
    application ??= createApplication(options, network.module);
    try {
      const msal = await application;
      const result = await msal.acquireTokenByClientCredential({
        scopes: [options.scope],
        skipCache,
      });
      if (result === null) return { ok: false, failure: failure('token-refused') };
      current = sameOrNew(current, result.accessToken);
      return { ok: true, token: current };
    } catch (error) {
      const why = tokenFailure(error, network.lastProblem(), options.nowMs());
      const { retryAfterSeconds = 0 } = why;
      if (retryAfterSeconds > 0) {
        pause = { untilMs: options.nowMs() + retryAfterSeconds * 1000, failure: why };
      }
      return { ok: false, failure: why };
    }
  }

  return {
    token(rejected) {
      if (asking !== undefined) return asking;
      if (pause !== undefined && options.nowMs() < pause.untilMs) {
        return Promise.resolve({ ok: false, failure: pause.failure });
      }
      pause = undefined;
      asking = ask(rejected !== undefined && rejected === current).finally(() => (asking = undefined));
      return asking;
    },
  };
}

/** The very same object for the same token, so that a rejected one can be told from a newer one. */
function sameOrNew(current: Secret | undefined, token: string): Secret {
  return current !== undefined && revealSecret(current) === token ? current : createSecret(token);
}

/** MSAL is loaded when a token is asked for: a mailer without such a connection does not carry it in memory. */
async function createApplication(
  { authority, tenantId, clientId, credential }: TokenSourceOptions,
  networkClient: ReturnType<typeof createMsalNetwork>['module'],
): Promise<ConfidentialClientApplication> {
  const { ConfidentialClientApplication: Application } = await import('@azure/msal-node');
  return new Application({
    auth: {
      clientId,
      authority: `${authority}/${tenantId}`,
      // Whoever entered the authority trusts it: nobody else is asked whether it is one.
      knownAuthorities: [new URL(authority).host],
      ...clientCredential(credential),
    },
    system: {
      networkClient,
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false },
    },
  });
}

function clientCredential(credential: ClientCredential) {
  if (credential.kind === 'secret') return { clientSecret: revealSecret(credential.secret) };
  const { privateKey, chain: x5c, thumbprintSha256 } = credential;
  return { clientCertificate: { privateKey: revealSecret(privateKey), x5c, thumbprintSha256 } };
}

/** Requests with a bearer token; a rejected token is renewed once. */
export interface BearerClient {
  request(request: HttpsRequest): Promise<HttpsResult | NoToken>;
}

export interface NoToken {
  readonly kind: 'no-token';
  readonly failure: Failure;
}

export function createBearerClient(https: HttpsClient, tokens: TokenSource): BearerClient {
  async function attempt(request: HttpsRequest, token: Secret): Promise<HttpsResult> {
    const headers = { ...request.headers, authorization: `Bearer ${revealSecret(token)}` };
    return https.request({ ...request, headers });
  }

  return {
    async request(wanted) {
      const request = withOneIntent(wanted);
      const first = await tokens.token();
      if (!first.ok) return { kind: 'no-token', failure: first.failure };
      const answer = await attempt(request, first.token);
      if (answer.kind !== 'answer' || answer.status !== 401) return answer;
      const second = await tokens.token(first.token);
      // The old token would be rejected again.
      if (!second.ok || second.token === first.token) return answer;
      return attempt(request, second.token);
    },
  };
}
