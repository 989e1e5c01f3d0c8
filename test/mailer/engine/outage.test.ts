import { test } from 'tap';
import type { EventLog } from '@postausgang/event-log';
import type { SendResult } from '../../../packages/mail/src/transport.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  type Bench,
  createTestClock,
  createTransport,
  down,
  mailEvents,
  minuteMs,
  openLog,
  openQueue,
  server,
  startMs,
  take,
} from './harness.ts';
import { owned, scriptedOwnership } from './scripted-ownership.ts';

const hourMs = 60 * minuteMs;
const mails = 10_000;
const impatient = 500;
const refusedMails = 300;
const notAfterMs = startMs + 12 * hourMs + 34_567;

const submitAll = (bench: Bench): Promise<unknown> =>
  Promise.all(
    Array.from({ length: mails }, (_, index) =>
      bench.submit(`m${index}`, index < impatient ? { notAfter: new Date(notAfterMs).toISOString() } : {}),
    ),
  );

/** What a server says to mail it does not want, for good. */
const refuse = (to: readonly string[]): SendResult => ({
  kind: 'finished',
  recipients: to.map((address) => ({ address, outcome: 'rejected', reply: '550 5.1.1 no such user' })),
  server,
  tls: null,
  reply: null,
  failure: null,
});
const isUnwanted = (to: readonly string[]): boolean => {
  const index = Number(to[0]?.slice(1).split('@')[0]);
  return index >= impatient && index < impatient + refusedMails;
};

test('in 24 hours of outage nothing is burnt and nothing expires early', async (t) => {
  const { log, directory } = await openLog(t);
  const clock = createTestClock();
  const connects: number[] = [];
  let underWay = 0;
  let most = 0;
  let isDown = true;
  const transport = createTransport(async (request, call) => {
    if (isDown) {
      connects.push(clock.monotonicMs());
      return down();
    }
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => void setImmediate(resolve));
    const { to } = request.envelope;
    const result = isUnwanted(to) ? refuse(to) : await take(request, call);
    underWay -= 1;
    return result;
  });
  const [first, second] = [scriptedOwnership([0]), scriptedOwnership([])];
  const open = (ownership: typeof first, viewName: string) => {
    const shared: EventLog = owned(log, ownership);
    return openQueue(t, {
      log: shared,
      directory,
      serving: active(transport),
      clock,
      viewName,
      danglingGraceMs: 1000,
    });
  };
  const a = await open(first, 'a');
  const b = await open(second, 'b');
  await submitAll(a);
  await waitFor('a standstill', () => a.queue.stats().standstill ?? undefined);
  const atOnce = connects.length;
  t.ok(atOnce <= transport.capacity, 'no more than were under way');

  await clock.advance(8 * hourMs);
  t.equal(a.queue.stats().states.queued, mails, 'nothing has expired early, nothing is burnt');
  t.match(b.queue.report(), { mails: { due: mails } }, 'the other mailer answers for it too');
  first.set([]);
  second.set([0]);
  await waitFor('the other mailer stands still', () => b.queue.stats().standstill ?? undefined);
  await clock.advance(notAfterMs - 1 - clock.nowMs());
  t.equal(b.queue.stats().states.queued, mails);
  await clock.advance(1);
  await waitFor('the impatient ones', () =>
    b.queue.stats().states.expired === impatient ? true : undefined,
  );
  t.match(b.queue.status('m0')?.recipients, [{ failure: { code: 'expired', detail: 'connection-refused' } }]);
  await clock.advance(startMs + 24 * hourMs - clock.nowMs());
  t.equal(b.queue.stats().states.queued, mails - impatient);

  const pauses = connects.slice(1).map((atMs, index) => atMs - (connects[index] ?? 0));
  const rested = pauses.filter((pauseMs) => pauseMs < 54_000);
  t.ok(
    rested.length <= atOnce + 12 + transport.capacity,
    `${rested.length} short pauses, all at the beginnings`,
  );
  t.ok(connects.length < 24 * 60 * 1.2, `${connects.length} connects in 24 hours`);
  const expiry = (await mailEvents(log)).filter(({ type }) => type.includes('failed'));
  t.same(
    new Set(expiry.map(({ time }) => Date.parse(time))),
    new Set([notAfterMs]),
    'expired exactly at notAfter',
  );

  isDown = false;
  const before = transport.sends.length;
  await clock.advance(2 * minuteMs);
  const sent = mails - impatient - refusedMails;
  await waitFor('all out', () => (b.queue.stats().states.sent === sent ? true : undefined));
  t.equal(b.queue.stats().states.failed, refusedMails);
  await clock.advance(3 * hourMs);
  t.equal(transport.sends.length - before, mails - impatient, 'each once: 5yz is not tried again');
  t.ok(most <= transport.capacity, `${most} at once after the outage`);
  t.equal(a.queue.stats().states.sent, sent, 'both know');
  t.comment(
    `${mails} mails, 24 h: ${connects.length} connects, ${impatient} expired on time, ${sent} sent afterwards with at most ${most} at once`,
  );
});
