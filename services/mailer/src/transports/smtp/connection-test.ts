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
import { askRecipients, type Breach, tryContent } from './envelope-test.ts';
import {
  createSessionSettings,
  type Opened,
  openSession,
  type SessionOptions,
  type SessionSettings,
} from './open-session.ts';
import { isOneTooMany, quitSession } from './pool.ts';

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
  const add = (step: ConnectionTestStep, { detail, reply, warning, note }: StageFinding): void => {
    const [seen, ...chain] = step.name === 'tls' ? seenCertificates : [];
    const found: ConnectionTestStep = {
      ...step,
      milliseconds: lap(),
      ...(detail === undefined ? {} : { detail: untrustedText(detail) }),
      ...(reply === undefined ? {} : { reply: untrustedText(reply) }),
      ...(warning === undefined ? {} : { warning }),
      ...(note === undefined ? {} : { note }),
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

export interface SmtpConnectionTestOptions extends SessionOptions {
  /** How many connections there may be to the server, those of mail included; 5 unless given. */
  readonly maxConnections?: number;
  readonly now?: () => Date;
}

interface Test {
  readonly request: TestRequest;
  readonly protocol: TestProtocol;
}

/**
 * A connection test that opens sessions and runs transactions with the code that sends. They are broken off before any
 * content, so nothing is delivered. With a failure in place of the password (`secret-required`) everything before the
 * sign-in is tested all the same.
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
  const { maxConnections = 5 } = options;
  return async (request, protocol) => {
    const test: Test = { request, protocol };
    const place = createTestPlace(settings, maxConnections);
    const first = await place.use((open) => runStages(test, open));
    const last = first === 'again' ? await place.use((open) => runContent(test, open)) : first;
    if (last === undefined) protocol.failed(first === undefined ? 'connect' : 'data', noPlace, null);
    place.leave();
  };
}

const noPlace = failure('server-busy', 'every connection to the server is in use');

type Open = (observer?: StageObserver) => Promise<Opened>;

interface TestPlace {
  /** Does the work with a connection of its own, which is closed when it ends. Undefined: there was no place for it. */
  use<Result>(work: (open: Open) => Promise<Result>): Promise<Result | undefined>;
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
    async use(work) {
      if (!(await take())) return undefined;
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

/** `again`: the server takes only one transaction a session, so the last stage needs another one. */
async function runStages({ request, protocol }: Test, open: Open): Promise<'ended' | 'again'> {
  const opened = await open(protocol);
  if (!opened.ok) {
    protocol.failed(opened.stage, opened.failure, opened.reply);
    return 'ended';
  }
  const { session } = opened;
  const refused = await askRecipients(session, request, protocol);
  const isEnough = request.isSenderOnly === true;
  const breach = refused ?? (isEnough ? null : await tryContent(session, request, protocol));
  const isAgain = refused === null && breach !== null && breach.step !== 'data';
  if (breach !== null && !isAgain) tell(protocol, breach);
  await quitSession(session);
  return isAgain ? 'again' : 'ended';
}

async function runContent({ request, protocol }: Test, open: Open): Promise<'ended'> {
  const opened = await open();
  if (!opened.ok) {
    protocol.failed('data', opened.failure, opened.reply);
    return 'ended';
  }
  const breach = await tryContent(opened.session, request, protocol);
  if (breach !== null) tell(protocol, breach);
  await quitSession(opened.session);
  return 'ended';
}

function tell(protocol: TestProtocol, { step, hint, reply }: Breach): void {
  protocol.failed(step, hint, reply);
}
