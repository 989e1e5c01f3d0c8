/* Brokers with an authorizer, client certificates and every login: the product with exactly the documented rights. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type KafkaLogin, openKafkaLog } from '@postausgang/event-log';
import { topics } from '@postausgang/contracts';
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { t as parent, type Test, test } from 'tap';
import { type ServiceProcess, callApi, startServiceProcess } from '../end-to-end/service-process.ts';
import { connectAdmin, createTopic } from '../event-log/kafka/foreign-client.ts';
import { record } from '../event-log/records.ts';
import { type Certificate, type Certificates, createCertificates } from '../peers/certificates.ts';
import { type Kafka, startKafka } from '../peers/kafka/kafka.ts';
import { listenOnLoopback } from '../peers/loopback-server.ts';
import { type NodeSink, startNodeSink } from '../peers/node-sink.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { serverPath } from './cluster.ts';
import { testLogKey } from './test-brokers.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const password = 'correcthorse';
const users = ['config-api', 'mailer', 'module', 'stranger'];
const listener = 'listener.name.sasl_ssl';
const oauthModule = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required';

interface World {
  readonly kafka: Kafka;
  readonly certificates: Certificates;
  readonly client: Certificate;
}

if (requirePeer(parent, 'kafka', 'openssl')) {
  await runAll();
}

async function runAll(): Promise<void> {
  const certificates = await createCertificates();
  parent.teardown(certificates.remove);
  const client = await certificates.issue('client', { names: ['client.test'], usage: 'clientAuth' });
  const onOneLine = certificates.ca.certificate.trim().replaceAll('\n', '\\n');
  const kafka = await startKafka({
    secure: {
      certificate: certificates.server,
      users: Object.fromEntries(users.map((user) => [user, password])),
    },
    settings: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // The listener without login, which only this test and the broker itself use.
      'super.users': 'User:ANONYMOUS',
      [`${listener}.ssl.client.auth`]: 'required',
      [`${listener}.ssl.truststore.type`]: 'PEM',
      [`${listener}.ssl.truststore.certificates`]: onOneLine,
      [`${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      [`${listener}.oauthbearer.sasl.jaas.config`]: `${oauthModule} unsecuredLoginStringClaim_sub="broker";`,
    },
  });
  parent.teardown(kafka.stop);
  const world = { kafka, certificates, client };
  test('the product runs with exactly the rights that docs/kafka.md lists', (t) =>
    runsWithItsRights(t, world));
  test('a right that is missing is named, with the command that grants it', (t) => namesMissing(t, world));
  test('a right that is too wide is warned of', (t) => warnsOfWide(t, world));
  test('brokers are reached with a client certificate and an access token', (t) => signsInByToken(t, world));
}

const operations: Readonly<Record<string, number>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};

function entry(user: string, operation: string, on: string, name: string): AclEntry & object {
  return {
    principal: user,
    host: '*',
    operation: operations[operation] ?? AclOperationTypes.UNKNOWN,
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: on === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  };
}

const valuesOf = (command: string, option: string): readonly string[] =>
  [...command.matchAll(new RegExp(`--${option} (\\S+)`, 'g'))].map(([, value = '']) => value);

/** What `kafka-acls.sh` does with the commands of the document. */
function documentedRights() {
  const document = readFileSync(new URL('../../docs/kafka.md', import.meta.url), 'utf8').replaceAll(
    '\\\n',
    ' ',
  );
  const commands = document.split('\n').filter((line) => line.startsWith('kafka-acls.sh '));
  return commands.flatMap((command) =>
    valuesOf(command, 'allow-principal').flatMap((user) =>
      valuesOf(command, 'operation').flatMap((operation) => [
        ...valuesOf(command, 'topic').map((name) => entry(user, operation, 'topic', name)),
        ...valuesOf(command, 'group').map((name) => entry(user, operation, 'group', name)),
      ]),
    ),
  );
}

async function grant(admin: Admin, acl: readonly object[]): Promise<void> {
  await admin.createAcls({ acl: acl as never });
}

async function createAllTopics(admin: Admin): Promise<void> {
  for (const definition of Object.values(topics)) {
    const { name, partitions, cleanup, retentionMs } = definition;
    const large =
      'maxMessageBytes' in definition ? { 'max.message.bytes': String(definition.maxMessageBytes) } : {};
    await createTopic(admin, name, {
      partitions,
      settings: { 'cleanup.policy': cleanup, 'retention.ms': String(retentionMs), ...large },
    });
  }
}

function environmentOf(
  { kafka, certificates, client }: World,
  user: string,
): Readonly<Record<string, string>> {
  return {
    KAFKA_BROKERS: kafka.secureBrokers.join(),
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: certificates.ca.certificateFile,
    KAFKA_SSL_CERT_FILE: client.certificateFile,
    KAFKA_SSL_KEY_FILE: client.keyFile,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD: password,
    LOG_KEYS: testLogKey,
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
}

const mainOf = (service: string) =>
  new URL(`../../services/${service}/src/main.ts`, import.meta.url).pathname;

async function startServices(t: Test, world: World) {
  const directory = t.testdir({ public: {} });
  const publicKeys = join(directory, 'public', 'public-keys.json');
  await mkdir(join(directory, 'config-api'), { mode: 0o700 });
  const adminKeyFile = join(directory, 'config-api', 'admin.key');
  // The mailer must not write settings, so it waits for config-api, which waits for the keys of the mailer.
  const starting = startServiceProcess(mainOf('mailer'), {
    ...environmentOf(world, 'mailer'),
    DATA_DIR: join(directory, 'view'),
    KEY_DIRECTORY: join(directory, 'keys'),
    PUBLIC_KEYS_FILE: publicKeys,
    CONTENT_DIRECTORY: join(directory, 'content'),
    ALLOW_LOOPBACK_MAIL_SERVERS: 'true',
    ALLOWED_MAIL_PORTS: 'any',
  });
  starting.catch(() => undefined);
  await waitFor('the public keys', () => readOrUndefined(publicKeys));
  const configApi = await startServiceProcess(mainOf('config-api'), {
    ...environmentOf(world, 'config-api'),
    ADMIN_KEY_FILE: adminKeyFile,
    SEALING_PUBLIC_KEYS: publicKeys,
  });
  t.teardown(() => configApi.stop());
  const mailer = await starting;
  t.teardown(() => mailer.stop());
  return { mailer, configApi, key: readFileSync(adminKeyFile, 'utf8').trim() };
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function switchOn(t: Test, { api }: ServiceProcess, key: string, sink: NodeSink): Promise<void> {
  const { headers } = await callApi(api, key, 'GET', serverPath);
  const saved = await callApi(api, key, 'PUT', serverPath, {
    headers: { 'if-match': headers.get('etag') ?? '', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { name: 'ACME', address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' },
    },
  });
  t.match(
    saved.body,
    { applied: { state: 'applied' } },
    'settings reach the mailer, and its receipt comes back',
  );
}

async function runsWithItsRights(t: Test, world: World): Promise<void> {
  const admin = await connectAdmin(t, world.kafka.brokers);
  await createAllTopics(admin);
  const rights = documentedRights();
  t.ok(rights.length > 20, `${rights.length} rights are documented`);
  await grant(admin, rights);
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const { configApi, mailer, key } = await startServices(t, world);
  await switchOn(t, configApi, key, sink);

  const asked = await callApi(configApi.api, key, 'POST', `${serverPath}/connection-tests`, { body: {} });
  const test = `${serverPath}/connection-tests/${String(Reflect.get(Object(asked.body), 'id'))}`;
  const tested = await waitFor('the connection test', async () => {
    const { body } = await callApi(configApi.api, key, 'GET', test);
    return ['ok', 'failed'].includes(String(Reflect.get(Object(body), 'state'))) ? body : undefined;
  });
  t.match(tested, { state: 'ok' });

  await asErp(world);
  const mail = { to: [{ address: 'kunde@example.com' }], subject: 'HTTP', text: 'Anbei.' };
  const { status } = await callApi(mailer.api, key, 'POST', '/v1/mails', { body: mail });
  t.equal(status, 202);
  await waitFor('both mails', () => (sink.messages.length >= 2 ? true : undefined));
  t.equal(sink.messages.length, 2, 'mail from HTTP and from a module is sent');
  t.notMatch(
    mailer.output() + configApi.output(),
    /does not have the right (Read|Describe|DescribeConfigs) on topic/,
  );
}

/** A module requests a mail, with its own rights. */
async function asErp({ kafka, certificates, client }: World): Promise<void> {
  const erp = new kafkajs.Kafka({
    brokers: kafka.secureBrokers,
    logLevel: kafkajs.logLevel.NOTHING,
    ssl: { ca: certificates.ca.certificate, cert: client.certificate, key: client.key },
    sasl: { mechanism: 'scram-sha-512', username: 'module', password },
  });
  const producer = erp.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const id = 'from-the-module';
  const data = { id, to: [{ address: 'kunde@example.com' }], subject: 'Kafka', text: 'Anbei.' };
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: 'io.postausgang.mail-requested.v1',
    ce_source: '/erp/billing',
    ce_time: new Date().toISOString(),
  };
  const messages = [{ key: id, headers, value: JSON.stringify(data) }];
  await producer.send({ topic: topics.mailRequests.name, messages });
  await producer.disconnect();
}

const topic = { name: 'rights-test', partitions: 1, cleanup: 'delete', retentionMs: -1 } as const;

function openAs({ kafka, certificates, client }: World, sasl: KafkaLogin, more: object = {}) {
  return openKafkaLog({
    brokers: kafka.secureBrokers,
    clientId: 'test',
    topics: [topic],
    ssl: { ca: certificates.ca.certificate, cert: client.certificate, key: client.key },
    sasl,
    onError: () => undefined,
    limits: { startTimeoutMs: 15_000 },
    ...more,
  });
}

const stranger: KafkaLogin = { mechanism: 'scram-sha-512', username: 'stranger', password };

async function namesMissing(t: Test, world: World): Promise<void> {
  const admin = await connectAdmin(t, world.kafka.brokers);
  await createTopic(admin, topic.name, {
    partitions: 1,
    settings: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
  });
  const missing = (operation: string, on = 'topic', name: string = topic.name) => ({
    code: 'log-unauthorized',
    message: new RegExp(
      `^User:stranger does not have the right ${operation} on ${on} ${name}\\. Grant it: kafka-acls\\.sh .*` +
        `--allow-principal User:stranger --operation ${operation} --${on} ${name}$`,
    ),
  });
  const allow = (operation: string, on = 'topic', name: string = topic.name) =>
    grant(admin, [entry('User:stranger', operation, on, name)]);
  await t.rejects(openAs(world, stranger), missing('Describe'), 'a topic that exists');
  const other = { ...topic, name: 'rights-test-missing' };
  await t.rejects(openAs(world, stranger, { topics: [other] }), missing('Describe', 'topic', other.name));
  await allow('Describe', 'topic', other.name);
  const notThere = { code: 'topic-missing', message: /Topic rights-test-missing does not exist/ };
  await t.rejects(openAs(world, stranger, { topics: [other] }), notThere);
  const creating = openAs(world, stranger, { topics: [other], createTopics: true });
  await t.rejects(creating, missing('Create', 'topic', other.name));
  await allow('Describe');
  await t.rejects(openAs(world, stranger), missing('DescribeConfigs'));
  await allow('DescribeConfigs');

  const log = await openAs(world, stranger);
  t.teardown(() => log.close());
  await t.rejects(log.append(topic.name, [record('a', 'one')]), missing('Write'));
  const follower = log.follow(topic.name, 'start', () => undefined);
  const says = (pattern: RegExp) =>
    waitFor(String(pattern), () => (pattern.test(log.readiness().detail) ? true : undefined));
  await says(/does not have the right Read on topic rights-test\. Grant it/);
  await allow('Read');
  await follower.caughtUp;
  await allow('Write');
  await log.append(topic.name, [record('a', 'one')]);
  const ownership = log.own(topic.name, 'rights-group');
  await says(/does not have the right Read on group rights-group\. Grant it/);
  await allow('Read', 'group', 'rights-group');
  await waitFor('the partition', () => ownership.partitions()[0]);
  t.match(log.readiness(), { ready: true }, 'a right that is granted later counts at once');
}

async function warnsOfWide(t: Test, world: World): Promise<void> {
  const admin = await connectAdmin(t, world.kafka.brokers);
  await grant(admin, [entry('User:*', 'Write', 'topic', topic.name)]);
  const warnings: string[] = [];
  const infos: string[] = [];
  const logger = {
    debug: () => undefined,
    info: (_fields: object, message: string) => void infos.push(message),
    warn: (_fields: object, message: string) => void warnings.push(message),
  };
  const options = { topics: [{ ...topic, writers: 'services' }], logger };
  const log = await openAs(world, stranger, options);
  t.teardown(() => log.close());
  await waitFor('the answer', () => infos.find((message) => message.includes('does not tell')));
  const cluster = {
    ...entry('User:stranger', 'Describe', 'topic', 'kafka-cluster'),
    resourceType: AclResourceTypes.CLUSTER,
  };
  await grant(admin, [cluster]);
  const again = await openAs(world, stranger, options);
  t.teardown(() => again.close());
  const warning = await waitFor('a warning', () => warnings.find((one) => one.includes('may write')));
  t.match(warning, /User:\* may write to rights-test, and only the services need to/);
}

/** An authority that issues tokens which the brokers of the test take: they look at `sub` and `exp` alone. */
async function startAuthority(t: Test, subject: string) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(String(request.headers.authorization));
    const nowSeconds = Math.floor(Date.now() / 1000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: subject, iat: nowSeconds, exp: nowSeconds + 600, scope: 'kafka' };
    const body = { access_token: `${part({ alg: 'none' })}.${part(claims)}.`, expires_in: 600 };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  const { port, close } = await listenOnLoopback(server);
  t.teardown(close);
  return { url: `http://127.0.0.1:${port}/token`, requests };
}

async function signsInByToken(t: Test, world: World): Promise<void> {
  const authority = await startAuthority(t, 'stranger');
  const login: KafkaLogin = {
    mechanism: 'oauthbearer',
    tokenUrl: authority.url,
    clientId: 'post:ausgang',
    clientSecret: 'geheim',
    scope: 'kafka',
  };
  const log = await openAs(world, login);
  t.teardown(() => log.close());
  await log.append(topic.name, [record('a', 'by token')]);
  const credentials = Buffer.from('post%3Aausgang:geheim').toString('base64');
  t.same(authority.requests, [`Basic ${credentials}`], 'one token for all connections');

  const { ca } = world.certificates;
  const limits = { startTimeoutMs: 0 };
  const without = openAs(world, stranger, { ssl: { ca: ca.certificate }, limits });
  await t.rejects(without, { code: 'log-unavailable' }, 'without the client certificate nobody gets in');
  const nobody = { ...login, tokenUrl: authority.url.replace('/token', ':') };
  await t.rejects(openAs(world, nobody, { limits }), { code: 'log-unavailable' });
}
