/*
 * Access tokens for one connection, by the client credentials flow (RFC 6749 §4.4).
 *
 * - MSAL keeps the token in memory, and nowhere else, and asks for a new one five minutes before it ends.
 * - Whoever comes while a token is being asked for waits for that one: many sends with a cold cache are one request.
 * - A server that does not accept a token makes it be renewed; several that come back with the same token renew it once.
 * - A secret that the authority has refused three times rests for an hour, unless a person asks for it: apps are locked too.
 * - An authority that asks for a pause (Retry-After) is not asked again before it is over.
 */
import type { ConfidentialClientApplication, INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import { type Failure, failure } from '@postausgang/contracts';
import {
  type ClientCredential,
  createRepeatedSecrets,
  createSecret,
  revealSecret,
  type Secret,
} from '@postausgang/credentials';
import { untrustedText } from '@postausgang/net';
import { tokenRefusal } from '../../judgement/exchange-judge.ts';
import type { SecretAttempts } from '../smtp/server-memory.ts';
import {
  type HttpsAnswer,
  type HttpsClient,
  type HttpsRequest,
  type HttpsResult,
  jsonOf,
  retryAfterSeconds,
  withOneIntent,
  withRequestId,
} from './https-client.ts';
import { cutAnswer, withoutRepeatedSecrets } from './repeated-answers.ts';

type Method = 'GET' | 'POST';

/** What came of the last request: nobody answered, or this. */
type NetworkProblem =
  | { readonly kind: 'no-answer'; readonly failure: Failure }
  | { readonly kind: 'answered'; readonly answer: HttpsAnswer };

/** MSAL's requests over our own https: with a deadline, by the rules for destinations, through the proxy. */
interface MsalNetwork {
  readonly module: INetworkModule;
  /** MSAL's errors do not say enough. */
  lastProblem(): NetworkProblem | undefined;
  forget(): void;
}

function createMsalNetwork({ https, authority }: TokenSourceOptions): MsalNetwork {
  let problem: NetworkProblem | undefined;
  const { origin } = new URL(authority);
  const told = createRepeatedSecrets();

  async function send<T>(method: Method, url: string, { headers, body }: NetworkRequestOptions = {}) {
    // Secret and assertion are for the authority that was entered, wherever its discovery document points.
    if (method === 'POST' && new URL(url).origin !== origin) {
      problem = { kind: 'no-answer', failure: failure('token-refused', 'the token endpoint is elsewhere') };
      throw new Error('token-refused');
    }
    const content = body === undefined ? {} : { body: Buffer.from(body) };
    const sent = new URLSearchParams(body);
    told.know(sent.get('client_secret') ?? '', sent.get('client_assertion') ?? '');
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
    problem = { kind: 'answered', answer: cutAnswer(result, told) };
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

/** Why there is no token: from what the authority answered, or from why it did not. */
function tokenFailure(thrown: unknown, problem: NetworkProblem | undefined, nowMs: number): Failure {
  if (problem?.kind === 'no-answer') return problem.failure;
  if (problem === undefined) return failure('authority-unavailable', msalCode(thrown));
  const { answer } = problem;
  // The description repeats what was sent, so only the code is taken from it.
  const { error, error_description: description } = jsonOf(answer);
  const name = typeof error === 'string' ? error : '';
  const aadsts = /AADSTS(\d+)/.exec(String(description))?.[1];
  const code = tokenRefusal(answer.status, aadsts, name);
  const detail = aadsts === undefined ? answerDetail(answer, name, msalCode(thrown)) : `AADSTS${aadsts}`;
  return withPause(withRequestId(failure(code, detail), answer), answer, nowMs);
}

/** What came instead of a token: its status, and the error it names or else what it is. */
function answerDetail({ status, headers }: HttpsAnswer, name: string, msal: string): string {
  const kind = headers['content-type']?.split(';')[0] ?? 'without a content type';
  return untrustedText([status, ...(name === '' ? [kind, msal] : [name])].join(' ')).trim();
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
  /** Of the client secret, or of the certificate in its place; no limit unless given. */
  readonly attempts?: SecretAttempts;
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
  const network = createMsalNetwork(options);
  let application: Promise<ConfidentialClientApplication> | undefined;
  let current: Secret | undefined;
  let asking: Promise<TokenResult> | undefined;
  let pause: { readonly untilMs: number; readonly failure: Failure } | undefined;

  async function ask(skipCache: boolean): Promise<TokenResult> {
    const paused = options.attempts?.paused() ?? null;
    if (paused !== null) return { ok: false, failure: paused };
    network.forget();
    application ??= createApplication(options, network.module);
    try {
      const msal = await application;
      const result = await msal.acquireTokenByClientCredential({
        scopes: [options.scope],
        skipCache,
      });
      const token: unknown = result?.accessToken;
      if (typeof token !== 'string' || token === '') throw new TypeError('No token in the answer');
      options.attempts?.ended(null);
      current = sameOrNew(current, token);
      return { ok: true, token: current };
    } catch (error) {
      const why = tokenFailure(error, network.lastProblem(), options.nowMs());
      options.attempts?.ended(why.code);
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

export function createBearerClient(client: HttpsClient, tokens: TokenSource): BearerClient {
  const https = withoutRepeatedSecrets(client);

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
