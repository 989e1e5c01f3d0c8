import { test, type Test } from 'tap';
import { type Certificate, type Certificates, createCertificates } from '../peers/certificates.ts';
import { type Authority, startAuthority } from '../peers/exchange/authority.ts';
import { startGraphServer } from '../peers/exchange/graph-server.ts';
import { startScriptedSmtp } from '../peers/scripted-smtp.ts';
import { noSecretIn, serverPath, startExchangeProduct } from './exchange-product.ts';

const mailbox = 'erp@acme.example';
const [tenantId, clientId] = ['acme.example', 'app-1'];
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const issueClient = (certificates: Certificates, name: string): Promise<Certificate> =>
  certificates.issue(name, { names: ['app.test'], usage: 'clientAuth', key: 'rsa-2048' });

/** A mail server that takes tokens of the authority for itself, and nobody without one. */
async function startTokenSmtp(t: Test, certificate: Certificate, authority: Authority) {
  const smtp = await startScriptedSmtp({
    certificate,
    extensions: ['AUTH XOAUTH2'],
    sasl: {
      XOAUTH2: () => (response) => {
        const text = Buffer.from(response ?? '', 'base64').toString('latin1');
        const [user, authorization = ''] = text.split('\u0001');
        const token = authorization.replace('auth=Bearer ', '');
        const isGood = user === `user=${mailbox}` && authority.isGood(token, 'https://localhost/.default');
        return { verdict: isGood ? '235 2.7.0 Accepted' : '535 5.7.3 Authentication unsuccessful' };
      },
    },
  });
  t.teardown(() => smtp.stop());
  return smtp;
}

test('a certificate that was imported signs in to Exchange: by Graph, then by SMTP with a token', async (t) => {
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const [ours, other] = await Promise.all(['ours', 'other'].map((name) => issueClient(certificates, name)));
  if (ours === undefined || other === undefined) throw new Error('no certificates');
  const authority = await startAuthority(certificates.server, {
    tenantId,
    clientId,
    clientSecret: 'there is none',
    clientCertificate: ours.certificate,
  });
  t.teardown(() => authority.close());
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(() => graph.close());
  const smtp = await startTokenSmtp(t, certificates.server, authority);
  const { service, call, testConnection, send, stateOf } = await startExchangeProduct(t, certificates);
  const imported = async ({ certificate, key }: Certificate, name: string): Promise<string> => {
    const answer = await call('POST', '/v1/certificates', {
      name,
      kind: 'own',
      content: base64(certificate + key + certificates.ca.certificate),
    });
    t.match(answer, { status: 201, body: { privateKeySet: true } });
    return (answer.body as { id: string }).id;
  };
  const clientCertificateId = await imported(ours, 'Exchange');
  const otherId = await imported(other, 'not registered');

  const common = { name: 'Exchange', email: mailbox, cloud: 'custom', tenantId, clientId };
  const endpoints = { authorityUrl: authority.url, clientCertificateId };
  const byGraph = { ...common, ...endpoints, protocol: 'graph', graphUrl: graph.url };
  const { id } = (await call('POST', '/v1/exchange-connections', byGraph)).body as { id: string };
  const at = `/v1/exchange-connections/${id}`;
  const tested = await testConnection(at, { draft: { clientCertificateId: otherId } });
  const [token] = tested.steps;
  t.match(
    token,
    { name: 'token', state: 'failed', hint: { code: 'client-certificate-rejected' } },
    'the registered one alone',
  );

  const server = {
    serverType: 'exchange',
    enabled: true,
    senderAddress: { address: mailbox },
    exchange: { connectionId: id },
  };
  t.match((await call('PUT', serverPath, server, 0, 'wait=applied')).body, { applied: { state: 'applied' } });
  t.match(await stateOf(await send(), 'sent'), { attempts: [{ server: `localhost:${graph.port}` }] });
  t.match(graph.mails, [{ mailbox, recipients: ['kunde@example.com'] }]);
  t.match(await call('DELETE', `/v1/certificates/${clientCertificateId}`, undefined, 1), { status: 409 });

  const bySmtp = {
    ...common,
    ...endpoints,
    protocol: 'smtp-oauth',
    smtpHostname: 'localhost',
    smtpPort: smtp.port,
  };
  const moved = await call('PUT', at, bySmtp, 1, 'wait=applied');
  t.match(moved.body, { version: 2, applied: { state: 'applied' } });
  t.match(await stateOf(await send(), 'sent'), { attempts: [{ server: `localhost:${smtp.port}` }] });
  t.match(smtp.messages(), [{ sender: mailbox, recipients: ['kunde@example.com'], accepted: true }]);
  t.equal(graph.mails.length, 1);

  await service.stop();
  const line = ours.key.split('\n')[3] ?? '';
  await noSecretIn(t, service, [line]);
});
