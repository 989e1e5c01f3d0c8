/** Everything that tests the way to the mail server: connection tests, and checks of senders. */
import {
  type EventData,
  type ExchangeConnectionContent,
  type Failure,
  failure,
  type OutgoingServerContent,
} from '@postausgang/contracts';
import { type CertificatesById, namedCertificates } from '@postausgang/credentials';
import type { EventLog } from '@postausgang/event-log';
import type { SendingModeNow } from '@postausgang/settings';
import type { BuildOptions } from '../apply/build.ts';
import type { MessageMaking } from '../engine/prepare-attempt.ts';
import type { MailQueue } from '../engine/queue.ts';
import { type createProbeUsage, quotaFailure } from './probe.ts';
import { runConnectionTest } from './run-test.ts';
import { type ConnectionTestRunner, createConnectionTestRunner } from './runner.ts';
import { createSenderChecks, type SenderReports } from './sender-checks.ts';
import type { RunTestOptions } from './stages.ts';

interface TestingOptions extends SenderReports {
  readonly log: EventLog;
  readonly newId: () => string;
  readonly building: BuildOptions;
  readonly making: MessageMaking;
  readonly queue: Pick<MailQueue, 'quotas' | 'probePermit' | 'resume'>;
  readonly probeUsage: ReturnType<typeof createProbeUsage>;
  /** Why nothing may be sent; null: it may. */
  readonly closedBy: () => Failure | null;
  readonly sendingMode: () => SendingModeNow;
  /** This mailer has run a test, and its result is durable. */
  readonly onResult?: ((result: EventData<'connectionTestResult'>) => void) | undefined;
}

type CertificatesOf = (
  content: OutgoingServerContent,
  connection?: ExchangeConnectionContent,
) => CertificatesById;

export function startTesting(options: TestingOptions): ConnectionTestRunner {
  const { settings, building, making, queue, probeUsage, sendingMode, now } = options;
  // A probe is a mail, too.
  const mayProbe = (): boolean => options.closedBy() === null && sendingMode().mode !== 'hold';
  const { state } = settings;
  const certificatesOf: CertificatesOf = (content, connection) =>
    namedCertificates(state, content, connection);
  const testing: RunTestOptions = {
    ...building,
    ...making,
    now,
    certificatesOf,
    quotaFailure: (test) => quotaFailure(test, queue.quotas, state.apiKeys, now()),
    permit: queue.probePermit,
    sendingMode,
  };
  const senderChecks = createSenderChecks({
    ...options,
    closedBy: () => options.closedBy() ?? (mayProbe() ? null : failure('probe-needed')),
    testing,
    quotaFailure: (request) => quotaFailure(request, queue.quotas, state.apiKeys, now(), false),
  });
  return createConnectionTestRunner({
    ...options,
    onEvent: probeUsage.evolve,
    senderChecks,
    onPassed: queue.resume,
    run: (test, onStep) => runConnectionTest(testing, mayProbe() ? test : { ...test, probeTo: null }, onStep),
  });
}
