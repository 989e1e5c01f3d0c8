import { test } from 'tap';
import { failure, finding, topics } from '@postausgang/contracts';
import type { SendResult } from '../../../packages/mail/src/transport.ts';
import { noSecurity } from '../../message/smime/no-security.ts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  content,
  createTestClock,
  createTransport,
  disabled,
  down,
  finished,
  mailEvents,
  minuteMs,
  mortal,
  openLog,
  openQueue,
  server,
  startMs,
  storyOf,
  take,
} from './harness.ts';

test('a mail goes out: intent, then the reply, then its outcome in the log', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport, 7), runId: 'r' });
  await bench.submit('m1', { businessReference: 'invoice/1', metadata: { client: '100' } });
  await bench.until('m1', 'sent');
  t.same(transport.sends, [
    { from: 'erp@acme.example', to: ['m1@x.example'], message: 'm1 from erp@acme.example' },
  ]);
  t.match(bench.queue.status('m1'), {
    state: 'sent',
    messageId: '<m1@test>',
    businessReference: 'invoice/1',
    recipients: [{ address: 'm1@x.example', outcome: 'sent' }],
    attempts: [{ number: 1, settingsVersion: 7, server, outcome: 'sent', reply: '250 2.0.0 Ok' }],
    decisions: { sender: 'default', serverId: 'default', copies: [] },
    waitingFor: null,
  });
  t.same(await storyOf(log, 'm1'), ['attempt-started', 'sent']);
  const [intent, outcome] = await mailEvents(log);
  t.match(
    [intent?.id, outcome?.id, outcome?.subject],
    ['m1/r/1/attempt-1/started', 'm1/r/1/attempt-1/outcome', 'm1'],
  );
  t.match(outcome?.data, { metadata: { client: '100' } });
  await waitFor('an empty hand', () => (bench.queue.stats().inFlight === 0 ? true : undefined));
  t.match(bench.queue.stats(), { states: { sent: 1 }, sending: 0, unreadable: 0, standstill: null });
  t.match(bench.queue.list({ limit: 5 }), { items: [{ id: 'm1', state: 'sent' }], nextCursor: null });
  t.equal(bench.queue.status('other'), undefined);
});

test('what was put off goes on when its time has come, on the schedule', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(({ envelope: { to } }) => finished(to, 'deferred'));
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('m1');
  await bench.until('m1', 'deferred');
  t.equal(bench.queue.status('m1')?.nextAttemptAt, new Date(startMs + 5 * minuteMs).toISOString());
  await bench.clock.advance(5 * minuteMs - 1000);
  t.equal(transport.sends.length, 1);
  await bench.clock.advance(1000);
  await waitFor('attempt 2', () => bench.queue.status('m1')?.attempts[1]);
  t.equal(bench.queue.status('m1')?.nextAttemptAt, new Date(startMs + 15 * minuteMs).toISOString());
  transport.script = take;
  await bench.clock.advance(10 * minuteMs);
  await bench.until('m1', 'sent');
  t.equal(new Set(transport.sends.map(({ message }) => message)).size, 1, 'the same bytes every time');
  t.same(await storyOf(log, 'm1'), ['deferred', 'deferred', 'attempt-started', 'sent']);
});

test('sendAt waits, notAfter expires, also what the server never took', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const at = (ms: number) => new Date(startMs + ms).toISOString();
  await bench.submit('later', { sendAt: at(90 * minuteMs) });
  await bench.submit('never', { sendAt: at(60 * minuteMs), notAfter: at(30 * minuteMs) });
  t.equal(bench.state('later'), 'queued');
  await bench.until('never', 'failed');
  t.same(await storyOf(log, 'never'), ['refused'], 'at once, for it could never be sent');
  await bench.submit('late', { notAfter: at(0) });
  await bench.until('late', 'expired');
  t.match(bench.queue.status('late'), { recipients: [{ outcome: 'expired', failure: { code: 'expired' } }] });
  await bench.clock.advance(31 * minuteMs);
  t.equal(transport.sends.length, 0);
  await bench.clock.advance(60 * minuteMs);
  await bench.until('later', 'sent');

  transport.script = () => down();
  await bench.submit('stuck', { notAfter: at(200 * minuteMs) });
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  await bench.clock.advance(120 * minuteMs);
  await bench.clock.next();
  await bench.until('stuck', 'expired');
  t.same(await storyOf(log, 'stuck'), ['failed']);
});

test('mails of one ordering key go out one after the other, in the order of acceptance', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  transport.script = (request, call) =>
    call === 1 ? finished(request.envelope.to, 'deferred') : take(request, call);
  const names = ['k1', 'k2', 'k3'];
  await Promise.all(names.map((id) => bench.submit(id, { orderingKey: 'k' })));
  await bench.submit('free');
  await bench.until('free', 'sent');
  await bench.until('k1', 'deferred');
  t.same([bench.state('k2'), bench.state('k3')], ['queued', 'queued']);
  await bench.clock.advance(5 * minuteMs);
  await bench.until('k3', 'sent');
  const order = transport.sends.map(({ to }) => to[0]?.split('@')[0]).filter((name) => name !== 'free');
  t.same(order, ['k1', 'k1', 'k2', 'k3']);
});

test('while sending is off due mail is held; switched on it goes out', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: disabled });
  await Promise.all(['m1', 'm2'].map((id) => bench.submit(id)));
  await bench.submit('later', { sendAt: new Date(startMs + minuteMs).toISOString() });
  await bench.until('m1', 'held');
  await bench.until('m2', 'held');
  t.match(bench.queue.status('m1'), { heldFor: 'mail-disabled', waitingFor: null });
  t.equal(bench.state('later'), 'queued');
  await bench.clock.advance(minuteMs);
  await bench.until('later', 'held');
  bench.serving.set(active(transport, 2));
  await bench.until('later', 'sent');
  await bench.until('m1', 'sent');
  bench.serving.set(disabled);
  bench.serving.set(active(transport, 3));
  await bench.submit('m3');
  await bench.until('m3', 'sent');
  t.same(await storyOf(log, 'm1'), ['held', 'released', 'attempt-started', 'sent']);
  t.equal(transport.sends.length, 4);

  const { items } = bench.queue.list({ limit: 10 });
  await bench.queue.stop(1000);
  const rebuilt = await openQueue(t, { log, directory, serving: disabled, viewName: 'rebuilt' });
  t.same(rebuilt.queue.list({ limit: 10 }).items, items, 'a new view shows the same');
});

test('a server that does not work makes all mail wait, then one probe at a time goes out', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(() => down());
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await Promise.all(Array.from({ length: 20 }, (_, n) => bench.submit(`m${n}`)));
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  await waitFor('nothing sending', () => (bench.queue.stats().sending === 0 ? true : undefined));
  const first = transport.sends.length;
  t.ok(first <= transport.capacity, 'no more than were under way');
  t.match(bench.queue.status('m7'), {
    state: 'queued',
    attempts: [],
    waitingFor: { code: 'connection-refused' },
  });
  for (const [pauseMs, probes] of [
    [1000, 1],
    [2000, 2],
    [4000, 3],
  ] as const) {
    await bench.clock.advance(pauseMs - 1);
    t.equal(transport.sends.length, first + probes - 1);
    await bench.clock.advance(1);
    await waitFor('a probe', () => (transport.sends.length === first + probes ? true : undefined));
    await waitFor('its end', () => (bench.queue.stats().sending === 0 ? true : undefined));
  }
  transport.script = take;
  await bench.clock.advance(8000);
  await bench.until('m19', 'sent');
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 20 ? true : undefined));
  t.same(
    (await storyOf(log, 'm0')).filter((name) => name !== 'attempt-started'),
    ['sent'],
    'no attempt was counted',
  );
  t.equal(bench.queue.stats().standstill, null);
});

test('a server that is sent too much makes all mail wait as long as it asks for, and no attempt is counted', async (t) => {
  const { log, directory } = await openLog(t);
  const throttled = { ...failure('server-throttled', '421 4.7.0 wait 10 minutes'), retryAfterSeconds: 600 };
  const tooMuch = (to: readonly string[], outcome: 'deferred' | 'rejected'): SendResult => ({
    kind: 'finished',
    recipients: to.map((address) => ({ address, outcome, failure: throttled })),
    server,
    tls: null,
    reply: null,
    failure: throttled,
  });
  const transport = createTransport(({ envelope: { to } }) => tooMuch(to, 'deferred'), 1);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await Promise.all(['m1', 'm2', 'm3'].map((id) => bench.submit(id)));
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  t.match(bench.queue.status('m3'), {
    state: 'queued',
    attempts: [],
    waitingFor: { code: 'server-throttled', class: 'throttled', retryAt: /^2026-11-23T08:10:/ },
  });
  await bench.clock.advance(10 * minuteMs - 1);
  t.equal(transport.sends.length, 1);
  // After the dot the attempt has an outcome of its own, and the others wait all the same.
  transport.script = async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return tooMuch(to, 'rejected');
  };
  await bench.clock.advance(minuteMs);
  await waitFor('the refused one', () => bench.queue.list({ states: ['deferred'], limit: 1 }).items[0]);
  t.equal(transport.sends.length, 2);
  const refused = transport.sends[1]?.to[0]?.split('@')[0] ?? '';
  const others = ['m1', 'm2', 'm3'].filter((id) => id !== refused);
  for (const id of others) t.match(bench.queue.status(id)?.waitingFor, { code: 'server-throttled' });
  transport.script = take;
  await bench.clock.advance(11 * minuteMs);
  for (const id of ['m1', 'm2', 'm3']) await bench.until(id, 'sent');
  t.same(await storyOf(log, refused), ['attempt-started', 'deferred', 'attempt-started', 'sent']);
  for (const id of others) t.same(await storyOf(log, id), ['attempt-started', 'sent']);
});

test('new settings end the standstill at once; a retired transport does not start one', async (t) => {
  const { log, directory } = await openLog(t);
  const broken = createTransport(() => down());
  const bench = await openQueue(t, { log, directory, serving: active(broken) });
  await bench.submit('m1');
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  const why = failure('credentials-rejected');
  bench.serving.set({ state: 'unavailable', serverId: 'default', content: content(), failure: why });
  t.match(bench.queue.status('m1'), { state: 'queued', waitingFor: { code: 'credentials-rejected' } });
  const release = Promise.withResolvers<void>();
  const leaving = createTransport(async () => {
    await release.promise;
    return down();
  });
  bench.serving.set(active(leaving, 2));
  await waitFor('the old way taken', () => leaving.sends[0]);
  t.equal(bench.state('m1'), 'sending', 'in hand');
  const working = createTransport();
  bench.serving.set(active(working, 3));
  release.resolve();
  await bench.until('m1', 'sent');
  t.match(bench.queue.status('m1')?.attempts, [{ number: 1, settingsVersion: 3 }]);
});

test('every attempt carries one version of the settings while they change under load', async (t) => {
  const { log, directory } = await openLog(t);
  const versions = Array.from({ length: 8 }, (_, n) => n + 1);
  const transports = versions.map(() =>
    createTransport(async ({ envelope: { to }, onIntent }) => {
      await new Promise((resolve) => setImmediate(resolve));
      await onIntent({ accepted: to, server, tls: null });
      return finished(to, 'sent');
    }),
  );
  const of = (version: number) => {
    const transport = transports[version - 1] ?? createTransport();
    return active(transport, version, { senderAddress: { address: `v${version}@acme.example` } });
  };
  const bench = await openQueue(t, { log, directory, serving: of(1) });
  const submitted = Array.from({ length: 200 }, (_, n) => bench.submit(`m${n}`));
  for (const version of versions) {
    bench.serving.set(of(version));
    await waitFor('a send', () => transports[version - 1]?.sends[0]);
  }
  await Promise.all(submitted);
  await waitFor('all sent', () => (bench.queue.stats().states.sent === 200 ? true : undefined));
  transports.forEach((transport, index) => {
    t.ok(
      transport.sends.every(
        ({ from, message }) => from === `v${index + 1}@acme.example` && message.endsWith(from),
      ),
    );
  });
  for (const { data } of await mailEvents(log)) {
    const { attempt, decisions } = data as {
      attempt: { settingsVersion: number };
      decisions: { envelopeFrom: string };
    };
    if (decisions.envelopeFrom !== `v${attempt.settingsVersion}@acme.example`) t.fail('a mixture');
  }
});

test('more than 100 recipients and a copy to the sender go out in several transactions', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(transport, 1, { copyToSender: 'bcc' }),
  });
  await bench.submit('m1', { to: Array.from({ length: 250 }, (_, n) => ({ address: `r${n}@x.example` })) });
  await bench.until('m1', 'sent');
  t.same(
    transport.sends.map(({ to }) => to.length),
    [100, 100, 51],
  );
  t.equal(new Set(transport.sends.flatMap(({ to }) => to)).size, 251);
  t.match(bench.queue.status('m1')?.decisions?.copies, [
    { address: 'erp@acme.example', rule: 'copy-to-sender' },
  ]);
  t.same(await storyOf(log, 'm1'), [
    'attempt-started',
    'deferred',
    'attempt-started',
    'deferred',
    'attempt-started',
    'sent',
  ]);
});

test('the same request again is not sent again; other content under its id is refused', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('m1', { payloadDigest: 'one' });
  await bench.submit('m1', { payloadDigest: 'one' });
  await bench.submit('m1', { payloadDigest: 'two' });
  await log.append(topics.mailRequests.name, [{ key: 'x', headers: {}, value: new Uint8Array([1, 2]) }]);
  await bench.until('m1', 'sent');
  await bench.submit('m2');
  await bench.until('m2', 'sent');
  await waitFor('refusals', async () =>
    (await mailEvents(log)).filter(({ type }) => type.includes('refused')).length === 2 ? true : undefined,
  );
  const refusals = (await mailEvents(log)).filter(({ type }) => type === 'io.postausgang.mail-refused.v1');
  t.match(refusals, [
    {
      id: 'refused-0-2',
      data: { code: 'idempotency-conflict', mailId: 'm1', request: { partition: 0, offset: 2 } },
    },
    { id: 'refused-0-3', data: { code: 'unreadable', mailId: null } },
  ]);
  t.equal(transport.sends.length, 2);
  t.equal(bench.queue.stats().unreadable, 1);
  await bench.queue.stop(1000);
  const again = await openQueue(t, { log, directory, serving: active(transport), viewName: 'another' });
  await again.submit('m3');
  await again.until('m3', 'sent');
  t.equal((await mailEvents(log)).filter(({ type }) => type.includes('refused')).length, 2, 'refused once');
  t.equal(transport.sends.length, 3);
});

test('the refusal of a request says what is wrong with it, as over HTTP, and what can be read of it', async (t) => {
  const { log, directory } = await openLog(t);
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(createTransport()),
    checkRequest: () => [finding('/to/0/address', 'address-invalid')],
  });
  const known = { businessReference: 'invoice/4711', metadata: { client: '100' } };
  const headers = {
    ce_specversion: '1.0',
    ce_id: 'wrong',
    ce_type: 'io.postausgang.mail-requested.v1',
    ce_source: '/erp/billing',
    ce_time: new Date(startMs).toISOString(),
    'content-type': 'application/json',
  };
  const data = { id: 'wrong', to: 'kunde@example.com', subjekt: 'Rechnung', priority: 'asap', ...known };
  await log.append(topics.mailRequests.name, [
    { key: 'wrong', headers, value: Buffer.from(JSON.stringify(data)) },
  ]);
  await bench.submit('m1', known);
  const refused = await waitFor('refusals', async () => {
    const found = (await mailEvents(log)).filter(({ type }) => type === 'io.postausgang.mail-refused.v1');
    return found.length === 2 ? found : undefined;
  });
  t.match(
    refused.map((event) => event.data),
    [
      {
        mailId: 'wrong',
        code: 'unreadable',
        ...known,
        detail: 'data-invalid: /subjekt: unknown-field, /to: wrong-type, /priority: unknown-value',
        findings: [
          { pointer: '/subjekt', code: 'unknown-field' },
          { pointer: '/to', code: 'wrong-type', params: { type: 'array' } },
          { pointer: '/priority', code: 'unknown-value', params: { allowed: ['urgent', 'normal', 'bulk'] } },
        ],
      },
      {
        mailId: 'm1',
        code: 'invalid',
        ...known,
        findings: [{ pointer: '/to/0/address', code: 'address-invalid' }],
      },
    ],
  );
  const listed = bench.queue.refusals({ limit: 10 }).items;
  t.match(
    listed.toSorted((a, b) => a.offset - b.offset),
    [
      { mailId: 'wrong', ...known, findings: [{}, { pointer: '/to' }, {}] },
      { mailId: 'm1', ...known, findings: [{ pointer: '/to/0/address' }] },
    ],
  );
});

test('a mail nobody can make a message of fails, is refused, or waits for the log', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(transport, 1, { senderAddress: null }),
    compose: (_request, _decisions, { id }) => {
      if (id === 'throws') throw new Error('no');
      return null;
    },
    checkRequest: ({ id }) => (id === 'wrong' ? [finding('/to/0/address', 'address-invalid')] : []),
  });
  await bench.submit('senderless');
  await bench.until('senderless', 'failed');
  t.match(bench.queue.status('senderless'), {
    recipients: [{ outcome: 'rejected', failure: { code: 'settings-invalid' } }],
  });
  const from = { address: 'me@acme.example' };
  for (const id of ['throws', 'nothing']) {
    await bench.submit(id, { from } as object);
    await bench.until(id, 'failed');
    t.match(bench.queue.status(id)?.recipients, [{ failure: { code: 'message-uncomposable' } }]);
  }
  await bench.submit('empty', { to: [], from } as object);
  await bench.until('empty', 'failed');
  t.match((await mailEvents(log)).at(-1), {
    data: { failure: { code: 'no-recipient-left' }, recipients: [] },
  });
  await bench.submit('wrong', { from } as object);
  await bench.until('wrong', 'failed');
  t.match((await mailEvents(log)).at(-1)?.data, {
    code: 'invalid',
    mailId: 'wrong',
    detail: /address-invalid/,
  });
  t.equal(transport.sends.length, 0);
});

test('requests that do not fit into memory are read from the log again', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport), payloadBytes: 0 });
  await Promise.all(['m1', 'm2', 'm3'].map((id) => bench.submit(id)));
  await Promise.all(['m1', 'm2', 'm3'].map((id) => bench.until(id, 'sent')));
  t.equal(transport.sends.length, 3);
});

test('killed before the intent a mail is sent once; killed after it, it is unknown', async (t) => {
  for (const [diesAt, state, story, sends] of [
    [0, 'sent', ['attempt-started', 'sent'], 2],
    [1, 'unknown', ['attempt-started', 'outcome-unknown'], 1],
  ] as const) {
    const { log, directory } = await openLog(t);
    const dying = mortal(log, diesAt);
    const transport = createTransport();
    const first = await openQueue(t, { log: dying.log, directory, serving: active(transport) });
    await first.submit('m1');
    await waitFor('the death', () => (dying.written() > diesAt ? true : undefined));
    const second = await openQueue(t, { log, directory, serving: active(transport), viewName: 'second' });
    await second.until('m1', state);
    t.same(await storyOf(log, 'm1'), story);
    t.match((await mailEvents(log)).at(-1)?.id, diesAt === 0 ? /outcome$/ : /settled$/);
    t.equal(transport.sends.length, sends, 'no blind resend');
  }
});

test('killed after the intent, a mail that wants it is sent again', async (t) => {
  const { log, directory } = await openLog(t);
  const dying = mortal(log, 1);
  const transport = createTransport();
  const first = await openQueue(t, { log: dying.log, directory, serving: active(transport) });
  await first.submit('m1', { onUnknown: 'resend' });
  await waitFor('the death', () => (dying.written() > 1 ? true : undefined));
  const second = await openQueue(t, { log, directory, serving: active(transport), viewName: 'second' });
  await second.until('m1', 'deferred');
  await second.clock.advance(5 * minuteMs);
  await second.until('m1', 'sent');
  t.match(second.queue.status('m1')?.attempts, [{ outcome: 'unknown' }, { outcome: 'sent' }]);
});

test('an outcome is written until the log takes it; an intent that fails hands nothing over', async (t) => {
  const { log, directory } = await openLog(t);
  let refuse = 0;
  const flaky = {
    ...log,
    append: async (topic: string, records: Parameters<typeof log.append>[1]) => {
      if (topic === topics.mailEvents.name && refuse > 0) {
        refuse -= 1;
        throw new Error('the disk is full');
      }
      return log.append(topic, records);
    },
  };
  const transport = createTransport(async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    refuse = 3;
    return finished(to, 'sent');
  });
  const bench = await openQueue(t, { log: flaky, directory, serving: active(transport) });
  await bench.submit('m1');
  await waitFor('its outcome', async () => {
    await bench.clock.advance(100);
    return bench.state('m1') === 'sent' ? true : undefined;
  });
  t.equal(refuse, 0);
  t.equal(transport.sends.length, 1);

  transport.script = async ({ envelope: { to }, onIntent }) => {
    refuse = 1;
    const recorded = await onIntent({ accepted: to, server, tls: null }).then(
      () => true,
      () => false,
    );
    t.notOk(recorded);
    return finished(to, 'deferred');
  };
  await bench.submit('m2');
  await bench.until('m2', 'deferred');
  transport.script = take;
  await bench.clock.advance(10_000);
  await bench.until('m2', 'sent');
  t.match(bench.queue.status('m2')?.attempts, [{ outcome: 'deferred' }, { outcome: 'sent' }]);
});

test('a transport that falls silent after the intent leaves the outcome unknown', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(async ({ envelope: { to }, onIntent }, call) => {
    await onIntent({ accepted: to.slice(0, 1), server, tls: null });
    if (call === 1) return down('connection-lost');
    throw new Error('a mistake');
  });
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('m1', { to: [{ address: 'a@x.example' }, { address: 'b@x.example' }] });
  await bench.until('m1', 'deferred');
  t.match(bench.queue.status('m1')?.recipients, [{ outcome: 'unknown' }, { outcome: 'deferred' }]);
  await bench.submit('m2');
  await bench.until('m2', 'unknown');
  t.equal(bench.queue.stats().standstill, null);
});

test('stop waits for the reply to what was handed over, breaks off the rest and begins nothing new', async (t) => {
  const { log, directory } = await openLog(t);
  const reply = Promise.withResolvers<void>();
  const recipients = Promise.withResolvers<void>();
  const recorded: boolean[] = [];
  const transport = createTransport(async ({ envelope: { to }, onIntent }, call) => {
    if (call === 2) await recipients.promise;
    const isRecorded = await onIntent({ accepted: to, server, tls: null }).then(
      () => true,
      () => false,
    );
    recorded.push(isRecorded);
    if (call === 1) await reply.promise;
    return finished(to, isRecorded ? 'sent' : 'deferred');
  }, 2);
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await Promise.all(['m1', 'm2', 'm3'].map((id) => bench.submit(id)));
  await waitFor('two under way', () => transport.sends[1]);
  await waitFor('an intent', () => recorded[0]);
  const [first, second] = transport.sends.map(({ to }) => to[0]?.split('@')[0] ?? '');
  const stopped = bench.queue.stop(5000);
  recipients.resolve();
  await waitFor('the other attempt', () => (recorded.length === 2 ? true : undefined));
  reply.resolve();
  await stopped;
  t.equal(transport.sends.length, 2);
  t.same(recorded, [true, false], 'no intent after the stop has begun');
  t.same(await storyOf(log, first ?? ''), ['attempt-started', 'sent']);
  t.same(await storyOf(log, second ?? ''), []);
  const again = await openQueue(t, {
    log,
    directory,
    serving: active(createTransport()),
    clock: createTestClock(),
  });
  await again.until('m3', 'sent');
  await again.until(second ?? '', 'sent');
  t.equal(again.queue.stats().states.sent, 3);
});

test('a server that does not answer a stop leaves what it was handed unknown, and only that', async (t) => {
  const { log, directory } = await openLog(t);
  const warnings: unknown[] = [];
  const transport = createTransport(async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return new Promise<never>(() => undefined);
  }, 2);
  const quiet = { info: () => undefined, error: () => undefined };
  const logger = { ...quiet, warn: (one: unknown) => void warnings.push(one) };
  const bench = await openQueue(t, { log, directory, serving: active(transport), logger });
  await Promise.all(['m1', 'm2', 'm3'].map((id) => bench.submit(id)));
  await waitFor('two handed over', () => (bench.queue.stats().states.sending === 2 ? true : undefined));
  await bench.queue.stop(50);
  t.same(warnings, [{ mails: 2 }], 'it is said and counted');
  const again = await openQueue(t, { log, directory, serving: active(createTransport()), viewName: 'again' });
  await waitFor('all told', () => (again.queue.stats().states.sent === 1 ? true : undefined));
  t.match(again.queue.stats().states, { unknown: 2, sent: 1, sending: 0 });
});

test('a view of another log is rebuilt', async (t) => {
  const { log, directory } = await openLog(t);
  const other = await openLog(t);
  const transport = createTransport();
  const first = await openQueue(t, { log, directory, serving: active(transport) });
  await Promise.all(['m1', 'm2'].map((id) => first.submit(id)));
  await Promise.all(['m1', 'm2'].map((id) => first.until(id, 'sent')));
  await first.queue.stop(1000);
  const second = await openQueue(t, { log: other.log, directory, serving: active(transport) });
  t.equal(second.state('m1'), undefined);
  await second.submit('n1');
  await second.until('n1', 'sent');
});

test('an exception about one mail ends that mail after three tries, and never counts for the server', async (t) => {
  const { log, directory } = await openLog(t);
  const transport = createTransport(async (request, call) => {
    if (new TextDecoder().decode(request.message.bytes).startsWith('poison'))
      throw new URIError('URI malformed');
    return take(request, call);
  });
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  await bench.submit('poison');
  await bench.until('poison', 'deferred');
  t.match(bench.queue.status('poison'), {
    recipients: [
      {
        outcome: 'deferred',
        failure: {
          code: 'message-uncomposable',
          detail: 'handing the message over: URIError: URI malformed',
        },
      },
    ],
  });
  await bench.submit('honest');
  await bench.until('honest', 'sent');
  t.equal(bench.queue.stats().standstill, null);
  while (bench.state('poison') !== 'failed') await bench.clock.next();
  await bench.clock.advance(60 * minuteMs);
  t.equal(transport.sends.filter(({ message }) => message.startsWith('poison')).length, 3);
  t.strictSame(await storyOf(log, 'poison'), ['deferred', 'deferred', 'failed'], 'each try is told');
});

test('an exception while a mail is signed ends it the same way', async (t) => {
  const { log, directory } = await openLog(t);
  let tries = 0;
  const security = {
    ...noSecurity,
    decide: async (): Promise<never> => {
      tries += 1;
      throw new TypeError('not a certificate');
    },
  };
  const serving = active(createTransport(), 1, { smime: { ...content().smime, sign: true } });
  const bench = await openQueue(t, { log, directory, serving, security });
  await bench.submit('m1');
  while (bench.state('m1') !== 'failed') await bench.clock.next();
  t.equal(tries, 3);
  t.match(bench.queue.status('m1')?.recipients, [
    {
      failure: {
        code: 'message-uncomposable',
        detail: 'composing the message: TypeError: not a certificate',
      },
    },
  ]);
  t.equal(bench.queue.stats().standstill, null);
});
