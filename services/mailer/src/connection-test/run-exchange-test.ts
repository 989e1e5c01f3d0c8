import {
  type ConnectionTestStep,
  type ExchangeConnectionContent,
  failure,
  type OutgoingServerContent,
} from '@postausgang/contracts';
import { type CertificatesById, type Opener, openExchangeKeys } from '@postausgang/credentials';
import type { IdentityHosts } from '@postausgang/settings';
import { testExchange } from '../transports/exchange/connection-test.ts';
import { describeExchange } from '../transports/exchange/describe.ts';
import type { ExchangeOptions } from '../transports/exchange/open.ts';
import { type SmtpOptions, testSmtpOAuth } from '../transports/exchange/smtp-oauth.ts';
import { createTestProtocol } from '../transports/smtp/connection-test.ts';
import { probeMessage, type RequestedTest } from './runner.ts';

export interface RunExchangeTestOptions {
  readonly opener: Opener;
  /** Where the operator lets the mailer sign in as itself. */
  readonly identityHosts: IdentityHosts;
  readonly now: () => Date;
  readonly exchange: ExchangeOptions;
  readonly smtp: SmtpOptions;
  /** The certificates that a content and its connection name. */
  readonly certificatesOf: (
    content: OutgoingServerContent,
    connection?: ExchangeConnectionContent,
  ) => CertificatesById;
}

/** Somebody waits for the answer: no step takes as long as a mail may. */
const longestStepSeconds = 30;

/**
 * Runs a requested test of an Exchange connection. The secret opens only for the destination of the tested connection;
 * where it does not, the test says so at the sign-in.
 */
export async function runExchangeTest(
  { opener, identityHosts, now, exchange, smtp, certificatesOf }: RunExchangeTestOptions,
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
  const certificates = certificatesOf(content, exchangeConnection.content);
  const opened = await openExchangeKeys(opener, exchangeConnection, certificates, identityHosts);
  if (!opened.ok) {
    protocol.failed(description.oauth === null ? 'authenticate' : 'token', opened.failure, null);
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
  const { keys } = opened;
  const options = { ...exchange, finalReplyTimeoutMs, isAsked: true };
  await (description.protocol === 'smtp-oauth'
    ? testSmtpOAuth(options, { ...smtp, finalReplyTimeoutMs }, description, keys, request, protocol)
    : testExchange(options, description, keys, request, protocol));
  return protocol.steps();
}
