import { type Test, test } from 'tap';
import type { MailAccepted, Problem } from '@postausgang/contracts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  createTransport,
  finished,
  mailEvents,
  minuteMs,
  openLog,
  openQueue,
} from '../engine/harness.ts';
import { openRoutes, setUp } from './queue-routes.ts';

const headers = { authorization: 'Bearer limited' };
/** A key that manages all mail and may send to one domain. */
const narrow = { authorization: 'Bearer narrow' };
const mail = { to: [{ address: 'a@acme.example' }], subject: 's', text: 'x'.repeat(100) };

test('refuses mail beyond the quota of its key with 429, until there is room again', async (t) => {
  const { bench, call, app } = await setUp(t);
  const statuses = [];
  for (let count = 0; count < 4; count += 1) {
    statuses.push((await call('POST', '/v1/mails', mail, headers)).status);
  }
  t.same(statuses, [202, 202, 202, 429]);
  const refused = await app.inject({ method: 'POST', url: '/v1/mails', payload: mail, headers });
  t.match(refused.json(), { code: 'quota-exceeded', retriable: true, detail: /mailsPerMinute .* is 3/ });
  const waitSeconds = Number(refused.headers['retry-after']);
  t.ok(waitSeconds > 0);
  t.equal((await call('POST', '/v1/mails', mail)).status, 202, 'another key has its own');
  await bench.clock.advance(waitSeconds * 1000);
  t.equal((await call('POST', '/v1/mails', mail, headers)).status, 202);
});

test('lets no more through when many ask at once', async (t) => {
  const { call } = await setUp(t);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => call('POST', '/v1/mails', mail, headers)),
  );
  t.equal(answers.filter(({ status }) => status === 202).length, 3);
});

test('counts recipients and bytes, and refuses for good what no time makes possible', async (t) => {
  const { call } = await setUp(t);
  const to = Array.from({ length: 11 }, (_, index) => ({ address: `r${index}@acme.example` }));
  t.match(await call<Problem>('POST', '/v1/mails', { ...mail, to }, headers), {
    status: 422,
    body: { code: 'mail-invalid', findings: [{ pointer: '', code: 'larger-than-quota' }] },
  });
  t.equal((await call('POST', '/v1/mails', { ...mail, to: to.slice(0, 6) }, headers)).status, 202);
  t.match(await call<Problem>('POST', '/v1/mails', { ...mail, to: to.slice(0, 6) }, headers), {
    status: 429,
    body: { detail: /recipientsPerDay/ },
  });
  t.match(await call<Problem>('POST', '/v1/mails', { ...mail, text: 'x'.repeat(950) }, headers), {
    status: 429,
    body: { detail: /bytesPerMinute/ },
  });
});

test('remembers over a restart, and with a view that is built anew, what was asked for', async (t) => {
  const { log, directory } = await openLog(t);
  const serving = active(createTransport());
  const first = await openQueue(t, { log, directory, serving });
  const app = await openRoutes(t, log, first);
  const post = async (to: typeof app) =>
    (await to.inject({ method: 'POST', url: '/v1/mails', payload: mail, headers })).statusCode;
  t.same([await post(app), await post(app), await post(app)], [202, 202, 202]);
  await first.queue.stop(1000);
  const { clock } = first;
  const second = await openQueue(t, { log, directory, serving, clock, viewName: 'another' });
  const again = await openRoutes(t, log, second);
  t.equal(await post(again), 429);
  await clock.advance(2 * minuteMs);
  t.equal(await post(again), 202);
});

test('sends for a key to its domains only', async (t) => {
  const { call, bench } = await setUp(t);
  const to = ['a@acme.example', 'b@evil.example', 'c@x.example.com', 'd@example.com'];
  const bcc = ['e@acme.example.evil.example'];
  const addressed = (addresses: readonly string[]) => addresses.map((address) => ({ address }));
  const refused = await call<Problem>(
    'POST',
    '/v1/mails',
    { ...mail, to: addressed(to), bcc: addressed(bcc) },
    headers,
  );
  t.match(refused, {
    status: 403,
    body: { code: 'recipient-not-allowed', detail: /acme\.example, \*\.example\.com/, retriable: false },
  });
  t.same(
    refused.body.findings?.map(({ pointer, code }) => [pointer, code]),
    ['/to/1/address', '/to/3/address', '/bcc/0/address'].map((pointer) => [pointer, 'domain-not-allowed']),
  );
  const accepted = await call<MailAccepted>('POST', '/v1/mails', mail, headers);
  t.equal(accepted.status, 202);
  await bench.until(accepted.body.id, 'sent');
  const recipients = [{ address: 'a@acme.example', correctedAddress: 'a@evil.example' }];
  t.match(await call('POST', `/v1/mails/${accepted.body.id}/resend`, { recipients, force: true }, headers), {
    status: 403,
    body: { code: 'recipient-not-allowed' },
  });
});

test('a finished message comes under the same rules, and a resend counts as a mail', async (t) => {
  const { app, call, bench } = await setUp(t);
  const raw = (to: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/mails',
      headers: { ...headers, 'content-type': 'message/rfc822' },
      payload: `From: e@acme.example\r\nTo: ${to}\r\n\r\nx`,
    });
  t.equal((await raw('a@evil.example')).statusCode, 403);
  const accepted = await raw('a@acme.example');
  t.equal(accepted.statusCode, 202);
  const { id } = accepted.json<MailAccepted>();
  await bench.until(id, 'sent');
  const resend = () => call('POST', `/v1/mails/${id}/resend`, { force: true }, headers);
  for (const status of [200, 200, 429]) {
    t.equal((await resend()).status, status);
    await bench.until(id, 'sent');
  }
});

/** A key with quotas, a server that refuses all mail, and what a test of many resends looks for. */
async function setUpResends(t: Test) {
  const setup = await setUp(t);
  const { bench, transport, call, app } = setup;
  transport.script = ({ envelope: { to } }) => finished(to, 'rejected');
  const send = async () => (await call('POST', '/v1/mails', mail, headers)).status;
  return {
    ...setup,
    send,
    /** What was reserved for the resends is given back a moment after they are folded. */
    sendsAgain: (what: string) => waitFor(what, async () => ((await send()) === 202 ? true : undefined)),
    resend: (more: Readonly<Record<string, string>> = {}, dryRun = false) =>
      app.inject({
        method: 'POST',
        url: '/v1/mails/resend',
        payload: { filter: {}, dryRun },
        headers: { ...headers, ...more },
      }),
    failed: (count: number) =>
      waitFor('failed', () => (bench.queue.stats().states.failed === count ? true : undefined)),
    bothResent: () => waitFor('both resent', () => (transport.sends.length === 4 ? true : undefined)),
  };
}

test('many resends by one command come under the quotas and the domains like one', async (t) => {
  const { bench, log, send, sendsAgain, resend, failed, bothResent } = await setUpResends(t);
  t.same([await send(), await send()], [202, 202]);
  await failed(2);
  const tooMany = await resend();
  t.match([tooMany.statusCode, tooMany.json()], [429, { code: 'quota-exceeded', detail: /mailsPerMinute/ }]);
  t.ok(Number(tooMany.headers['retry-after']) > 0);
  t.equal((await resend({}, true)).json().matched, 2, 'a dry run asks for nothing');
  t.notOk(
    (await mailEvents(log)).some(({ type }) => type.includes('bulk')),
    'nothing was resent',
  );

  await bench.clock.advance(2 * minuteMs);
  const atOnce = await Promise.all([resend(), resend()]);
  t.same(
    atOnce.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
    [202, 429],
    'two of three are used',
  );
  await bothResent();
  await failed(2);
  await sendsAgain('and no more than these two');
  t.equal(await send(), 429);
  await failed(3);

  await bench.clock.advance(2 * minuteMs);
  for (let count = 0; count < 2; count += 1) {
    t.equal(await send(), 202);
    await failed(4 + count);
  }
  await bench.clock.advance(2 * minuteMs);
  const never = await resend();
  t.match([never.statusCode, never.json()], [422, { findings: [{ code: 'larger-than-quota' }] }]);
});

test('a repetition of such a command is the same one, and uses no more of the quotas', async (t) => {
  const { bench, send, resend, failed, bothResent } = await setUpResends(t);
  t.same([await send(), await send()], [202, 202]);
  await failed(2);
  await bench.clock.advance(2 * minuteMs);
  const key = { 'idempotency-key': 'once' };
  const first = await resend(key);
  await bothResent();
  await failed(2);
  await bench.clock.advance(2 * minuteMs);
  const again = await resend(key);
  t.same([again.statusCode, again.json()], [202, first.json()]);
  t.same([await send(), await send(), await send()], [202, 202, 202], 'nothing is reserved');
});

test('many resends go to no domain that the key may not send to', async (t) => {
  const { bench, transport, call, log } = await setUp(t);
  transport.script = ({ envelope: { to } }) => finished(to, 'rejected');
  await bench.submit('elsewhere', { to: [{ address: 'a@evil.example' }] });
  await waitFor('failed', () => (bench.queue.stats().states.failed === 1 ? true : undefined));
  const refused = await call<Problem>('POST', '/v1/mails/resend', { filter: {} }, narrow);
  t.match(refused, {
    status: 403,
    body: { code: 'recipient-not-allowed', findings: [{ pointer: '/filter', code: 'domain-not-allowed' }] },
  });
  t.notOk((await mailEvents(log)).some(({ type }) => type.includes('bulk')));
});
