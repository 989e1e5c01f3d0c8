import { test } from 'tap';
import {
  type BulkMailAnswer,
  failure,
  type MailActionList,
  type MailActionStatus,
  type MailList,
} from '@postausgang/contracts';
import type { SendResult } from '../../../packages/mail/src/transport.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { finished, mailEvents, server, take } from '../engine/harness.ts';
import { setUp } from './queue-routes.ts';

const refused = (to: readonly string[]): SendResult => ({
  kind: 'finished',
  recipients: to.map((address) => ({
    address,
    outcome: 'rejected',
    reply: '550 5.1.1 User unknown',
    failure: failure('recipient-refused', '550 5.1.1 User unknown'),
  })),
  server,
  tls: null,
  reply: null,
  failure: null,
});

test('many mails are resent by one command, counted before, and none of the others', async (t) => {
  const { bench, transport, call, app, log } = await setUp(t);
  const states = () => bench.queue.stats().states;
  transport.script = ({ envelope: { to } }) => refused(to);
  await Promise.all(
    Array.from({ length: 450 }, (_, n) => bench.submit(`m${n}`, { businessReference: `${n % 3}` })),
  );
  await waitFor('all refused', () => (states().failed === 450 ? true : undefined));
  transport.script = take;
  const filter = { failure: 'recipient-refused', businessReference: '1' };
  const dry = await call<BulkMailAnswer>('POST', '/v1/mails/resend', { filter, dryRun: true });
  t.same([dry.status, dry.body], [202, { id: null, verb: 'resend', matched: 150 }]);
  t.equal(transport.sends.length, 450, 'a dry run only counts');
  const sent = await call<BulkMailAnswer>('POST', '/v1/mails/resend', { filter }, { 'idempotency-key': 'k' });
  t.match(sent.body, { id: /^key\./, verb: 'resend', matched: 150 });
  await waitFor('all resent', () => (states().sent === 150 ? true : undefined));
  const again = await call<BulkMailAnswer>(
    'POST',
    '/v1/mails/resend',
    { filter },
    { 'idempotency-key': 'k' },
  );
  t.equal(again.body.id, sent.body.id, 'the same command');
  t.equal(states().failed, 300);
  t.equal(transport.sends.length, 600, 'each once');
  const expanded = (await mailEvents(log)).filter(({ type }) => type.includes('bulk-expanded'));
  t.match(expanded, [{ data: { matched: 150, command: { verb: 'resend', requestedBy: 'manager' } } }]);
  const denied = await app.inject({
    method: 'POST',
    url: '/v1/mails/resend',
    headers: { authorization: 'Bearer sender' },
    payload: { filter: {} },
  });
  t.equal(denied.statusCode, 403);
});

test('many mails are resent only by whoever may send as all of their senders', async (t) => {
  const { bench, transport, call } = await setUp(t);
  transport.script = ({ envelope: { to } }) => refused(to);
  await bench.submit('own', { from: { address: 'x@shop.example' }, businessReference: 'own' });
  await bench.submit('foreign', { from: { address: 'erp@acme.example' } });
  await Promise.all(['own', 'foreign'].map((id) => bench.until(id, 'failed')));
  const shop = { authorization: 'Bearer shop' };
  const all = await call('POST', '/v1/mails/resend', { filter: {} }, shop);
  t.match(all, { status: 403, body: { code: 'sender-not-allowed' } });
  const own = await call('POST', '/v1/mails/resend', { filter: { businessReference: 'own' } }, shop);
  t.match(own, { status: 202, body: { matched: 1 } });
  t.equal((await call('POST', '/v1/mails/foreign/resend', {}, shop)).status, 403);
  t.equal((await call('POST', '/v1/mails/foreign/resend', {})).status, 200, 'without limits');
});

test('held mails are released, and waiting ones cancelled, all at once', async (t) => {
  const { bench, transport, call } = await setUp(t);
  const states = () => bench.queue.stats().states;
  transport.script = ({ envelope: { to } }) => finished(to, 'deferred');
  await Promise.all(Array.from({ length: 6 }, (_, n) => bench.submit(`m${n}`)));
  await waitFor('all deferred', () => (states().deferred === 6 ? true : undefined));
  for (const id of ['m0', 'm1']) await call('POST', `/v1/mails/${id}/hold`);
  const released = await call<BulkMailAnswer>('POST', '/v1/mails/release', { filter: {}, reason: 'weiter' });
  t.equal(released.body.matched, 2);
  await waitFor('released', () => (states().held === 0 ? true : undefined));
  const later = { since: '2030-01-01T00:00:00Z' };
  t.equal((await call<BulkMailAnswer>('POST', '/v1/mails/cancel', { filter: later })).body.matched, 0);
  const cancelled = await call<BulkMailAnswer>('POST', '/v1/mails/cancel', {
    filter: { states: ['deferred'] },
  });
  t.equal(cancelled.body.matched, 6);
  await waitFor('cancelled', () => (states().cancelled === 6 ? true : undefined));
});

test('one filter finds, counts and is acted upon', async (t) => {
  const { bench, transport, call } = await setUp(t);
  transport.script = ({ envelope: { to } }) =>
    to[0]?.startsWith('m1') === true ? refused(to) : finished(to, 'deferred');
  const subjects = ['Rechnung 4711', 'Mahnung', 'Angebot'];
  await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      bench.submit(`m${n}`, {
        subject: subjects[n % 3] ?? '',
        businessReference: `${n % 2 === 0 ? 'order' : 'invoice'}/${n % 4}`,
        messageId: `<m${n}@acme.example>`,
        priority: n % 5 === 0 ? 'urgent' : 'normal',
        attachments: [{ filename: `liste-${n % 3}.pdf`, contentType: 'application/pdf', content: '' }],
      }),
    ),
  );
  const states = () => bench.queue.stats().states;
  await waitFor('all tried', () => (states().failed + states().deferred === 24 ? true : undefined));
  const moment = new Date(bench.clock.nowMs() + 1).toISOString();
  const filters: readonly Readonly<Record<string, string>>[] = [
    {},
    { q: 'rechnung' },
    { recipient: 'm3@x.example' },
    { recipient: '@x.example', subject: 'mahn*' },
    { sender: 'erp@acme.example' },
    { attachment: 'liste-1.pdf' },
    { requestedBy: '/erp' },
    { messageId: 'm5@acme.example' },
    { priority: 'urgent' },
    { businessReference: 'order/2' },
    { businessReferencePrefix: 'inv', q: 'angebot' },
    { failure: 'recipient-refused' },
    { failure: 'recipient-refused', subject: 'rechnung', state: 'failed' },
    { id: 'm1,m2,m20,none' },
    { id: 'm3', q: 'angebot' },
    { failure: 'relay-denied' },
    { state: 'deferred,held' },
    { since: moment },
    { until: moment, state: 'failed' },
  ];
  for (const filter of filters) {
    const query = new URLSearchParams({ ...filter, limit: '200' });
    const found = await call<MailList>('GET', `/v1/mails?${query}`);
    const all = { state: 'queued,deferred,failed', ...filter };
    const dry = await call<BulkMailAnswer>('POST', '/v1/mails/actions', {
      verb: 'hold',
      filter: all,
      dryRun: true,
    });
    t.same(
      [dry.status, dry.body],
      [202, { id: null, verb: 'hold', matched: found.body.items.length }],
      `${query}`,
    );
  }
  const filter = { subject: 'rechnung', state: 'deferred' };
  const meant = (await call<MailList>('GET', `/v1/mails?${new URLSearchParams(filter)}`)).body.items;
  const begun = await call<BulkMailAnswer>('POST', '/v1/mails/actions', { verb: 'hold', filter });
  t.equal(begun.body.matched, meant.length);
  await waitFor('held', () => (states().held === meant.length ? true : undefined));
  const held = (await call<MailList>('GET', '/v1/mails?state=held')).body.items;
  t.same(
    held.map(({ id }) => id),
    meant.map(({ id }) => id),
    'exactly those that were found',
  );
});

test('tells how far an action is, and why mails were skipped', async (t) => {
  const { bench, transport, call, app } = await setUp(t);
  transport.script = ({ envelope: { to } }) => finished(to, 'deferred');
  await Promise.all(
    Array.from({ length: 5 }, (_, n) => bench.submit(`m${n}`, { businessReference: 'order/1' })),
  );
  await Promise.all(Array.from({ length: 5 }, (_, n) => bench.until(`m${n}`, 'deferred')));
  await call('POST', '/v1/mails/m0/hold');
  const action = {
    verb: 'hold',
    filter: { businessReference: 'order/1', state: 'deferred,held' },
    reason: 'Preisfehler',
  };
  const headers = { 'idempotency-key': 'k' };
  const response = await app.inject({
    method: 'POST',
    url: '/v1/mails/actions',
    headers: { authorization: 'Bearer manager', ...headers },
    payload: action,
  });
  const { id } = response.json<BulkMailAnswer>();
  t.match(response, { statusCode: 202, headers: { location: `/v1/mails/actions/${id}` } });
  const path = `/v1/mails/actions/${id}`;
  const end = await waitFor('the end', async () => {
    const { status, body } = await call<MailActionStatus>('GET', path);
    t.equal(status, 200, 'known as soon as it was taken');
    return body.state === 'finished' ? body : undefined;
  });
  t.match(end, {
    id,
    verb: 'hold',
    filter: action.filter,
    matched: 5,
    done: 4,
    skipped: 1,
    reasons: [{ code: 'nothing-to-do', count: 1 }],
    actor: 'key of manager',
    reason: 'Preisfehler',
    finishedAt: String,
  });
  const again = await call<BulkMailAnswer>('POST', '/v1/mails/actions', action, headers);
  t.equal(again.body.id, id, 'a repetition is the same action');
  t.same((await call<MailActionStatus>('GET', path)).body, end);
  const as = (key: string) => call('GET', path, undefined, { authorization: `Bearer ${key}` });
  t.equal((await as('billing')).status, 404, 'of somebody else');
  t.equal((await as('clerk')).status, 200, 'who may command all mails');
  t.equal((await as('sender')).status, 403);
  t.equal((await call('GET', '/v1/mails/actions/none')).status, 404);
});

test('lists the actions, newest first, and a key sees its own', async (t) => {
  const { bench, call } = await setUp(t);
  await bench.submit('m0', { sendAt: new Date(bench.clock.nowMs() + 3_600_000).toISOString() });
  const billing = { authorization: 'Bearer billing' };
  const act = async (reason: string, headers = {}): Promise<string> => {
    const action = { verb: 'hold', filter: {}, reason };
    const { body } = await call<BulkMailAnswer>('POST', '/v1/mails/actions', action, headers);
    return body.id ?? '';
  };
  const all: string[] = [];
  for (const [reason, headers] of [
    ['one', {}],
    ['two', billing],
    ['three', {}],
  ] as const) {
    all.unshift(await act(reason, headers));
    await bench.clock.advance(1000);
  }
  const list = async (query = '', headers = {}): Promise<MailActionList> =>
    (await call<MailActionList>('GET', `/v1/mails/actions${query}`, undefined, headers)).body;
  const ids = ({ items }: MailActionList): readonly string[] => items.map(({ id }) => id);
  const finishedAll = await waitFor('the end of all', async () => {
    const found = await list('?state=finished');
    return found.items.length === 3 ? found : undefined;
  });
  t.same(ids(finishedAll), all);
  t.match(finishedAll.items[1], { state: 'finished', reason: 'two', verb: 'hold' });
  t.same((await list('?state=running')).items, []);
  const first = await list('?limit=2');
  t.same(ids(first), all.slice(0, 2));
  const second = await list(`?limit=2&cursor=${first.nextCursor ?? ''}`);
  t.same([ids(second), second.nextCursor], [all.slice(2), null]);
  t.same(ids(await list('', billing)), all.slice(1, 2), 'its own');
  t.match(await call('GET', '/v1/mails/actions?cursor=x'), {
    status: 400,
    body: { findings: [{ pointer: '/cursor', code: 'wrong-format' }] },
  });
  t.equal(
    (await call('GET', '/v1/mails/actions', undefined, { authorization: 'Bearer sender' })).status,
    403,
  );
});

test('an action of a key is about its own mails', async (t) => {
  const { bench, transport, call } = await setUp(t);
  transport.script = ({ envelope: { to } }) => finished(to, 'deferred');
  await bench.submit('foreign', { subject: 'Rechnung' });
  const billing = { authorization: 'Bearer billing' };
  const own = await call<{ id: string }>(
    'POST',
    '/v1/mails',
    { to: [{ address: 'a@x.example' }], subject: 'Rechnung', text: 'x' },
    billing,
  );
  await bench.until(own.body.id, 'deferred');
  const begun = await call<BulkMailAnswer>(
    'POST',
    '/v1/mails/actions',
    { verb: 'cancel', filter: { q: 'rechnung' } },
    billing,
  );
  t.equal(begun.body.matched, 1);
  await bench.until(own.body.id, 'cancelled');
  const path = `/v1/mails/actions/${begun.body.id}`;
  const end = await waitFor('the end', async () => {
    const { status, body } = await call<MailActionStatus>('GET', path, undefined, billing);
    t.equal(status, 200);
    return body.state === 'finished' ? body : undefined;
  });
  t.match(end, { matched: 1, done: 1 });
  t.equal(
    (await call('GET', path, undefined, { authorization: 'Bearer person' })).status,
    404,
    'a token with the same id',
  );
  t.not(bench.state('foreign'), 'cancelled');
});

test('says what is wrong with an action', async (t) => {
  const { call } = await setUp(t);
  const findings = async (action: object) => {
    const { status, body } = await call<{ findings: { pointer: string; code: string }[] }>(
      'POST',
      '/v1/mails/actions',
      action,
    );
    return [status, ...body.findings.map(({ pointer, code }) => `${pointer} ${code}`)];
  };
  t.same(await findings({ verb: 'cancel', filter: { q: '*', until: '2026-02-30T00:00:00Z' } }), [
    400,
    '/filter/q words-required',
    '/filter/until date-invalid',
  ]);
  t.same(await findings({ verb: 'resolve', filter: {} }), [400, '/outcome required']);
  t.equal((await findings({ verb: 'delete', filter: {} }))[0], 400);
  t.equal((await findings({ verb: 'cancel' }))[0], 400);
  t.equal((await findings({ verb: 'cancel', filter: { unknown: 'x' } }))[0], 400);
});
