/** What was told stays true when a partition moves in the middle of something. */
import { randomUUID } from 'node:crypto';
import { type Test, test } from 'tap';
import { topics } from '@postausgang/contracts';
import { createPublisher, type EventLog, type NewRecord } from '@postausgang/event-log';
import { followRuns } from '../../../services/mailer/src/engine/living-runs.ts';
import type { CommandAnswer } from '../../../services/mailer/src/view/mail-view.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  type Bench,
  createTestClock,
  createTransport,
  finished,
  minuteMs,
  openLog,
  openQueue,
  server,
  startMs,
  storyOf,
  take,
} from './harness.ts';
import { owned, scriptedOwnership } from './scripted-ownership.ts';

/** A log whose mail events land when they are let through, one append after the other. */
interface SlowLog {
  readonly log: EventLog;
  /** Resolves when an append of such an event waits. */
  reached(type: string): Promise<unknown>;
  /** Waits for the next append of such an event and lets it land; resolves when it has. */
  letThrough(type: string): Promise<void>;
  /** From now on nothing waits. */
  open(): void;
}

function slowLog(log: EventLog): SlowLog {
  const waiting: { readonly type: string; readonly pass: () => Promise<unknown> }[] = [];
  let isOpen = false;
  const reached = (type: string) =>
    waitFor(`an append of ${type}`, () => waiting.find((each) => each.type.includes(type)));
  const typeOf = ([record]: readonly NewRecord[]): string => record?.headers['ce_type'] ?? '';
  return {
    log: {
      ...log,
      append(topic, records) {
        if (isOpen || topic !== topics.mailEvents.name) return log.append(topic, records);
        const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<EventLog['append']>>>();
        const pass = async (): Promise<void> => resolve(await log.append(topic, records));
        waiting.push({ type: typeOf(records), pass });
        return promise;
      },
    },
    reached,
    async letThrough(type) {
      const one = await reached(type);
      waiting.splice(waiting.indexOf(one), 1);
      await one.pass();
    },
    open() {
      isOpen = true;
      waiting.splice(0).forEach(({ pass }) => void pass());
    },
  };
}

interface Takeover {
  readonly log: EventLog;
  readonly first: Bench;
  readonly next: Bench;
  readonly firstLog: SlowLog;
  readonly nextLog: SlowLog;
  readonly handedOver: () => number;
  ask(name: 'mailCancelRequested' | 'mailHoldRequested' | 'mailReleaseRequested'): Promise<CommandAnswer>;
}

/** The first owner has an intent on the way to the log when the partition moves to the next one. */
async function inTheMiddleOfAnIntent(t: Test): Promise<Takeover> {
  const { log, directory } = await openLog(t);
  const ownership = scriptedOwnership();
  const [firstLog, nextLog] = [slowLog(log), slowLog(log)];
  let handedOver = 0;
  const transport = createTransport(async (request, call) => {
    const result = await take(request, call);
    handedOver += 1;
    return result;
  });
  const serving = active(transport);
  const common = { directory, serving, danglingGraceMs: 30_000 };
  const first = await openQueue(t, { ...common, log: owned(firstLog.log, ownership), viewName: 'first' });
  const sendAt = new Date(startMs + 1000).toISOString();
  await first.submit('m1', { sendAt });
  await first.clock.advance(1000);
  await waitFor('the attempt of the first owner', () => transport.sends[0]);
  ownership.set([]);
  const next = await openQueue(t, { ...common, log: nextLog.log, viewName: 'next' });
  return {
    log,
    first,
    next,
    firstLog,
    nextLog,
    handedOver: () => handedOver,
    ask: async (name) => (await next.ask(name, { mailId: 'm1' })).answer,
  };
}

test('a cancellation that crosses the intent of the owner before is decided anew, and told as it is', async (t) => {
  const { log, next, firstLog, nextLog, handedOver, ask } = await inTheMiddleOfAnIntent(t);
  const tooEarly = ask('mailCancelRequested');
  await nextLog.reached('mail-cancelled');
  await firstLog.letThrough('attempt-started');
  await nextLog.letThrough('mail-cancelled');
  await nextLog.letThrough('mail-command-declined');
  t.match(await tooEarly, { code: 'mail-sending' }, 'the intent was first');
  t.equal(next.state('m1'), 'sending');
  await firstLog.letThrough('mail-deferred');
  await next.until('m1', 'deferred');
  const again = ask('mailCancelRequested');
  await nextLog.letThrough('mail-cancelled');
  t.same(await again, { code: null, detail: null });
  t.equal(next.state('m1'), 'cancelled');
  await next.clock.advance(60 * 60_000);
  t.equal(handedOver(), 0);
  t.same(await storyOf(log, 'm1'), [
    'attempt-started',
    'cancelled',
    'command-declined',
    'deferred',
    'cancelled',
  ]);
});

test('an intent behind a hold counts for nothing, and no dot is sent', async (t) => {
  const { first, next, firstLog, nextLog, handedOver, ask } = await inTheMiddleOfAnIntent(t);
  const held = ask('mailHoldRequested');
  await nextLog.letThrough('mail-held');
  t.same(await held, { code: null, detail: null });
  await firstLog.letThrough('attempt-started');
  await firstLog.letThrough('mail-deferred');
  await waitFor('the first owner knows', () => first.queue.stats().inFlight === 0 || undefined);
  t.same([first.state('m1'), next.state('m1'), handedOver()], ['held', 'held', 0]);
  nextLog.open();
  t.same(await ask('mailReleaseRequested'), { code: null, detail: null });
  await next.clock.advance(60 * 60_000);
  await next.until('m1', 'sent');
  t.equal(handedOver(), 1);
});

test('an attempt of a living run stays its own, and what comes late is its outcome', async (t) => {
  const { log, directory } = await openLog(t);
  const ownership = scriptedOwnership();
  const [handedOver, reply] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transport = createTransport(async (request, call) => {
    await request.onIntent({ accepted: request.envelope.to, server, tls: null });
    handedOver.resolve();
    if (call === 1) await reply.promise;
    return finished(request.envelope.to, 'sent');
  });
  const serving = active(transport);
  const danglingGraceMs = 30_000;
  const common = { directory, serving, danglingGraceMs };
  const first = await openQueue(t, {
    ...common,
    log: owned(log, ownership),
    runId: 'first',
    viewName: 'first',
  });
  await first.submit('slow');
  await handedOver.promise;
  ownership.set([]);
  let heardAtMs = startMs;
  const lastHeardMs = (runId: string) => (runId === 'first' ? heardAtMs : undefined);
  const next = await openQueue(t, { ...common, log, lastHeardMs, runId: 'next', viewName: 'next' });
  for (let minute = 0; minute < 9; minute += 1) {
    heardAtMs = next.clock.nowMs();
    await next.clock.advance(danglingGraceMs - 1);
    t.equal(next.state('slow'), 'sending');
  }
  await next.clock.advance(danglingGraceMs);
  await next.until('slow', 'unknown');
  reply.resolve();
  await next.until('slow', 'sent');
  t.equal(transport.sends.length, 1);
  t.same(await storyOf(log, 'slow'), ['attempt-started', 'outcome-unknown', 'sent']);
});

test('a run lives from its first sign of life until it says goodbye', async (t) => {
  const { log } = await openLog(t);
  const clock = createTestClock();
  const publisher = createPublisher(log, { source: '/mailer/m1', now: () => new Date(), newId: randomUUID });
  const sign = (runId: string) =>
    publisher.publish('mailerAlive', 'm1', { mailerId: 'm1', runId, leaseMs: 30_000 });
  await publisher.publish('mailerStarted', 'm1', { mailerId: 'm1', runId: 'r1', leaseMs: 30_000 });
  const runs = followRuns({ log, clock });
  t.teardown(runs.stop);
  t.equal(runs.lastHeardMs('nobody'), startMs, 'nobody is dead before all is heard');
  await waitFor('all signs', () => (runs.lastHeardMs('nobody') === undefined ? true : undefined));
  t.equal(runs.lastHeardMs('r1'), startMs);
  await clock.advance(minuteMs);
  await sign('r1');
  await waitFor('the next sign', () => (runs.lastHeardMs('r1') === startMs + minuteMs ? true : undefined));
  await publisher.publish('mailerStopped', 'm1', { mailerId: 'm1', runId: 'r1' });
  await waitFor('the goodbye', () => (runs.lastHeardMs('r1') === undefined ? true : undefined));
});
