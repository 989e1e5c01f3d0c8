/*
 * A connection test: the stages of the way to the server, and if it is wanted and they are all ok, one real mail.
 */
import type { ConnectionTestStep, Failure, ServerType } from '@postausgang/contracts';
import type { Transport } from '@postausgang/mail';
import { idOf, outgoingServerKind } from '@postausgang/settings';
import { type BuildOptions, openTransport } from '../apply/build.ts';
import type { TestProtocol } from '../transports/smtp/connection-test.ts';
import { type ProbeDeps, probeRequest, sendProbe } from './probe.ts';
import { runSmtpStages, runTestMailboxStages } from './run-smtp-test.ts';
import type { RequestedTest } from './runner.ts';
import { longestStepSeconds, type OnStep, type RunStages, type RunTestOptions } from './stages.ts';

const stages: Readonly<Record<ServerType, RunStages>> = {
  smtp: runSmtpStages,
  'test-mailbox': runTestMailboxStages,
  // Loaded only where it is used, as the transports of Exchange are.
  async exchange(options, test, onStep) {
    const { runExchangeStages } = await import('./run-exchange-test.ts');
    return runExchangeStages(options, test, onStep);
  },
};

/** The stages of the way to the server of a test. */
export const runStages: RunStages = (options, test, onStep) =>
  stages[test.content.serverType](options, test, onStep);

/** Runs a requested test with the code that sends by the settings in it. */
export async function runConnectionTest(
  options: RunTestOptions,
  requested: RequestedTest,
  onStep?: OnStep,
): Promise<readonly ConnectionTestStep[]> {
  const timeoutSeconds = Math.min(requested.content.timeoutSeconds, longestStepSeconds);
  const test = { ...requested, content: { ...requested.content, timeoutSeconds } };
  const { protocol, sender } = await runStages(options, test, onStep);
  const isFailed = protocol.steps().some(({ state }) => state === 'failed');
  if (!isFailed && test.probeTo !== null) await probe(options, test, test.probeTo, sender, protocol);
  return protocol.steps();
}

async function probe(
  options: RunTestOptions,
  test: RequestedTest,
  to: string,
  sender: string,
  protocol: TestProtocol,
): Promise<void> {
  const { resource } = test;
  const noQuota = options.quotaFailure(test);
  if (noQuota !== null) return protocol.failed('probe', noQuota, null);
  const isOfServer = idOf(outgoingServerKind, resource) !== undefined;
  const deps = isOfServer ? options : { ...options, permit: unlimited };
  const request = probeRequest(test, to, sender);
  const end = await withTransport(options, test, (transport) =>
    sendProbe(deps, { request, content: test.content, transport }),
  );
  if (!end.ok) return protocol.failed('probe', end.failure, 'reply' in end ? end.reply : null);
  return protocol.passed('probe', {
    detail: end.detail,
    ...(end.reply === null ? {} : { reply: end.reply }),
  });
}

/** Works with a transport of its own, built from the settings of a test and with the patience of somebody who waits. */
export async function withTransport<Result>(
  options: BuildOptions & Pick<RunTestOptions, 'certificatesOf'>,
  { resource, settingsVersion, content, exchangeConnection }: RequestedTest,
  work: (transport: Transport) => Promise<Result>,
): Promise<Result | { readonly ok: false; readonly failure: Failure }> {
  const finalReplyTimeoutMs = longestStepSeconds * 1000;
  const patience = { finalReplyTimeoutMs, maxConnections: 1, isAsked: true };
  const opened = await openTransport(
    { ...options, smtp: { ...options.smtp, ...patience }, exchange: { ...options.exchange, ...patience } },
    {
      resource,
      serverId: 'default',
      version: settingsVersion,
      content,
      ...(exchangeConnection && { connection: { ...exchangeConnection, version: settingsVersion } }),
      certificates: options.certificatesOf(content, exchangeConnection?.content),
    },
  );
  if (!opened.ok) return { ok: false, failure: opened.failure };
  try {
    return await work(opened.transport);
  } finally {
    await opened.transport.close();
  }
}

/** The limits are those of a server. */
const unlimited: ProbeDeps['permit'] = (_testId, recipients) => ({
  ok: true,
  recipients,
  giveBack: () => undefined,
});
