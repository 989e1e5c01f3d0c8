import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { revealSecret, type Secret } from '@postausgang/credentials';
import { endPointBindingOf } from '@postausgang/net';
import {
  createKerberosContext,
  createNtlmContext,
  type SecurityContext,
  WindowsAuthenticationError,
} from '@postausgang/windows-authentication';
import type { WindowsDescription } from '../describe.ts';
import {
  type HttpsAnswer,
  type HttpsClient,
  type HttpsRequest,
  type HttpsResult,
  withOneIntent,
} from '../https-client.ts';
import { withoutRepeatedSecrets } from '../repeated-answers.ts';
import { type BearerClient, createBearerClient, type NoToken, type TokenSource } from '../oauth.ts';

/** How requests to the server are signed in. */
export type EwsCredentials =
  | { readonly kind: 'oauth'; readonly tokens: TokenSource }
  | {
      readonly kind: 'windows';
      readonly windows: WindowsDescription;
      readonly password: Secret | null;
      /** Of the mailer's own identity. */
      readonly keytab: string | undefined;
    };

export interface SignedClient extends BearerClient {
  /** What a 401 means. */
  readonly signInFailure: FailureCode;
}

type Signed = HttpsResult | NoToken;

/**
 * Requests that sign in. NTLM belongs to a connection, so `https` has to have a single one, and nobody else may use it
 * meanwhile.
 */
export function createSignedClient(
  client: HttpsClient,
  credentials: EwsCredentials,
  now: () => Date,
): SignedClient {
  if (credentials.kind === 'oauth') {
    return { ...createBearerClient(client, credentials.tokens), signInFailure: 'token-rejected' };
  }
  const { windows, password, keytab } = credentials;
  const https = withoutRepeatedSecrets(client, ...(password === null ? [] : [password]));
  switch (windows.authentication) {
    case 'basic':
      return {
        signInFailure: 'credentials-rejected',
        request: (request) => https.request(authorized(request, basic(windows.username, password))),
      };
    case 'ntlm':
      return {
        signInFailure: 'credentials-rejected',
        request: (request) => signInByNtlm(https, windows.username, password, request, now),
      };
    case 'negotiate':
      return {
        signInFailure: 'kerberos-ticket-rejected',
        request: (request) => signInByKerberos(https, windows.servicePrincipal, keytab, request),
      };
    default:
      return windows satisfies never;
  }
}

function authorized(request: HttpsRequest, authorization: string): HttpsRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}

function basic(username: string, password: Secret | null): string {
  const pair = `${username}:${password === null ? '' : revealSecret(password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

async function signInByNtlm(
  https: HttpsClient,
  username: string,
  password: Secret | null,
  wanted: HttpsRequest,
  now: () => Date,
): Promise<Signed> {
  const request = withOneIntent(wanted);
  // Its answer brings the certificate that the sign-in is bound to.
  const opening = await https.request(withoutBody(request));
  if (opening.kind === 'no-answer' || opening.status !== 401) return opening;
  if (!offers(opening, 'NTLM')) return noSignIn('windows-sign-in-not-offered', offered(opening));
  const context = createNtlmContext({
    username,
    password: password === null ? '' : revealSecret(password),
    servicePrincipal: `HTTP/${new URL(request.url).hostname}`,
    channelBinding: endPointBindingOf(opening.socket),
    now,
  });
  return withContext(async () => {
    const challenge = await https.request(
      authorized(withoutBody(request), `NTLM ${await tokenOf(context, null)}`),
    );
    if (challenge.kind === 'no-answer' || challenge.status !== 401) return challenge;
    const token = tokenIn(challenge, 'NTLM');
    if (token === null || challenge.socket !== opening.socket) return noSignIn('credentials-rejected');
    return https.request(authorized(request, `NTLM ${await tokenOf(context, token)}`));
  });
}

async function signInByKerberos(
  https: HttpsClient,
  servicePrincipal: string,
  keytab: string | undefined,
  request: HttpsRequest,
): Promise<Signed> {
  return withContext(async () => {
    const context = createKerberosContext({ servicePrincipal, token: 'spnego', keytab });
    const answer = await https.request(authorized(request, `Negotiate ${await tokenOf(context, null)}`));
    if (answer.kind === 'no-answer') return answer;
    if (answer.status === 401 && !offers(answer, 'Negotiate')) {
      return noSignIn('windows-sign-in-not-offered', offered(answer));
    }
    // TLS has proven already who the server is; its ticket is heard all the same, so that the context ends.
    const proof = tokenIn(answer, 'Negotiate');
    if (answer.status !== 401 && proof !== null) await context.step(proof).catch(() => undefined);
    return answer;
  });
}

async function tokenOf(context: SecurityContext, token: Uint8Array | null): Promise<string> {
  return Buffer.from(await context.step(token)).toString('base64');
}

async function withContext(work: () => Promise<Signed>): Promise<Signed> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WindowsAuthenticationError) return noSignIn(error.code, error.message);
    throw error;
  }
}

function noSignIn(code: FailureCode, detail?: string): NoToken {
  const why: Failure = failure(code, detail);
  return { kind: 'no-token', failure: why };
}

function withoutBody({ method, url, headers = {} }: HttpsRequest): HttpsRequest {
  return { method, url, headers };
}

const offered = ({ headers }: HttpsAnswer): string => headers['www-authenticate'] ?? '';

function offers(answer: HttpsAnswer, scheme: string): boolean {
  return new RegExp(`(?:^|,\\s*)${scheme}\\b`, 'i').test(offered(answer));
}

function tokenIn(answer: HttpsAnswer, scheme: string): Uint8Array | null {
  const [, token] = new RegExp(`(?:^|,\\s*)${scheme} ([A-Za-z0-9+/=]+)`, 'i').exec(offered(answer)) ?? [];
  return token === undefined ? null : Buffer.from(token, 'base64');
}
