import { type Test, test } from 'tap';
import { createSecret, type TlsRules } from '@postausgang/credentials';
import { type Certificate, type Certificates, createCertificates } from '../../../peers/certificates.ts';
import { startExim, type EximOptions } from '../../../peers/exim.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { waitFor } from '../../../peers/wait-for.ts';
import { type Changes, loopbackPolicy, openTransport, request, summaryOf } from './fixture.ts';
import { testSteps } from './windows-fixture.ts';

const dayMs = 86_400_000;

const identity = ({ certificate, key }: Certificate): TlsRules['client'] => ({
  pem: certificate,
  privateKey: createSecret(key),
});

function settings(
  port: number,
  { ca }: Certificates,
  client: Certificate | null,
  description: Changes['description'] = {},
): Changes {
  return {
    description: { encryption: 'starttls', timeoutSeconds: 20, ...description },
    password: null,
    policy: loopbackPolicy(port),
    tls: { client: client === null ? null : identity(client), trusted: ca.certificate },
  };
}

async function start(t: Test, options: (all: Certificates) => Partial<EximOptions> = () => ({})) {
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const exim = await startExim({ certificate: certificates.server, ...options(certificates) });
  t.teardown(() => exim.stop());
  const issue = (name: string, more: Partial<Parameters<Certificates['issue']>[1]> = {}) =>
    certificates.issue(name, { names: ['erp.acme.example'], usage: 'clientAuth', ...more });
  return { certificates, exim, issue };
}

test('Exim, another implementation, takes the very message', async (t) => {
  if (!requirePeer(t, 'exim', 'openssl')) return;
  const { certificates, exim } = await start(t);
  const transport = await openTransport(t, exim.port, settings(exim.port, certificates, null));
  t.same(summaryOf(await transport.send(request())), ['sent']);
  const [arrived = ''] = await waitFor('the message', async () => {
    const all = await exim.messages();
    return all.length > 0 ? all : undefined;
  });
  t.match(arrived, '\n.dot\n..two\nend\n', 'its dots too');
  const elsewhere = await transport.send(request({ to: ['kunde@elsewhere.test'] }));
  t.same(summaryOf(elsewhere), ['deferred relay-denied']);
});

test('a client certificate signs in at Exim by EXTERNAL', async (t) => {
  if (!requirePeer(t, 'exim', 'openssl')) return;
  const { certificates, exim, issue } = await start(t, ({ ca }) => ({
    clients: { authority: ca, isRequired: false },
  }));
  const ours = await issue('ours');
  const external = { authentication: 'external' } as const;
  const changes = settings(exim.port, certificates, ours, external);
  const transport = await openTransport(t, exim.port, changes);
  t.same(summaryOf(await transport.send(request({ to: ['kunde@elsewhere.test'] }))), ['sent']);
  t.match(await exim.log(), /A=external:erp/);
  const codeOf = async (client: Certificate | null) => {
    const steps = await testSteps(exim.port, settings(exim.port, certificates, client, external));
    const failed = steps.find(({ state }) => state === 'failed');
    return `${failed?.name} ${failed?.hint?.code}`;
  };
  t.equal(await codeOf(null), 'authenticate external-not-offered');
  t.equal(await codeOf(certificates.selfSigned), 'authenticate external-not-offered', 'of nobody');
  const stranger = await issue('stranger', { names: ['other.example'] });
  t.equal(await codeOf(stranger), 'authenticate external-rejected', 'of somebody else');
});

for (const tls of ['1.2', '1.3'] as const) {
  test(`Exim with TLS ${tls} that requires a client certificate: every refusal is told at the handshake`, async (t) => {
    if (!requirePeer(t, 'exim', 'openssl')) return;
    const { certificates, exim, issue } = await start(t, ({ ca }) => ({
      tls,
      clients: { authority: ca, isRequired: true },
    }));
    const [ours, expired] = await Promise.all([
      issue('ours'),
      issue('expired-client', { notAfter: new Date(Date.now() - dayMs) }),
    ]);
    const transport = await openTransport(t, exim.port, settings(exim.port, certificates, ours));
    t.same(summaryOf(await transport.send(request())), ['sent'], 'the right one');
    for (const [what, client] of [
      ['none', null],
      ['foreign', certificates.selfSigned],
      ['expired', expired],
    ] as const) {
      const steps = await testSteps(exim.port, settings(exim.port, certificates, client));
      const failed = steps.find(({ state }) => state === 'failed');
      t.match(failed, { name: 'tls', hint: { code: 'tls-client-certificate-refused' } }, what);
    }
    const otherUse = await issue('server-use', { usage: 'serverAuth' });
    const steps = await testSteps(exim.port, settings(exim.port, certificates, otherUse));
    t.notOk(
      steps.some(({ state }) => state === 'failed'),
      'GnuTLS does not look at the use',
    );
  });
}
