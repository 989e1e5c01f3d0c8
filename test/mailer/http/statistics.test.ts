import { type Test, test } from 'tap';
import { failure, type Statistics } from '@postausgang/contracts';
import { waitFor } from '../../peers/wait-for.ts';
import { finished } from '../engine/harness.ts';
import { setUp, type Setup } from './queue-routes.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const url = '/v1/statistics';
const as = (key: string) => ({ authorization: `Bearer ${key}` });

interface Refusal {
  readonly code: string;
  readonly findings: readonly { readonly pointer: string; readonly code: string }[];
}

/** Asks with times so long before the clock of the queue. */
function asking({ call, bench }: Setup) {
  const instant = (agoMs: number): string => new Date(bench.clock.nowMs() - agoMs).toISOString();
  return async <Body = Statistics>(fromAgoMs: number | null, toAgoMs: number | null, step = '') => {
    const query = new URLSearchParams({
      ...(fromAgoMs === null ? {} : { from: instant(fromAgoMs) }),
      ...(toAgoMs === null ? {} : { to: instant(toAgoMs) }),
      ...(step === '' ? {} : { step }),
    });
    return await call<Body>('GET', `${url}?${query.toString()}`);
  };
}

/** One mail that goes out, one that is refused, and one that waits. */
async function office(t: Test) {
  const setup = await setUp(t);
  const { bench, transport, call } = setup;
  transport.script = async ({ envelope: { to }, onIntent }) => {
    if (to.includes('nobody@x.example')) {
      const refused = finished(to, 'rejected');
      const recipients = refused.kind === 'finished' ? refused.recipients : [];
      const why = failure('recipient-refused');
      return { ...refused, recipients: recipients.map((one) => ({ ...one, failure: why })) };
    }
    await onIntent({ accepted: to, server: 'mail.test:25', tls: null });
    return finished(to, 'sent');
  };
  const send = async (address: string, more: object = {}) => {
    const mail = { to: [{ address }], subject: 'Rechnung', text: '.', ...more };
    const { body } = await call<{ id: string }>('POST', '/v1/mails', mail);
    return body.id;
  };
  await bench.until(await send('kunde@x.example'), 'sent');
  await bench.until(await send('nobody@x.example'), 'failed');
  await send('kunde@x.example', { sendAt: new Date(bench.clock.nowMs() + hourMs).toISOString() });
  return { setup, ask: asking(setup) };
}

test('tells what became of all mail, in the range and in each step of it', async (t) => {
  const { ask, setup } = await office(t);
  const { status, body } = await ask(null, null);
  t.equal(status, 200);
  t.match(body, {
    step: 'hour',
    totals: {
      accepted: 3,
      sent: 1,
      partlySent: 0,
      failed: 1,
      expired: 0,
      cancelled: 0,
      unknown: 0,
      deferred: 0,
      waiting: 1,
      duration: { p50Milliseconds: Number, p99Milliseconds: Number },
      failures: [{ code: 'recipient-refused', count: 1, en: String, de: String }],
    },
  });
  t.equal(Date.parse(body.asOf), setup.bench.clock.nowMs());
  const starts = body.steps.map(({ start }) => Date.parse(start));
  t.ok(starts.length >= 24 && starts.length <= 25, 'the 24 hours before now, in whole hours');
  t.equal(starts[0], Date.parse(body.from));
  t.equal((starts.at(-1) ?? 0) + hourMs, Date.parse(body.to));
  t.match(body.steps.at(-1), { accepted: 3, sent: 1, failed: 1, waiting: 1 });
  t.match(body.steps[0], { accepted: 0, waiting: 0, duration: { p50Milliseconds: null }, failures: [] });
});

test('what happens later is in a later step, and the line of the queue goes down', async (t) => {
  const { ask, setup } = await office(t);
  await setup.bench.clock.advance(2 * hourMs);
  const { body } = await waitFor('the third is sent', async () => {
    const answer = await ask(4 * hourMs, null, 'hour');
    return answer.body.totals.sent === 2 ? answer : undefined;
  });
  t.match(body.totals, { accepted: 3, sent: 2, failed: 1, waiting: 0 });
  const [first, ...later] = body.steps.filter(({ accepted, sent }) => accepted + sent > 0);
  t.match(first, { accepted: 3, sent: 1, failed: 1, waiting: 1 });
  t.match(later, [{ accepted: 0, sent: 1, waiting: 0 }]);
  t.match(body.steps.at(-1), { waiting: 0 });
});

test('chooses steps that fit the range', async (t) => {
  const { ask } = await office(t);
  for (const [agoMs, step] of [
    [hourMs, 'minute'],
    [dayMs, 'hour'],
    [7 * dayMs, 'hour'],
    [30 * dayMs, 'day'],
    [3 * 366 * dayMs, 'day'],
  ] as const) {
    t.match(await ask(agoMs, null), { status: 200, body: { step, totals: { accepted: 3 } } });
  }
  const lately = await ask(60 * dayMs, 60 * dayMs - hourMs);
  t.match(lately, { status: 200, body: { step: 'hour' } }, 'minutes are gone by then');
  t.match(await ask(120 * dayMs, 120 * dayMs - hourMs), { status: 200, body: { step: 'day' } });
});

test('refuses a range that is none, or that no answer can hold', async (t) => {
  const { ask, setup } = await office(t);
  const cases = [
    [hourMs, 2 * hourMs, '', '/from', 'range-empty'],
    [hourMs, hourMs, 'minute', '/from', 'range-empty'],
    [2000 * minuteMs, null, 'minute', '/step', 'too-many-steps'],
    [2001 * hourMs, null, 'hour', '/step', 'too-many-steps'],
    [8000 * dayMs, null, '', '/from', 'too-many-steps'],
    [3 * dayMs, 3 * dayMs - hourMs, 'minute', '/step', 'step-not-kept'],
    [120 * dayMs, 119 * dayMs, 'hour', '/step', 'step-not-kept'],
    [2000 * dayMs, 1990 * dayMs, 'day', '/step', 'step-not-kept'],
  ] as const;
  for (const [from, to, step, pointer, code] of cases) {
    const answer = await ask<Refusal>(from, to, step);
    t.equal(answer.status, 400, `${code} ${step}`);
    t.match(answer.body, { code: 'request-invalid', findings: [{ pointer, code }] });
  }
  for (const query of ['?step=week', '?from=yesterday', '?from=2025-02-30T00:00:00Z', '?timeZone=CET']) {
    t.match(await setup.call('GET', url + query), { status: 400, body: { code: 'request-invalid' } }, query);
  }
});

test('tells it to those who may read all mail', async (t) => {
  const { call, app } = await setUp(t);
  t.match(await call('GET', url, undefined, as('billing')), {
    status: 403,
    body: { detail: 'Missing scope: mail:read:all' },
  });
  t.match(await call('GET', url, undefined, as('manager')), { status: 200 });
  t.equal((await app.inject({ url })).statusCode, 401);
});
