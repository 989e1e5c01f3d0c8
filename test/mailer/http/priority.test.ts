import { test } from 'tap';
import type { MailList, MailStatus, QueueStatus } from '@postausgang/contracts';
import { senderBook, senderContent } from '../../settings/sender-content.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { finished, take } from '../engine/harness.ts';
import { setUp, type Setup } from './queue-routes.ts';

const senders = senderBook({
  hotline: senderContent({
    address: 'hotline@acme.example',
    for: { kind: 'department', key: 'hotline', branch: null },
    priority: 'urgent',
  }),
});
const as = (key: string) => ({ authorization: `Bearer ${key}` });
const to = [{ address: 'kunde@example.com' }];

async function priorityOf(setup: Setup, key: string, mail: object): Promise<string> {
  const { body } = await setup.call<{ id: string }>('POST', '/v1/mails', { to, text: '.', ...mail }, as(key));
  const { queue } = setup.bench;
  return (await waitFor('the mail', () => queue.status(body.id))).priority;
}

test('the priority is that of the mail, else of its sender, else of its key, else normal', async (t) => {
  const setup = await setUp(t, senders);
  const hotline = { sender: { department: 'hotline' } };
  const expected: readonly (readonly [string, object, string])[] = [
    ['billing', {}, 'normal'],
    ['billing', { priority: 'urgent' }, 'urgent'],
    ['mailing', {}, 'bulk'],
    ['mailing', { priority: null }, 'bulk'],
    ['mailing', { priority: 'normal' }, 'normal'],
    ['mailing', hotline, 'urgent'],
    ['mailing', { ...hotline, priority: 'bulk' }, 'bulk'],
    ['billing', { from: { address: 'hotline@acme.example' } }, 'urgent'],
    ['mailing', { from: { address: 'other@acme.example' } }, 'bulk'],
  ];
  for (const [key, mail, priority] of expected) {
    t.equal(await priorityOf(setup, key, mail), priority, `${key} ${JSON.stringify(mail)}`);
  }
  t.equal((await setup.call('POST', '/v1/mails', { to, priority: 'high' }, as('billing'))).status, 400);
});

test('a finished message has a priority, too: of its query, its author or its key', async (t) => {
  const setup = await setUp(t, senders);
  const post = async (key: string, from: string, query = '') => {
    const { payload, statusCode } = await setup.app.inject({
      method: 'POST',
      url: `/v1/mails/raw${query}`,
      headers: { ...as(key), 'content-type': 'message/rfc822' },
      payload: `From: ${from}\r\nTo: kunde@example.com\r\nSubject: Hallo\r\n\r\nGuten Tag\r\n`,
    });
    t.equal(statusCode, 202, payload);
    const { id } = JSON.parse(payload) as { id: string };
    return (await waitFor('the mail', () => setup.bench.queue.status(id))).priority;
  };
  t.equal(await post('billing', 'erp@acme.example', '?priority=bulk'), 'bulk');
  t.equal(await post('billing', 'hotline@acme.example'), 'urgent');
  t.equal(await post('mailing', 'erp@acme.example'), 'bulk');
  t.equal(await post('billing', 'erp@acme.example'), 'normal');
});

test('repeating a request is the same request, whatever the key or the sender say by then', async (t) => {
  const setup = await setUp(t, senders);
  const post = (mail: object) =>
    setup.call<MailStatus>(
      'POST',
      '/v1/mails',
      { to, text: '.', ...mail },
      { ...as('mailing'), 'idempotency-key': 'k1' },
    );
  const first = await post({});
  t.equal(first.status, 202);
  t.equal((await post({})).body.id, first.body.id);
  t.equal((await post({ priority: null })).status, 202, 'null says nothing');
  t.equal((await post({ priority: 'urgent' })).status, 409);
});

test('lists and the queue tell the priorities', async (t) => {
  const setup = await setUp(t, senders);
  setup.transport.script = ({ envelope }) => finished(envelope.to, 'deferred');
  const ids: string[] = [];
  for (const [index, priority] of (['urgent', 'normal', 'bulk', 'bulk'] as const).entries()) {
    const mail = { to, text: '.', subject: `${index}`, priority };
    ids.push((await setup.call('POST', '/v1/mails', mail, as('billing'))).body.id);
  }
  await waitFor('all deferred', () => (setup.bench.queue.stats().states.deferred === 4 ? true : undefined));
  const later = (status: QueueStatus) => Object.values(status.priorities).map((one) => one.later);
  t.same(later((await setup.call<QueueStatus>('GET', '/v1/queue')).body), [1, 1, 2]);
  for (const [priority, count] of Object.entries({ urgent: 1, normal: 1, bulk: 2 })) {
    const { body } = await setup.call<MailList>('GET', `/v1/mails?priority=${priority}`);
    t.same(
      body.items.map((one) => one.priority),
      Array.from({ length: count }, () => priority),
    );
    const counts = await setup.call<{ total: number }>('GET', `/v1/mails/counts?priority=${priority}`);
    t.equal(counts.body.total, count);
  }
});

test('one mail behind many others is sent next: an urgent one, and one of another key', async (t) => {
  const setup = await setUp(t, senders);
  const gate = Promise.withResolvers<void>();
  setup.transport.script = async (request, call) => {
    await gate.promise;
    return await take(request, call);
  };
  const post = async (key: string, subject: string, more: object = {}) => {
    const body = { to: [{ address: `${subject}@example.com` }], text: '.', subject, ...more };
    return (await setup.call('POST', '/v1/mails', body, as(key))).body.id;
  };
  const backlog = await Promise.all(Array.from({ length: 300 }, (_, index) => post('mailing', `m${index}`)));
  const behind = await Promise.all(Array.from({ length: 300 }, (_, index) => post('billing', `b${index}`)));
  await waitFor('the places are taken', () => (setup.transport.sends.length === 5 ? true : undefined));
  await post('billing', 'urgent', { priority: 'urgent' });
  const last = await post('payroll', 'other');
  await waitFor('all are known', () => setup.bench.queue.status(last));
  gate.resolve();
  await waitFor('all sent', () =>
    setup.bench.queue.stats().states.sent === backlog.length + behind.length + 2 ? true : undefined,
  );
  const order = setup.transport.sends.map((one) => one.to[0]);
  t.ok(order.indexOf('urgent@example.com') <= 6, `${order.indexOf('urgent@example.com')}`);
  t.ok(order.indexOf('other@example.com') <= 8, `${order.indexOf('other@example.com')}`);
  const bulk = order.slice(0, 100).filter((address) => address?.startsWith('m')).length;
  t.ok(bulk >= 15, `${bulk} bulk mails of the first 100`);
});
