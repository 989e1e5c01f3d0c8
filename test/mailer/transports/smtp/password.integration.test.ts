import { test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import { scram } from '../../../../services/mailer/src/transports/smtp/sign-in/password.ts';
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

test('SCRAM gives the messages of RFC 7677 and knows the server by its signature', async (t) => {
  const exchange = () => scram('SCRAM-SHA-256', 'user', 'pencil', 'rOprNGfwEbeRWgbNEkqO');
  const serverFirst =
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const serverFinal = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';
  const right = exchange();
  t.equal(Buffer.from(right.initialResponse ?? []).toString(), 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  const final = Buffer.from(await right.respond(Buffer.from(serverFirst))).toString();
  t.equal(
    final,
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  t.notOk(right.isComplete());
  await right.respond(Buffer.from(serverFinal));
  t.ok(right.isComplete());

  const deceived = exchange();
  await deceived.respond(Buffer.from(serverFirst));
  const forged = Buffer.from(serverFinal.replace('6rri', '7rri'));
  await t.rejects(async () => deceived.respond(forged), { code: 'sign-in-unproven' });
  for (const changed of [
    serverFirst.replace('rOpr', 'xOpr'),
    'r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    serverFirst.replace('4096', '1'),
    serverFirst.replace('4096', '99999999'),
    'e=other-error',
    '',
  ]) {
    await t.rejects(async () => exchange().respond(Buffer.from(changed)), { code: 'unexpected-reply' });
  }
});

test('a server that skips the proof is not believed', async (t) => {
  const sasl = { 'SCRAM-SHA-256': (): SaslServer => () => ({ verdict: '235 2.7.0 Accepted' }) };
  const server = await startScriptedSmtp({ extensions: ['AUTH SCRAM-SHA-256'], sasl });
  t.teardown(server.stop);
  const step = await signInStep(server.port, { description: signedIn, password: createSecret('x') });
  t.match(step, { state: 'failed', hint: { code: 'sign-in-unproven' } });
});
