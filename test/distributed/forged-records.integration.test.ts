/* A module that may write to every topic, and has no key of the services, on a real broker. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type EventData, type EventName, events, topics, writeRecord } from '@postausgang/contracts';
import { generateApiKey, sha256OfApiKey } from '@postausgang/http';
import kafkajs from 'kafkajs';
import { type Test, test } from 'tap';
import { connectClient } from '../event-log/kafka/foreign-client.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { serverPath } from './cluster.ts';
import { brokersForTest, type TestBrokers } from './test-brokers.ts';
import { startTwoServices, type TwoServices } from './two-services.ts';

const attacker = '/erp/attacker';
const system = { kind: 'system' as const, id: 'config-api', name: 'config-api' };

async function startProducer(t: Test, { brokers, topicPrefix }: TestBrokers) {
  const { DefaultPartitioner: createPartitioner } = kafkajs.Partitioners;
  const producer = connectClient(brokers).producer({ createPartitioner });
  await producer.connect();
  t.teardown(() => producer.disconnect());
  return async <Name extends EventName>(
    name: Name,
    key: string,
    data: EventData<Name>,
    source = attacker,
  ) => {
    const definition = events[name];
    const event = { id: randomUUID(), type: definition.type, source, time: new Date().toISOString(), data };
    const { headers, value } = writeRecord(key, event);
    await producer.send({
      topic: topicPrefix + topics[definition.topic].name,
      messages: [{ key, headers: { ...headers }, value: Buffer.from(value) }],
    });
  };
}

/** How many records a service has refused, by its metrics. */
async function refused({ api }: Pick<TwoServices, 'api'>): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  const found = [...text.matchAll(/^postausgang_log_records_refused\{.*\} (\d+)$/gm)];
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
}

const mail = (sendAt: string) => ({
  from: { address: 'rechnung@acme.example' },
  to: [{ address: 'kunde@example.com' }],
  subject: 'Rechnung',
  text: 'Anbei.',
  sendAt,
});

async function switchOn({ call }: TwoServices): Promise<void> {
  const { headers } = await call('GET', serverPath);
  await call('PUT', serverPath, {
    headers: { 'if-match': headers.get('etag') ?? '', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { name: 'ACME', address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: 2525, encryption: 'none', authentication: 'none' },
    },
  });
}

test('whoever may write to the topics mints no key, ends no mail and commands no mail of others', async (t) => {
  if (!requirePeer(t, 'kafka')) return;
  const kafka = await brokersForTest(t);
  const directory = join(t.testdir(), 'services');
  const services = await startTwoServices(kafka, directory);
  t.teardown(services.stop);
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  await switchOn(services);
  const { status, body } = await services.call('POST', '/v1/mails', { body: mail(sendAt) });
  t.equal(status, 202);
  const id = String(Reflect.get(Object(body), 'id'));

  const produce = await startProducer(t, kafka);
  const key = generateApiKey();
  await produce(
    'apiKeyCreated',
    'api-keys/forged',
    {
      keyId: 'forged',
      name: 'x',
      sha256: sha256OfApiKey(key),
      scopes: ['admin'],
      expiresAt: null,
      actor: system,
    },
    '/config-api',
  );
  const about = { mailId: id, messageId: null, businessReference: null, metadata: {} };
  await produce(
    'mailSent',
    id,
    {
      ...about,
      state: 'sent',
      attempt: null,
      decisions: null,
      recipients: [{ address: 'kunde@example.com', outcome: 'sent' }],
    },
    '/mailer/m0',
  );
  const command = { mailId: id, actor: 'A. Admin', requestedBy: 'admin' };
  await produce('mailCancelRequested', id, command);
  await produce('mailHoldRequested', id, command, '/mailer/m0');
  const own = { ...mail(sendAt), id: 'attackers-own', requestedBy: 'admin' };
  await produce('mailRequested', own.id, own);
  await produce('mailCancelRequested', own.id, { ...command, mailId: own.id });

  const stateOf = async (mailId: string) => {
    const { body: status } = await services.call('GET', `/v1/mails/${mailId}`);
    return Reflect.get(Object(status), 'state');
  };
  await waitFor('the command of its own mail', async () =>
    (await stateOf('attackers-own')) === 'cancelled' ? true : undefined,
  );
  await waitFor('the refused records', async () => ((await refused(services)) >= 2 ? true : undefined));
  t.equal(await stateOf(id), 'queued', 'neither sent nor cancelled nor held');
  const { text } = await services.call('GET', '/v1/mails/attackers-own');
  t.match(text, new RegExp(`"actor":"${attacker}"`), 'its own command is its own');
  t.notMatch(text, /A\. Admin|"requestedBy":"admin"/, 'and no person’s');
  for (const path of ['/v1/mails', '/v1/api-keys']) {
    const answer = await services.call('GET', path, { headers: { authorization: `Bearer ${key}` } });
    t.equal(answer.status, 401, `${path} knows no such key`);
  }
  await services.stop();
  const again = await startTwoServices(kafka, directory);
  t.teardown(again.stop);
  const answer = await again.call('GET', '/v1/api-keys', { headers: { authorization: `Bearer ${key}` } });
  t.equal(answer.status, 401, 'nor does a new start');
  const { body: after } = await again.call('GET', `/v1/mails/${id}`);
  t.match(after, { state: 'queued' });
});
