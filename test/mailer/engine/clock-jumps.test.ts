import { test } from 'tap';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  createTransport,
  down,
  finished,
  minuteMs,
  openLog,
  openQueue,
  startMs,
  storyOf,
  take,
} from './harness.ts';

const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const yearsMs = 10 * 365 * dayMs;

test('a clock that is wrong by years for a while expires nothing and causes no storm', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const ids = Array.from({ length: 50 }, (_, index) => `m${index}`);
  for (const id of ids) await bench.submit(id);
  for (const id of ids) await bench.until(id, 'deferred');
  t.equal(transport.sends.length, 50);
  await bench.submit('later', { sendAt: new Date(startMs + 2 * hourMs).toISOString() });

  bench.clock.jump(yearsMs);
  await bench.clock.advance(9 * minuteMs);
  t.equal(bench.queue.stats().states.deferred, 50, 'nothing has expired');
  t.equal(transport.sends.length, 50, 'and nothing was sent after its time');
  bench.clock.jump(-yearsMs);
  transport.script = take;
  await bench.clock.advance(6 * minuteMs);
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 50 ? true : undefined));
  t.equal(transport.sends.length, 100, 'one retry of each');
  t.equal(bench.state('later'), 'queued');
  await bench.clock.advance(2 * hourMs);
  await bench.until('later', 'sent');
});

test('a clock that stays years ahead is believed after some minutes', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('m1');
  await bench.until('m1', 'deferred');
  bench.clock.jump(yearsMs);
  await bench.clock.advance(16 * minuteMs);
  await bench.until('m1', 'expired');
  transport.script = take;
  await bench.submit('m2');
  await bench.until('m2', 'sent');
});

test('a clock that is set back by years loses no timer: waiting mail, probes and sweeps go on', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('m1');
  await bench.until('m1', 'deferred');
  transport.script = () => down();
  await bench.submit('m2');
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  await bench.submit('later', { sendAt: new Date(startMs + hourMs).toISOString() });

  bench.clock.jump(-yearsMs);
  const before = transport.sends.length;
  await bench.clock.advance(1000);
  await bench.until('m2', 'deferred');
  for (let second = 0; second < 180; second += 1) await bench.clock.advance(1000);
  const probes = transport.sends.length - before;
  t.ok(probes > 1 && probes < 10, `probes go on as before: ${probes}`);
  transport.script = take;
  await bench.clock.advance(11 * minuteMs);
  await bench.until('m2', 'sent');
  await bench.until('m1', 'sent');
  t.same(await storyOf(log, 'm1'), ['deferred', 'deferred', 'attempt-started', 'sent']);
  await bench.submit('m3');
  await bench.until('m3', 'sent');
  transport.script = ({ envelope: { to } }) => finished(to, 'deferred');
  await bench.submit('m4');
  await bench.until('m4', 'deferred');
  transport.script = take;
  await bench.clock.advance(11 * minuteMs);
  await bench.until('m4', 'sent');
  t.equal(bench.state('later'), 'queued', 'its time is what somebody has asked for');
});

test('what became due while the machine slept goes soon after, once', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const ids = Array.from({ length: 20 }, (_, index) => `m${index}`);
  for (const id of ids) await bench.submit(id);
  for (const id of ids) await bench.until(id, 'deferred');
  await bench.submit('at', { sendAt: new Date(startMs + hourMs).toISOString() });
  transport.script = take;
  bench.clock.jump(3 * hourMs);
  await bench.clock.advance(5 * minuteMs);
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 21 ? true : undefined));
  t.equal(transport.sends.length, 41);
});
