import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { type Certificates, createCertificates } from '../../../peers/certificates.ts';
import { type Dovecot, startDovecot } from '../../../peers/dovecot.ts';
import { type Kdc, startKdc } from '../../../peers/kerberos/kdc.ts';
import { listenOnLoopback } from '../../../peers/loopback-server.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { startPostfix } from '../../../peers/postfix.ts';
import { startRewritingProxy } from '../../../peers/rewriting-proxy.ts';
import { type CapturingSmtpServer, startSmtpServer } from '../../../peers/smtp-server.ts';
import {
  mailGoesOut,
  signInStep,
  signInWith,
  type WindowsServer,
  windowsSettings,
} from './windows-fixture.ts';

interface Domain {
  readonly kdc: Kdc;
  readonly certificates: Certificates;
  /** Keys of the mail servers. */
  readonly serverKeytab: string;
  readonly relay: CapturingSmtpServer;
  /** Offers GSSAPI and GSS-SPNEGO. */
  readonly dovecot: Dovecot;
  /** The same, where only GSS-SPNEGO gets through. */
  readonly spnego: WindowsServer;
  readonly gssapi: WindowsServer;
}

type Teardown = { teardown: (work: () => Promise<void> | void) => void };

async function startDomain(t: Teardown): Promise<Domain> {
  const [kdc, certificates, relay] = await Promise.all([startKdc(), createCertificates(), startSmtpServer()]);
  t.teardown(() => Promise.all([kdc.stop(), certificates.remove(), relay.stop()]).then(() => undefined));
  const serverKeytab = await kdc.keytab('mail', 'SMTPSVC/mail.test', 'smtp/mail.test');
  const dovecot = await startDovecot({
    certificate: certificates.server,
    relay,
    mechanisms: ['gssapi', 'gss-spnego'],
    environment: kdc.environment,
    settings: `auth_gssapi_hostname = "$ALL"\nauth_krb5_keytab = ${serverKeytab}`,
  });
  t.teardown(dovecot.stop);
  const proxy = await startRewritingProxy(dovecot.port, (text) => text.replace('GSSAPI ', ''));
  t.teardown(proxy.stop);
  const ca = certificates.ca.certificate;
  const gssapi = { port: dovecot.port, ca };
  const spnego = { port: proxy.port, ca, encryption: 'none' } as const;
  return { kdc, certificates, serverKeytab, relay, dovecot, gssapi, spnego };
}

let caches = 0;

/** The identity of the process, with an empty cache. Undefined: without. */
function become(kdc: Kdc, keytab: string | undefined, changes: Readonly<Record<string, string>> = {}): void {
  caches += 1;
  delete process.env['KRB5_CLIENT_KTNAME'];
  Object.assign(process.env, kdc.environment, { KRB5CCNAME: `MEMORY:${caches}` }, changes);
  if (keytab !== undefined) process.env['KRB5_CLIENT_KTNAME'] = keytab;
}

test('mail goes out with Kerberos', async (t) => {
  if (!requirePeer(t, 'kerberos', 'dovecot', 'postfix', 'openssl')) return;
  const domain = await startDomain(t);
  const { kdc, certificates, relay } = domain;
  become(kdc, await kdc.keytab('erp', 'erp'));
  const ca = certificates.ca.certificate;

  await t.test('by GSSAPI and GSS-SPNEGO to Dovecot', async (each) => {
    const servers = { GSSAPI: domain.gssapi, 'GSS-SPNEGO': domain.spnego };
    for (const [name, server] of Object.entries(servers)) {
      each.equal(await mailGoesOut(each, server, `Dovecot ${name}`), `${name} (Kerberos)`);
      await relay.waitForMessage(({ mail }) => mail.subject === `Dovecot ${name}`);
      each.match(await domain.dovecot.log(), new RegExp(`Login: user=<erp>, method=${name}`));
    }
  });

  await t.test('by GSSAPI to Postfix with Cyrus SASL', async (each) => {
    const postfix = await startPostfix({
      certificates,
      mechanisms: ['GSSAPI'],
      saslSettings: { keytab: domain.serverKeytab },
      settings: { import_environment: `MAIL_CONFIG ${variables(kdc)}` },
    });
    each.teardown(postfix.stop);
    for (const encryption of ['starttls', 'implicit'] as const) {
      const port = encryption === 'starttls' ? postfix.submissionPort : postfix.implicitPort;
      const windows = { mechanism: 'kerberos', servicePrincipal: 'smtp/mail.test' } as const;
      const subject = `Postfix GSSAPI ${encryption}`;
      each.equal(await mailGoesOut(each, { port, ca, encryption, windows }, subject), 'GSSAPI (Kerberos)');
      const { text } = await postfix.waitForMessage((mail) => mail.text.includes(subject));
      each.match(text, /Authenticated sender: erp@mail\.test\)/);
    }
  });
});

const variables = (kdc: Kdc): string =>
  Object.entries(kdc.environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

test('the connection test says what Kerberos lacks', async (t) => {
  if (!requirePeer(t, 'kerberos', 'dovecot', 'openssl')) return;
  const domain = await startDomain(t);
  const { kdc, gssapi: server, spnego } = domain;
  const keytab = await kdc.keytab('erp', 'erp');
  const directory = t.testdir();
  const check = async (code: string, changes: Partial<WindowsServer> = {}) => {
    for (const each of [server, spnego]) {
      t.equal(await signInWith({ ...each, ...changes }), code, code);
    }
  };

  become(kdc, undefined);
  await check('kerberos-no-ticket');

  const missing = join(directory, 'missing.keytab');
  become(kdc, missing);
  await check('kerberos-keytab-unusable', { keytab: missing });
  const garbage = join(directory, 'garbage.keytab');
  await writeFile(garbage, 'garbage');
  become(kdc, garbage);
  await check('kerberos-keytab-unusable', { keytab: `FILE:${garbage}` });

  const old = await kdc.keytab('old', 'old');
  await kdc.admin('cpw', '-randkey', 'old');
  become(kdc, old);
  await check('kerberos-identity-rejected', { keytab: old });
  const gone = await kdc.keytab('gone', 'gone');
  await kdc.admin('delprinc', '-force', 'gone');
  become(kdc, gone);
  await check('kerberos-identity-rejected');
  const locked = await kdc.keytab('locked', 'locked');
  await kdc.admin('modprinc', '-allow_tix', 'locked');
  become(kdc, locked);
  await check('kerberos-identity-rejected');

  become(kdc, keytab);
  await check('kerberos-service-unknown', { windows: { servicePrincipal: 'SMTPSVC/other.test' } });
  await check('kerberos-service-unknown', { windows: { servicePrincipal: 'HTTP/mail.test' } });

  await kdc.down();
  become(kdc, keytab);
  await check('kerberos-kdc-unreachable');
  const nowhere = join(directory, 'krb5.conf');
  await writeFile(nowhere, '[libdefaults]\n  default_realm = ACME.TEST\n  dns_lookup_kdc = false\n');
  become(kdc, keytab, { KRB5_CONFIG: nowhere });
  await check('kerberos-kdc-unreachable');

  await kdc.up(3600);
  become(kdc, keytab, { KRB5_CONFIG: await kdc.clientConfiguration('exact', { kdc_timesync: '0' }) });
  await check('kerberos-clock-skew');
  await kdc.up();

  become(kdc, keytab);
  t.equal(
    await signInWith({ ...spnego, allowCleartext: false }),
    'settings-invalid',
    'never in the clear unasked',
  );
  await check('windows-sign-in-not-offered', {
    windows: { mechanism: 'ntlm' },
    user: { username: 'A\\b', password: 'x' },
  });
  const step = await signInStep(server.port, windowsSettings(server));
  t.match(step, { state: 'ok', detail: 'GSSAPI (Kerberos)' }, 'and all is well with everything there');
});

test('a KDC that does not answer holds up nothing but the sign-in', async (t) => {
  if (!requirePeer(t, 'kerberos', 'dovecot', 'openssl')) return;
  const { kdc, gssapi: server } = await startDomain(t);
  const silent = createServer();
  const { port, close } = await listenOnLoopback(silent);
  t.teardown(close);
  const configuration = join(t.testdir(), 'krb5.conf');
  const realm = `ACME.TEST = {\n kdc = 127.0.0.1:${port}\n }`;
  await writeFile(
    configuration,
    `[libdefaults]\n default_realm = ACME.TEST\n udp_preference_limit = 1\n[realms]\n ${realm}\n`,
  );
  become(kdc, await kdc.keytab('erp', 'erp'), { KRB5_CONFIG: configuration });
  const changes = windowsSettings(server);
  const impatient = { ...changes, description: { ...changes.description, timeoutSeconds: 1 } };
  const steps = await Promise.all([1, 2, 3, 4, 5].map(() => signInStep(server.port, impatient)));
  for (const step of steps) t.match(step, { state: 'failed', hint: { code: 'kerberos-kdc-unreachable' } });
  await t.resolves(readFile(configuration), 'files are read in the meantime');
});

test('a server with an outdated key refuses the ticket', async (t) => {
  if (!requirePeer(t, 'kerberos', 'dovecot', 'openssl')) return;
  const domain = await startDomain(t);
  const { kdc, gssapi: server } = domain;
  await kdc.admin('cpw', '-randkey', 'SMTPSVC/mail.test');
  const keytab = await kdc.keytab('erp', 'erp');
  become(kdc, keytab);
  t.equal(await signInWith(server), 'kerberos-ticket-rejected');
  const user = { username: 'ACME\\erp', password: 'secret' };
  t.equal(await signInWith({ ...server, user }), 'kerberos-ticket-rejected', 'no second try with NTLM');
});
