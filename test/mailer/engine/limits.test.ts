import { Value } from '@sinclair/typebox/value';
import { test } from 'tap';
import { failure, type Limits, QueueStatusSchema } from '@postausgang/contracts';
import type { Transport } from '../../../packages/mail/src/transport.ts';
import { systemClock } from '../../../services/mailer/src/engine/clock.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  content,
  createTestClock,
  createTransport,
  disabled,
  down,
  mailEvents,
  minuteMs,
  openLog,
  openQueue,
  startMs,
  storyOf,
  take,
} from './harness.ts';

const none: Limits = { preset: 'none', maxConnections: null, mailsPerMinute: null, recipientsPerDay: null };
const limited = (transport: Transport, limits: Partial<Limits>) =>
  active(transport, 1, { limits: { ...none, ...limits } });
const hourMs = 60 * minuteMs;

test('mail beyond the limit of the minute waits, says why, and no attempt is counted', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: limited(transport, { mailsPerMinute: 5 }) });
  const ids = Array.from({ length: 12 }, (_, index) => `m${index}`);
  for (const id of ids) await bench.submit(id);
  await waitFor('five sent', () => (bench.queue.stats().states.sent === 5 ? true : undefined));
  t.equal(transport.sends.length, 5);
  const waiting = ids.filter((id) => bench.state(id) === 'queued');
  t.equal(waiting.length, 7);
  t.match(bench.queue.status(waiting[0] ?? ''), {
    attempts: [],
    waitingFor: {
      code: 'rate-limited',
      class: 'throttled',
      detail: 'mailsPerMinute',
      retryAt: new Date(startMs + 61_000).toISOString(),
    },
  });
  t.equal(bench.queue.stats().standstill, null, 'nothing is wrong');
  await bench.clock.advance(60_999);
  t.equal(transport.sends.length, 5);
  await bench.clock.advance(1);
  await waitFor('ten sent', () => (bench.queue.stats().states.sent === 10 ? true : undefined));
  await bench.clock.advance(61_000);
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 12 ? true : undefined));
  t.same(await storyOf(log, 'm11'), ['attempt-started', 'sent']);
});

test('the recipients of the day survive a restart, and a mail to more of them goes out in parts', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const clock = createTestClock();
  const serving = limited(transport, { recipientsPerDay: 100 });
  const first = await openQueue(t, { log, directory, serving, clock });
  await first.submit('m1', { to: Array.from({ length: 90 }, (_, n) => ({ address: `r${n}@x.example` })) });
  await first.until('m1', 'sent');
  await first.queue.stop(1000);
  await clock.advance(hourMs);

  const second = await openQueue(t, { log, directory, serving, clock });
  await second.submit('m2', { to: Array.from({ length: 30 }, (_, n) => ({ address: `s${n}@x.example` })) });
  await waitFor('the first part', () => transport.sends[1]);
  await second.until('m2', 'deferred');
  t.equal(transport.sends[1]?.to.length, 10);
  const retryAt = second.queue.status('m2')?.waitingFor?.retryAt ?? '';
  t.match(second.queue.status('m2'), { waitingFor: { code: 'rate-limited', detail: 'recipientsPerDay' } });
  t.equal(Date.parse(retryAt), startMs + 24 * hourMs + minuteMs, 'when the first mail is a day old');
  await second.queue.stop(1000);

  // Another mailer, which has only the log, knows the same.
  const third = await openQueue(t, { log, directory, serving, clock, viewName: 'other' });
  t.match(third.queue.status('m2')?.waitingFor, { retryAt });
  await clock.advance(23 * hourMs);
  t.equal(transport.sends.length, 2);
  await clock.advance(2 * minuteMs);
  await third.until('m2', 'sent');
  t.same(
    transport.sends.map(({ to }) => to.length),
    [90, 10, 20],
  );
});

test('the report says what waits, how much of each limit is used, and when the queue will be empty', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const limits = { mailsPerMinute: 5, recipientsPerDay: 1000 };
  const bench = await openQueue(t, { log, directory, serving: limited(transport, limits) });
  t.match(bench.queue.report(), {
    state: 'idle',
    mails: { due: 0 },
    emptyAt: new Date(startMs).toISOString(),
  });
  for (let index = 0; index < 15; index += 1) await bench.submit(`m${index}`);
  await bench.submit('later', { sendAt: new Date(startMs + hourMs).toISOString() });
  await waitFor('five sent', () => (bench.queue.stats().states.sent === 5 ? true : undefined));
  t.match(bench.queue.report(), {
    serverId: 'default',
    asOf: new Date(startMs).toISOString(),
    state: 'limited',
    mails: { due: 10, later: 1, sending: 0, held: 0, unknown: 0 },
    oldestDueAt: new Date(startMs).toISOString(),
    standstill: null,
    limits: {
      maxConnections: { limit: null, used: 0 },
      mailsPerMinute: { limit: 5, used: 5 },
      recipientsPerDay: { limit: 1000, used: 5 },
      reached: { code: 'rate-limited', retryAt: new Date(startMs + 61_000).toISOString() },
    },
    emptyAt: new Date(startMs + 2 * minuteMs).toISOString(),
  });
  t.ok(Value.Check(QueueStatusSchema, bench.queue.report()));
  await bench.clock.advance(61_000);
  await waitFor('ten sent', () => (bench.queue.stats().states.sent === 10 ? true : undefined));

  transport.script = () => down();
  await bench.clock.advance(61_000);
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  t.match(bench.queue.report(), {
    state: 'standstill',
    standstill: {
      failure: { code: 'connection-refused', class: 'transient' },
      since: new Date(startMs + 122_000).toISOString(),
      nextProbeAt: new Date(startMs + 123_000).toISOString(),
      failedProbes: 1,
    },
    emptyAt: null,
  });
  bench.serving.set(disabled);
  await waitFor('all held', () => (bench.queue.stats().states.held === 5 ? true : undefined));
  t.match(bench.queue.report(), { state: 'disabled', mails: { due: 0, held: 5 }, standstill: null });
  bench.serving.set({
    state: 'unavailable',
    serverId: 'default',
    content: content(),
    failure: failure('tls-failed'),
  });
  const since = new Date(startMs + 122_000).toISOString();
  const untried = { failure: { class: 'tls' }, since, nextProbeAt: null, failedProbes: 0 };
  t.match(bench.queue.report(), { state: 'standstill', standstill: untried });
  const tries = { count: 3, nextInMs: 4_000 };
  const why = failure('connection-refused');
  bench.serving.set({ state: 'unavailable', serverId: 'default', content: content(), failure: why, tries });
  const nextProbeAt = new Date(startMs + 126_000).toISOString();
  t.match(bench.queue.report().standstill, { since, nextProbeAt, failedProbes: 3 });
  t.match(bench.queue.stats().standstill, { retryAt: nextProbeAt });
  await bench.clock.advance(4_000);
  t.match(bench.queue.report().standstill, { nextProbeAt: null, failedProbes: 3 }, 'it is under way');
});

test('no more attempts are under way than there may be connections', async (t) => {
  const { log, directory } = await openLog(t);
  let underWay = 0;
  let most = 0;
  const transport = createTransport(async (request, call) => {
    underWay += 1;
    most = Math.max(most, underWay);
    const result = await take(request, call);
    underWay -= 1;
    return result;
  }, 20);
  const bench = await openQueue(t, { log, directory, serving: limited(transport, { maxConnections: 3 }) });
  await Promise.all(Array.from({ length: 40 }, (_, index) => bench.submit(`m${index}`)));
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 40 ? true : undefined));
  t.equal(most, 3);
});

/** Takes a mail only when it is let go, and counts how many are under way. */
function gatedTransport(capacity: number) {
  const gates: (() => void)[] = [];
  const transport = createTransport(async (request, call) => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate.resolve);
    await gate.promise;
    return await take(request, call);
  }, capacity);
  return { transport, gates, letGo: () => gates.splice(0).forEach((open) => open()) };
}

test('without a number in the settings, connections grow while mail waits, up to what the transport takes', async (t) => {
  const { log, directory } = await openLog(t);
  const { transport, gates, letGo } = gatedTransport(12);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const inUse = () => bench.queue.report().limits.maxConnections;
  await Promise.all(Array.from({ length: 60 }, (_, index) => bench.submit(`m${index}`)));
  await waitFor('five at first', () => (gates.length === 5 ? true : undefined));
  t.match(inUse(), { limit: null, used: 5, allowed: 5, most: 12 });
  for (const expected of [10, 12]) {
    letGo();
    await waitFor(`${expected} at one time`, () => (gates.length === expected ? true : undefined));
    t.match(inUse(), { used: expected, allowed: expected, most: 12 });
  }
  const all = () => (bench.queue.stats().states.sent === 60 ? true : (letGo(), undefined));
  await waitFor('all sent', all);
  await bench.clock.advance(61_000);
  await bench.submit('later');
  await waitFor('one more', () => (gates.length === 1 ? true : undefined));
  t.match(inUse(), { used: 1, allowed: 5 });
  letGo();
  await bench.until('later', 'sent');
});

test('a number in the settings is used at once', async (t) => {
  const { log, directory } = await openLog(t);
  const { transport, gates, letGo } = gatedTransport(9);
  const bench = await openQueue(t, { log, directory, serving: limited(transport, { maxConnections: 9 }) });
  await Promise.all(Array.from({ length: 20 }, (_, index) => bench.submit(`m${index}`)));
  await waitFor('nine at one time', () => (gates.length === 9 ? true : undefined));
  t.match(bench.queue.report().limits.maxConnections, { limit: 9, used: 9, allowed: 9, most: 9 });
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 20 ? true : (letGo(), undefined)));
});

test('limits that are lifted or set are in force at once', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  for (const id of ['m1', 'm2', 'm3']) await bench.submit(id);
  await bench.until('m3', 'sent');
  await waitFor('an empty hand', () => (bench.queue.stats().inFlight === 0 ? true : undefined));
  bench.serving.set(limited(transport, { mailsPerMinute: 3 }));
  await bench.submit('m4');
  t.match(bench.queue.status('m4'), { state: 'queued', waitingFor: { code: 'rate-limited' } });
  bench.serving.set(limited(transport, { mailsPerMinute: 4 }));
  await bench.until('m4', 'sent');
  await bench.submit('m5');
  t.equal(bench.state('m5'), 'queued');
  bench.serving.set(active(transport));
  await bench.until('m5', 'sent');
  const intents = (await mailEvents(log)).filter(({ type }) => type.includes('attempt-started'));
  t.notOk(
    intents.some(({ data }) => 'chargedTo' in data),
    'one partition is its own',
  );
});

test('in real time no window holds more than the limit', async (t) => {
  const { log, directory } = await openLog(t);
  const seen: number[] = [];
  const transport = createTransport(async (request, call) => {
    const result = await take(request, call);
    seen.push(performance.now());
    return result;
  });
  const clock = {
    ...systemClock,
    advance: async () => undefined,
    next: async () => undefined,
    jump: () => undefined,
  };
  const serving = limited(transport, { mailsPerMinute: 10 });
  const limitTimes = { minuteMs: 500 };
  const bench = await openQueue(t, { log, directory, serving, clock, limitTimes });
  await Promise.all(Array.from({ length: 35 }, (_, index) => bench.submit(`m${index}`)));
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 35 ? true : undefined));
  const windows = seen.map((from) => seen.filter((at) => at >= from && at < from + 480).length);
  t.ok(Math.max(...windows) <= 10, `${Math.max(...windows)} of 10 in a window`);
});
