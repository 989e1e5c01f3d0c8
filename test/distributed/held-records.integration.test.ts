/** What was told stays true when the records of a mailer arrive after another one has taken its partitions over. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { type MailStatus, topics } from '@postausgang/contracts';
import { callApi, type ServiceProcess, startServiceProcess } from '../end-to-end/service-process.ts';
import { startHoldingProxy } from '../peers/kafka/holding-proxy.ts';
import { startKafka } from '../peers/kafka/kafka.ts';
import { startNodeSink } from '../peers/node-sink.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { serverPath } from './cluster.ts';
import { kafkaVariables, testLogKey } from './test-brokers.ts';
import { readTopic } from './topic-records.ts';

const mainOf = (service: string) =>
  new URL(`../../services/${service}/src/main.ts`, import.meta.url).pathname;
const topicPrefix = 'held.';

/** A mailer behind a proxy, another one that starts later, and a mail server. */
async function openScene(t: Test) {
  const proxy = await startHoldingProxy();
  t.teardown(proxy.stop);
  const kafka = await startKafka({ proxyPort: proxy.port });
  t.teardown(kafka.stop);
  proxy.lead(kafka.secureBrokers[0] ?? '');
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const directory = t.testdir();
  const publicKeys = join(directory, 'public', 'public-keys.json');
  const adminKeyFile = join(directory, 'admin.key');
  const shared = { LOG_KEYS: testLogKey, KAFKA_SESSION_TIMEOUT_MS: '2000', PORT: '0', LOG_LEVEL: 'warn' };
  const start = async (
    service: string,
    brokers: readonly string[],
    more: Readonly<Record<string, string>>,
  ) => {
    const variables = kafkaVariables({ brokers, topicPrefix });
    const started = await startServiceProcess(mainOf(service), { ...shared, ...variables, ...more });
    t.teardown(started.stop);
    return started;
  };
  const startMailer = (id: string, brokers: readonly string[]) =>
    start('mailer', brokers, {
      MAILER_ID: id,
      DATA_DIR: join(directory, id),
      KEY_DIRECTORY: join(directory, 'mailer-keys'),
      PUBLIC_KEYS_FILE: publicKeys,
      CONTENT_DIRECTORY: join(directory, 'content'),
      ALLOW_LOOPBACK_MAIL_SERVERS: 'true',
      ALLOWED_MAIL_PORTS: 'any',
    });
  const first = await startMailer('first', [`127.0.0.1:${proxy.port}`]);
  const configApi = await start('config-api', kafka.brokers, {
    ADMIN_KEY_FILE: adminKeyFile,
    SEALING_PUBLIC_KEYS: publicKeys,
    MAILER_URL: first.api,
  });
  const key = (await readFile(adminKeyFile, 'utf8')).trim();
  const call = (service: ServiceProcess, method: string, path: string, body?: object) =>
    callApi(service.api, key, method, path, body === undefined ? {} : { body });
  const saved = await callApi(configApi.api, key, 'PUT', serverPath, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' },
    },
  });
  t.match(saved.body, { applied: { state: 'applied' } });
  return { proxy, kafka, sink, first, startNext: () => startMailer('next', kafka.brokers), call };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

async function send({ call }: Scene, mailer: ServiceProcess, subject: string): Promise<string> {
  const body = { to: [{ address: 'kunde@example.com' }], subject, text: 'Anbei.' };
  const answer = await waitFor(`${subject} accepted`, async () => {
    const { status, body: accepted } = await call(mailer, 'POST', '/v1/mails', body);
    return status === 202 ? accepted : undefined;
  });
  return (answer as { id: string }).id;
}

async function statusOf(
  { call }: Scene,
  mailer: ServiceProcess,
  id: string,
): Promise<MailStatus | undefined> {
  const { status, body } = await call(mailer, 'GET', `/v1/mails/${id}`);
  return status === 200 ? (body as MailStatus) : undefined;
}

const until = (scene: Scene, mailer: ServiceProcess, id: string, state: MailStatus['state']) =>
  waitFor(`${id} ${state}`, async () => {
    const found = await statusOf(scene, mailer, id);
    return found?.state === state ? found : undefined;
  });

/** The first mailer has its intent on the way to the log when another one takes over, and is given a command. */
async function commandAtTakeover(t: Test, scene: Scene, verb: 'cancel' | 'hold') {
  const { proxy, kafka, first, call } = scene;
  const intentHeld = proxy.holdRecords(topics.mailEvents.name);
  const id = await send(scene, first, verb);
  await intentHeld;
  const owner = await scene.startNext();
  const answer = await waitFor(`an answer to ${verb}`, async () => {
    const given = await call(owner, 'POST', `/v1/mails/${id}/${verb}`, {});
    return given.status === 503 || given.status === 404 ? undefined : given;
  });
  t.match([answer.status, answer.body], [200, { state: verb === 'hold' ? 'held' : 'cancelled' }]);
  proxy.letGo();
  await waitFor('the intent of the first owner', async () => {
    const records = await readTopic({ brokers: kafka.brokers, topicPrefix }, topics.mailEvents.name);
    const isIntent = ({ headers }: (typeof records)[number]) =>
      headers['ce_type']?.includes('mail-attempt-started') === true && headers['ce_subject'] === id;
    return records.some(isIntent) ? true : undefined;
  });
  // Both have gone on when each has had another mail sent.
  for (const mailer of [first, owner]) {
    await until(scene, mailer, await send(scene, mailer, 'another one'), 'sent');
  }
  return { id, owner };
}

const longest = { timeout: 400_000 };

test(
  'a command that was carried out while the intent of another mailer was on its way stays so',
  longest,
  async (t) => {
    if (!requirePeer(t, 'kafka')) return;
    const scene = await openScene(t);
    const { first, sink, call } = scene;
    const sentOf = (subject: string): number =>
      sink.messages.filter(({ content }) => content.includes(`Subject: ${subject}\r\n`)).length;
    for (const { verb, state, goOn } of [
      { verb: 'cancel', state: 'cancelled', goOn: 'resend' },
      { verb: 'hold', state: 'held', goOn: 'release' },
    ] as const) {
      const { id, owner } = await commandAtTakeover(t, scene, verb);
      for (const mailer of [first, owner]) await until(scene, mailer, id, state);
      t.equal(sentOf(verb), 0, `${state}, and not sent`);
      t.equal((await call(owner, 'POST', `/v1/mails/${id}/${goOn}`, {})).status, 200);
      await until(scene, owner, id, 'sent');
      t.equal(sentOf(verb), 1, `sent once by ${goOn}`);
      await owner.stop();
    }
  },
);
