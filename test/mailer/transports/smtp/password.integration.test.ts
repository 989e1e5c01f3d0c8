import { test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import { requirePeer } from '../../../peers/peer.ts';
import { type Postfix, startPostfix } from '../../../peers/postfix.ts';
import type { SaslServer } from '../../../peers/scripted-login.ts';
import { startScriptedSmtp } from '../../../peers/scripted-smtp.ts';
import { type Changes, openTransport, request, signedIn, summaryOf } from './fixture.ts';
import { signInStep, windowsSettings } from './windows-fixture.ts';

const login = { username: 'erp', password: 'correct, horse = battery' };

function passwordSettings(postfix: Postfix, encryption: 'none' | 'starttls', password = login.password) {
  const port = encryption === 'none' ? postfix.plainPort : postfix.submissionPort;
  const changes = windowsSettings({ port, ca: postfix.ca, encryption, user: { ...login, password } });
  const description = { ...changes.description, authentication: 'password', windows: null } as const;
  return { port, changes: { ...changes, description } satisfies Changes };
}

/** What is offered, and what is chosen over TLS and in the clear. */
const choices = [
  [['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'NTLM'], 'PLAIN', 'SCRAM-SHA-256'],
  [['LOGIN', 'CRAM-MD5'], 'LOGIN', 'CRAM-MD5'],
  [['CRAM-MD5'], 'CRAM-MD5', 'CRAM-MD5'],
  [['SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], 'SCRAM-SHA-512', 'SCRAM-SHA-512'],
  [['SCRAM-SHA-1'], 'SCRAM-SHA-1', 'SCRAM-SHA-1'],
  [['LOGIN', 'PLAIN'], 'PLAIN', 'PLAIN'],
] as const;

for (const [mechanisms, encrypted, clear] of choices) {
  test(`a password goes to Postfix with Cyrus SASL that offers ${mechanisms.join(' ')}`, async (t) => {
    if (!requirePeer(t, 'postfix', 'openssl')) return;
    const users = { [login.username]: login.password };
    const postfix = await startPostfix({ mechanisms, users, cleartextAuth: true });
    t.teardown(postfix.stop);
    for (const [encryption, mechanism] of [
      ['starttls', encrypted],
      ['none', clear],
    ] as const) {
      const { port, changes } = passwordSettings(postfix, encryption);
      t.match(await signInStep(port, changes), { state: 'ok', detail: mechanism });
      const transport = await openTransport(t, port, changes);
      const subject = `${encryption} ${mechanism}`;
      const message = Buffer.from(`Subject: ${subject}\r\n\r\nGuten Tag\r\n`);
      t.same(summaryOf(await transport.send(request({ message }))), ['sent'], subject);
      const mail = await postfix.waitForMessage(({ text }) => text.includes(subject));
      t.match(mail.text, /Authenticated sender: erp@mail\.test\)/);
      const wrong = passwordSettings(postfix, encryption, 'wrong').changes;
      t.match(await signInStep(port, wrong), { hint: { code: 'credentials-rejected' } });
    }
  });
}

test('a server that skips the proof is not believed', async (t) => {
  const sasl = { 'SCRAM-SHA-256': (): SaslServer => () => ({ verdict: '235 2.7.0 Accepted' }) };
  const server = await startScriptedSmtp({ extensions: ['AUTH SCRAM-SHA-256'], sasl });
  t.teardown(server.stop);
  const step = await signInStep(server.port, { description: signedIn, password: createSecret('x') });
  t.match(step, { state: 'failed', hint: { code: 'sign-in-unproven' } });
});
