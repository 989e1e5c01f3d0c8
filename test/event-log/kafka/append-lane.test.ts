import { test } from 'tap';
import {
  createAppendLane,
  createByteBudget,
  type Sender,
} from '../../../packages/event-log/src/kafka/append-lane.ts';
import { defaultLimits } from '../../../packages/event-log/src/kafka/kafka-log-options.ts';
import { createHealth } from '../../../packages/event-log/src/kafka/connections.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { record } from '../records.ts';
import { newTopic } from './open-for-test.ts';

function openLane(send: Sender['send']) {
  const health = createHealth(undefined);
  const definition = newTopic({ partitions: 1 });
  const lane = createAppendLane({
    topic: { definition, maxMessageBytes: 1_000_000 },
    sender: { send, close: () => undefined },
    budget: createByteBudget(1_000_000),
    limits: { ...defaultLimits, appendTimeoutMs: 60 },
    access: { brokers: ['127.0.0.1:1'] },
    health,
    nowMs: () => 0,
  });
  return { lane, health };
}

test('an outage that outlasts the last append does not outlast it in the readiness', async (t) => {
  let failures = 0;
  const { lane, health } = openLane(async () => {
    failures += 1;
    throw new Error('ECONNREFUSED');
  });
  const append = lane.append([record('a', 'one')]);
  append.catch(() => undefined);
  await waitFor('a failure', () => (failures > 0 ? true : undefined));
  await waitFor('a report', () => (health.readiness().ready ? undefined : true));
  await t.rejects(append, { code: 'log-unavailable', message: /it was not sent/ });
  await waitFor('readiness', () => (health.readiness().ready ? true : undefined));
  await lane.close();
});

test('says that nobody knows about an append that was on its way, and only about that', async (t) => {
  const { lane } = openLane(async (_messages, _timeoutMs, onSending) => {
    onSending();
    throw new Error('no answer within 1 ms');
  });
  await t.rejects(lane.append([record('a', 'one')]), {
    code: 'log-outcome-unknown',
    retriable: true,
    message: /may have become durable all the same.*no answer within 1 ms/,
  });
  await lane.close();
});
