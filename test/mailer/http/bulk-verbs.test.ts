import { test } from 'tap';
import { type BulkMailAnswer, failure } from '@postausgang/contracts';
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
