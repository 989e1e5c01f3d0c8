import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnvironmentView, type QueueStatus, topics } from '@postausgang/contracts';
import fc from 'fast-check';
import { test } from 'tap';
import { environmentName, histories, startRedirectStage } from '../end-to-end/redirect-histories.ts';
import { change, expected, inState, type Product, save, serverPath } from '../fixtures/product.ts';
import { freePort } from '../peers/free-port.ts';
import { startKafka } from '../peers/kafka/kafka.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { brokersForTest, type TestBrokers } from './test-brokers.ts';
import { feedTopic, readTopic } from './topic-records.ts';
import { startTwoServices } from './two-services.ts';

async function send({ call }: Product, subject: string): Promise<string> {
  const body = { to: [{ address: 'kunde@example.com' }], subject, text: 'Anbei.' };
  return (expected(await call('POST', '/v1/mails', { body }), 202).body as { id: string }).id;
}

const environment = async ({ call }: Product): Promise<EnvironmentView> =>
  expected(await call('GET', '/v1/environment'), 200).body as EnvironmentView;

const confirm = async ({ call }: Product, as: string): Promise<EnvironmentView> =>
  expected(await call('POST', '/v1/environment/confirm', { body: { as, reason: 'a rehearsal' } }), 200)
    .body as EnvironmentView;

/** Whatever a mailer does by itself, it has done when its connection test has ended. */
async function settled({ call }: Product): Promise<void> {
  const body = { probe: { to: 'me@acme.example' } };
  const headers = { prefer: 'wait=60' };
  expected(await call('POST', `${serverPath}/connection-tests`, { body, headers }), 200);
}

/** The same topics with another prefix, as a mirror of the cluster makes them. */
async function copyTopics(from: TestBrokers, to: TestBrokers): Promise<void> {
  for (const definition of Object.values(topics)) {
    await feedTopic(to, definition, await readTopic(from, definition.name));
  }
}

const longest = { timeout: 500_000 };

test('copied topics send nothing before a person says what they are', longest, async (t) => {
  if (!requirePeer(t, 'kafka')) return;
  const kafka = await brokersForTest(t);
  const directory = t.testdir();
  const port = await freePort();
  const original = await startTwoServices(kafka, join(directory, 'original'));
  t.teardown(original.stop);
  await save(original, 'PUT', {
    enabled: true,
    serverType: 'smtp',
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' },
  }).catch(() => undefined);
  const waiting = [await send(original, 'Rechnung 1'), await send(original, 'Rechnung 2')];
  const home = await environment(original);
  t.match(home, { log: 'kafka', heldFor: null, restoredFrom: null, confirmed: { as: 'adopted' } });
  await original.stop();
  const server = await startSmtpServer({ port });
  t.teardown(server.stop);

  const startCopy = async (
    name: string,
    copy: TestBrokers = { ...kafka, topicPrefix: `${kafka.topicPrefix}${name}.` },
  ) => {
    await copyTopics(kafka, copy);
    const folder = join(directory, name);
    await cp(join(directory, 'original'), folder, { recursive: true });
    await rm(join(folder, 'view'), { recursive: true });
    const start = async () => {
      const services = await startTwoServices(copy, folder);
      t.teardown(services.stop);
      return services;
    };
    const product = await start();
    const before = server.messages.length;
    t.match(await environment(product), { heldFor: 'other-place' }, name);
    const queue = (await product.call('GET', '/v1/queue')).body as QueueStatus;
    t.match(queue, { state: 'standstill', standstill: { failure: { code: 'environment-held' } } });
    await settled(product);
    t.equal(server.messages.length, before, `${name}: nothing has left, not even a probe`);
    return { product, start, before };
  };

  const restored = await startCopy('restored');
  t.match(await confirm(restored.product, 'restored'), { heldFor: null, confirmed: { as: 'restored' } });
  const late = await send(restored.product, 'Rechnung 3');
  for (const id of [...waiting, late]) await inState(restored.product, id, 'held');
  await restored.product.stop();
  const again = await restored.start();
  t.match(await environment(again), { heldFor: null }, 'said once');
  for (const id of [...waiting, late]) await inState(again, id, 'held');
  t.equal(server.messages.length, restored.before, 'nothing leaves before somebody switches sending on');
  await change(again, 'PATCH', serverPath, { enabled: true });
  for (const id of [...waiting, late]) await inState(again, id, 'sent');
  t.equal(server.messages.length, restored.before + 3, 'and then everything, once');
  await again.stop();

  const copied = await startCopy('copy');
  t.not((await confirm(copied.product, 'copy')).id, home.id, 'a copy has an id of its own');
  for (const id of waiting) await inState(copied.product, id, 'held');
  t.equal(server.messages.length, copied.before);
  await copied.product.stop();

  const moved = await startCopy('moved');
  await confirm(moved.product, 'moved');
  for (const id of waiting) await inState(moved.product, id, 'sent');
  await waitFor('both mails', () => (server.messages.length === moved.before + 2 ? true : undefined));
  await moved.product.stop();

  // The same names of the topics, on brokers of their own: only the cluster tells that it is another place.
  const { brokers, stop } = await startKafka();
  t.teardown(stop);
  const elsewhere = await startCopy('elsewhere', { ...kafka, brokers });
  await confirm(elsewhere.product, 'restored');
  for (const id of waiting) await inState(elsewhere.product, id, 'held');
  t.equal(server.messages.length, elsewhere.before, 'nothing leaves before somebody switches sending on');
  await change(elsewhere.product, 'PATCH', serverPath, { enabled: true });
  for (const id of waiting) await inState(elsewhere.product, id, 'sent');
  const since = server.messages.slice(elsewhere.before).map(({ mail }) => mail.subject ?? '');
  t.same(since.toSorted(), ['Rechnung 1', 'Rechnung 2'], 'each once, and none is lost');
  await elsewhere.product.stop();
});

test(
  'over Kafka, no history asks the server for anybody else while mail is redirected',
  longest,
  async (t) => {
    if (!requirePeer(t, 'kafka')) return;
    const kafka = await brokersForTest(t);
    const folder = join(t.testdir(), 'services');
    const stage = await startRedirectStage();
    t.teardown(stage.server.stop);
    const start = () => startTwoServices(kafka, folder, { INSTALLATION_NAME: environmentName });
    let services = await start();
    t.teardown(() => services.stop());
    await save(services, 'PUT', {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      copyToSender: 'bcc',
      fromPolicy: { kind: 'any' },
      smtp: { hostname: '127.0.0.1', port: stage.server.port, encryption: 'none', authentication: 'none' },
    });
    const [steps = []] = fc.sample(histories({ minLength: 12, maxLength: 20 }), 1);
    t.comment(JSON.stringify(steps));
    await stage.play(services, steps, async () => {
      await services.stop();
      services = await start();
      return services;
    });
    t.same(stage.outside, []);
    t.ok(stage.redirected() > 0);
  },
);
