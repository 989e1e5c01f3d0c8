import { failure } from '@postausgang/contracts';
import { createDestinationGuard, resolveWithSystem, type StageObserver } from '@postausgang/net';
import type { Secret } from '@postausgang/sealing';
import { createSignedClient, type EwsCredentials, type SignedClient } from './ews/ews-sign-in.ts';
import type { EwsDescription } from './ews/ews-transport.ts';
import type { OAuthDescription } from './exchange-description.ts';
import type { ExchangeOptions } from './exchange-options.ts';
import { createHttpsClient, type HttpsClient } from './http/https-client.ts';
import { type ClientCredential, createTokenSource, type TokenSource } from './oauth/token-source.ts';

/** What the client proves its identity with: a secret or a certificate; null where there is none to use. */
type Credential = ClientCredential | null;

/** What opens the way, as far as the connection uses it. */
export interface ExchangeKeys {
  readonly credential: Credential;
  readonly password: Secret | null;
  /** What the server is trusted by (PEM); null: the known authorities. */
  readonly trusted: string | null;
}

interface HttpsWish {
  readonly timeoutSeconds: number;
  readonly maxConnections: number;
  readonly observer?: StageObserver;
  /** See `HttpsSettings`; the server's alone, the authority is another one. */
  readonly trusted?: string | null;
}

export function createExchangeHttps(
  { policy, proxy, ca, resolve = resolveWithSystem }: ExchangeOptions,
  { timeoutSeconds, maxConnections, observer, trusted = null }: HttpsWish,
): HttpsClient {
  return createHttpsClient({
    guard: createDestinationGuard(policy),
    proxy,
    resolve,
    maxConnections,
    trusted,
    timeoutMs: timeoutSeconds * 1000,
    ...(ca === undefined ? {} : { ca }),
    ...(observer === undefined ? {} : { observer }),
  });
}

/** Tokens by a client of their own: the authority is another server. */
export function createTokens(
  { now }: ExchangeOptions,
  { authority, tenantId, clientId, scope }: OAuthDescription,
  credential: Credential,
  https: HttpsClient,
): TokenSource {
  if (credential === null) {
    const missing = { ok: false, failure: failure('secret-required') } as const;
    return { token: () => Promise.resolve(missing) };
  }
  const nowMs = (): number => now().getTime();
  return createTokenSource({ authority, tenantId, clientId, scope, credential, https, nowMs });
}

/** A client for EWS with a connection of its own, so that a sign-in that belongs to a connection has one. */
export function createEwsClient(
  options: ExchangeOptions,
  { windows, timeoutSeconds }: EwsDescription,
  tokens: TokenSource | null,
  { password, trusted }: Pick<ExchangeKeys, 'password' | 'trusted'>,
  observer?: StageObserver,
): { readonly client: SignedClient; readonly https: HttpsClient } {
  const https = createExchangeHttps(options, {
    timeoutSeconds,
    maxConnections: 1,
    trusted,
    ...(observer === undefined ? {} : { observer }),
  });
  const credentials = credentialsOf(windows, tokens, { password, keytab: options.keytab });
  return { https, client: createSignedClient(https, credentials, options.now) };
}

function credentialsOf(
  windows: EwsDescription['windows'],
  tokens: TokenSource | null,
  own: Pick<Extract<EwsCredentials, { kind: 'windows' }>, 'password' | 'keytab'>,
): EwsCredentials {
  if (windows !== null) return { kind: 'windows', windows, ...own };
  if (tokens === null) throw new TypeError('EWS signs in with OAuth or with a Windows account');
  return { kind: 'oauth', tokens };
}
