import { test } from 'tap';
import type { MailAccepted, MailList, MailStatus, Problem } from '@postausgang/contracts';
import { createPublisher } from '@postausgang/event-log';
import { minuteMs, startMs, take } from '../engine/harness.ts';
import { type Setup, setUp } from './queue-routes.ts';

const as = (key: string) => ({ authorization: `Bearer ${key}` });
const inFiveYears = new Date(startMs + 5 * 365 * 24 * 60 * minuteMs).toISOString();
const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Gehalt', text: 'Geheim' };

async function accepted({ bench, call }: Setup, key: string, more: object = {}): Promise<string> {
  const { status, body } = await call<MailAccepted>('POST', '/v1/mails', { ...mail, ...more }, as(key));
  if (status !== 202) throw new Error(JSON.stringify(body));
  await bench.until(body.id, 'queued', 'sent');
  return body.id;
}

test('shows a key its own mail and nobody else, and a foreign id like an unknown one', async (t) => {
  const setup = await setUp(t);
  const { call } = setup;
  const own = await accepted(setup, 'billing');
  const foreign = await accepted(setup, 'payroll');
  t.match(await call('GET', `/v1/mails/${own}`, undefined, as('billing')), {
    status: 200,
    body: { requestedBy: { kind: 'api-key', id: 'billing', name: 'key of billing' } },
  });
  const list = await call<MailList>('GET', '/v1/mails', undefined, as('billing'));
  t.same(
    list.body.items.map(({ id, requestedBy }) => [id, requestedBy?.id]),
    [[own, 'billing']],
  );
  const unknown = await call<Problem>('GET', '/v1/mails/unknown', undefined, as('billing'));
  t.equal(unknown.status, 404);
  t.same(await call('GET', `/v1/mails/${foreign}`, undefined, as('billing')), unknown);
  // A person whose token has the id of a key is not that key.
  t.same(await call('GET', `/v1/mails/${own}`, undefined, as('person')), unknown);
  const everything = await call<MailList>('GET', '/v1/mails', undefined, as('manager'));
  t.same(everything.body.items.map(({ id }) => id).toSorted(), [own, foreign].toSorted());
});

test('takes commands about own mail only, whatever is asked, and with :all about any', async (t) => {
  const setup = await setUp(t);
  const { call } = setup;
  const id = await accepted(setup, 'payroll', { sendAt: inFiveYears });
  const bodies = { hold: {}, release: {}, cancel: {}, resend: {}, resolve: { outcome: 'sent' } };
  for (const [verb, body] of Object.entries(bodies)) {
    const unknown = await call<Problem>('POST', `/v1/mails/unknown/${verb}`, body, as('billing'));
    t.equal(unknown.status, 404);
    t.same(await call('POST', `/v1/mails/${id}/${verb}`, body, as('billing')), unknown, verb);
  }
  t.match(await call('POST', `/v1/mails/${id}/hold`, {}, as('payroll')), { status: 200 });
  t.match(await call('POST', `/v1/mails/${id}/cancel`, {}, as('clerk')), {
    status: 200,
    body: { state: 'cancelled', history: [{ requestedBy: 'payroll' }, { requestedBy: 'clerk' }] },
  });
});

test('sends to a corrected address only for who may send', async (t) => {
  const setup = await setUp(t);
  const { bench, call, transport } = setup;
  const id = await accepted(setup, 'billing');
  await bench.until(id, 'sent');
  const recipients = [{ address: 'kunde@example.com', correctedAddress: 'evil@example.org' }];
  const url = `/v1/mails/${id}/resend`;
  t.match(await call('POST', url, { recipients, force: true }, as('clerk')), {
    status: 403,
    body: { code: 'forbidden', detail: 'Missing scope: mail:send' },
  });
  t.match(
    await call('POST', url, { recipients: [{ address: 'kunde@example.com' }], force: true }, as('clerk')),
    {
      status: 200,
    },
  );
  await bench.until(id, 'sent');
  t.match(await call('POST', url, { recipients, force: true }, as('billing')), { status: 200 });
  await bench.until(id, 'sent');
  t.same(
    transport.sends.map(({ to }) => to),
    [['kunde@example.com'], ['kunde@example.com'], ['evil@example.org']],
  );
});

test('lets a key wait for its own ordering keys only, and says for which mail', async (t) => {
  const setup = await setUp(t);
  const { bench, call } = setup;
  const order = { orderingKey: 'invoices' };
  const blocking = await accepted(setup, 'payroll', { ...order, sendAt: inFiveYears });
  const free = await accepted(setup, 'billing', order);
  await bench.until(free, 'sent');
  const waiting = await accepted(setup, 'payroll', order);
  t.match(await call<MailStatus>('GET', `/v1/mails/${waiting}`, undefined, as('payroll')), {
    body: { state: 'queued', waitsForMailId: blocking },
  });
  t.match(await call<MailStatus>('GET', `/v1/mails/${blocking}`, undefined, as('payroll')), {
    body: { waitsForMailId: null },
  });
  await call('POST', `/v1/mails/${blocking}/cancel`, {}, as('payroll'));
  await bench.until(waiting, 'sent');
  t.match(await call<MailStatus>('GET', `/v1/mails/${waiting}`, undefined, as('payroll')), {
    body: { waitsForMailId: null },
  });
});

test('gives mail from the log to its source, and to nobody who only says so', async (t) => {
  const setup = await setUp(t);
  const { bench, call, log } = setup;
  const now = () => new Date(bench.clock.nowMs());
  const erp = createPublisher(log, { source: '/erp/payroll', now, newId: () => 'event-1' });
  const requestedBy = { kind: 'api-key', id: 'billing', name: 'billing' } as const;
  await erp.publish('mailRequested', 'm1', { ...mail, id: 'm1', requestedBy });
  await bench.until('m1', 'sent');
  t.match(await call('GET', '/v1/mails/m1', undefined, as('billing')), { status: 404 });
  t.match(await call('GET', '/v1/mails/m1', undefined, as('manager')), {
    status: 200,
    body: { requestedBy: { kind: 'source', id: '/erp/payroll' } },
  });
});

test('reads mail of earlier versions: the text in requestedBy is the id of a key', async (t) => {
  const setup = await setUp(t);
  const { bench, call, log, transport } = setup;
  transport.script = take;
  const now = () => new Date(bench.clock.nowMs());
  const mailer = createPublisher(log, { source: '/mailer/mailer', now, newId: () => `e-${Math.random()}` });
  await mailer.publish('mailRequested', 'old', { ...mail, id: 'old', requestedBy: 'billing' });
  await mailer.publish('mailRequested', 'older', { ...mail, id: 'older' });
  await bench.until('older', 'sent');
  const list = await call<MailList>('GET', '/v1/mails', undefined, as('billing'));
  t.same(
    list.body.items.map(({ id }) => id),
    ['old'],
  );
  t.match(await call('GET', '/v1/mails/older', undefined, as('billing')), { status: 404 });
  t.match(await call('GET', '/v1/mails/older', undefined, as('manager')), { body: { requestedBy: null } });
});

test('tells of requests that were set aside only to who may read all mail', async (t) => {
  const { call } = await setUp(t);
  const url = '/v1/refused-mail-requests';
  t.match(await call('GET', url, undefined, as('billing')), {
    status: 403,
    body: { detail: 'Missing scope: mail:read:all' },
  });
  t.match(await call('GET', url, undefined, as('manager')), { status: 200 });
});
