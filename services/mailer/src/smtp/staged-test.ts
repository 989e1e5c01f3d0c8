import { failure } from '@postausgang/contracts';
import type { TestConnection, TestRequest } from '@postausgang/mail';
import { attemptTimeout } from './attempt-timeout.ts';
import { quitSession } from './close-session.ts';
import { deliverContent } from './deliver-content.ts';
import { openSession } from './open-session.ts';
import {
  createSessionSettings,
  finalReplyTimeout,
  type SessionOptions,
  type SessionSettings,
} from './session-settings.ts';
import { createTestProtocol, type TestProtocol } from './test-protocol.ts';
import { outcomeOf } from './transaction-outcome.ts';
import { runTransaction } from './transaction.ts';
import { tryEnvelope } from './try-envelope.ts';

export interface SmtpConnectionTestOptions extends SessionOptions {
  /** Least wait for the reply to the final dot of the probe; 10 minutes unless given. */
  readonly finalReplyTimeoutMs?: number;
  readonly now?: () => Date;
}

interface Test {
  readonly request: TestRequest;
  readonly protocol: TestProtocol;
  readonly settings: SessionSettings;
  readonly finalReplyTimeoutMs: number;
}

/**
 * A connection test that opens sessions and runs transactions with the code that sends. The first transaction is
 * broken off after 354, so nothing is delivered; the probe, if wanted, is a second one on a new connection. With a
 * failure in place of the password (`secret-required`) everything before the sign-in is tested all the same.
 *
 * @throws RangeError when the policy has a network that is none; OpenSSL's error when `ca` is no certificate
 */
export function createSmtpConnectionTest(options: SmtpConnectionTestOptions): TestConnection {
  const run = createSmtpStages(options);
  const now = options.now ?? (() => new Date());
  return async (request) => {
    const protocol = createTestProtocol(now(), request.onStep);
    await run(request, protocol);
    return protocol.steps();
  };
}

/** The same into a protocol that may have begun before. */
export function createSmtpStages(
  options: SmtpConnectionTestOptions,
): (request: TestRequest, protocol: TestProtocol) => Promise<void> {
  const settings = createSessionSettings(options);
  const finalReplyTimeoutMs = finalReplyTimeout(settings.timeoutMs, options.finalReplyTimeoutMs);
  return async (request, protocol) => {
    const test: Test = { request, protocol, settings, finalReplyTimeoutMs };
    const isOk = await runStages(test);
    if (isOk && request.probe) await runProbe(test);
  };
}

async function runStages({ request, protocol, settings }: Test): Promise<boolean> {
  const opened = await openSession(settings, protocol);
  if (!opened.ok) {
    protocol.failed(opened.stage, opened.failure, opened.reply);
    return false;
  }
  const breach = await tryEnvelope(opened.session, request, settings.timeoutMs, protocol);
  if (breach !== null) protocol.failed(breach.step, breach.hint, breach.reply);
  await quitSession(opened.session);
  return breach === null;
}

/** One real mail, the whole way. */
async function runProbe({ request, protocol, settings, finalReplyTimeoutMs }: Test): Promise<void> {
  const { from, to, message } = request;
  const { timeoutMs } = settings;
  const opened = await openSession(settings);
  if (!opened.ok) return protocol.failed('probe', opened.failure, opened.reply);
  const onIntent = (): Promise<void> => Promise.resolve();
  const delivery = { message, writeTimeoutMs: timeoutMs, finalReplyTimeoutMs, onIntent };
  const record = await runTransaction(opened.session, {
    envelope: { from, to: [to] },
    message,
    replyTimeoutMs: timeoutMs,
    timeLeftMs: attemptTimeout(timeoutMs, message.length),
    deliver: (session, started) => deliverContent(session, started, delivery),
  });
  const [recipient] = outcomeOf(record, [to]).recipients;
  const reply = recipient?.reply ?? null;
  if (recipient?.outcome === 'sent') protocol.passed('probe', reply === null ? {} : { reply });
  else protocol.failed('probe', recipient?.failure ?? failure('unexpected-reply'), reply);
  await quitSession(opened.session);
}
