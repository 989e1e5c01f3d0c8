/*
 * The connection test of Graph and EWS, with the code that sends: a token, a connection to the endpoint, the mailbox.
 * Exchange refuses a foreign sender, or a recipient it may not relay to, only when it has the whole message, so nothing but
 * a real mail can tell whether they may be used.
 */
import { type ConnectionTestStepName, failure, testNote } from '@postausgang/contracts';
import type { ExchangeKeys } from '@postausgang/credentials';
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
} from './open.ts';

type Tested = Exclude<ExchangeDescription, { readonly protocol: 'smtp-oauth' }>;

/** Never rejects; what it finds is in the protocol. */
export async function testExchange(
  options: ExchangeOptions,
  description: Tested,
  keys: ExchangeKeys,
  protocol: TestProtocol,
): Promise<void> {
  const { oauth, timeoutSeconds } = description;
  const authority = createExchangeHttps(options, { timeoutSeconds, maxConnections: 1 });
  const tokens = oauth === null ? null : createTokens(options, oauth, keys.credential, authority);
  try {
    if (tokens !== null && oauth !== null) {
      const result = await tokens.token();
      if (!result.ok) {
        return protocol.failed('token', result.failure, null);
      }
      protocol.passed('token', { detail: `${new URL(oauth.authority).host} for ${oauth.scope}` });
    }
    await openMailbox(options, description, keys, tokens, protocol);
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
): Promise<void> {
  const nowMs = options.now().getTime();
  const closing: HttpsClient[] = [];
  try {
    const check = await checked();
    if (check.ok) {
      protocol.passed('authenticate', { detail: howSignedIn(description) });
      const note = testNote('judged-with-message');
      return protocol.passed('mailbox', { detail: check.detail, reply: check.reply, note });
    }
    if (check.step === 'mailbox') protocol.passed('authenticate', { detail: howSignedIn(description) });
    protocol.failed(stepOf(check.step), check.failure, check.reply);
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
