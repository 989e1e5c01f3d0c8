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
  readonly name: 'mailRequested' | 'mailHoldRequested' | 'mailBulkRequested';
  /** The key of the record. */
  readonly mailId: string;
  /** The ID of the event, where it matters. */
  readonly id?: string;
  readonly data: object;
}

/** Writes to the topic of requests as an ERP module would. */
async function produce({ brokers, topicPrefix }: TestBrokers, records: readonly Written[]): Promise<void> {
  const client = connectClient(brokers);
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = records.map(({ name, mailId, id = randomUUID(), data }) => ({
    key: mailId,
    value: JSON.stringify(data),
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
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

const stateAt = async (cluster: Cluster, mailer: ServiceProcess, id: string): Promise<unknown> =>
  Reflect.get(Object((await cluster.call(mailer, 'GET', `/v1/mails/${id}`)).body), 'state');

/**
 * One record about many mails, which lie in all partitions: each mailer carries it out for its own. A sender that these mails
 * name is not removed by config-api, which has no mails, until they have ended.
 */
export async function bulkCommandsFromKafka(t: Test, cluster: Cluster, kafka: TestBrokers): Promise<void> {
  const [one, other] = cluster.mailers();
  if (one === undefined || other === undefined) throw new Error('two mailers');
  const created = await cluster.configure('POST', '/v1/senders', {
    body: { name: 'ACME Billing', address: 'billing@acme.example' },
  });
  const senderId = (created.body as { id: string }).id;
  const remove = () =>
    cluster.configure('DELETE', `/v1/senders/${senderId}`, { headers: { 'if-match': '*' } });
  const mailIds = ids.map((id) => `bulk-${id}`);
  const requests = mailIds.map((id) => ({
    name: 'mailRequested' as const,
    mailId: id,
    data: {
      id,
      sender: { id: senderId },
      to: [{ address: 'kunde@example.com' }],
      subject: 'Sammelbrief',
      text: 'Anbei.',
      sendAt,
    },
  }));
  const allIn = (state: string) =>
    waitFor(`all mails ${state}`, async () => {
      const states = await Promise.all(mailIds.map((id) => stateAt(cluster, one, id)));
      return states.every((found) => found === state) ? true : undefined;
    });
  const bulk = async (verb: string): Promise<void> => {
    const id = randomUUID();
    const data = { verb, filter: { subject: 'Sammelbrief' }, reason: 'Monatsende' };
    await produce(kafka, [{ name: 'mailBulkRequested', mailId: id, id, data }]);
    const status = await waitFor(`the end of ${verb}`, async () => {
      const { body } = await cluster.call(other, 'GET', `/v1/mails/actions/${id}`);
      return Reflect.get(Object(body), 'state') === 'finished' ? body : undefined;
    });
    t.match(status, { verb, matched: mailIds.length, done: mailIds.length, skipped: 0 });
  };
  await produce(kafka, requests);
  await allIn('queued');
  await bulk('hold');
  await allIn('held');
  t.match(await remove(), {
    status: 409,
    body: { code: 'sender-in-use', detail: `${mailIds.length} mails wait for this sender.` },
  });
  await bulk('cancel');
  await allIn('cancelled');
  const removed = await waitFor('the mailer that config-api asks to know the end', async () => {
    const { status } = await remove();
    return status === 409 ? undefined : status;
  });
  t.equal(removed, 204);
}
