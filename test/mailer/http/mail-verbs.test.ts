import { test } from 'tap';
import { failure, type MailList, type Problem, topics } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import { waitFor } from '../../peers/wait-for.ts';
import { active, disabled, finished, minuteMs, openQueue, server, startMs, take } from '../engine/harness.ts';
import { openRoutes, setUp } from './queue-routes.ts';

test('holds, releases and cancels, with who wanted it and why', async (t) => {
  const { bench, call } = await setUp(t);
  await bench.submit('m1', { sendAt: new Date(startMs + 60 * minuteMs).toISOString() });
  const held = await call('POST', '/v1/mails/m1/hold', { reason: 'Betrag wird geprüft', actor: 'A. Admin' });
  t.match(held, {
    status: 200,
    body: {
      state: 'held',
      heldFor: 'requested',
      sendAt: '2026-11-23T09:00:00.000Z',
      notAfter: '2026-11-28T09:00:00.000Z',
      history: [
        {
          entry: 'held',
          verb: 'hold',
          actor: 'A. Admin',
          requestedBy: 'manager',
          reason: 'Betrag wird geprüft',
        },
      ],
    },
  });
  t.match(await call('POST', '/v1/mails/m1/hold'), {
    status: 200,
    body: { state: 'held', history: { length: 1 } },
  });
  t.match(await call('POST', '/v1/mails/m1/release'), {
    status: 200,
    body: { state: 'queued', history: [{}, { actor: 'key of manager' }] },
  });
  t.match(await call('POST', '/v1/mails/m1/release'), { status: 200, body: { state: 'queued' } });
  t.match(await call('POST', '/v1/mails/m1/cancel', {}), { status: 200, body: { state: 'cancelled' } });
  t.match(await call('POST', '/v1/mails/m1/cancel'), { status: 200, body: { state: 'cancelled' } });
  t.match(await call('POST', '/v1/mails/m1/hold'), {
    status: 409,
    body: { code: 'mail-finished', retriable: false },
  });
});

test('answers what the state does not allow with a stable code', async (t) => {
  const { bench, transport, call } = await setUp(t);
  const { promise: mayAnswer, resolve: answers } = Promise.withResolvers<void>();
  transport.script = async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    await mayAnswer;
    return finished(to, 'sent');
  };
  await bench.submit('m1');
  await bench.until('m1', 'sending');
  t.match(await call('POST', '/v1/mails/m1/cancel'), {
    status: 409,
    body: { code: 'mail-sending', retriable: true },
  });
  t.match(await call('POST', '/v1/mails/m1/resend'), { status: 409, body: { code: 'mail-not-finished' } });
  answers();
  await bench.until('m1', 'sent');
  const refused = {
    'resend {}': [409, 'recipient-sent'],
    'resend {"recipients":[{"address":"x@x.example"}]}': [422, 'recipient-unknown'],
    'resend {"force":true,"recipients":[{"address":"m1@x.example","correctedAddress":"no address"}]}': [
      422,
      'correction-invalid',
    ],
    'resend {"force":true,"notAfter":"2026-01-01T00:00:00Z"}': [409, 'not-after-passed'],
    'resolve {"outcome":"not-sent"}': [409, 'outcome-not-unknown'],
    'resolve {"outcome":"lost"}': [400, 'request-invalid'],
    'resend {"again":true}': [400, 'request-invalid'],
  };
  for (const [request, [status, code]] of Object.entries(refused)) {
    const [verb, body = ''] = request.split(/ (.*)/);
    t.match(
      await call('POST', `/v1/mails/m1/${verb}`, JSON.parse(body)),
      { status, body: { code } },
      request,
    );
  }
  t.match(await call('POST', '/v1/mails/nobody/cancel'), { status: 404, body: { code: 'not-found' } });
  const sender = { authorization: 'Bearer sender' };
  t.match(await call('POST', '/v1/mails/m1/cancel', {}, sender), {
    status: 403,
    body: { code: 'forbidden' },
  });
  bench.serving.set(disabled);
  await bench.submit('m2');
  await bench.until('m2', 'held');
  t.match(await call('POST', '/v1/mails/m2/release'), { status: 409, body: { code: 'mail-disabled' } });
});

test('sends again to corrected recipients, and resolves what is unknown', async (t) => {
  const { bench, transport, call } = await setUp(t);
  transport.script = async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return finished(to, 'rejected');
  };
  await bench.submit('m1');
  await bench.until('m1', 'failed');
  transport.script = take;
  const recipients = [{ address: 'm1@x.example', correctedAddress: 'right@x.example' }];
  t.match(await call('POST', '/v1/mails/m1/resend', { recipients }), { status: 200, body: { round: 2 } });
  await bench.until('m1', 'sent');
  t.same(transport.sends[1]?.to, ['right@x.example']);
  transport.script = async ({ envelope: { to }, onIntent }) => {
    await onIntent({ accepted: to, server, tls: null });
    return finished(to, 'unknown');
  };
  await bench.submit('m2');
  await bench.until('m2', 'unknown');
  t.match(await call('POST', '/v1/mails/m2/resolve', { outcome: 'sent' }), {
    status: 200,
    body: { state: 'sent', failure: null, recipients: [{ outcome: 'sent', resolvedBy: 'person' }] },
  });
});

test('a verb under an idempotency key is one command, however often it is sent', async (t) => {
  const { bench, transport, call } = await setUp(t);
  await bench.submit('m1');
  await bench.until('m1', 'sent');
  const key = { 'idempotency-key': 'again-1' };
  const force = { force: true, reason: 'Kunde hat sie gelöscht' };
  t.match(await call('POST', '/v1/mails/m1/resend', force, key), { status: 200 });
  await waitFor('the second send', () => (transport.sends.length === 2 ? true : undefined));
  await bench.until('m1', 'sent');
  t.match(await call('POST', '/v1/mails/m1/resend', force, key), {
    status: 200,
    body: { state: 'sent', round: 2 },
  });
  t.match(await call('POST', '/v1/mails/m1/resend', { force: true }, key), {
    status: 409,
    body: { code: 'idempotency-conflict' },
  });
  t.match(
    await call('POST', '/v1/mails/m1/resend', force),
    { status: 200, body: { round: 3 } },
    'without the key it is another',
  );
});

test('works on a mailer that owns nothing, and says when nobody has answered yet', async (t) => {
  const { bench, log, directory, transport, call } = await setUp(t);
  await bench.submit('m1', { sendAt: new Date(startMs + 60 * minuteMs).toISOString() });
  const reading: EventLog = {
    ...log,
    own: () => ({
      partitions: () => [],
      isFresh: () => false,
      onChange: () => () => undefined,
      release: () => Promise.resolve(),
    }),
  };
  const other = await openQueue(t, {
    log: reading,
    directory,
    serving: active(transport),
    viewName: 'other',
  });
  const app = await openRoutes(t, reading, other);
  const headers = { authorization: 'Bearer manager' };
  const held = await app.inject({ method: 'POST', url: '/v1/mails/m1/hold', headers });
  t.match([held.statusCode, held.json()], [200, { state: 'held' }]);
  t.equal(bench.state('m1'), 'held');
  await bench.queue.stop(1000);
  const impatient = await openRoutes(t, reading, other, 50);
  const unanswered = await impatient.inject({ method: 'POST', url: '/v1/mails/m1/release', headers });
  t.match([unanswered.statusCode, unanswered.json()], [503, { code: 'outcome-unknown', retriable: true }]);
  t.ok(call);
});

test('lists what somebody has to look after, with the reason and the reply', async (t) => {
  const { bench, transport, call } = await setUp(t);
  transport.script = ({ envelope: { to } }) => ({
    kind: 'finished',
    recipients: to.map((address) => ({
      address,
      outcome: 'rejected',
      reply: '550 5.1.1 no such user',
      failure: failure('recipient-refused'),
    })),
    server,
    tls: null,
    reply: null,
    failure: null,
  });
  await bench.submit('refused', { businessReference: 'invoice/1' });
  await bench.until('refused', 'failed');
  await bench.clock.advance(minuteMs);
  await bench.submit('late', { notAfter: new Date(startMs).toISOString() });
  await bench.until('late', 'expired');
  transport.script = take;
  await bench.submit('good');
  await bench.until('good', 'sent');
  const dead = await call<MailList>('GET', '/v1/mails?state=failed,expired,unknown');
  t.match(dead.body.items, [
    { id: 'late', state: 'expired', failure: { code: 'expired' } },
    {
      id: 'refused',
      failure: { code: 'recipient-refused' },
      recipients: [{ reply: '550 5.1.1 no such user' }],
    },
  ]);
  t.equal(dead.body.items.length, 2);
  const { body: early } = await call<MailList>(
    'GET',
    `/v1/mails?state=failed,expired&until=2026-11-23T08:01:00Z`,
  );
  t.same(
    early.items.map(({ id }) => id),
    ['refused'],
  );
  const { body: page } = await call<MailList>('GET', '/v1/mails?state=failed,expired&limit=1');
  const { body: rest } = await call<MailList>(
    'GET',
    `/v1/mails?state=failed,expired&limit=1&cursor=${page.nextCursor}`,
  );
  t.same(
    [...page.items, ...rest.items].map(({ id }) => id),
    ['late', 'refused'],
  );
  t.equal(rest.nextCursor, null);
  t.match(await call<Problem>('GET', '/v1/mails?state=failed,gone'), {
    status: 400,
    body: { code: 'request-invalid' },
  });
  t.match(await call<Problem>('GET', '/v1/mails?until=2026-02-30T00:00:00Z'), { status: 400 });
});

interface Refused {
  readonly items: readonly {
    readonly offset: number;
    readonly code: string;
    readonly mailId: string | null;
  }[];
  readonly nextCursor: string | null;
}

test('lists the requests that were set aside, with the place where they lie', async (t) => {
  const { bench, log, call } = await setUp(t);
  const garbage = { key: 'k', headers: {}, value: new TextEncoder().encode('?') };
  await log.append(topics.mailRequests.name, [garbage, garbage]);
  await bench.submit('m1');
  await bench.request({ id: 'm1', to: [{ address: 'other@x.example' }] });
  const list = (query = '') => call<Refused>('GET', `/v1/refused-mail-requests${query}`);
  const items = await waitFor('three', async () => {
    const { body } = await list();
    return body.items.length === 3 ? body.items : undefined;
  });
  t.match(
    items.toSorted((one, other) => one.offset - other.offset),
    [
      { partition: 0, offset: 0, code: 'unreadable', mailId: null, refusedAt: '2026-11-23T08:00:00.000Z' },
      { offset: 1, code: 'unreadable' },
      { offset: 3, code: 'idempotency-conflict', mailId: 'm1', detail: /other content/ },
    ],
  );
  const { body: page } = await list('?limit=2');
  const { body: rest } = await list(`?limit=2&cursor=${page.nextCursor}`);
  t.same([...page.items, ...rest.items], items);
  t.equal(rest.nextCursor, null);
  t.equal((await list('?since=2026-11-23T08:00:00.001Z')).body.items.length, 0);
  t.equal((await list('?until=2026-11-23T08:00:00Z')).body.items.length, 0);
  t.match(await list('?cursor=x'), { status: 400 });
});
