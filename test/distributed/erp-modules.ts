import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { topics } from '@postausgang/contracts';
import kafkajs from 'kafkajs';
import type { Test } from 'tap';
import { connectClient } from '../event-log/kafka/foreign-client.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { Cluster } from './cluster.ts';
import type { TestBrokers } from './test-brokers.ts';

const { Partitioners } = kafkajs;

const requestsOf = ({ topicPrefix }: TestBrokers) => topicPrefix + topics.mailRequests.name;
const eventsOf = ({ topicPrefix }: TestBrokers) => topicPrefix + topics.mailEvents.name;
const largeBytes = 20 * 1024 * 1024;

/** What kcat prints of a record (`-J`). */
interface PrintedRecord {
  readonly headers?: readonly string[];
  readonly payload: string | null;
}

interface Outcome {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

async function kcat({ brokers }: TestBrokers, args: readonly string[], input = ''): Promise<string> {
  const partitioner = args.includes('-P') ? ['-X', 'partitioner=murmur2_random'] : [];
  const child = spawn('kcat', [...partitioner, '-b', brokers.join(), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`kcat ended with ${code}: ${errors}`);
  return output;
}

const mailFor = (id: string) => ({
  id,
  from: { address: 'rechnung@acme.example' },
  to: [{ address: 'kunde@example.com' }],
  subject: 'Rechnung',
  text: 'Anbei.',
  businessReference: `invoice/${id}`,
  metadata: { client: '100' },
});

const headersOf = (id: string, type = 'io.postausgang.mail-requested.v1') => ({
  ce_specversion: '1.0',
  ce_id: `erp-${id}`,
  ce_type: type,
  ce_source: '/erp/billing',
  ce_time: new Date().toISOString(),
  'content-type': 'application/json',
});

function requestBinary(kafka: TestBrokers, id: string): Promise<string> {
  const headers = Object.entries(headersOf(id));
  const given = headers.flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  return kcat(kafka, ['-P', '-t', requestsOf(kafka), '-k', id, ...given], JSON.stringify(mailFor(id)));
}

function requestStructured(kafka: TestBrokers, id: string): Promise<string> {
  const event = {
    specversion: '1.0',
    id: `erp-${id}`,
    type: 'io.postausgang.mail-requested.v1',
    source: '/erp/billing',
    time: new Date().toISOString(),
    data: mailFor(id),
  };
  const contentType = 'content-type=application/cloudevents+json';
  return kcat(kafka, ['-P', '-t', requestsOf(kafka), '-k', id, '-H', contentType], JSON.stringify(event));
}

/** All mail events so far, as a plain consumer sees them. */
async function outcomes(kafka: TestBrokers): Promise<readonly Outcome[]> {
  const printed = await kcat(kafka, ['-C', '-t', eventsOf(kafka), '-o', 'beginning', '-e', '-q', '-J']);
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PrintedRecord)
    .map(({ headers = [], payload }) => ({
      type: headers[headers.indexOf('ce_type') + 1] ?? '',
      data: JSON.parse(payload ?? 'null') as Record<string, unknown>,
    }));
}

const outcomeOf = (kafka: TestBrokers, id: string) =>
  waitFor(`the outcome of ${id}`, async () =>
    (await outcomes(kafka)).find(
      ({ type, data }) => data['businessReference'] === `invoice/${id}` && type.includes('.mail-sent.'),
    ),
  );

/** Records that nobody can understand, and one that is only large. */
function poison(): { key: string | null; value: Buffer | null; headers?: Record<string, string | Buffer> }[] {
  const good = Buffer.from(JSON.stringify(mailFor('poison')));
  const structured = { 'content-type': 'application/cloudevents+json' };
  return [
    { key: 'tombstone', value: null },
    { key: 'tombstone', value: null, headers: headersOf('t') },
    { key: null, value: Buffer.from([0xff, 0xfe, 0x00]) },
    { key: 'no-headers', value: good },
    { key: 'unknown-type', value: good, headers: headersOf('u', 'com.example.invoice-paid.v1') },
    { key: 'next-major', value: good, headers: headersOf('m', 'io.postausgang.mail-requested.v2') },
    { key: 'not-json', value: Buffer.from('{"id":'), headers: headersOf('j') },
    { key: 'unknown-field', value: Buffer.from('{"id":"x","bbc":[]}'), headers: headersOf('f') },
    { key: 'bad-header', value: good, headers: { ...headersOf('h'), ce_id: Buffer.from([0xff, 0xc0]) } },
    { key: 'bad-utf8', value: Buffer.from([0x22, 0xff, 0x22]), headers: headersOf('b') },
    { key: 'structured', value: Buffer.from('[1]'), headers: structured },
    { key: 'structured', value: Buffer.from('{"specversion":"1.0"}'), headers: structured },
    { key: 'large', value: Buffer.alloc(largeBytes, 0x20), headers: headersOf('l') },
  ];
}

async function producePoison(kafka: TestBrokers): Promise<number> {
  const client = connectClient(kafka.brokers);
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const records = poison();
  for (const record of records) {
    await producer.send({ topic: requestsOf(kafka), messages: [record] });
  }
  await producer.disconnect();
  return records.length;
}

/** ERP modules ask for mail and learn what became of it, with nothing but a Kafka client. */
export async function erpModulesSendByKafka(t: Test, cluster: Cluster, kafka: TestBrokers): Promise<void> {
  await requestBinary(kafka, 'erp-1');
  await requestStructured(kafka, 'erp-2');
  for (const id of ['erp-1', 'erp-2']) {
    t.match((await outcomeOf(kafka, id)).data, {
      mailId: id,
      state: 'sent',
      metadata: { client: '100' },
      recipients: [{ address: 'kunde@example.com', outcome: 'sent' }],
    });
  }
  const refusedBefore = (await outcomes(kafka)).filter(({ type }) => type.includes('.mail-refused.')).length;
  const count = await producePoison(kafka);
  await requestBinary(kafka, 'erp-3');
  t.match((await outcomeOf(kafka, 'erp-3')).data, { state: 'sent' }, 'good mail goes on behind bad');
  const refused = await waitFor('every bad record to be set aside', async () => {
    const all = (await outcomes(kafka)).filter(({ type }) => type.includes('.mail-refused.'));
    return all.length - refusedBefore >= count ? all : undefined;
  });
  t.equal(refused.length - refusedBefore, count, 'each once');
  t.ok(
    refused.every(({ data }) => typeof data['detail'] === 'string' && data['detail'] !== ''),
    'with a reason',
  );
  const sent = cluster.sink.messages.filter(({ content }) => content.includes('From: rechnung@acme.example'));
  t.equal(sent.length, 3, 'nothing else was sent');
  await sameRequestTwice(t, cluster, kafka);
  await requestsInOtherPartitions(t, cluster, kafka);
}

/** A producer that repeats itself, and one that uses an id again for something else. */
async function sameRequestTwice(t: Test, cluster: Cluster, kafka: TestBrokers): Promise<void> {
  await requestBinary(kafka, 'erp-3');
  const headers = Object.entries(headersOf('again'));
  const given = headers.flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const other = JSON.stringify({ ...mailFor('erp-3'), subject: 'Another one' });
  await kcat(kafka, ['-P', '-t', requestsOf(kafka), '-k', 'erp-3', ...given], other);
  const conflict = await waitFor('the refusal of the other content', async () =>
    (await outcomes(kafka)).find(({ data }) => data['code'] === 'idempotency-conflict'),
  );
  t.match(conflict.data, { mailId: 'erp-3' });
  const sent = cluster.sink.messages.filter(({ content }) => content.includes('From: rechnung@acme.example'));
  t.equal(sent.length, 3, 'the same request is sent once');
}

/**
 * Other clients choose other partitions for a key than Kafka's Java client, and a module that was moved to another one writes
 * the same request to two. Mailers read the two in either order.
 */
async function requestsInOtherPartitions(t: Test, cluster: Cluster, kafka: TestBrokers): Promise<void> {
  const partitions = topics.mailRequests.partitions;
  const producer = connectClient(kafka.brokers).producer();
  await producer.connect();
  const ids = Array.from({ length: partitions * 2 }, (_, index) => `spread-${index}`);
  const messages = ids.flatMap((id, index) =>
    [index, index + 5].map((place) => ({
      key: id,
      partition: place % partitions,
      headers: headersOf(id),
      value: JSON.stringify({ ...mailFor(id), subject: `Spread ${id}.` }),
    })),
  );
  await producer.send({ topic: requestsOf(kafka), messages });
  await producer.disconnect();
  for (const id of ids) {
    t.match((await outcomeOf(kafka, id)).data, { mailId: id, state: 'sent' });
  }
  const sent = ids.map(
    (id) => cluster.sink.messages.filter(({ content }) => content.includes(`Spread ${id}.`)).length,
  );
  t.ok(
    sent.every((count) => count === 1),
    'each is sent once',
  );
}
