import { inspect } from 'node:util';
import { test } from 'tap';
import { ConfigurationError, readVariables } from '@postausgang/configuration';
import { revealSecret } from '@postausgang/credentials';
import { mailerVariables } from '@postausgang/mailer';
import {
  connectionPolicy,
  exchangeConnections,
  keepTicketsInMemory,
  openContentStore,
  readMailerServerVariables,
} from '../../services/mailer/src/config.ts';

const policyOf = (environment: Record<string, string>, isLocal = false) =>
  connectionPolicy(readVariables(mailerVariables, environment), isLocal);

test('allows the usual ports and no loopback unless told', async (t) => {
  t.same(policyOf({}), {
    allowedPorts: [25, 465, 587, 2525],
    allowLoopback: false,
    deniedNetworks: [],
    allowedNetworks: [],
  });
  t.match(policyOf({ ALLOWED_MAIL_PORTS: 'any', ALLOW_LOOPBACK_MAIL_SERVERS: 'true' }), {
    allowedPorts: 'any',
    allowLoopback: true,
  });
  t.match(policyOf({ ALLOWED_MAIL_PORTS: ' 25, 2587 ', DENIED_MAIL_NETWORKS: '10.0.0.0/8,192.168.0.0/16' }), {
    allowedPorts: [25, 2587],
    deniedNetworks: ['10.0.0.0/8', '192.168.0.0/16'],
  });
});

test('a service that only its own machine reaches may use a mail catcher there, unless told otherwise', async (t) => {
  t.match(policyOf({}, true), { allowedPorts: [25, 465, 587, 2525, 1025], allowLoopback: true });
  t.match(policyOf({ ALLOWED_MAIL_PORTS: '25', ALLOW_LOOPBACK_MAIL_SERVERS: 'false' }, true), {
    allowedPorts: [25],
    allowLoopback: false,
  });
  t.throws(() => policyOf({ ALLOW_LOOPBACK_MAIL_SERVERS: 'yes' }), {
    message: /ALLOW_LOOPBACK_MAIL_SERVERS/,
  });
});

test('refuses ports and networks that are none', async (t) => {
  for (const ports of ['smtp', '25,', '0', '70000', '25;587']) {
    const isList = ports === '25,';
    t[isList ? 'doesNotThrow' : 'throws'](() => policyOf({ ALLOWED_MAIL_PORTS: ports }), ports);
  }
  t.throws(() => policyOf({ DENIED_MAIL_NETWORKS: '10.0.0.0/99' }), ConfigurationError);
  t.throws(() => policyOf({ ALLOWED_MAIL_NETWORKS: 'intranet' }), { message: /ALLOWED_MAIL_NETWORKS/ });
});

test('keeps large content in the folder, or in the bucket when one is named', async (t) => {
  const open = (environment: Readonly<Record<string, string>>) =>
    openContentStore(readMailerServerVariables({ KAFKA_BROKERS: 'a:9092', ...environment }));
  const folder = await open({ CONTENT_DIRECTORY: t.testdir() });
  const { sha256 } = await folder.put(Buffer.from('Rechnung'));
  t.same(Buffer.from(await folder.get(sha256)).toString(), 'Rechnung');
  const bucket = { CONTENT_S3_URL: 'https://s3.example/content/', CONTENT_S3_ACCESS_KEY_ID: 'id' };
  await t.rejects(open(bucket), { code: 'configuration-invalid', message: /CONTENT_S3_SECRET_ACCESS_KEY/ });
  await t.resolves(open({ ...bucket, CONTENT_S3_SECRET_ACCESS_KEY: 'geheim' }));
});

test('tickets got with a keytab are kept in memory unless the operator says where', (t) => {
  const cacheWith = (environment: Record<string, string>): string | undefined => {
    keepTicketsInMemory(environment);
    return environment['KRB5CCNAME'];
  };
  t.equal(cacheWith({}), undefined);
  t.equal(cacheWith({ KRB5_CLIENT_KTNAME: '/etc/mailer.keytab' }), 'MEMORY:postausgang');
  t.equal(
    cacheWith({ KRB5_CLIENT_KTNAME: '/etc/mailer.keytab', KRB5CCNAME: 'FILE:/tmp/cc' }),
    'FILE:/tmp/cc',
  );
  t.end();
});

test('Exchange is reached on 443, by the same rules for networks, and through a proxy that is named', async (t) => {
  const read = (environment: Record<string, string>) =>
    exchangeConnections(readVariables(mailerVariables, environment));
  t.match(read({}), { policy: { allowedPorts: [443], allowLoopback: false }, proxy: null });
  t.match(read({ ALLOWED_EXCHANGE_PORTS: '443,8443', DENIED_MAIL_NETWORKS: '10.0.0.0/8' }), {
    policy: { allowedPorts: [443, 8443], deniedNetworks: ['10.0.0.0/8'] },
  });
  t.match(read({ EXCHANGE_PROXY: 'http://proxy.acme.example:3128' }), {
    proxy: { hostname: 'proxy.acme.example', port: 3128 },
  });
  t.match(read({ EXCHANGE_PROXY: 'http://[::1]' }), { proxy: { hostname: '::1', port: 80 } });
  for (const wrong of [
    { ALLOWED_EXCHANGE_PORTS: '0' },
    { EXCHANGE_PROXY: 'https://x' },
    { EXCHANGE_PROXY: 'http://u:%ff@x' },
    { EXCHANGE_PROXY: 'http://x/path' },
    { EXCHANGE_PROXY: 'http://x', EXCHANGE_PROXY_EXCEPT: '10.0.0.0/33' },
    { EXCHANGE_PROXY: 'http://x', EXCHANGE_PROXY_EXCEPT: 'a b' },
  ]) {
    t.throws(() => read(wrong), JSON.stringify(wrong));
  }
});

test('the sign-in at the proxy is kept from sight, and never repeated in a complaint', (t) => {
  const read = (environment: Record<string, string>) =>
    exchangeConnections(readVariables(mailerVariables, environment)).proxy;
  const proxy = read({ EXCHANGE_PROXY: 'http://erp:Kanari%40vogel%3A%C3%BC@proxy.acme.example:3128' });
  t.match(proxy, { hostname: 'proxy.acme.example', port: 3128 });
  const { authorization } = proxy ?? {};
  t.equal(
    authorization === undefined ? '' : Buffer.from(revealSecret(authorization).slice(6), 'base64').toString(),
    'erp:Kanari@vogel:ü',
  );
  t.notMatch(inspect(proxy, { depth: 5 }) + JSON.stringify(proxy), /Kanari|S2FuYXJp/);
  for (const wrong of ['http://erp:Kanari%zz@proxy', 'http://erp:Kanari@', 'ftp://erp:Kanari@proxy']) {
    try {
      read({ EXCHANGE_PROXY: wrong });
      t.fail(wrong);
    } catch (error) {
      t.match(error, { name: 'ConfigurationError' });
      t.notMatch(String(error), /Kanari/);
    }
  }
  t.end();
});

test('what the exceptions of the proxy name is reached without it', async (t) => {
  const isException = (list: string, host: string, addresses: readonly string[] = []) =>
    exchangeConnections(
      readVariables(mailerVariables, { EXCHANGE_PROXY: 'http://proxy', EXCHANGE_PROXY_EXCEPT: list }),
    ).proxy?.isException?.(host, async () => addresses);
  const cases: readonly (readonly [list: string, host: string, expected: boolean, addresses?: string[]])[] = [
    ['mail.acme.example', 'mail.acme.example', true],
    ['mail.acme.example', 'MAIL.acme.example.', true],
    ['acme.example', 'mail.acme.example', true],
    ['.acme.example', 'mail.acme.example', true],
    ['*.acme.example', 'mail.acme.example', true],
    ['acme.example', 'notacme.example', false],
    ['acme.example:443', 'mail.acme.example', true],
    ['graph.microsoft.com', 'login.microsoftonline.com', false],
    ['*', 'graph.microsoft.com', true],
    ['other.example, acme.example', 'mail.acme.example', true],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['[::1]', '::1', true],
    ['fd00::/8', '[fd12::1]', true],
    ['10.0.0.0/8', 'mail.acme.local', true, ['10.1.2.3']],
    ['10.0.0.0/8', 'mail.acme.local', false, ['10.1.2.3', '203.0.113.1']],
    ['10.0.0.0/8', 'only.the.proxy.knows', false, []],
  ];
  for (const [list, host, expected, addresses] of cases) {
    t.equal(await isException(list, host, addresses), expected, `${list}: ${host}`);
  }
});
