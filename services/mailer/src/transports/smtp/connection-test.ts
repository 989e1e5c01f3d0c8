import type { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConnectionTestStep,
  type ConnectionTestStepName,
  type Failure,
  failure,
  type TestedProtocol,
  testStepsOf,
} from '@postausgang/contracts';
import type { TestConnection, TestRequest } from '@postausgang/mail';
import { peerCertificate, type StageFinding, type StageObserver, untrustedText } from '@postausgang/net';
import {
  attemptTimeout,
  createSessionSettings,
  finalReplyTimeout,
  type Opened,
  openSession,
  type SessionOptions,
  type SessionSettings,
} from './open-session.ts';
import { isOneTooMany, quitSession } from './pool.ts';
import { isPositive, lostConnection, refusedData, refusedRecipient, refusedSender } from './replies.ts';
import type { SmtpSession } from './session.ts';
import { admit, type EnvelopeCommand, outcomeOf, runTransaction } from './transaction.ts';

/** Collects what a connection test finds, as it happens, and gives the steps in the contract's order. */
export interface TestProtocol extends StageObserver {
  failed(step: ConnectionTestStepName, hint: Failure, reply: string | null): void;
  /** Every step; those that were not come to are skipped. */
  steps(): readonly ConnectionTestStep[];
}

/**
 * @param now the time, for the days a certificate has left
 * @param onStep hears of each step as it happens
 */
export function createTestProtocol(
  now: Date,
  onStep?: (step: ConnectionTestStep) => void,
  protocol: TestedProtocol = 'smtp',
): TestProtocol {
  const steps = new Map<ConnectionTestStepName, ConnectionTestStep>();
  let seenCertificates: readonly X509Certificate[] = [];
  let since = performance.now();
  const lap = (): number => {
    const before = since;
    since = performance.now();
    return Math.round(since - before);
  };
  const add = (step: ConnectionTestStep, { detail, reply, warning }: StageFinding): void => {
    const [seen, ...chain] = step.name === 'tls' ? seenCertificates : [];
    const found: ConnectionTestStep = {
      ...step,
      milliseconds: lap(),
      ...(detail === undefined ? {} : { detail: untrustedText(detail) }),
      ...(reply === undefined ? {} : { reply: untrustedText(reply) }),
      ...(warning === undefined ? {} : { warning }),
      ...(seen === undefined ? {} : { certificate: peerCertificate(seen, now) }),
      ...(chain.length === 0 ? {} : { chain: chain.map((one) => peerCertificate(one, now)) }),
    };
    steps.set(step.name, found);
    onStep?.(found);
  };
  return {
    passed: (name, finding) => add({ name, state: 'ok' }, finding),
    certificate(seen, chain) {
      seenCertificates = [seen, ...chain];
    },
    failed: (name, hint, reply) => add({ name, state: 'failed', hint }, reply === null ? {} : { reply }),
    steps: () => testStepsOf[protocol].map((name) => steps.get(name) ?? { name, state: 'skipped' }),
  };
}

/** The step that did not succeed. */
interface Breach {
  readonly step: ConnectionTestStepName;
  readonly hint: Failure;
  readonly reply: string | null;
}

const envelopeSteps: readonly EnvelopeCommand[] = ['mail-from', 'rcpt-to', 'data'];

const refusals = {
  'mail-from': refusedSender,
  'rcpt-to': refusedRecipient,
  data: refusedData,
} as const;

const isGranted = (step: EnvelopeCommand, reply: string): boolean =>
  step === 'data' ? reply.startsWith('354') : isPositive(reply);

/**
 * MAIL, RCPT and DATA. The connection is dropped when the server asks for the content, so nothing is delivered.
 * Null when every step succeeded.
 */
async function tryEnvelope(
  session: SmtpSession,
  { from, to, message }: TestRequest,
  observer: StageObserver,
): Promise<Breach | null> {
  const inadmissible = admit(session.offer, { from, to: [to] }, message.bytes).failure;
  if (inadmissible !== null) return { step: 'mail-from', hint: inadmissible, reply: null };
  const answers = new Map<EnvelopeCommand, string>();
  const record = await runTransaction(session, {
    envelope: { from, to: [to] },
    message,
    timeLeftMs: attemptTimeout(session.replyTimeoutMs, message.bytes.length),
    finalReplyTimeoutMs: session.replyTimeoutMs,
    onIntent: null,
    onReply(step, reply) {
      answers.set(step, reply);
      const before = envelopeSteps.slice(0, envelopeSteps.indexOf(step) + 1);
      if (before.every((each) => isGranted(each, answers.get(each) ?? ''))) observer.passed(step, { reply });
    },
  });
  const step = envelopeSteps.find((each) => !isGranted(each, answers.get(each) ?? ''));
  if (step === undefined) return null;
  const reply = answers.get(step);
  const spoken = { addresses: [from, to], texts: [] };
  const context = { spoken, offered: session.offer.saslMechanisms };
  if (reply !== undefined) return { step, hint: refusals[step](reply, context).failure, reply };
  const { lost } = record;
  const hint = lost === null ? failure('unexpected-reply') : lostConnection(lost);
  return { step, hint, reply: lost?.response ?? null };
}

export interface SmtpConnectionTestOptions extends SessionOptions {
  /** Least wait for the reply to the final dot of the probe; 10 minutes unless given. */
  readonly finalReplyTimeoutMs?: number;
  /** How many connections there may be to the server, those of mail included; 5 unless given. */
  readonly maxConnections?: number;
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
  const settings = createSessionSettings({ ...options, isAsked: true });
  const finalReplyTimeoutMs = finalReplyTimeout(settings.timeoutMs, options.finalReplyTimeoutMs);
  const { maxConnections = 5 } = options;
  return async (request, protocol) => {
    const test: Test = { request, protocol, settings, finalReplyTimeoutMs };
    const place = createTestPlace(settings, maxConnections);
    const isOk = await place.use((open) => runStages(test, open), protocol);
    if (isOk === true && request.probe) await place.use((open) => runProbe(test, open));
    place.leave();
  };
}

type Open = (observer?: StageObserver) => Promise<Opened>;

interface TestPlace {
  /** Does the work with a connection of its own, which is closed when it ends. Undefined: there was no place for it. */
  use<Result>(work: (open: Open) => Promise<Result>, protocol?: TestProtocol): Promise<Result | undefined>;
  leave(): void;
}

/** Somebody waits for the answer. */
const placeWithinMs = 30_000;
const noticeMs = 50;

/** A test has one connection at a time, from the same places as the mail: a server does not tell them apart. */
function createTestPlace(settings: SessionSettings, max: number): TestPlace {
  let granted = (): void => undefined;
  const seat = settings.memory.places.join({
    max,
    isAsked: () => true,
    onGranted: () => granted(),
    giveUpIdle: () => false,
  });
  const take = async (): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), placeWithinMs);
    let isLate = false;
    granted = () => (isLate ? seat.free(true) : resolve(true));
    seat.want();
    const isGranted = await promise;
    isLate = !isGranted;
    clearTimeout(timer);
    return isGranted;
  };
  const open: Open = async (observer) => {
    const opened = await openSession(settings, observer);
    if (opened.ok) {
      seat.opened();
      return opened;
    }
    if (!isOneTooMany(opened) || !(await seat.crowded())) {
      seat.free(true);
      return opened;
    }
    return (await take()) ? open(observer) : opened;
  };
  return {
    leave: () => seat.leave(),
    async use(work, protocol) {
      if (!(await take())) {
        protocol?.failed('connect', failure('server-busy', 'every connection to the server is in use'), null);
        return undefined;
      }
      let isOpen = false;
      const result = await work(async (observer) => {
        const opened = await open(observer);
        isOpen = opened.ok;
        return opened;
      });
      if (isOpen) {
        seat.ended();
        // The test breaks off without a word, and the server needs a moment to notice.
        await sleep(noticeMs);
        seat.free();
      }
      return result;
    },
  };
}

async function runStages({ request, protocol }: Test, open: Open): Promise<boolean> {
  const opened = await open(protocol);
  if (!opened.ok) {
    protocol.failed(opened.stage, opened.failure, opened.reply);
    return false;
  }
  const breach = await tryEnvelope(opened.session, request, protocol);
  if (breach !== null) protocol.failed(breach.step, breach.hint, breach.reply);
  await quitSession(opened.session);
  return breach === null;
}

/** One real mail, the whole way. */
async function runProbe(
  { request, protocol, settings, finalReplyTimeoutMs }: Test,
  open: Open,
): Promise<void> {
  const { from, to, message } = request;
  const opened = await open();
  if (!opened.ok) return protocol.failed('probe', opened.failure, opened.reply);
  const record = await runTransaction(opened.session, {
    envelope: { from, to: [to] },
    message,
    timeLeftMs: attemptTimeout(settings.timeoutMs, message.bytes.length),
    finalReplyTimeoutMs,
    onIntent: () => Promise.resolve(),
  });
  const [recipient] = outcomeOf(record, [to]).recipients;
  const reply = recipient?.reply ?? null;
  if (recipient?.outcome === 'sent') protocol.passed('probe', reply === null ? {} : { reply });
  else protocol.failed('probe', recipient?.failure ?? failure('unexpected-reply'), reply);
  await quitSession(opened.session);
}
