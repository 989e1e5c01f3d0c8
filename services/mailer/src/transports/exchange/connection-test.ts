/*
 * The connection test of Graph and EWS, with the code that sends: a token, a connection to the endpoint, the mailbox, and if
 * wanted one real mail. Exchange refuses a foreign sender only when it has the whole message, so nothing but that mail can
 * tell whether a sender may be used.
 */
import { type ConnectionTestStepName, failure } from '@postausgang/contracts';
import type { ExchangeKeys } from '@postausgang/credentials';
import type { TestRequest } from '@postausgang/mail';
import type { TestProtocol } from '../smtp/connection-test.ts';
import type { ExchangeDescription } from './describe.ts';
import type { HttpsClient } from './https-client.ts';
import { createBearerClient, type TokenSource } from './oauth.ts';
import {
  checkEwsMailbox,
  checkGraphMailbox,
  createEwsClient,
  createExchangeHttps,
  createTokens,
  type ExchangeOptions,
  type MailboxCheck,
  openExchangeTransport,
} from './open.ts';

type Tested = Exclude<ExchangeDescription, { readonly protocol: 'smtp-oauth' }>;

/** Never rejects; what it finds is in the protocol. */
export async function testExchange(
  options: ExchangeOptions,
  description: Tested,
  keys: ExchangeKeys,
  request: TestRequest,
  protocol: TestProtocol,
): Promise<void> {
  const isOk = await testMailbox(options, description, keys, protocol);
  if (isOk && request.probe) await probe(options, description, keys, request, protocol);
}

async function testMailbox(
  options: ExchangeOptions,
  description: Tested,
  keys: ExchangeKeys,
  protocol: TestProtocol,
): Promise<boolean> {
  const { oauth, timeoutSeconds } = description;
  const authority = createExchangeHttps(options, { timeoutSeconds, maxConnections: 1 });
  const tokens = oauth === null ? null : createTokens(options, oauth, keys.credential, authority);
  try {
    if (tokens !== null && oauth !== null) {
      const result = await tokens.token();
      if (!result.ok) {
        protocol.failed('token', result.failure, null);
        return false;
      }
      protocol.passed('token', { detail: `${new URL(oauth.authority).host} for ${oauth.scope}` });
    }
    return await openMailbox(options, description, keys, tokens, protocol);
  } finally {
    authority.close();
  }
}

async function openMailbox(
  options: ExchangeOptions,
  description: Tested,
  keys: ExchangeKeys,
  tokens: TokenSource | null,
  protocol: TestProtocol,
): Promise<boolean> {
  const nowMs = options.now().getTime();
  const closing: HttpsClient[] = [];
  try {
    const check = await checked();
    if (check.ok) {
      protocol.passed('authenticate', { detail: howSignedIn(description) });
      protocol.passed('mailbox', { detail: check.detail, reply: check.reply });
      return true;
    }
    if (check.step === 'mailbox') protocol.passed('authenticate', { detail: howSignedIn(description) });
    protocol.failed(stepOf(check.step), check.failure, check.reply);
    return false;
  } finally {
    closing.forEach((client) => client.close());
  }

  async function checked(): Promise<MailboxCheck> {
    if (description.protocol === 'ews') {
      const { client, https } = createEwsClient(options, description, tokens, keys, protocol);
      closing.push(https);
      return checkEwsMailbox(description, client, nowMs);
    }
    const { timeoutSeconds } = description;
    const https = createExchangeHttps(options, {
      timeoutSeconds,
      maxConnections: 1,
      trusted: keys.trusted,
      observer: protocol,
    });
    closing.push(https);
    const missing = { ok: false, failure: failure('token-refused') } as const;
    const source = tokens ?? { token: () => Promise.resolve(missing) };
    return checkGraphMailbox(description, createBearerClient(https, source), nowMs);
  }
}

function stepOf(step: Extract<MailboxCheck, { ok: false }>['step']): ConnectionTestStepName {
  return step === 'request' ? 'mailbox' : step;
}

function howSignedIn(description: Tested): string {
  if (description.protocol === 'graph' || description.windows === null) return 'OAuth';
  const { authentication } = description.windows;
  return { basic: 'Basic', ntlm: 'NTLMv2', negotiate: 'Kerberos' }[authentication];
}

async function probe(
  options: ExchangeOptions,
  description: Tested,
  keys: ExchangeKeys,
  { from, to, message }: TestRequest,
  protocol: TestProtocol,
): Promise<void> {
  const opened = await openExchangeTransport(options, description, keys);
  if (!opened.ok) return protocol.failed('probe', opened.failure, null);
  const onIntent = (): Promise<void> => Promise.resolve();
  const result = await opened.transport.send({ envelope: { from, to: [to] }, message, onIntent });
  await opened.transport.close();
  if (result.kind === 'server-failed') return protocol.failed('probe', result.failure, null);
  const { failure: why, reply } = result;
  if (why === null) return protocol.passed('probe', { detail: from, ...(reply === null ? {} : { reply }) });
  return protocol.failed('probe', why, reply);
}
