import { test } from 'tap';
import { type Certificates, createCertificates } from '../../../peers/certificates.ts';
import type { NtlmAcceptorOptions } from '../../../peers/ntlm-acceptor.ts';
import { AV } from '../../../peers/ntlm-messages.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { startPostfix } from '../../../peers/postfix.ts';
import type { SaslServer } from '../../../peers/scripted-login.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../../../peers/scripted-smtp.ts';
import { startStrictNtlmSmtp } from '../../../peers/strict-ntlm-smtp.ts';
import {
  mailGoesOut,
  signInStep,
  signInWith,
  type WindowsServer,
  windowsSettings,
} from './windows-fixture.ts';

const password = 'Pässwörd €';
const users = { 'ACME\\erp': password };
const user = { username: 'ACME\\erp', password };
const ntlm = { mechanism: 'ntlm' } as const;
const servicePrincipal = 'SMTPSVC/mail.test';

test('mail goes out with NTLMv2 to Postfix with Cyrus SASL', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const postfix = await startPostfix({ mechanisms: ['NTLM'], users: { erp: 'correct horse' } });
  t.teardown(postfix.stop);
  const server: WindowsServer = { port: postfix.submissionPort, ca: postfix.ca, windows: ntlm };
  // Cyrus' realm is no domain, so the name stands alone.
  const erp = { username: 'erp', password: 'correct horse' };
  // It knows neither MIC nor channel binding.
  const detail = 'NTLM (NTLMv2)';
  t.equal(await mailGoesOut(t, { ...server, user: erp }, 'Postfix NTLM'), detail);
  const { text } = await postfix.waitForMessage((mail) => mail.text.includes('Postfix NTLM'));
  t.match(text, /Authenticated sender: erp@mail\.test\)/);
  t.equal(await signInWith({ ...server, user: { ...erp, password: 'wrong' } }), 'credentials-rejected');
  t.equal(await signInWith({ ...server, user: { ...erp, username: 'nobody' } }), 'credentials-rejected');
  t.equal(
    await signInWith({ ...server, user: erp, windows: { mechanism: 'negotiate' } }),
    detail,
    'stands in',
  );
  t.equal(
    await signInWith({ ...server, windows: { mechanism: 'negotiate' } }),
    'windows-sign-in-not-offered',
  );
  t.equal(
    await signInWith({ ...server, user: erp, windows: { mechanism: 'kerberos' } }),
    'windows-sign-in-not-offered',
  );
});

interface Strict {
  readonly server: ScriptedSmtp;
  readonly settings: WindowsServer;
}

type Teardown = { teardown: (work: () => Promise<void>) => void };

async function strictServer(
  t: Teardown,
  certificates: Certificates,
  options: Partial<NtlmAcceptorOptions> = {},
): Promise<Strict> {
  const server = await startStrictNtlmSmtp(certificates.server, { users, servicePrincipal, ...options });
  t.teardown(server.stop);
  const ca = certificates.ca.certificate;
  return { server, settings: { port: server.port, ca, windows: ntlm, user } };
}

test('with a server that is strict', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const certificates = await createCertificates();
  t.teardown(certificates.remove);

  await t.test('mail goes out, with channel binding over TLS and with a MIC in any case', async (each) => {
    const { server, settings } = await strictServer(each, certificates);
    each.equal(await mailGoesOut(each, settings, 'strict NTLM'), 'NTLM (NTLMv2, MIC, channel binding)');
    each.equal(server.messages().length, 1);
    each.ok(server.commands().includes('AUTH NTLM'), 'AUTH is sent bare');
    each.equal(
      await mailGoesOut(each, { ...settings, encryption: 'none' }, 'NTLM in the clear'),
      'NTLM (NTLMv2, MIC)',
    );
    each.equal(
      await signInWith({ ...settings, encryption: 'none', allowCleartext: false }),
      'settings-invalid',
    );
  });

  await t.test('a wrong password, another service and another connection are told apart', async (each) => {
    const { settings } = await strictServer(each, certificates);
    const wrong = { ...user, password: 'wrong' };
    each.equal(await signInWith({ ...settings, user: wrong }), 'credentials-rejected');
    const other = { ...ntlm, servicePrincipal: 'SMTPSVC/other.test' };
    each.equal(await signInWith({ ...settings, windows: other }), 'credentials-rejected');
    const channelBinding = Buffer.from('tls-server-end-point:of a proxy');
    const behind = await strictServer(each, certificates, { channelBinding });
    each.equal(await signInWith(behind.settings), 'channel-binding-rejected');
  });

  await t.test('a challenge that was changed on its way is refused, or the server notices', async (each) => {
    const downgrades: readonly Partial<NtlmAcceptorOptions>[] = [
      { clearFlags: 0x8_0000 },
      { clearFlags: 0x80_0000 },
      { without: null },
      { without: [AV.timestamp] },
      { tamper: (challenge) => challenge.subarray(0, 40) },
    ];
    for (const options of downgrades) {
      const { settings, server } = await strictServer(each, certificates, options);
      const step = await signInStep(settings.port, windowsSettings({ ...settings, encryption: 'none' }));
      each.match(step, { state: 'failed', hint: { code: 'ntlm-challenge-unsafe' } });
      each.notMatch(server.commands().join(), 'TlRMTVNTUAAD', 'no response went out');
    }
    const renamed = (challenge: Buffer) => challenge.fill('X', 56, 57);
    const { settings } = await strictServer(each, certificates, { tamper: renamed });
    each.equal(await signInWith(settings), 'credentials-rejected', 'the MIC does not fit');
  });

  await t.test('no password or token gets into a step', async (each) => {
    const sasl = { NTLM: (): SaslServer => (response) => ({ verdict: `535 ${response} ${password}` }) };
    const server = await startScriptedSmtp({ extensions: ['AUTH NTLM'], sasl });
    each.teardown(server.stop);
    const settings = { port: server.port, ca: '', encryption: 'none', windows: ntlm, user } as const;
    const changes = windowsSettings({ ...settings, ca: certificates.ca.certificate });
    const step = await signInStep(server.port, changes);
    each.match(step, { reply: '535 (the rest repeats the sign-in)', hint: { code: 'credentials-rejected' } });
    each.notMatch(JSON.stringify(step), /TlRMTVNT|Pässwörd/);
  });

  await t.test('a server that says yes at once is not believed', async (each) => {
    const sasl = { NTLM: (): SaslServer => () => ({ verdict: '235 2.7.0 Accepted' }) };
    const server = await startScriptedSmtp({ extensions: ['AUTH NTLM'], sasl });
    each.teardown(server.stop);
    const settings = { port: server.port, ca: certificates.ca.certificate, encryption: 'none' } as const;
    each.equal(await signInWith({ ...settings, windows: ntlm, user }), 'sign-in-unproven');
  });

  await t.test('a server that never comes to an end is left', async (each) => {
    const sasl = { LOGIN: (): SaslServer => () => ({ challenge: '' }) };
    const server = await startScriptedSmtp({ extensions: ['AUTH LOGIN'], sasl });
    each.teardown(server.stop);
    const changes = windowsSettings({
      port: server.port,
      ca: certificates.ca.certificate,
      encryption: 'none',
      user,
    });
    const description = { ...changes.description, authentication: 'password', windows: null } as const;
    const step = await signInStep(server.port, { ...changes, description });
    each.match(step, { hint: { code: 'unexpected-reply', detail: 'the sign-in never ends' } });
  });
});
