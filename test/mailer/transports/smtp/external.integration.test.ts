import { type Test, test } from 'tap';
import { createSecret, type TlsRules } from '@postausgang/credentials';
import { startCertificateDovecot } from '../../../peers/certificate-dovecot.ts';
import { type Certificate, createCertificates } from '../../../peers/certificates.ts';
import { requirePeer } from '../../../peers/peer.ts';
import type { SaslServer } from '../../../peers/scripted-login.ts';
import type { Conversation } from '../../../peers/scripted-session.ts';
import { type ScriptedSmtpOptions, startScriptedSmtp } from '../../../peers/scripted-smtp.ts';
import { reply } from '../../../peers/smtp-script.ts';
import { startSmtpServer } from '../../../peers/smtp-server.ts';
import { type Changes, loopbackPolicy, openTransport, request, summaryOf } from './fixture.ts';
import { signInStep, testSteps } from './windows-fixture.ts';

interface Client {
  readonly trusted: string;
  readonly certificate: Certificate | null;
  readonly actsAs?: string;
  readonly description?: Changes['description'];
}

function settings(port: number, { trusted, certificate, actsAs = '', description = {} }: Client): Changes {
  const client: TlsRules['client'] =
    certificate === null ? null : { pem: certificate.certificate, privateKey: createSecret(certificate.key) };
  return {
    description: {
      encryption: 'starttls',
      authentication: 'external',
      actsAs,
      timeoutSeconds: 20,
      ...description,
    },
    password: null,
    policy: loopbackPolicy(port),
    tls: { client, trusted },
  };
}

async function everything(t: Test) {
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const client = await certificates.issue('client', {
    commonName: 'erp',
    names: ['erp.acme.example'],
    usage: 'clientAuth',
  });
  return { certificates, client, trusted: certificates.ca.certificate };
}

test('the client certificate signs in at Dovecot, which offers nothing but EXTERNAL', async (t) => {
  if (!requirePeer(t, 'dovecot', 'openssl')) return;
  const { certificates, client, trusted } = await everything(t);
  const relay = await startSmtpServer();
  const dovecot = await startCertificateDovecot(certificates, { relay });
  t.teardown(() => Promise.all([dovecot.stop(), relay.stop()]));
  const { port } = dovecot;
  const ours = settings(port, { trusted, certificate: client });
  t.match(await signInStep(port, ours), { state: 'ok', detail: 'EXTERNAL' });
  const transport = await openTransport(t, port, ours);
  t.same(summaryOf(await transport.send(request())), ['sent']);
  t.match(await dovecot.log(), /user=<erp>, method=EXTERNAL/);

  const named = settings(port, { trusted, certificate: client, actsAs: 'erp' });
  t.match(await signInStep(port, named), { state: 'ok', detail: 'EXTERNAL' }, 'named as well');
  const other = settings(port, { trusted, certificate: client, actsAs: 'boss' });
  t.match(await signInStep(port, other), { state: 'failed', hint: { code: 'external-rejected' } });

  const password = settings(port, {
    trusted,
    certificate: null,
    description: { authentication: 'password', username: 'erp' },
  });
  const asked = { ...password, password: createSecret('secret') };
  t.match(await signInStep(port, asked), { hint: { code: 'client-certificate-required' } }, 'a password');
  const without = settings(port, { trusted, certificate: null });
  t.match(await signInStep(port, without), { state: 'failed', hint: { code: 'external-rejected' } });
});

async function scripted(t: Test, options: ScriptedSmtpOptions = {}) {
  const all = await everything(t);
  const server = await startScriptedSmtp({
    certificate: all.certificates.server,
    tls: { requestCert: true, ca: all.trusted, rejectUnauthorized: false },
    extensions: ['AUTH EXTERNAL'],
    ...options,
  });
  t.teardown(server.stop);
  return { ...all, server };
}

test('EXTERNAL sends the identity to act as, empty or not, and once more when asked', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  for (const asksAgain of [false, true]) {
    const known: (string | undefined)[] = [];
    const EXTERNAL = ({ tls }: Pick<Conversation, 'tls'>): SaslServer => {
      let isAsked = !asksAgain;
      return () => {
        if (!isAsked) {
          isAsked = true;
          return { challenge: '' };
        }
        known.push(String(tls()?.getPeerCertificate().subject.CN));
        return { verdict: '235 2.7.0 Ok' };
      };
    };
    const { server, client, trusted } = await scripted(t, { sasl: { EXTERNAL } });
    const lines = async (actsAs: string): Promise<readonly string[]> => {
      const before = server.commands().length;
      const changes = settings(server.port, { trusted, certificate: client, actsAs });
      t.match(await signInStep(server.port, changes), { state: 'ok', detail: 'EXTERNAL' });
      const since = server.commands().slice(before);
      return since.slice(
        since.findIndex((line) => line.startsWith('AUTH')),
        since.findIndex((line) => line.startsWith('MAIL')),
      );
    };
    const identity = Buffer.from('jürgen@acme.example').toString('base64');
    t.same(await lines(''), ['AUTH EXTERNAL =', ...(asksAgain ? [''] : [])], 'RFC 4954 §4: empty is "="');
    t.same(await lines('jürgen@acme.example'), [
      `AUTH EXTERNAL ${identity}`,
      ...(asksAgain ? [identity] : []),
    ]);
    t.same(known, ['erp', 'erp']);
  }
});

test('what a server without EXTERNAL, or that wants a certificate, is told apart', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { server, client, trusted } = await scripted(t);
  const { port } = server;
  const plainOnly = await startScriptedSmtp({ extensions: ['AUTH PLAIN'] });
  t.teardown(plainOnly.stop);
  const unencrypted = settings(plainOnly.port, {
    trusted,
    certificate: client,
    description: { encryption: 'none' },
  });
  t.match(await signInStep(plainOnly.port, unencrypted), { hint: { code: 'settings-invalid' } }, 'no TLS');
  t.notOk(plainOnly.commands().some((line) => line.startsWith('AUTH')));
  for (const extensions of [['AUTH PLAIN LOGIN'], ['PIPELINING']]) {
    const other = await scripted(t, { extensions });
    const changes = settings(other.server.port, { trusted: other.trusted, certificate: other.client });
    t.match(await signInStep(other.server.port, changes), { hint: { code: 'external-not-offered' } });
  }

  const none = settings(port, { trusted, certificate: client, description: { authentication: 'none' } });
  const wanting = [
    ['530 5.7.0 Authentication required', 'client-certificate-required'],
    ['550 client certificate required', 'client-certificate-required'],
    ['554 5.7.1 A valid client certificate is needed to relay', 'client-certificate-required'],
  ] as const;
  for (const [text, code] of wanting) {
    for (const stage of ['mail-from', 'rcpt-to'] as const) {
      server.use({ [stage]: reply(text) });
      const steps = await testSteps(port, none);
      t.match(
        steps.find(({ state }) => state === 'failed'),
        { name: stage, hint: { code } },
        `${stage} ${text}`,
      );
      const transport = await openTransport(t, port, none);
      t.same(summaryOf(await transport.send(request())), [`deferred ${code}`]);
    }
  }
});
