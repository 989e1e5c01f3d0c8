import type { ConnectionTest } from '@postausgang/contracts';
import { test, type Test } from 'tap';
import { createCertificates } from '../peers/certificates.ts';
import { startAuthority } from '../peers/exchange/authority.ts';
import { startGraphServer } from '../peers/exchange/graph-server.ts';
import { startHttpsPeer } from '../peers/exchange/https-peer.ts';
import { startExchangeProduct } from './exchange-product.ts';
import { type ApiAnswer, callApi } from './service-process.ts';

const mailbox = 'erp@acme.example';
const [tenantId, clientId] = ['acme.example', 'app-1'];

/** A server that nobody has named. It keeps whatever could prove an identity. */
async function startStranger(t: Test, certificate: Parameters<typeof startHttpsPeer>[0]) {
  const taken: string[] = [];
  let visits = 0;
  const peer = await startHttpsPeer(certificate, ({ method, path, headers, body }) => {
    visits += 1;
    const text = body.toString('latin1');
    const { authorization } = headers;
    if (authorization !== undefined || /assertion|secret/.test(text)) {
      taken.push(`${method} ${path} ${authorization ?? ''} ${text}`);
    }
    // As an authority it sends everybody to itself.
    const endpoints = {
      token_endpoint: `${peer.url}/token`,
      authorization_endpoint: `${peer.url}/authorize`,
    };
    const document = { issuer: peer.url, jwks_uri: `${peer.url}/keys`, ...endpoints };
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) };
  });
  t.teardown(() => peer.close());
  return { url: peer.url, port: peer.port, taken, visits: () => visits };
}

test('a draft or a change by somebody without secrets:write sends no credential to a stranger', async (t) => {
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const ours = await certificates.issue('ours', {
    names: ['app.test'],
    usage: 'clientAuth',
    key: 'rsa-2048',
  });
  const authority = await startAuthority(certificates.server, {
    tenantId,
    clientId,
    clientSecret: 'Cl1ent S3cret',
    clientCertificate: ours.certificate,
  });
  t.teardown(() => authority.close());
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(() => graph.close());
  const stranger = await startStranger(t, certificates.server);
  const { service, call, testConnection } = await startExchangeProduct(t, certificates, {
    ALLOWED_MAIL_PORTS: 'any',
    ALLOW_LOOPBACK_MAIL_SERVERS: 'true',
  });
  const keyWith = async (...scopes: string[]): Promise<string> => {
    const { body } = await call('POST', '/v1/api-keys', { name: scopes.join(' '), scopes });
    return (body as { key: string }).key;
  };
  const imported = await call('POST', '/v1/certificates', {
    name: 'Exchange',
    kind: 'own',
    content: Buffer.from(ours.certificate + ours.key).toString('base64'),
  });
  const { id: clientCertificateId } = imported.body as { id: string };
  const common = { name: 'Graph', email: mailbox, cloud: 'custom', tenantId, clientId, protocol: 'graph' };
  const endpoints = { authorityUrl: authority.url, graphUrl: graph.url };
  const byCertificate = await call('POST', '/v1/exchange-connections', {
    ...common,
    ...endpoints,
    clientCertificateId,
  });
  t.match(byCertificate, { status: 201, body: { identityGrantedAt: /Z$/ } });
  const bySecret = await call('POST', '/v1/exchange-connections', {
    ...common,
    ...endpoints,
    clientSecret: 'Cl1ent S3cret',
  });
  const pathOf = ({ body }: ApiAnswer): string => `/v1/exchange-connections/${(body as { id: string }).id}`;
  const paths = [pathOf(byCertificate), pathOf(bySecret)];

  // Whoever may only test can do so, of what is saved.
  const tester = await keyWith('connection:test');
  const attempt = async (key: string, path: string, body: object): Promise<ApiAnswer> =>
    callApi(service.api, key, 'POST', `${path}/connection-tests`, { body, headers: { prefer: 'wait=30' } });
  for (const path of paths) t.match((await attempt(tester, path, {})).body, { state: 'ok' });
  const given = authority.requests();

  const drafts = [
    { graphUrl: stranger.url },
    { graphUrl: stranger.url, scope: `${graph.url}/.default` },
    { authorityUrl: stranger.url },
    { authorityUrl: stranger.url, graphUrl: stranger.url },
    { scope: `${stranger.url}/.default` },
    { scope: 'https://vault.azure.net/.default' },
    { tenantId: 'other.example' },
    { clientId: 'app-2' },
    { protocol: 'ews', ewsUrl: `${stranger.url}/EWS/Exchange.asmx` },
    { protocol: 'smtp-oauth', smtpHostname: 'localhost', smtpPort: stranger.port },
    { protocol: 'ews', authentication: 'negotiate', ewsUrl: `${stranger.url}/EWS/Exchange.asmx` },
    { clientCertificateId },
  ];
  const [first = '', second = ''] = paths;
  for (const draft of drafts) {
    for (const path of [first, second]) {
      // Ten tests a minute are what a key has.
      const key = await keyWith('connection:test');
      const { status, body } = await attempt(key, path, { draft });
      if (path === first && 'clientCertificateId' in draft) continue;
      const what = `${JSON.stringify(draft)} of ${path === first ? 'the certificate' : 'the secret'}`;
      t.ok(status === 422 || (body as ConnectionTest).state === 'failed', `${what}: ${status}`);
    }
  }
  t.same(stranger.taken, [], 'nothing that proves an identity has come to the stranger');
  t.equal(authority.requests() - given, 1, 'nor was a token asked for, but for what was saved');

  const editor = await keyWith('settings:read', 'settings:write', 'connection:test');
  for (const draft of drafts.slice(0, -1)) {
    const headers = { 'if-match': '"1"' };
    const answer = await callApi(service.api, editor, 'PATCH', first, { body: draft, headers });
    t.match(answer, { status: 422 }, JSON.stringify(draft));
  }

  // Somebody with the right names another place, and the token goes there.
  const moved = await testConnection(first, { draft: { graphUrl: stranger.url } });
  t.match(moved, { steps: [{ name: 'token', state: 'ok' }] });
  t.ok(stranger.taken.length > 0);
  await service.stop();
});

test('an authority that sends its visitors elsewhere gets no assertion carried there', async (t) => {
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const stranger = await startStranger(t, certificates.server);
  const authority = await startHttpsPeer(certificates.server, ({ path }) => {
    const token_endpoint = path.includes('openid-configuration') ? `${stranger.url}/token` : '';
    const body = JSON.stringify({
      issuer: authority.url,
      jwks_uri: `${authority.url}/keys`,
      authorization_endpoint: `${authority.url}/authorize`,
      token_endpoint,
    });
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  });
  t.teardown(() => authority.close());
  const { service, call, testConnection } = await startExchangeProduct(t, certificates);
  const { body } = await call('POST', '/v1/exchange-connections', {
    name: 'Graph',
    email: mailbox,
    cloud: 'custom',
    protocol: 'graph',
    tenantId,
    clientId,
    clientSecret: 'Cl1ent S3cret',
    authorityUrl: authority.url,
    graphUrl: stranger.url,
  });
  const tested = await testConnection(`/v1/exchange-connections/${(body as { id: string }).id}`);
  t.match(tested.steps, [{ name: 'token', state: 'failed', hint: { code: 'token-refused' } }]);
  t.same(stranger.taken, []);
  await service.stop();
});
