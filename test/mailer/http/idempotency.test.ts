import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { type MailAccepted, type MailRequested, type Problem, topics } from '@postausgang/contracts';
import { waitFor } from '../../peers/wait-for.ts';
import {
  active,
  createTestClock,
  finished,
  mailEvents,
  minuteMs,
  openQueue,
  server,
  take,
} from '../engine/harness.ts';
import { openRoutes, setUp, type Setup } from './queue-routes.ts';

const dayMs = 24 * 60 * minuteMs;
const window = 7 * dayMs;
const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung 4711', text: 'Anbei.' };
/** The same content, written in another order. */
const reordered = Object.fromEntries(Object.entries(mail).toReversed());
const other = { ...mail, subject: 'Rechnung 4712' };

const post = (setup: Pick<Setup, 'call'>, body: object, key: string) =>
  setup.call<MailAccepted & Problem>('POST', '/v1/mails', body, { 'idempotency-key': key });

const fromKafka = (id: string, body: object): MailRequested => ({ id, ...body }) as MailRequested;

test('within seven days of its end the same request is the same mail, and another one a conflict', async (t) => {
  const setup = await setUp(t);
  const { bench, log, directory, transport } = setup;
  transport.script = ({ envelope: { to }, onIntent }, call) =>
    call === 2
      ? finished(to, 'rejected')
      : onIntent({ accepted: to, server, tls: null }).then(() => finished(to, 'sent'));
  const accepted = await post(setup, mail, 'invoice-4711');
  const { id } = accepted.body;
  t.equal(accepted.status, 202);
  await bench.until(id, 'sent');
  await bench.request(fromKafka('erp-1', mail));
  await bench.until('erp-1', 'failed');

  const answers = async (one: Pick<Setup, 'call'>) => [
    await post(one, mail, 'invoice-4711'),
    await post(one, { cc: [], ...reordered }, 'invoice-4711'),
    await post(one, other, 'invoice-4711'),
  ];
  const firstOutcome = { status: 202, body: { id, state: 'sent', messageId: `<${id}@acme.example>` } };
  const conflict = { status: 409, body: { code: 'idempotency-conflict' } };
  t.match(await answers(setup), [firstOutcome, firstOutcome, conflict]);

  await bench.clock.advance(window - minuteMs);
  t.match(await answers(setup), [firstOutcome, firstOutcome, conflict], 'nearly a week later');
  await bench.queue.stop(1000);

  // Another process, a view that is gone, and a clock that is where the old one was.
  await rm(join(directory, 'view'), { recursive: true, force: true });
  const clock = createTestClock();
  await clock.advance(window - minuteMs);
  const again = await openQueue(t, { log, directory, clock, serving: active(transport), viewName: 'anew' });
  const app = await openRoutes(t, log, again);
  const call: Setup['call'] = async (method, url, body, headers = {}) => {
    const { statusCode, payload } = await app.inject({
      method,
      url,
      headers: { authorization: 'Bearer manager', ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: statusCode, body: JSON.parse(payload) };
  };
  t.match(await answers({ call }), [firstOutcome, firstOutcome, conflict], 'from a view that was built anew');
  await again.request(fromKafka('erp-1', mail));
  await again.request(fromKafka('erp-1', { metadata: {}, ...reordered }));
  t.equal(again.state('erp-1'), 'failed', 'the first outcome');
  await again.request(fromKafka('erp-1', other));
  const refused = await waitFor('the refusal', async () =>
    (await mailEvents(log)).find(({ type }) => type === 'io.postausgang.mail-refused.v1'),
  );
  t.match(refused.data, { mailId: 'erp-1', code: 'idempotency-conflict' });
  t.equal(transport.sends.length, 2, 'each was sent once');
});

test('a mail that has not ended is known however long it waits', async (t) => {
  const setup = await setUp(t);
  const { bench, transport } = setup;
  const { body } = await post(setup, mail, 'k');
  await bench.until(body.id, 'sent');
  const held = await post(setup, { ...mail, sendAt: '2026-11-24T08:00:00Z' }, 'held');
  t.match(await setup.call('POST', `/v1/mails/${held.body.id}/hold`), { status: 200 });
  await bench.clock.advance(100 * dayMs);
  const request = { ...mail, sendAt: '2026-11-24T08:00:00Z' };
  t.match(await post(setup, request, 'held'), { status: 202, body: { id: held.body.id, state: 'held' } });
  t.match(await post(setup, mail, 'held'), { status: 409 });
  t.equal(transport.sends.length, 1);
});

test('a corrected resend changes nothing about what the key stands for', async (t) => {
  const setup = await setUp(t);
  const { bench, transport } = setup;
  transport.script = ({ envelope: { to } }) => finished(to, 'rejected');
  const { body } = await post(setup, mail, 'k');
  await bench.until(body.id, 'failed');
  transport.script = take;
  const recipients = [{ address: 'kunde@example.com', correctedAddress: 'richtig@example.com' }];
  await setup.call('POST', `/v1/mails/${body.id}/resend`, { recipients });
  await bench.until(body.id, 'sent');
  t.match(await post(setup, mail, 'k'), { status: 202, body: { id: body.id, state: 'sent' } });
  const corrected = { ...mail, to: [{ address: 'richtig@example.com' }] };
  t.match(await post(setup, corrected, 'k'), { status: 409 });
});

test('the log keeps a request as long as its mail may wait by default, and the window after that', async (t) => {
  t.ok(topics.mailRequests.retentionMs >= 5 * dayMs + window);
  t.ok(topics.mailEvents.retentionMs >= topics.mailRequests.retentionMs);
});
