import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { openKeyRing, writePublicKeyFile } from '@postausgang/credentials';
import { test } from 'tap';
import { listenOnLoopback } from '../peers/loopback-server.ts';

const mainOf = (service: string) =>
  new URL(`../../services/${service}/src/main.ts`, import.meta.url).pathname;

const logKey = Buffer.alloc(32, 1).toString('base64');

/** Runs a service to its end. */
async function run(service: string, environment: Readonly<Record<string, string>>) {
  const child = start(service, environment);
  const printed = text(child);
  const [code] = await once(child, 'close');
  return { code, printed: printed() };
}

const start = (service: string, environment: Readonly<Record<string, string>>) =>
  spawn(process.execPath, [mainOf(service)], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

function text(child: ReturnType<typeof start>): () => string {
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(String(part)));
  return () => parts.join('');
}

test('a process that cannot be configured says in one sentence what is missing', async (t) => {
  const directory = t.testdir();
  const kafka = { KAFKA_BROKERS: '127.0.0.1:1', DATA_DIR: directory, LOG_KEYS: logKey };
  const unsigned = { ...kafka, LOG_KEYS: '' };
  const keys = { SEALING_PUBLIC_KEYS: `${directory}/none.json` };
  const cases: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    ['config-api', {}, /^The configuration is not valid:\n {2}KAFKA_BROKERS: is required/],
    ['mailer', {}, /^The configuration is not valid:\n {2}KAFKA_BROKERS: is required/],
    ['config-api', { ...kafka, ...keys }, /^There is no file of public keys; a mailer writes it.*none\.json/],
    ['config-api', unsigned, /LOG_KEYS_FILE: .*sign what they write to Kafka.*`openssl rand -base64 32/],
    ['mailer', unsigned, /LOG_KEYS_FILE: .*sign what they write to Kafka.*`openssl rand -base64 32/],
    ['config-api', { ...kafka, HOST: '0.0.0.0' }, /^HOST is 0\.0\.0\.0: .*BEHIND_PROXY=true/],
    ['mailer', { ...kafka, HOST: '0.0.0.0' }, /^HOST is 0\.0\.0\.0: .*BEHIND_PROXY=true/],
  ];
  const ended = await Promise.all(cases.map(([service, environment]) => run(service, environment)));
  for (const [index, { code, printed }] of ended.entries()) {
    t.match(printed, cases[index]?.[2]);
    t.notMatch(printed, /\n {4}at /, 'no stack');
    t.equal(code, 1);
  }
});

test('all variables that are wrong are told at once, whoever reads them', async (t) => {
  const directory = t.testdir();
  const wrong = {
    DATA_DIR: directory,
    LOG_LEVEL: 'loud',
    STOP_GRACE_SECONDS: 'x',
    TRUSTED_PROXIES: 'nobody',
    ALLOWED_MAIL_PORTS: '25,smtp',
    DENIED_MAIL_NETWORKS: 'everything',
    OIDC_ISSUER: 'https://id.acme.example',
    OIDC_SCOPE_MAP: 'staff=everything',
  };
  const kafka = {
    KAFKA_BROKERS: 'kafka',
    KAFKA_SSL_CERT_FILE: 'x',
    KAFKA_SASL_USERNAME: 'x',
    LOG_KEYS: 'short',
  };
  const [standalone, mailer] = await Promise.all([
    run('standalone', wrong),
    run('mailer', { ...wrong, ...kafka, KAFKA_PRODUCER_KEYS: '/erp' }),
  ]);
  const names = [
    'LOG_LEVEL',
    'STOP_GRACE_SECONDS',
    'TRUSTED_PROXIES',
    'ALLOWED_MAIL_PORTS',
    'OIDC_SCOPE_MAP',
  ];
  for (const name of names) {
    t.match(standalone.printed, `  ${name}: `);
    t.match(mailer.printed, `  ${name}: `);
  }
  for (const name of [
    'KAFKA_BROKERS:',
    'KAFKA_SSL_CERT_FILE,',
    'KAFKA_SASL_MECHANISM,',
    'LOG_KEYS:',
    'KAFKA_PRODUCER_KEYS:',
  ]) {
    t.match(mailer.printed, `  ${name} `);
  }
  t.equal(standalone.code, 1);
  t.equal(mailer.code, 1);
});

test('a process that waits for its brokers can be stopped', async (t) => {
  const silent = createServer();
  const { port, close } = await listenOnLoopback(silent);
  t.teardown(close);
  const directory = t.testdir();
  const publicKeys = `${directory}/public-keys.json`;
  await writePublicKeyFile(publicKeys, (await openKeyRing(`${directory}/keys`)).publicKeys);
  const asked = once(silent, 'connection');
  const child = start('config-api', {
    KAFKA_BROKERS: `127.0.0.1:${port}`,
    LOG_KEYS: logKey,
    SEALING_PUBLIC_KEYS: publicKeys,
    ADMIN_KEY_FILE: `${directory}/admin.key`,
  });
  const printed = text(child);
  await asked;
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  t.equal(code, 0, printed());
});
