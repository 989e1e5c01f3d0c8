import { test } from 'tap';
import { failure, type QueueStatus } from '@postausgang/contracts';
import { waitFor } from '../../peers/wait-for.ts';
import { take } from '../engine/harness.ts';
import { setUp } from './queue-routes.ts';

const restingMs = 3600 * 1000;

test('a person ends a standstill, and mail goes at once', async (t) => {
  const { bench, transport, call, app } = await setUp(t);
  const told = { ...failure('sending-quota-reached', '550 5.4.5'), retryAfterSeconds: restingMs / 1000 };
  transport.script = () => ({ kind: 'server-failed', server: 'mail.test:25', failure: told });
  await bench.submit('m1');
  await waitFor('a standstill', () => bench.queue.stats().standstill ?? undefined);
  const before = await call<QueueStatus>('GET', '/v1/queue');
  t.match(before.body, { state: 'standstill', standstill: { failure: { code: 'sending-quota-reached' } } });
  transport.script = take;
  const answer = await call<QueueStatus>('POST', '/v1/queue/resume', { reason: 'Kontingent erhöht' });
  t.equal(answer.status, 200);
  t.equal(answer.body.standstill, null);
  await bench.until('m1', 'sent');
  t.equal((await call<QueueStatus>('POST', '/v1/queue/resume')).status, 200, 'also without a body');
  const denied = await app.inject({
    method: 'POST',
    url: '/v1/queue/resume',
    headers: { authorization: 'Bearer sender' },
  });
  t.equal(denied.statusCode, 403);
  const refusals = bench.queue.refusals({ limit: 10 });
  t.same(refusals.items, [], 'the command is no mail request');
});
