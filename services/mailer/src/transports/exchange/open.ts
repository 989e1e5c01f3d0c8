import { type Failure, failure } from '@postausgang/contracts';
import { type Credential, type ExchangeKeys, revealSecret } from '@postausgang/credentials';
import type { Transport } from '@postausgang/mail';
import {
  type ConnectionPolicy,
  createDestinationGuard,
  type Resolve,
  resolveWithSystem,
  type StageObserver,
} from '@postausgang/net';
import { finalReplyTimeout } from '../smtp/open-session.ts';
import { type SecretAttempts, secretId, type ServerMemories } from '../smtp/server-memory.ts';
import type { ExchangeDescription, OAuthDescription } from './describe.ts';
import { createSignedClient, type EwsCredentials, type SignedClient } from './ews/ews-sign-in.ts';
import { getFolderRequest } from './ews/soap.ts';
import { type EwsDescription, ewsFailure, impersonated, soapOf, soapRequest } from './ews/requests.ts';
import { createEwsTransport } from './ews/transport.ts';
import { type GraphDescription, graphError, graphFailure, mailboxUrl } from './graph/requests.ts';
import { createGraphTransport } from './graph/transport.ts';
import { createHttpsClient, type HttpsClient, type NoAnswer, withRequestId } from './https-client.ts';
import { createLanes } from './message.ts';
import type { Proxy } from './proxy.ts';
import { type BearerClient, createBearerClient, createTokenSource, type TokenSource } from './oauth.ts';

/** Where a check ended. */
export type MailboxCheck =
  | { readonly ok: true; readonly detail: string; readonly reply: string }
  | {
      readonly ok: false;
      readonly step: NoAnswer['step'] | 'token' | 'authenticate' | 'mailbox';
      readonly failure: Failure;
      readonly reply: string | null;
    };

/**
 * Asks Graph for the inbox. An app that may only send is refused that (403), and still may send: the answer came after
 * the token was accepted, so it is no failure.
 */
export async function checkGraphMailbox(
  description: GraphDescription,
  graph: BearerClient,
  nowMs: number,
): Promise<MailboxCheck> {
  const result = await graph.request({
    method: 'GET',
    url: `${mailboxUrl(description)}/mailFolders/inbox?$select=id`,
  });
  if (result.kind === 'no-token') return { ok: false, step: 'token', failure: result.failure, reply: null };
  if (result.kind === 'no-answer') return noAnswer(result);
  const { mailbox } = description;
  if (result.status === 200) return { ok: true, detail: mailbox, reply: '200' };
  const { text } = graphError(result);
  const why = graphFailure(result, nowMs);
  if (why.code === 'permission-missing') {
    return {
      ok: true,
      detail: `${mailbox}: the app may not read it, only a real mail can tell more`,
      reply: text,
    };
  }
  return { ok: false, step: result.status === 401 ? 'authenticate' : 'mailbox', failure: why, reply: text };
}

/** Opens the inbox by EWS as the account that sends. */
export async function checkEwsMailbox(
  description: EwsDescription,
  client: SignedClient,
  nowMs: number,
): Promise<MailboxCheck> {
  const body = getFolderRequest({ impersonate: impersonated(description) });
  const result = await client.request(soapRequest(description, body));
  if (result.kind === 'no-token') {
    const step = description.oauth === null ? 'authenticate' : 'token';
    return { ok: false, step, failure: result.failure, reply: null };
  }
  if (result.kind === 'no-answer') return noAnswer(result);
  const soap = soapOf(result);
  if (soap?.isSuccess === true) return { ok: true, detail: description.mailbox, reply: soap.text };
  const why = ewsFailure(result, client.signInFailure, nowMs);
  const reply = soap?.text ?? String(result.status);
  return { ok: false, step: result.status === 401 ? 'authenticate' : 'mailbox', failure: why, reply };
}

function noAnswer(result: NoAnswer): MailboxCheck {
  const { step, failure: why } = result;
  const failure = step === 'request' ? withRequestId(why, result) : why;
  return { ok: false, step, failure, reply: null };
}

/** What every way to Exchange needs beside the settings. */
export interface ExchangeOptions {
  /** Where https servers may be. */
  readonly policy: ConnectionPolicy;
  readonly proxy: Proxy | null;
  readonly now: () => Date;
  /** Connections at one time; Graph takes four at most. */
  readonly maxConnections: number;
  /** Authorities to trust besides the known ones, PEM. */
  readonly ca?: string;
  /** The system's resolver unless given. */
  readonly resolve?: Resolve;
  /** Keytab of the mailer's own identity (Kerberos). */
  readonly keytab?: string;
  /** What is known of the servers; nothing unless given. */
  readonly memories?: ServerMemories;
  /** A person has asked for it, by a change or a test: a secret is tried though it was refused before. */
  readonly isAsked?: boolean;
  /** Least wait for the answer to a hand-over; 10 minutes unless given. */
  readonly finalReplyTimeoutMs?: number;
}

interface HttpsNeeds {
  readonly timeoutSeconds: number;
  readonly maxConnections: number;
  readonly observer?: StageObserver;
  /** See `HttpsSettings`; the server's alone, the authority is another one. */
  readonly trusted?: string | null;
}

export function createExchangeHttps(
  { policy, proxy, ca, resolve = resolveWithSystem }: ExchangeOptions,
  { timeoutSeconds, maxConnections, observer, trusted = null }: HttpsNeeds,
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
  options: ExchangeOptions,
  { authority, tenantId, clientId, scope }: OAuthDescription,
  credential: Credential,
  https: HttpsClient,
): TokenSource {
  if (credential === null) {
    const missing = { ok: false, failure: failure('secret-required') } as const;
    return { token: () => Promise.resolve(missing) };
  }
  const nowMs = (): number => options.now().getTime();
  const proof = credential.kind === 'secret' ? revealSecret(credential.secret) : credential.thumbprintSha256;
  const attempts = attemptsAt(options, authority, `${tenantId} ${clientId}`, proof);
  return createTokenSource({
    authority,
    tenantId,
    clientId,
    scope,
    credential,
    https,
    nowMs,
    ...(attempts === undefined ? {} : { attempts }),
  });
}

function attemptsAt(
  { memories, isAsked = false }: ExchangeOptions,
  url: string,
  username: string,
  secret: string,
): SecretAttempts | undefined {
  return memories?.(new URL(url).host).attemptsWith(secretId(username, secret), isAsked);
}

/** Those with the password of the account; undefined where there is none, or no limit. */
function passwordAttempts(
  options: ExchangeOptions,
  { url, windows }: EwsDescription,
  { password }: Pick<ExchangeKeys, 'password'>,
): SecretAttempts | undefined {
  if (password === null || windows === null || windows.authentication === 'negotiate') return undefined;
  return attemptsAt(options, url, windows.username, revealSecret(password));
}

/** The client, which does not try a password that was refused again and again. */
function withAttempts(client: SignedClient, attempts: SecretAttempts): SignedClient {
  return {
    ...client,
    async request(wanted) {
      const paused = attempts.paused();
      if (paused !== null) return { kind: 'no-token', failure: paused };
      const result = await client.request(wanted);
      if (result.kind === 'no-token') attempts.ended(result.failure.code);
      if (result.kind !== 'answer') return result;
      if (result.status === 401) attempts.ended(client.signInFailure);
      // Who is busy, or stands before the server, has not looked at the password.
      else if (result.status === 200) attempts.ended(null);
      return result;
    },
  };
}

/** A client for EWS with a connection of its own, so that a sign-in that belongs to a connection has one. */
export function createEwsClient(
  options: ExchangeOptions,
  description: EwsDescription,
  tokens: TokenSource | null,
  { password, trusted }: Pick<ExchangeKeys, 'password' | 'trusted'>,
  observer?: StageObserver,
  attempts = passwordAttempts(options, description, { password }),
): { readonly client: SignedClient; readonly https: HttpsClient } {
  const { windows, timeoutSeconds } = description;
  const https = createExchangeHttps(options, {
    timeoutSeconds,
    maxConnections: 1,
    trusted,
    ...(observer === undefined ? {} : { observer }),
  });
  const credentials = credentialsOf(windows, tokens, { password, keytab: options.keytab });
  const client = createSignedClient(https, credentials, options.now);
  return { https, client: attempts === undefined ? client : withAttempts(client, attempts) };
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

export type OpenedExchange =
  { readonly ok: true; readonly transport: Transport } | { readonly ok: false; readonly failure: Failure };

/** Gets a token, signs in and opens the mailbox: what does not work is known before mail needs it. */
export function openExchangeTransport(
  options: ExchangeOptions,
  description: Exclude<ExchangeDescription, { protocol: 'smtp-oauth' }>,
  keys: ExchangeKeys,
): Promise<OpenedExchange> {
  return description.protocol === 'graph'
    ? openGraph(options, description, keys)
    : openEws(options, description, keys);
}

/** Of one app, at one time. */
const mostGraphRequests = 4;

async function openGraph(
  options: ExchangeOptions,
  description: GraphDescription,
  { credential, trusted }: ExchangeKeys,
): Promise<OpenedExchange> {
  const { timeoutSeconds, oauth } = description;
  const capacity = Math.min(options.maxConnections, mostGraphRequests);
  const needs = { timeoutSeconds, maxConnections: capacity };
  const authority = createExchangeHttps(options, { ...needs, maxConnections: 1 });
  const https = createExchangeHttps(options, { ...needs, trusted });
  const graph = createBearerClient(https, createTokens(options, oauth, credential, authority));
  const close = async (): Promise<void> => [authority, https].forEach((client) => client.close());
  const checked = await checkGraphMailbox(description, graph, options.now().getTime());
  return opened(checked, close, () =>
    createGraphTransport({ description, graph, https, capacity, close, ...timing(options, timeoutSeconds) }),
  );
}

async function openEws(
  options: ExchangeOptions,
  description: EwsDescription,
  keys: ExchangeKeys,
): Promise<OpenedExchange> {
  const { timeoutSeconds, oauth } = description;
  const { maxConnections: capacity } = options;
  const authority = createExchangeHttps(options, { timeoutSeconds, maxConnections: 1 });
  const tokens: TokenSource | null =
    oauth === null ? null : createTokens(options, oauth, keys.credential, authority);
  const attempts = passwordAttempts(options, description, keys);
  const clients: readonly { client: SignedClient; https: HttpsClient }[] = Array.from(
    { length: capacity },
    () => createEwsClient(options, description, tokens, keys, undefined, attempts),
  );
  const lanes = createLanes(clients.map(({ client }) => client));
  const close = async (): Promise<void> =>
    [authority, ...clients.map(({ https }) => https)].forEach((client) => client.close());
  const checked = await lanes.use((client) => checkEwsMailbox(description, client, options.now().getTime()));
  return opened(checked, close, () =>
    createEwsTransport({ description, lanes, capacity, close, ...timing(options, timeoutSeconds) }),
  );
}

async function opened(
  checked: MailboxCheck,
  close: () => Promise<void>,
  create: () => Transport,
): Promise<OpenedExchange> {
  if (checked.ok) return { ok: true, transport: create() };
  await close();
  return { ok: false, failure: checked.failure };
}

function timing({ now, finalReplyTimeoutMs }: ExchangeOptions, timeoutSeconds: number) {
  return {
    finalReplyTimeoutMs: finalReplyTimeout(timeoutSeconds * 1000, finalReplyTimeoutMs),
    nowMs: () => now().getTime(),
  };
}
