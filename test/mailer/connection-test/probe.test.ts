import { type Test, test } from 'tap';
import { failure, type OutgoingServerContent } from '@postausgang/contracts';
import { runConnectionTest } from '../../../services/mailer/src/connection-test/run-test.ts';
import { startScriptedSmtp, type ScriptedSmtp } from '../../peers/scripted-smtp.ts';
import { drop, reply, type Script } from '../../peers/smtp-script.ts';
import { createMailAuthority } from '../../message/smime/mail-authority.ts';
import { openSecurity } from '../../message/smime/security-fixture.ts';
import { contentFor, requested, testOptions, verdictOf } from './fixture.ts';

async function scripted(t: Test, script: Script = {}): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp({ script });
  t.teardown(() => server.stop());
  return server;
}

/** Runs a test with a probe, and gives its verdict. */
async function probed(
  t: Test,
  server: ScriptedSmtp,
  more: Partial<OutgoingServerContent> = {},
  options = testOptions(t),
): Promise<string> {
  return verdictOf(await runConnectionTest(await options, requested(contentFor(server.port, more))));
}

test('the probe is a mail from the sender of the settings, on a connection of its own', async (t) => {
  const server = await scripted(t);
  t.equal(await probed(t, server), 'ok');
  const [message, ...others] = server.messages();
  t.strictSame(others, []);
  t.match(message, { sender: 'erp@acme.example', recipients: ['me@acme.example'], accepted: true });
  const content = message?.content.toString() ?? '';
  t.match(content, /\r\nFrom: ACME <erp@acme\.example>\r\n/);
  t.match(content, /\r\nAuto-Submitted: auto-generated\r\n/);
  t.match(content, /\r\nMessage-ID: <t1@acme\.example>\r\n|^Message-ID: <t1@acme\.example>\r\n/);
  t.equal(server.conversations.length, 2);
});

test('the probe fails like any mail', async (t) => {
  const verdict = async (script: Script): Promise<string> => probed(t, await scripted(t, script));
  const denied = reply('550 5.7.60 SMTP; Client does not have permissions to send as this sender');
  t.equal(await verdict({ 'end-of-data': denied }), 'probe failed:sender-refused');
  t.equal(await verdict({ 'end-of-data': drop() }), 'probe failed:outcome-unknown');
  const fourth = [undefined, undefined, undefined, reply('450 4.2.0 grey')];
  t.equal(await verdict({ 'rcpt-to': fourth }), 'probe failed:recipient-deferred');
  const late = reply('554 5.7.1 Relay access denied');
  t.equal(await verdict({ 'end-of-data': late }), 'probe failed:relay-denied');
});

test('a stage that fails, or a request without one, has no probe', async (t) => {
  const server = await scripted(t, { data: reply('554 5.7.1 no') });
  t.match(await probed(t, server), /^data failed/);
  server.use({});
  const steps = await runConnectionTest(
    await testOptions(t),
    requested(contentFor(server.port), { probeTo: null }),
  );
  t.match(steps.at(-1), { name: 'probe', state: 'skipped' });
  t.strictSame(server.messages(), []);
});

test('the copy to the sender is part of it, and a server that refuses it fails the test', async (t) => {
  const server = await scripted(t);
  t.equal(await probed(t, server, { copyToSender: 'bcc' }), 'ok');
  t.strictSame(server.messages()[0]?.recipients, ['me@acme.example', 'erp@acme.example']);
  server.use({
    'rcpt-to': ({ argument }) => (argument === 'erp@acme.example' ? reply('550 5.1.1 Who') : undefined),
  });
  t.equal(await probed(t, server, { copyToSender: 'bcc' }), 'probe failed:recipient-refused');
});

test('a sender that the test names goes before that of the settings', async (t) => {
  const server = await scripted(t);
  const asked = requested(contentFor(server.port), { probeFrom: 'sales@acme.example' });
  t.equal(verdictOf(await runConnectionTest(await testOptions(t), asked)), 'ok');
  t.match(server.messages(), [{ sender: 'sales@acme.example' }]);
  const without = requested(contentFor(server.port, { senderAddress: null }));
  t.equal(verdictOf(await runConnectionTest(await testOptions(t), without)), 'ok');
});

test('the probe is signed and encrypted as the settings say, or fails as every mail would', async (t) => {
  const authority = await createMailAuthority(t);
  const sender = await authority.issue('erp@acme.example', 'p-256');
  const { security, content, addRecipient } = await openSecurity(t, authority, sender);
  const server = await scripted(t);
  const options = testOptions(t, { security });
  const verdict = (
    smime: Partial<OutgoingServerContent['smime']>,
    more: Partial<OutgoingServerContent> = {},
  ): Promise<string> => probed(t, server, { ...more, smime: content(smime).smime }, options);
  const lastContent = (): string => server.messages().at(-1)?.content.toString() ?? '';

  t.equal(await verdict({ sign: true }), 'ok');
  t.match(lastContent(), /multipart\/signed/);
  t.equal(await verdict({ encrypt: 'required' }), 'probe failed:smime-recipient-certificate-missing');
  t.equal(server.messages().length, 1, 'nothing goes out in clear');
  addRecipient(await authority.issue('me@acme.example', 'p-256'));
  t.equal(await verdict({ encrypt: 'required' }), 'ok');
  t.match(lastContent(), /application\/pkcs7-mime/);
  t.notMatch(lastContent(), /connection test of Postausgang/);
  t.equal(
    await verdict({ encrypt: 'required' }, { copyToSender: 'bcc' }),
    'probe failed:smime-recipient-certificate-missing',
    'the copy needs a certificate too',
  );
  addRecipient(sender);
  const before = server.messages().length;
  t.equal(await verdict({ encrypt: 'required' }, { copyToSender: 'bcc' }), 'ok');
  t.equal(server.messages().length, before + 2, 'a message for the recipient, and one for the copy');
  const other = { senderAddress: { address: 'other@acme.example' } };
  t.equal(await verdict({ sign: true }, other), 'probe failed:smime-sender-mismatch');
  t.equal(await verdict({ sign: true, certificateId: 'gone' }), 'probe failed:smime-certificate-unusable');
});

test('a limit that is reached fails the test as it would keep a mail', async (t) => {
  const server = await scripted(t);
  let given = 0;
  const full = testOptions(t, { permit: () => ({ ok: false, failure: failure('rate-limited') }) });
  t.equal(await probed(t, server, {}, full), 'probe failed:rate-limited');
  t.strictSame(server.messages(), []);
  const narrow = testOptions(t, {
    permit: (_testId, wanted) => {
      t.equal(wanted, 2, 'the recipient and a copy');
      return { ok: true, recipients: 1, giveBack: () => void (given += 1) };
    },
  });
  t.equal(await probed(t, server, { copyToSender: 'bcc' }, narrow), 'ok');
  t.strictSame(
    server.messages().map(({ recipients }) => recipients),
    [['me@acme.example'], ['erp@acme.example']],
  );
  t.equal(given, 1, 'the room is given back');
});
