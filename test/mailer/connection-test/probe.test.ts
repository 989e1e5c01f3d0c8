import { type Test, test } from 'tap';
import {
  type Actor,
  type ConnectionTestStep,
  failure,
  type KeyQuotas,
  type OutgoingServerContent,
} from '@postausgang/contracts';
import { createApiKeysState, evolveApiKeys } from '@postausgang/settings';
import { createProbeUsage, quotaFailure } from '../../../services/mailer/src/connection-test/probe.ts';
import { runConnectionTest } from '../../../services/mailer/src/connection-test/run-test.ts';
import type { RequestedTest } from '../../../services/mailer/src/connection-test/runner.ts';
import { createQuotas } from '../../../services/mailer/src/limits/quotas.ts';
import { startScriptedSmtp, type ScriptedSmtp } from '../../peers/scripted-smtp.ts';
import { drop, reply, type Script } from '../../peers/smtp-script.ts';
import { createMailAuthority } from '../../message/smime/mail-authority.ts';
import { openSecurity } from '../../message/smime/security-fixture.ts';
import { eventOf } from '../../settings/fixture.ts';
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

const time = new Date().toISOString();
const actor: Actor = { kind: 'api-key', id: 'erp', name: 'erp' };
const keyData = {
  keyId: 'erp',
  name: 'erp',
  sha256: 'x',
  scopes: ['mail:send' as const],
  expiresAt: null,
  actor,
};
const asked = requested(contentFor(25), { actor });
const result = {
  resource: asked.resource,
  mailerId: 'm1',
  state: 'ok' as const,
  startedAt: time,
  finishedAt: time,
};

/** Why a key with these quotas may not send the probe that was asked for last. */
function quotaOf(usage: ReturnType<typeof createProbeUsage>, quotas: KeyQuotas) {
  const apiKeys = createApiKeysState();
  evolveApiKeys(apiKeys, eventOf('apiKeyCreated', { ...keyData, quotas }));
  return quotaFailure({ actor }, createQuotas(usage.since), apiKeys, new Date(time));
}

test('the probes of a key come under its quotas', (t) => {
  const usage = createProbeUsage();
  const request = (testId: string, more: Partial<RequestedTest> = {}): void =>
    usage.evolve(eventOf('connectionTestRequested', { ...asked, testId, ...more }, { time }));
  const end = (testId: string, probe: Pick<ConnectionTestStep, 'state' | 'hint'>): void =>
    usage.evolve(
      eventOf('connectionTestResult', { ...result, testId, steps: [{ name: 'probe', ...probe }] }, { time }),
    );
  request('one');
  t.equal(quotaOf(usage, { mailsPerDay: 1 }), null, 'it counts itself');
  t.match(quotaOf(usage, { bytesPerMinute: 10 }), { code: 'key-quota-reached', detail: 'bytesPerMinute 10' });
  request('two');
  t.match(quotaOf(usage, { mailsPerDay: 1 }), { code: 'key-quota-reached', detail: 'mailsPerDay 1' });
  t.match(quotaOf(usage, { recipientsPerMinute: 1 }), { detail: 'recipientsPerMinute 1' });
  t.equal(quotaOf(usage, { mailsPerDay: 2, recipientsPerMinute: 2 }), null);

  end('two', { state: 'failed', hint: failure('key-quota-reached') });
  t.equal(quotaOf(usage, { mailsPerDay: 1 }), null, 'a probe that was refused was not sent');
  request('three');
  end('three', { state: 'skipped' });
  t.equal(quotaOf(usage, { mailsPerDay: 1 }), null, 'nor was one that was not come to');
  request('four');
  end('four', { state: 'failed', hint: failure('outcome-unknown') });
  t.match(quotaOf(usage, { mailsPerDay: 1 }), { code: 'key-quota-reached' }, 'this one may have been');
  t.equal(quotaOf(usage, { mailsPerDay: 2 }), null);

  request('without', { probeTo: null });
  request('token', { actor: { ...actor, kind: 'token' } });
  request('other', { actor: { ...actor, id: 'other' } });
  t.equal(quotaOf(usage, { mailsPerDay: 2 }), null, 'other tests are not its own');
  t.end();
});

test('a probe beyond the quota of its key is not sent', async (t) => {
  const server = await scripted(t);
  const options = testOptions(t, { quotaFailure: () => failure('key-quota-reached', 'mailsPerDay 1') });
  t.equal(await probed(t, server, {}, options), 'probe failed:key-quota-reached');
  t.strictSame(server.messages(), []);
});
