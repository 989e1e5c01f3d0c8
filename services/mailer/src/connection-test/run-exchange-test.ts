import { type ConnectionTestStep, failure } from '@postausgang/contracts';
import type { Opener } from '@postausgang/sealing';
import { describeExchange } from '../exchange/exchange-description.ts';
import type { ExchangeOptions } from '../exchange/exchange-options.ts';
import { openExchangeSecret } from '../exchange/exchange-secrets.ts';
import { type SmtpOptions, testSmtpOAuth } from '../exchange/smtp-oauth.ts';
import { testExchange } from '../exchange/exchange-test.ts';
import { exchangeKeys } from '../exchange/open-exchange-transport.ts';
import { createTestProtocol } from '../smtp/test-protocol.ts';
import type { RequestedTest } from './pending-tests.ts';
import { probeMessage } from './probe-message.ts';

export interface RunExchangeTestOptions {
  readonly opener: Opener;
  readonly now: () => Date;
  readonly exchange: ExchangeOptions;
  readonly smtp: SmtpOptions;
}

/** Somebody waits for the answer: no step takes as long as a mail may. */
const longestStepSeconds = 30;

/**
 * Runs a requested test of an Exchange connection. The secret opens only for the destination of the tested connection;
 * where it does not, the test says so at the sign-in.
 */
export async function runExchangeTest(
  { opener, now, exchange, smtp }: RunExchangeTestOptions,
  { testId, content, exchangeConnection, probeTo, probeFrom }: RequestedTest,
  onStep?: (step: ConnectionTestStep) => void,
): Promise<readonly ConnectionTestStep[]> {
  const timeoutSeconds = Math.min(content.timeoutSeconds, longestStepSeconds);
  const description =
    exchangeConnection === undefined
      ? null
      : describeExchange(exchangeConnection.content, { timeoutSeconds });
  const protocol = createTestProtocol(now(), onStep, description?.protocol ?? 'graph');
  if (description === null || exchangeConnection === undefined) {
    protocol.failed('token', failure('settings-invalid'), null);
    return protocol.steps();
  }
  const opened = await openExchangeSecret(opener, exchangeConnection);
  if (!opened.ok) {
    protocol.failed(description.oauth === null ? 'authenticate' : 'token', failure(opened.code), null);
    return protocol.steps();
  }
  const from = probeFrom ?? content.senderAddress?.address ?? description.mailbox;
  const to = probeTo ?? from;
  const request = {
    from,
    to,
    probe: probeTo !== null,
    message: probeMessage({ testId, from, to, date: now() }),
  };
  const finalReplyTimeoutMs = longestStepSeconds * 1000;
  const keys = exchangeKeys(description, opened.secret);
  const options = { ...exchange, finalReplyTimeoutMs };
  await (description.protocol === 'smtp-oauth'
    ? testSmtpOAuth(options, { ...smtp, finalReplyTimeoutMs }, description, keys, request, protocol)
    : testExchange(options, description, keys, request, protocol));
  return protocol.steps();
}
