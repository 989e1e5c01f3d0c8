import type { Failure } from '@postausgang/contracts';
import type { Transport } from '@postausgang/mail';
import { finalReplyTimeout } from '../smtp/open-session.ts';
import { checkEwsMailbox, checkGraphMailbox, type MailboxCheck } from './check-mailbox.ts';
import type { SignedClient } from './ews/ews-sign-in.ts';
import { createEwsTransport, type EwsDescription } from './ews/ews-transport.ts';
import { createEwsClient, createExchangeHttps, createTokens, type ExchangeKeys } from './exchange-clients.ts';
import type { ExchangeDescription } from './exchange-description.ts';
import type { ExchangeOptions } from './exchange-options.ts';
import { createGraphTransport } from './graph/graph-transport.ts';
import type { GraphDescription } from './graph/hand-over.ts';
import type { HttpsClient } from './http/https-client.ts';
import { createLanes } from './lanes.ts';
import { createBearerClient } from './oauth/bearer-client.ts';
import type { TokenSource } from './oauth/token-source.ts';

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
  const wish = { timeoutSeconds, maxConnections: capacity };
  const authority = createExchangeHttps(options, { ...wish, maxConnections: 1 });
  const https = createExchangeHttps(options, { ...wish, trusted });
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
  const clients: readonly { client: SignedClient; https: HttpsClient }[] = Array.from(
    { length: capacity },
    () => createEwsClient(options, description, tokens, keys),
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
