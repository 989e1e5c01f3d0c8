import { failure } from '@postausgang/contracts';
import { openExchangeKeys } from '@postausgang/credentials';
import { testExchange } from '../transports/exchange/connection-test.ts';
import { describeExchange } from '../transports/exchange/describe.ts';
import { testSmtpOAuth } from '../transports/exchange/smtp-oauth.ts';
import { createTestProtocol } from '../transports/smtp/connection-test.ts';
import { longestStepSeconds, type RunStages, testRequestOf } from './stages.ts';

/**
 * The stages of an Exchange connection. The secret opens only for the destination of the tested connection; where it does
 * not, the test says so at the sign-in.
 */
export const runExchangeStages: RunStages = async (options, test, onStep) => {
  const { opener, identityHosts, now, exchange, smtp, certificatesOf } = options;
  const { content, exchangeConnection } = test;
  const { timeoutSeconds } = content;
  const description =
    exchangeConnection === undefined
      ? null
      : describeExchange(exchangeConnection.content, { timeoutSeconds });
  const protocol = createTestProtocol(now(), onStep, description?.protocol ?? 'graph');
  const sender = test.probeFrom ?? content.senderAddress?.address ?? description?.mailbox ?? '';
  if (description === null || exchangeConnection === undefined) {
    protocol.failed('token', failure('settings-invalid'), null);
    return { protocol, sender };
  }
  const certificates = certificatesOf(content, exchangeConnection.content);
  const opened = await openExchangeKeys(opener, exchangeConnection, certificates, identityHosts);
  if (!opened.ok) {
    protocol.failed(description.oauth === null ? 'authenticate' : 'token', opened.failure, null);
    return { protocol, sender };
  }
  const answers = { ...exchange, finalReplyTimeoutMs: longestStepSeconds * 1000, isAsked: true };
  const { keys } = opened;
  await (description.protocol === 'smtp-oauth'
    ? testSmtpOAuth(
        answers,
        smtp,
        description,
        keys,
        testRequestOf(test, sender, now(), options.sendingMode?.()),
        protocol,
      )
    : testExchange(answers, description, keys, protocol));
  return { protocol, sender };
};
