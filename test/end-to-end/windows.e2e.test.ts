import type { ConnectionTest, MailStatus } from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { createCertificates } from '../peers/certificates.ts';
import { startDovecot } from '../peers/dovecot.ts';
import { startKdc } from '../peers/kerberos/kdc.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { startStrictNtlmSmtp } from '../peers/strict-ntlm-smtp.ts';
import { waitFor } from '../peers/wait-for.ts';
import { callApi } from './service-process.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const ifMatch = (version: number) => ({ 'if-match': `"${version}"`, prefer: 'wait=applied' });
const password = 'NTLM, geheim und Ü';

/** A domain with two mail servers: Dovecot for Kerberos, a strict one for NTLM. */
async function startDomain(t: Test) {
  const [kdc, certificates, relay] = await Promise.all([startKdc(), createCertificates(), startSmtpServer()]);
  t.teardown(() => Promise.all([kdc.stop(), certificates.remove(), relay.stop()]));
  const keys = await kdc.keytab('mail', 'SMTPSVC/localhost');
  const dovecot = await startDovecot({
    certificate: certificates.server,
    relay,
    mechanisms: ['gssapi'],
    environment: kdc.environment,
    settings: `auth_gssapi_hostname = "$ALL"\nauth_krb5_keytab = ${keys}`,
  });
  t.teardown(dovecot.stop);
  const ntlm = await startStrictNtlmSmtp(certificates.server, { users: { 'ACME\\erp': password } });
  t.teardown(ntlm.stop);
  return { kdc, certificates, relay, dovecot, ntlm };
}

async function signInStep(service: StandaloneProcess, draft = {}) {
  const answer = await service.call('POST', `${server}/connection-tests`, {
    headers: { prefer: 'wait=30' },
    body: { draft },
  });
  return (answer.body as ConnectionTest).steps.find(({ name }) => name === 'authenticate');
}

async function sendMail(service: StandaloneProcess, subject: string): Promise<MailStatus> {
  const body = { to: [{ address: 'kunde@example.com' }], subject, text: 'Anbei.' };
  const accepted = await service.call('POST', '/v1/mails', { body });
  const path = accepted.headers.get('location') ?? '';
  return waitFor(`an outcome of ${subject}`, async () => {
    const status = (await service.call('GET', path)).body as MailStatus;
    return status.state === 'sent' ? status : undefined;
  });
}

test('Windows alone is enough to send with Kerberos; NTLM with a domain user', async (t) => {
  if (!requirePeer(t, 'kerberos', 'dovecot', 'openssl')) return;
  const { kdc, certificates, relay, dovecot, ntlm } = await startDomain(t);
  const service = await startStandaloneProcess(`${t.testdir()}/data`, {
    ...kdc.environment,
    KRB5_CLIENT_KTNAME: await kdc.keytab('erp', 'erp'),
    NODE_EXTRA_CA_CERTS: certificates.ca.certificateFile,
    KERBEROS_HOSTS: 'other.test',
  });
  t.teardown(() => service.kill());
  const body = {
    enabled: true,
    serverType: 'smtp',
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: 'localhost', port: dovecot.port, authentication: 'windows' },
  };
  const saved = await service.call('PUT', server, { headers: ifMatch(0), body });
  t.match(saved.body, {
    applied: { state: 'applied' },
    smtp: { windowsMechanism: 'negotiate', servicePrincipal: null, passwordSet: false },
  });
  t.match(await signInStep(service), { state: 'ok', detail: 'GSSAPI (Kerberos)' });
  await sendMail(service, 'by Kerberos');
  await relay.waitForMessage(({ mail }) => mail.subject === 'by Kerberos');
  t.match(await dovecot.log(), /Login: user=<erp>, method=GSSAPI/);

  const { key } = (
    await service.call('POST', '/v1/api-keys', { body: { name: 'tester', scopes: ['connection:test'] } })
  ).body as { key: string };
  const testing = (smtp: object) =>
    callApi(service.api, key, 'POST', `${server}/connection-tests`, {
      body: { draft: { smtp } },
      headers: { prefer: 'wait=30' },
    });
  t.match((await testing({ hostname: '127.0.0.1', servicePrincipal: null })).body, {
    steps: [{ state: 'failed', hint: { code: 'grant-required' } }],
  });
  for (const foreign of ['cifs/localhost', 'SMTPSVC/third.test']) {
    t.equal((await testing({ servicePrincipal: foreign })).status, 422, foreign);
  }

  const servicePrincipal = 'SMTPSVC/other.test';
  t.match(await signInStep(service, { smtp: { servicePrincipal } }), {
    state: 'failed',
    hint: { code: 'kerberos-service-unknown', de: /Dienstprinzipalnamen/ },
  });
  const broken = await service.call('PATCH', server, {
    headers: ifMatch(1),
    body: { smtp: { servicePrincipal } },
  });
  t.match(broken.body, { applied: { state: 'failed' } });
  await sendMail(service, 'by the settings that worked');
  await relay.waitForMessage(({ mail }) => mail.subject === 'by the settings that worked');

  const smtp = {
    port: ntlm.port,
    windowsMechanism: 'ntlm',
    servicePrincipal: null,
    username: 'ACME\\erp',
    password,
  };
  const other = await service.call('PATCH', server, { headers: ifMatch(2), body: { smtp } });
  t.match(other.body, { applied: { state: 'applied' }, smtp: { passwordSet: true } });
  t.match(await signInStep(service), { state: 'ok', detail: 'NTLM (NTLMv2, MIC, channel binding)' });
  t.match(await signInStep(service, { smtp: { password: 'wrong' } }), {
    hint: { code: 'credentials-rejected' },
  });
  await sendMail(service, 'by NTLM');
  t.match(String(ntlm.messages().at(-1)?.content), /^Subject: by NTLM/m);
  const moved = await service.call('PATCH', server, {
    headers: ifMatch(3),
    body: { smtp: { windowsMechanism: 'negotiate' } },
  });
  t.equal(moved.status, 200, 'a password for NTLM alone does not keep Kerberos from being chosen');
  t.notMatch(service.output(), password);
});
