import { hostname } from 'node:os';
import {
  type ConnectionTestStep,
  failure,
  type OutgoingServerContent,
  type ServerType,
} from '@postausgang/contracts';
import { type CertificatesById, type Opener, openPassword, openTlsRules } from '@postausgang/credentials';
import type { IdentityHosts } from '@postausgang/settings';
import {
  createSmtpConnectionTest,
  createTestProtocol,
  type SmtpConnectionTestOptions,
} from '../transports/smtp/connection-test.ts';
import { describeSmtp } from '../transports/smtp/open-session.ts';
import { effectiveLimits } from '@postausgang/settings';
import type { RunExchangeTestOptions } from './run-exchange-test.ts';
import { probeMessage, type RequestedTest } from './runner.ts';

interface RunSmtpTestOptions {
  readonly opener: Opener;
  /** Where the operator lets the mailer sign in as itself. */
  readonly identityHosts: IdentityHosts;
  readonly now: () => Date;
  readonly smtp: Omit<SmtpConnectionTestOptions, 'description' | 'password'>;
  /** The certificates that a content names. */
  readonly certificatesOf: (content: OutgoingServerContent) => CertificatesById;
}

/** Somebody waits for the answer: no step takes as long as a mail may. */
const longestStepSeconds = 30;

/**
 * Runs a requested test against an SMTP server. The password opens only for the destination of the tested content;
 * where it does not, the test still goes as far as it can without one and says so at the sign-in.
 */
async function runSmtpTest(
  { opener, identityHosts, now, smtp, certificatesOf }: RunSmtpTestOptions,
  { testId, resource, content, probeTo, probeFrom }: RequestedTest,
  onStep?: (step: ConnectionTestStep) => void,
): Promise<readonly ConnectionTestStep[]> {
  const description = describeSmtp(content);
  if (description === null) {
    return notTestable(now());
  }
  const rules = await openTlsRules(opener, content, certificatesOf(content), identityHosts);
  if (!rules.ok) {
    return notTestable(now(), failure(rules.code, 'the identity or the certificate of the connection'));
  }
  const opened = await openPassword(opener, resource, content);
  const test = createSmtpConnectionTest({
    ...smtp,
    maxConnections: Math.min(
      smtp.maxConnections ?? Infinity,
      effectiveLimits(content).maxConnections ?? Infinity,
    ),
    tls: rules.value,
    description: { ...description, timeoutSeconds: Math.min(description.timeoutSeconds, longestStepSeconds) },
    finalReplyTimeoutMs: longestStepSeconds * 1000,
    password: opened.ok ? opened.password : failure(opened.code),
  });
  const from = probeFrom ?? testSender(content, smtp.ehloName || hostname());
  const to = probeTo ?? from;
  const message = probeMessage({ testId, from, to, date: now() });
  return test({ from, to, probe: probeTo !== null, message, ...(onStep === undefined ? {} : { onStep }) });
}

/** All steps of a test for settings that do not say where to connect to. */
function notTestable(now: Date, why = failure('settings-invalid')): readonly ConnectionTestStep[] {
  const protocol = createTestProtocol(now);
  protocol.failed('resolve', why, null);
  return protocol.steps();
}

function testSender({ senderAddress, smtp }: OutgoingServerContent, ehloName: string): string {
  const username = smtp.username?.includes('@') === true ? smtp.username : null;
  return senderAddress?.address ?? username ?? `postmaster@${ehloName}`;
}

type RunTestOptions = RunSmtpTestOptions & RunExchangeTestOptions;

type Run = (
  options: RunTestOptions,
  test: RequestedTest,
  onStep?: (step: ConnectionTestStep) => void,
) => Promise<readonly ConnectionTestStep[]>;

const runs: Readonly<Record<ServerType, Run>> = {
  smtp: runSmtpTest,
  // Loaded only where it is used, as the transports of Exchange are.
  async exchange(options, test, onStep) {
    const { runExchangeTest } = await import('./run-exchange-test.ts');
    return runExchangeTest(options, test, onStep);
  },
};

/** Runs a requested test with the code that sends by the settings in it. */
export const runConnectionTest: Run = (options, test, onStep) =>
  runs[test.content.serverType](options, test, onStep);
