import { writeFileSync } from 'node:fs';
import { test } from 'tap';
import { Type } from '@sinclair/typebox';
import {
  ConfigurationError,
  integerVariable,
  kafkaVariables,
  listVariable,
  readKafkaConnection,
  readLogKeys,
  readProducerKeys,
  readSecret,
  readVariables,
  switchVariable,
  textVariable,
} from '@postausgang/configuration';

const schema = Type.Object({
  HOST: textVariable('Address to listen on.', { default: '127.0.0.1' }),
  PORT: integerVariable('Port.', { default: 8080, minimum: 0, maximum: 65_535 }),
  BEHIND_PROXY: switchVariable('A proxy ends TLS.', false),
  PORTS: listVariable('Allowed ports.', '25,587'),
  NEEDED: textVariable('Must be given.'),
});

test('turns the texts of the environment into the types of the schema', async (t) => {
  const values = readVariables(schema, { PORT: '9000', BEHIND_PROXY: 'true', NEEDED: 'x', PATH: '/bin' });
  t.same(values, { HOST: '127.0.0.1', PORT: 9000, BEHIND_PROXY: true, PORTS: '25,587', NEEDED: 'x' });
});

test('takes an empty variable as absent', async (t) => {
  t.match(readVariables(schema, { HOST: '', NEEDED: 'x' }), { HOST: '127.0.0.1', BEHIND_PROXY: false });
});

test('names every variable that is wrong at once', async (t) => {
  const wrong = { PORT: 'eighty', BEHIND_PROXY: 'perhaps' };
  t.throws(() => readVariables(schema, wrong), {
    code: 'configuration-invalid',
    message: /PORT: [^]*BEHIND_PROXY: [^]*NEEDED: /,
  });
  t.throws(() => readVariables(schema, { PORT: '70000', NEEDED: 'x' }), ConfigurationError);
});

const kafkaOf = (environment: Readonly<Record<string, string>>) =>
  readKafkaConnection(readVariables(kafkaVariables('postausgang-test'), environment));

test('says how to reach Kafka', async (t) => {
  t.strictSame(await kafkaOf({ KAFKA_BROKERS: 'a.example:9092, [::1]:9093' }), {
    brokers: ['a.example:9092', '[::1]:9093'],
    clientId: 'postausgang-test',
    topicPrefix: '',
    ssl: false,
    createTopics: false,
    limits: { sessionTimeoutMs: 10_000, heartbeatMs: 1_500, leaseMs: 6_000 },
  });
  const directory = t.testdir({ password: 'geheim\n', 'ca.pem': 'PEM' });
  t.match(
    await kafkaOf({
      KAFKA_BROKERS: 'a:9092',
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA_FILE: `${directory}/ca.pem`,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'postausgang',
      KAFKA_SASL_PASSWORD_FILE: `${directory}/password`,
      KAFKA_REPLICATION_FACTOR: '3',
      KAFKA_TOPIC_PREFIX: 'test.',
    }),
    {
      topicPrefix: 'test.',
      ssl: { ca: 'PEM' },
      sasl: { mechanism: 'scram-sha-512', username: 'postausgang', password: 'geheim' },
      replicationFactor: 3,
    },
  );
});

test('refuses variables of Kafka that do not go together', async (t) => {
  const login = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'erp', KAFKA_SASL_PASSWORD: 'geheim' };
  const cases: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{ KAFKA_BROKERS: '' }, /KAFKA_BROKERS: is required/],
    [{ KAFKA_BROKERS: 'a.example' }, /KAFKA_BROKERS: "a.example" is not host:port/],
    [{ KAFKA_BROKERS: 'a:9092,' }, /KAFKA_BROKERS/],
    [{ KAFKA_SASL_MECHANISM: 'gssapi' }, /KAFKA_SASL_MECHANISM/],
    [{ ...login, KAFKA_SASL_MECHANISM: '' }, /set all of them, or none/],
    [{ ...login, KAFKA_SASL_PASSWORD: '' }, /set all of them, or none/],
    [{ ...login, KAFKA_SASL_PASSWORD_FILE: '/nowhere' }, /only one of the two/],
    [login, /plain would send the password unprotected; set KAFKA_SSL=true/],
    [{ ...login, KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1.example:9092' }, /unprotected/],
    [{ KAFKA_SSL_CA_FILE: '/nowhere' }, /set KAFKA_SSL=true/],
    [
      { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: '/nowhere' },
      /KAFKA_SSL_CA_FILE: \/nowhere cannot be read \(ENOENT\)/,
    ],
  ];
  for (const [environment, message] of cases) {
    const attempt = async () => kafkaOf({ KAFKA_BROKERS: 'a:9092', ...environment });
    await t.rejects(attempt, { code: 'configuration-invalid', message }, message.source);
  }
});

test('sends the password of Kafka as it is only where nobody listens, or where it is told to', async (t) => {
  const login = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'erp', KAFKA_SASL_PASSWORD: 'geheim' };
  const cases: readonly Readonly<Record<string, string>>[] = [
    { KAFKA_BROKERS: '127.0.0.1:9092, localhost:9093,[::1]:9094' },
    { KAFKA_BROKERS: 'a:9092', KAFKA_SSL: 'true' },
    { KAFKA_BROKERS: 'a:9092', KAFKA_ALLOW_CLEARTEXT_SASL: 'true' },
    { KAFKA_BROKERS: 'a:9092', KAFKA_SASL_MECHANISM: 'scram-sha-256' },
  ];
  for (const environment of cases) {
    t.match(await kafkaOf({ ...login, ...environment }), { sasl: { password: 'geheim' } });
  }
});

test('takes a secret from its file without the line end, and never shows it', async (t) => {
  const file = `${t.testdir()}/secret`;
  writeFileSync(file, ' geheim \r\n');
  t.equal(await readSecret('S', '', file), ' geheim ');
  t.equal(await readSecret('S', 'geheim', ''), 'geheim');
  const error = await readSecret('S', 'geheim', file).catch((caught: unknown) => String(caught));
  t.notMatch(error, /geheim/);
});

const keyOf = (byte: number) => Buffer.alloc(32, byte);
const textOf = (byte: number) => keyOf(byte).toString('base64');

test('the keys of the log: the first signs, the others verify, retired ones have a mark', async (t) => {
  const [a, b, c] = [1, 2, 3].map(textOf);
  t.same(await readLogKeys({ LOG_KEYS: `${a}, ${b},old:${c}`, LOG_KEYS_FILE: '' }), {
    active: keyOf(1),
    others: [keyOf(2)],
    retired: [keyOf(3)],
  });
  const directory = t.testdir({ keys: `# of the test\n${keyOf(4).toString('base64url')}\r\n\n${a}\n` });
  t.match(await readLogKeys({ LOG_KEYS: '', LOG_KEYS_FILE: `${directory}/keys` }), {
    active: keyOf(4),
    others: [keyOf(1)],
  });
  const none = readLogKeys({ LOG_KEYS: `old:${a}`, LOG_KEYS_FILE: '' });
  await t.rejects(none, { message: /openssl rand -base64 32 > log\.keys/ });
  for (const wrong of ['short', 'Zm9vYmFy', `${a}!`]) {
    const reading = readLogKeys({ LOG_KEYS: wrong, LOG_KEYS_FILE: '' });
    await t.rejects(reading, { message: /^(?!.*(short|Zm9v|AQEB)).*32 random bytes or more in base64/s });
  }
});

test('the keys of modules stand behind their source', async (t) => {
  const keys = await readProducerKeys(`/erp/billing ${textOf(1)}\n/erp/payroll\t${textOf(2)}`, '');
  t.same(
    [...keys],
    [
      ['/erp/billing', keyOf(1)],
      ['/erp/payroll', keyOf(2)],
    ],
  );
  t.equal((await readProducerKeys('', '')).size, 0);
  await t.rejects(readProducerKeys('/erp/billing', ''), { message: /KAFKA_PRODUCER_KEYS: each entry is/ });
  await t.rejects(readProducerKeys('/erp/billing abc', ''), { message: /KAFKA_PRODUCER_KEYS: a key is/ });
});

test('a client certificate and an access token towards the brokers', async (t) => {
  const directory = t.testdir({ 'client.pem': 'CERT', 'client.key': 'KEY', secret: 'geheim\n' });
  const certificate = {
    KAFKA_SSL: 'true',
    KAFKA_SSL_CERT_FILE: `${directory}/client.pem`,
    KAFKA_SSL_KEY_FILE: `${directory}/client.key`,
    KAFKA_SSL_KEY_PASSWORD_FILE: `${directory}/secret`,
  };
  const token = {
    KAFKA_SASL_MECHANISM: 'oauthbearer',
    KAFKA_OAUTH_TOKEN_URL: 'https://login.example/token',
    KAFKA_OAUTH_CLIENT_ID: 'postausgang',
    KAFKA_OAUTH_CLIENT_SECRET_FILE: `${directory}/secret`,
    KAFKA_OAUTH_SCOPE: 'kafka',
  };
  t.match(await kafkaOf({ KAFKA_BROKERS: 'a:9092', ...certificate, ...token }), {
    ssl: { cert: 'CERT', key: 'KEY', passphrase: 'geheim' },
    sasl: {
      mechanism: 'oauthbearer',
      tokenUrl: 'https://login.example/token',
      clientId: 'postausgang',
      clientSecret: 'geheim',
      scope: 'kafka',
    },
  });
  const wrong: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{ ...certificate, KAFKA_SSL: 'false' }, /set KAFKA_SSL=true as well/],
    [{ ...certificate, KAFKA_SSL_KEY_FILE: '' }, /KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE: set both/],
    [{ ...token, KAFKA_SSL: 'true', KAFKA_OAUTH_CLIENT_ID: '' }, /oauthbearer needs all of them/],
    [{ ...token, KAFKA_SSL: 'true', KAFKA_OAUTH_TOKEN_URL: 'http://login.example/' }, /must be https/],
    [token, /oauthbearer would send the password unprotected/],
  ];
  for (const [environment, message] of wrong) {
    await t.rejects(kafkaOf({ KAFKA_BROKERS: 'a:9092', ...environment }), { message });
  }
});
