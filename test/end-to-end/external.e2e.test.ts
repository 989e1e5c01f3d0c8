import { type Test, test } from 'tap';
import type { ConnectionTest, MailStatus } from '@postausgang/contracts';
import { startCertificateDovecot } from '../peers/certificate-dovecot.ts';
import { createCertificates } from '../peers/certificates.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { callApi } from './service-process.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const ifMatch = (version: number) => ({ 'if-match': `"${version}"`, prefer: 'wait=applied' });

async function startPeers(t: Test) {
  const [certificates, relay] = await Promise.all([createCertificates(), startSmtpServer()]);
  t.teardown(() => Promise.all([certificates.remove(), relay.stop()]));
  const ours = await certificates.issue('ours', {
    commonName: 'erp',
    names: ['erp.acme.example'],
    usage: 'clientAuth',
  });
  const dovecot = await startCertificateDovecot(certificates, { relay });
  t.teardown(dovecot.stop);
  return { certificates, relay, ours, dovecot };
}

test('a client certificate alone signs in, and only where it was allowed to', async (t) => {
  if (!requirePeer(t, 'dovecot', 'openssl')) return;
  const { certificates, relay, ours, dovecot } = await startPeers(t);
  const service = await startStandaloneProcess(`${t.testdir()}/data`, {
    NODE_EXTRA_CA_CERTS: certificates.ca.certificateFile,
  });
  t.teardown(() => service.kill());
  const imported = await service.call('POST', '/v1/certificates', {
    body: {
      name: 'ERP',
      kind: 'own',
      content: Buffer.from(ours.certificate + ours.key).toString('base64'),
    },
  });
  const { id: clientCertificateId } = imported.body as { id: string };
  const smtp = { hostname: 'localhost', port: dovecot.port, authentication: 'external' };
  const body = { enabled: true, serverType: 'smtp', senderAddress: { address: 'erp@acme.example' }, smtp };
  const lacking = await service.call('PUT', server, { headers: ifMatch(0), body });
  t.match(lacking, { status: 422, body: { findings: [{ code: 'certificate-required' }] } });
  const clear = { ...body, smtp: { ...smtp, clientCertificateId, encryption: 'none' } };
  t.match(await service.call('PUT', server, { headers: ifMatch(0), body: clear }), {
    status: 422,
    body: { findings: [{ pointer: '/smtp/encryption', code: 'external-without-encryption' }] },
  });
  const saved = await service.call('PUT', server, {
    headers: ifMatch(0),
    body: { ...body, smtp: { ...smtp, clientCertificateId } },
  });
  t.match(saved.body, { applied: { state: 'applied' }, smtp: { authorizationIdentity: null } });

  const accepted = await service.call('POST', '/v1/mails', {
    body: { to: [{ address: 'kunde@example.com' }], subject: 'by certificate', text: 'Anbei.' },
  });
  await waitFor('the outcome', async () => {
    const status = (await service.call('GET', accepted.headers.get('location') ?? '')).body as MailStatus;
    return status.state === 'sent' ? true : undefined;
  });
  await relay.waitForMessage(({ mail }) => mail.subject === 'by certificate');
  t.match(await dovecot.log(), /user=<erp>, method=EXTERNAL/);

  // Whoever lacks secrets:write cannot have the certificate speak for somebody else, or elsewhere.
  const scopes = ['settings:read', 'settings:write', 'connection:test'];
  const made = await service.call('POST', '/v1/api-keys', { body: { name: 'editor', scopes } });
  const { key } = made.body as { key: string };
  for (const change of [{ authorizationIdentity: 'boss' }, { hostname: '127.0.0.1' }]) {
    const draft = await callApi(service.api, key, 'POST', `${server}/connection-tests`, {
      body: { draft: { smtp: change } },
      headers: { prefer: 'wait=30' },
    });
    const { steps } = draft.body as ConnectionTest;
    t.match(
      steps.find(({ state }) => state === 'failed'),
      { hint: { code: 'grant-required' } },
    );
    const patched = await callApi(service.api, key, 'PATCH', server, {
      body: { smtp: change },
      headers: { 'if-match': '"1"' },
    });
    t.match(patched, { status: 422, body: { findings: [{ code: 'grant-required' }] } });
  }
  const admin = await service.call('POST', `${server}/connection-tests`, {
    body: { draft: { smtp: { authorizationIdentity: 'boss', clientCertificateId } } },
    headers: { prefer: 'wait=30' },
  });
  const { steps } = admin.body as ConnectionTest;
  t.match(
    steps.find(({ name }) => name === 'authenticate'),
    { hint: { code: 'external-rejected' } },
  );
});
