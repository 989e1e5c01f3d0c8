import { hostname } from 'node:os';
import { type Failure, failure, type OutgoingServerContent } from '@postausgang/contracts';
import { openPassword, openTlsRules, type Secret, type TlsRules } from '@postausgang/credentials';
import { mostConnections } from '../limits/connections.ts';
import {
  createSmtpStages,
  createTestProtocol,
  type SmtpConnectionTestOptions,
  type TestProtocol,
} from '../transports/smtp/connection-test.ts';
import { describeSmtp, type SmtpDescription } from '../transports/smtp/open-session.ts';
import type { RequestedTest } from './runner.ts';
import { type RunStages, type RunTestOptions, testRequestOf } from './stages.ts';

/**
 * The stages of an SMTP server. The password opens only for the destination of the tested content; where it does not, the
 * test still goes as far as it can without one and says so at the sign-in.
 */
export const runSmtpStages: RunStages = async (options, test, onStep) => {
  const { opener, identityHosts, now, certificatesOf } = options;
  const { resource, content } = test;
  const protocol = createTestProtocol(now(), onStep);
  const sender = senderOf(options, test);
  const description = describeSmtp(content);
  if (description === null) {
    protocol.failed('resolve', failure('settings-invalid'), null);
    return { protocol, sender };
  }
  const rules = await openTlsRules(opener, content, certificatesOf(content), identityHosts);
  if (!rules.ok) {
    const why = failure(rules.code, 'the identity or the certificate of the connection');
    protocol.failed('resolve', why, null);
    return { protocol, sender };
  }
  const opened = await openPassword(opener, resource, content);
  const password = opened.ok ? opened.password : failure(opened.code);
  await testServer(options, test, { description, password, tls: rules.value }, protocol);
  return { protocol, sender };
};

/** The stages of the test mailbox. */
export const runTestMailboxStages: RunStages = async (options, test, onStep) => {
  const protocol = createTestProtocol(options.now(), onStep);
  const sender = senderOf(options, test);
  const access = await options.testMailbox?.access().catch(() => undefined);
  if (access === undefined) {
    protocol.failed('resolve', failure('settings-invalid', 'no test mailbox'), null);
    return { protocol, sender };
  }
  const { timeoutSeconds } = test.content;
  const description = { ...access.description, timeoutSeconds };
  await testServer(options, test, { ...access, description }, protocol);
  return { protocol, sender };
};

/** A server as a test reaches it. */
interface TestedServer extends Partial<Pick<SmtpConnectionTestOptions, 'policy'>> {
  readonly description: SmtpDescription;
  readonly password: Secret | Failure | null;
  readonly tls?: TlsRules;
}

async function testServer(
  options: RunTestOptions,
  test: RequestedTest,
  server: TestedServer,
  protocol: TestProtocol,
): Promise<void> {
  const { smtp, now } = options;
  const maxConnections = mostConnections(test.content, smtp.maxConnections);
  const run = createSmtpStages({ ...smtp, ...server, maxConnections });
  await run(testRequestOf(test, senderOf(options, test), now(), options.sendingMode?.()), protocol);
}

/** Who the test sends as. */
function senderOf({ smtp }: RunTestOptions, { content, probeFrom }: RequestedTest): string {
  return probeFrom ?? usualSender(content, smtp.ehloName || hostname());
}

function usualSender({ senderAddress, smtp }: OutgoingServerContent, ehloName: string): string {
  const username = smtp.username?.includes('@') === true ? smtp.username : null;
  return senderAddress?.address ?? username ?? `postmaster@${ehloName}`;
}
