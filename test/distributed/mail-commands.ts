import { randomUUID } from 'node:crypto';
import { events, topics } from '@postausgang/contracts';
import kafkajs from 'kafkajs';
import type { Test } from 'tap';
import type { ApiAnswer, ServiceProcess } from '../end-to-end/service-process.ts';
import { connectClient } from '../event-log/kafka/foreign-client.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { Cluster } from './cluster.ts';
import type { TestBrokers } from './test-brokers.ts';

const { Partitioners } = kafkajs;

interface Written {
  readonly name: 'mailRequested' | 'mailHoldRequested';
  readonly mailId: string;
  readonly data: object;
}

/** Writes to the topic of requests as an ERP module would. */
async function produce({ brokers, topicPrefix }: TestBrokers, records: readonly Written[]): Promise<void> {
  const client = connectClient(brokers);
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = records.map(({ name, mailId, data }) => ({
    key: mailId,
    value: JSON.stringify(data),
    headers: {
      ce_specversion: '1.0',
      ce_id: randomUUID(),
      ce_type: events[name].type,
      ce_source: '/erp/billing',
      ce_time: new Date().toISOString(),
      'content-type': 'application/json',
    },
  }));
  await producer.send({ topic: topicPrefix + topics.mailRequests.name, messages });
  await producer.disconnect();
}

const sendAt = new Date(Date.now() + 60 * 60 * 1000).toISOString();
const ids = Array.from({ length: 24 }, (_, n) => `held-${n}`);

/** What a client does with a 503: it repeats the request under its key. */
async function insist(
  cluster: Cluster,
  mailer: ServiceProcess,
  path: string,
  body: object,
): Promise<ApiAnswer> {
  const headers = { 'idempotency-key': randomUUID() };
  return waitFor(`an answer to ${path}`, async () => {
    const answer = await cluster.call(mailer, 'POST', path, { body, headers });
    return answer.status === 503 ? undefined : answer;
  });
}

/** Mails are held from Kafka, and released and cancelled over HTTP on any mailer, also while an owner is lost. */
export async function commandsOnAnyMailer(t: Test, cluster: Cluster, kafka: TestBrokers): Promise<void> {
  const sentBefore = cluster.sink.messages.length;
  const requests = ids.map((id) => ({
    name: 'mailRequested' as const,
    mailId: id,
    data: { id, to: [{ address: 'kunde@example.com' }], subject: id, text: 'Anbei.', sendAt },
  }));
  const holds = ids.map((id) => ({ name: 'mailHoldRequested' as const, mailId: id, data: { mailId: id } }));
  await produce(kafka, [...requests, ...holds]);
  const mailers = cluster.mailers();
  const [one, other, doomed] = mailers;
  if (one === undefined || other === undefined || doomed === undefined) throw new Error('three mailers');
  for (const id of ids) {
    await waitFor(`${id} held`, async () => {
      const { body } = await cluster.call(one, 'GET', `/v1/mails/${id}`);
      return Reflect.get(Object(body), 'state') === 'held' ? true : undefined;
    });
  }
  const released = await Promise.all(
    ids.map((id, n) => insist(cluster, n % 2 === 0 ? one : other, `/v1/mails/${id}/release`, {})),
  );
  t.ok(
    released.every(({ status, body }) => status === 200 && Reflect.get(Object(body), 'state') === 'queued'),
    'each of two mailers releases mails of all three',
  );
  const index = mailers.indexOf(doomed);
  const cancelling = ids.map((id) => insist(cluster, one, `/v1/mails/${id}/cancel`, { reason: 'Storno' }));
  await cluster.replace(index);
  for (const { status, body } of await Promise.all(cancelling)) {
    t.match([status, body], [200, { state: 'cancelled', history: { length: 3 } }]);
  }
  t.equal(cluster.sink.messages.length, sentBefore, 'none was sent');
}
