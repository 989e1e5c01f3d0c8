import { test } from 'tap';
import type { EffectiveLimits } from '@postausgang/settings';
import { emptyAtMs, paceOf } from '../../../services/mailer/src/limits/empty-at.ts';

const nowMs = Date.parse('2026-11-23T08:00:00Z');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const none: EffectiveLimits = { maxConnections: null, mailsPerMinute: null, recipientsPerDay: null };
/** So many mails to as many recipients, at a time before now. */
const used = (agoMs: number, mails: number, recipients = mails) => ({
  partition: 0,
  minute: Math.floor((nowMs - agoMs) / minuteMs),
  mails,
  recipients,
});
const emptyAt = (
  dueMails: number,
  limits: Partial<EffectiveLimits>,
  usage = [used(hourMs, 0)],
  waitsMs = 0,
) => {
  const oldestDueAtMs = nowMs - waitsMs;
  const atMs = emptyAtMs({ dueMails, oldestDueAtMs, limits: { ...none, ...limits }, usage, nowMs });
  return atMs === null ? null : atMs - nowMs;
};

test('the pace is the average of the last ten minutes', (t) => {
  t.equal(paceOf([used(4 * minuteMs, 40)], nowMs), 10);
  t.equal(paceOf([used(11 * minuteMs, 1000), used(5 * minuteMs, 20), used(minuteMs, 30)], nowMs), 10);
  t.equal(paceOf([], nowMs), 0);
  t.end();
});

test('the end of the queue follows from the limit of the minute, or from the pace', (t) => {
  t.equal(emptyAt(0, {}), 0);
  t.equal(emptyAt(100, {}), null, 'nothing has gone out lately, nobody can say');
  t.equal(emptyAt(300, { mailsPerMinute: 30 }), 10 * minuteMs);
  t.equal(emptyAt(100, {}, [used(5 * minuteMs, 50)]), 10 * minuteMs);
  const slow = [used(5 * minuteMs, 50)];
  t.equal(emptyAt(300, { mailsPerMinute: 30 }, slow), 10 * minuteMs, 'few have come, so few went');
  t.equal(emptyAt(300, { mailsPerMinute: 30 }, slow, hourMs), 30 * minuteMs, 'the server takes no more');
  t.end();
});

test('the limit of the day lets on what was used a day ago', (t) => {
  const limits = { mailsPerMinute: 1000, recipientsPerDay: 1000 };
  t.equal(emptyAt(100, limits, [used(20 * hourMs, 900)]), 6000, 'there is room');
  t.equal(emptyAt(300, limits, [used(20 * hourMs, 500), used(hourMs, 400)]), 4 * hourMs + minuteMs);
  t.equal(emptyAt(600, limits, [used(20 * hourMs, 500), used(hourMs, 500)]), 23 * hourMs + minuteMs);
  t.equal(emptyAt(100, limits, [used(20 * hourMs, 100, 1000)]), 4 * hourMs + minuteMs, 'ten recipients each');
  t.equal(emptyAt(2500, limits, [used(hourMs, 1000)]), 2 * dayMs);
  t.end();
});
