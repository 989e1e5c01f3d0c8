/*
 * Access tokens for one connection, by the client credentials flow (RFC 6749 §4.4).
 *
 * - MSAL keeps the token in memory, and nowhere else, and asks for a new one five minutes before it ends.
 * - Whoever comes while a token is being asked for waits for that one: many sends with a cold cache are one request.
 * - A server that does not accept a token makes it be renewed; several that come back with the same token renew it once.
 * - An authority that asks for a pause (Retry-After) is not asked again before it is over.
 */
import type { ConfidentialClientApplication } from '@azure/msal-node';
import { type Failure, failure } from '@postausgang/contracts';
import { createSecret, revealSecret, type Secret } from '@postausgang/sealing';
import type { HttpsClient } from '../http/https-client.ts';
import { createMsalNetwork } from './msal-network.ts';
import { tokenFailure } from './token-failure.ts';

/** What the client proves its identity with. */
export type ClientCredential =
  | { readonly kind: 'secret'; readonly secret: Secret }
  | {
      readonly kind: 'certificate';
      /** PKCS#8, PEM. */
      readonly privateKey: Secret;
      /** The certificate and its chain, PEM. */
      readonly chain: string;
      /** Hexadecimal. */
      readonly thumbprintSha256: string;
    };

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
