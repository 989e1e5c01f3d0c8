import { X509Certificate } from 'node:crypto';
import { test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import type { TlsRules } from '../../../../packages/credentials/src/open-secrets.ts';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createSmtpConnectionTest } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import { openSmtpTransport } from '../../../../services/mailer/src/transports/smtp/transport.ts';
import { type Certificate, createCertificates } from '../../../peers/certificates.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { type Postfix, startPostfix } from '../../../peers/postfix.ts';

const identity = ({ certificate, key }: Certificate): TlsRules['client'] => ({
  pem: certificate,
  privateKey: createSecret(key),
});

function options(
  postfix: Postfix,
  encryption: 'starttls' | 'implicit',
  tls: TlsRules,
  hostname = '127.0.0.1',
) {
  return {
    description: {
      hostname,
      port: encryption === 'starttls' ? postfix.submissionPort : postfix.implicitPort,
      encryption,
      authentication: 'none',
      username: null,
      windows: null,
      timeoutSeconds: 20,
      allowCleartextAuthentication: false,
    },
    password: null,
    policy: { allowedPorts: 'any', allowLoopback: true, deniedNetworks: [], allowedNetworks: [] },
    ehloName: 'client.test',
    tls,
  } as const;
}

async function outcome(...given: Parameters<typeof options>): Promise<string> {
  const opened = await openSmtpTransport(options(...given));
  if (!opened.ok) return opened.failure.code;
  const sent = await opened.transport.send({
    envelope: { from: 'erp@acme.example', to: ['kunde@example.com'] },
    message: messageOfBytes(Buffer.from('From: erp@acme.example\r\nSubject: x\r\n\r\nx\r\n')),
    onIntent: async () => undefined,
  });
  await opened.transport.close();
  if (sent.kind !== 'finished') return sent.failure.code;
  return sent.recipients[0]?.outcome ?? '';
}

test('a server that asks for a client certificate gets the one that was chosen', async (t) => {
  if (!requirePeer(t, 'postfix')) return;
  const all = await createCertificates();
  t.teardown(() => all.remove());
  const [known, unknown] = await Promise.all([
    all.issue('known', { names: ['client.test'], usage: 'clientAuth', key: 'rsa-2048' }),
    all.issue('unknown', { names: ['other.test'], usage: 'clientAuth' }),
  ]);
  const { fingerprint256 } = new X509Certificate(known.certificate);
  const clientCertificates = { caFile: all.ca.certificateFile, fingerprints: [fingerprint256] };
  const postfix = await startPostfix({ certificates: all, clientCertificates });
  t.teardown(() => postfix.stop());
  const trusted = all.ca.certificate;
  for (const encryption of ['starttls', 'implicit'] as const) {
    t.equal(await outcome(postfix, encryption, { client: identity(known), trusted }), 'sent', encryption);
    t.equal(
      await outcome(postfix, encryption, { client: identity(unknown), trusted }),
      'rejected',
      encryption,
    );
    const without = await outcome(postfix, encryption, { client: null, trusted });
    t.not(without, 'sent', `${encryption} without: ${without}`);
    const foreign = await outcome(postfix, encryption, { client: identity(all.selfSigned), trusted });
    t.not(foreign, 'sent', `${encryption} of nobody: ${foreign}`);
  }
});

test('a trusted authority or a pinned certificate is trusted, and nothing else is', async (t) => {
  if (!requirePeer(t, 'postfix')) return;
  const all = await createCertificates();
  t.teardown(() => all.remove());
  const other = await createCertificates();
  t.teardown(() => other.remove());
  const postfix = await startPostfix({ certificates: all });
  t.teardown(() => postfix.stop());
  const selfSigned = await startPostfix({ certificates: { ca: all.ca, server: all.selfSigned } });
  t.teardown(() => selfSigned.stop());
  const named = await startPostfix({ certificates: { ca: all.ca, server: all.wrongName } });
  t.teardown(() => named.stop());

  const opened = async (server: Postfix, trusted: string | null) => {
    const found = [];
    for (const encryption of ['starttls', 'implicit'] as const) {
      const transport = await openSmtpTransport(options(server, encryption, { client: null, trusted }));
      found.push(transport.ok ? 'ok' : transport.failure.code);
      if (transport.ok) await transport.transport.close();
    }
    return found.join();
  };
  const both = (code: string): string => `${code},${code}`;
  t.equal(await opened(postfix, null), both('certificate-untrusted'));
  t.equal(await opened(postfix, all.ca.certificate), both('ok'), 'its authority');
  t.equal(await opened(postfix, all.server.certificate), both('ok'), 'itself');
  t.equal(
    await opened(postfix, all.wrongName.certificate),
    both('certificate-untrusted'),
    'another of its authority',
  );
  t.equal(
    await opened(postfix, other.ca.certificate),
    both('certificate-untrusted'),
    'an authority of the same name',
  );
  t.equal(await opened(postfix, other.server.certificate), both('certificate-untrusted'), 'a wrong pin');
  t.equal(await opened(selfSigned, all.selfSigned.certificate), both('ok'), 'signed by itself, and pinned');
  t.equal(await opened(selfSigned, all.ca.certificate), both('certificate-untrusted'));
  t.equal(await opened(named, all.ca.certificate), both('certificate-name-mismatch'), 'the name counts');
  t.equal(
    await opened(named, all.wrongName.certificate),
    both('ok'),
    'a pin is the certificate, not its name',
  );
});

test('a connection test shows the chain, why it is refused, and what can be pinned', async (t) => {
  if (!requirePeer(t, 'postfix')) return;
  const all = await createCertificates();
  t.teardown(() => all.remove());
  const postfix = await startPostfix({ certificates: all });
  t.teardown(() => postfix.stop());
  const request = {
    from: 'a@acme.example',
    to: 'b@acme.example',
    outside: 'c@outside.test',
    message: messageOfBytes(Buffer.alloc(0)),
  };
  for (const encryption of ['starttls', 'implicit'] as const) {
    const refused = await createSmtpConnectionTest(
      options(postfix, encryption, { client: null, trusted: null }),
    )(request);
    const step = refused.find(({ name }) => name === 'tls');
    t.match(step, {
      state: 'failed',
      hint: { code: 'certificate-untrusted' },
      certificate: { subject: 'CN=localhost', issuer: 'CN=Test Authority', pem: all.server.certificate },
    });
    const pin = step?.certificate?.pem ?? '';
    const tls = { client: null, trusted: pin };
    const pinned = await createSmtpConnectionTest(options(postfix, encryption, tls))(request);
    t.match(
      pinned.find(({ name }) => name === 'tls'),
      { state: 'ok' },
      'what was offered is trusted',
    );
  }
});
