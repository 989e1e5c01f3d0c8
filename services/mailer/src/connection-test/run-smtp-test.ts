import { hostname } from 'node:os';
import {
  type ConnectionTestStep,
  type Failure,
  failure,
  type OutgoingServerContent,
  type ServerType,
} from '@postausgang/contracts';
import {
  type CertificatesById,
  type Opener,
  openPassword,
  openTlsRules,
  type Secret,
  type TlsRules,
} from '@postausgang/credentials';
import type { IdentityHosts } from '@postausgang/settings';
import {
  createSmtpConnectionTest,
  createTestProtocol,
  type SmtpConnectionTestOptions,
} from '../transports/smtp/connection-test.ts';
import type { TestMailbox } from '../test-mailbox/test-mailbox.ts';
import { describeSmtp, type SmtpDescription } from '../transports/smtp/open-session.ts';
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
  /** Undefined: this mailer has none. */
  readonly testMailbox?: TestMailbox | undefined;
}

/** Somebody waits for the answer: no step takes as long as a mail may. */
const longestStepSeconds = 30;

/**
 * Runs a requested test against an SMTP server. The password opens only for the destination of the tested content;
 * where it does not, the test still goes as far as it can without one and says so at the sign-in.
 */
async function runSmtpTest(
  options: RunSmtpTestOptions,
  tested: RequestedTest,
  onStep?: (step: ConnectionTestStep) => void,
): Promise<readonly ConnectionTestStep[]> {
  const { opener, identityHosts, now, certificatesOf } = options;
  const { resource, content } = tested;
  const description = describeSmtp(content);
  if (description === null) {
    return notTestable(now());
  }
  const rules = await openTlsRules(opener, content, certificatesOf(content), identityHosts);
  if (!rules.ok) {
    return notTestable(now(), failure(rules.code, 'the identity or the certificate of the connection'));
  }
  const opened = await openPassword(opener, resource, content);
  const password = opened.ok ? opened.password : failure(opened.code);
  return testServer(options, tested, { description, password, tls: rules.value }, onStep);
}

/** Runs a requested test against the test mailbox. */
async function runTestMailboxTest(
  options: RunSmtpTestOptions,
  tested: RequestedTest,
  onStep?: (step: ConnectionTestStep) => void,
): Promise<readonly ConnectionTestStep[]> {
  const access = await options.testMailbox?.access().catch(() => undefined);
  if (access === undefined) {
    return notTestable(options.now(), failure('settings-invalid', 'no test mailbox'));
  }
  const { timeoutSeconds } = tested.content;
  const description = { ...access.description, timeoutSeconds };
  return testServer(options, tested, { ...access, description }, onStep);
}

/** A server as a test reaches it. */
interface TestedServer extends Partial<Pick<SmtpConnectionTestOptions, 'policy'>> {
  readonly description: SmtpDescription;
  readonly password: Secret | Failure | null;
  readonly tls?: TlsRules;
}

function testServer(
  { now, smtp }: RunSmtpTestOptions,
  { testId, content, probeTo, probeFrom }: RequestedTest,
  { description, ...server }: TestedServer,
  onStep?: (step: ConnectionTestStep) => void,
): Promise<readonly ConnectionTestStep[]> {
  const test = createSmtpConnectionTest({
    ...smtp,
    ...server,
    maxConnections: Math.min(
      smtp.maxConnections ?? Infinity,
      effectiveLimits(content).maxConnections ?? Infinity,
    ),
    description: { ...description, timeoutSeconds: Math.min(description.timeoutSeconds, longestStepSeconds) },
    finalReplyTimeoutMs: longestStepSeconds * 1000,
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
  'test-mailbox': runTestMailboxTest,
  // Loaded only where it is used, as the transports of Exchange are.
  async exchange(options, test, onStep) {
    const { runExchangeTest } = await import('./run-exchange-test.ts');
    return runExchangeTest(options, test, onStep);
  },
};

/** Runs a requested test with the code that sends by the settings in it. */
export const runConnectionTest: Run = (options, test, onStep) =>
  runs[test.content.serverType](options, test, onStep);
