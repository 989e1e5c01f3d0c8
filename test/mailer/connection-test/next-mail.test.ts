import * as fc from 'fast-check';
import { type Test, test } from 'tap';
import type { OutgoingServerContent } from '@postausgang/contracts';
import { noReferences, validateContent } from '@postausgang/settings';
import { composeMail } from '../../../packages/message/src/compose.ts';
import { openTransport } from '../../../services/mailer/src/apply/build.ts';
import { runConnectionTest } from '../../../services/mailer/src/connection-test/run-test.ts';
import { createMailAuthority } from '../../message/smime/mail-authority.ts';
import { openSecurity, type SecurityBench } from '../../message/smime/security-fixture.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../../peers/scripted-smtp.ts';
import { type Call, reply, type Script } from '../../peers/smtp-script.ts';
import { active, createTestClock, openLog, openQueue } from '../engine/harness.ts';
import { contentFor, requested, testOptions, verdictOf } from './fixture.ts';

/** Servers that take mail, or do not, at one stage or another. */
const scripts: Readonly<Record<string, (server: ScriptedSmtp) => Script>> = {
  'takes everything': () => ({}),
  'does not relay': () => ({
    'rcpt-to': ({ argument }) => (isOwn(argument) ? undefined : reply('554 5.7.1 Relay access denied')),
  }),
  'looks the domain up': () => ({
    'rcpt-to': ({ argument }) => (isOwn(argument) ? undefined : reply('556 5.1.10 nullMX')),
  }),
  'refuses copies': () => ({
    'rcpt-to': ({ argument }) => (argument === 'erp@acme.example' ? reply('550 5.1.1 Who') : undefined),
  }),
  'refuses the other sender': () => ({
    'mail-from': ({ argument }) => (argument === 'other@acme.example' ? reply('553 5.7.1 no') : undefined),
  }),
  'takes only what is encrypted': (server) => ({
    'end-of-data': (call) => (isEncrypted(server, call) ? undefined : reply('550 5.7.1 in clear')),
  }),
  'takes one recipient at a time': (server) => ({
    'rcpt-to': (call) =>
      isSecondRecipient(server, call) ? reply('452 4.5.3 Too many recipients') : undefined,
  }),
  'has no room': () => ({ 'end-of-data': reply('452 4.3.1 Insufficient system storage') }),
};

const isOwn = (address: string): boolean => address.endsWith('@acme.example');

const commandsOf = ({ conversations }: ScriptedSmtp, { connection }: Call): readonly string[] =>
  conversations[connection - 1]?.commands ?? [];

function isEncrypted({ conversations }: ScriptedSmtp, { connection }: Call): boolean {
  const content = conversations[connection - 1]?.messages.at(-1)?.content.toString() ?? '';
  return content.includes('application/pkcs7-mime');
}

function isSecondRecipient(server: ScriptedSmtp, call: Call): boolean {
  const commands = commandsOf(server, call);
  const before = commands[commands.length - 2] ?? '';
  return before.startsWith('RCPT');
}

const id = (value: string) => fc.constantFrom(value, value, value, null);
const limit = (min: number) => fc.option(fc.integer({ min, max: 1000 }), { nil: null });

/** What an outgoing server may say, as far as a server on loopback can be reached with it. */
const settings = fc.record({
  senderAddress: fc.record({
    name: fc.constantFrom('ACME', 'Müller & Söhne', 'ACME, "die" GmbH'),
    address: fc.constantFrom('erp@acme.example', 'other@acme.example', 'büro@acme.example'),
  }),
  copyToSender: fc.constantFrom('off' as const, 'bcc' as const, 'auto' as const),
  timeoutSeconds: fc.integer({ min: 5, max: 3600 }),
  whenDisabled: fc.constantFrom('reject' as const, 'hold' as const),
  onUnknown: fc.constantFrom('hold' as const, 'resend' as const, 'reconcile' as const, null),
  smime: fc.record({
    sign: fc.boolean(),
    encrypt: fc.constantFrom(
      'off' as const,
      'when-possible' as const,
      'required' as const,
      'gateway' as const,
    ),
    certificateId: id('own'),
    gatewayCertificateId: id('gateway'),
    contentEncryption: fc.constantFrom('auto' as const, 'aes-256-cbc' as const, 'aes-256-gcm' as const),
    keyTransport: fc.constantFrom('rsa-pkcs1' as const, 'rsa-oaep' as const),
    rsaSignature: fc.constantFrom('pkcs1' as const, 'pss' as const),
  }),
  limits: fc.record({
    preset: fc.constantFrom('none' as const, 'exchange-online' as const),
    maxConnections: fc.option(fc.integer({ min: 1, max: 100 }), { nil: null }),
    mailsPerMinute: limit(1),
    recipientsPerDay: limit(100),
  }),
});

type Chosen = Partial<OutgoingServerContent>;

const world: fc.Arbitrary<{ settings: Chosen; script: string; to: string }> = fc.record({
  settings,
  script: fc.oneof(fc.constant('takes everything'), fc.constantFrom(...Object.keys(scripts))),
  to: fc.constantFrom('me@acme.example', 'me@acme.example', 'nobody@acme.example', 'erp@acme.example'),
});

const references = (bench: SecurityBench) => ({
  ...noReferences,
  certificate: (name: string) =>
    bench.settings.certificates.get(`certificates/${name}`)?.content ?? undefined,
});

async function openBench(t: Test): Promise<SecurityBench> {
  const authority = await createMailAuthority(t);
  const [sender, recipient, gateway] = await Promise.all([
    authority.issue('erp@acme.example', 'rsa-2048'),
    authority.issue('me@acme.example', 'rsa-2048'),
    authority.issue('gateway@acme.example', 'rsa-2048'),
  ]);
  const bench = await openSecurity(t, authority, sender);
  bench.addRecipient(recipient);
  const known = bench.addRecipient(gateway);
  const content = bench.settings.certificates.get(`certificates/${known}`);
  if (content !== undefined) bench.settings.certificates.set('certificates/gateway', content);
  return bench;
}

/** What becomes of the mail that somebody asks for next, in a queue with these settings. */
async function nextMail(
  t: Test,
  content: OutgoingServerContent,
  to: string,
  bench: SecurityBench,
  contentStore: Awaited<ReturnType<typeof openLog>>,
): Promise<string> {
  const version = { resource: 'outgoing-servers/default', serverId: 'default', version: 1, content };
  const opened = await openTransport(await testOptions(t), version);
  if (!opened.ok) return opened.failure.code;
  t.teardown(() => opened.transport.close());
  const serving = active(opened.transport, 1, content);
  const { security } = bench;
  const clock = createTestClock(Date.now());
  const queue = await openQueue(t, { ...contentStore, clock, serving, security, compose: composeMail });
  await queue.submit('m1', { to: [{ address: to }], subject: 'Rechnung', text: 'Anbei.' });
  await queue.until('m1', 'sent', 'partly-sent', 'failed', 'deferred', 'unknown');
  return queue.state('m1') ?? 'gone';
}

test(
  'whatever the settings: where the test with a probe is ok, the next mail is sent',
  { timeout: 220_000 },
  async (t) => {
    const bench = await openBench(t);
    let passed = 0;
    // Each in a test of its own, which closes what it has opened.
    const check = async (
      t: Test,
      { settings: chosen, script, to }: { settings: Chosen; script: string; to: string },
    ) => {
      const server = await startScriptedSmtp({});
      t.teardown(() => server.stop());
      server.use(scripts[script]?.(server) ?? {});
      const content = contentFor(server.port, chosen);
      if (validateContent(content, references(bench)).length > 0) return t.pass('not valid');
      const options = await testOptions(t, { security: bench.security });
      const verdict = verdictOf(await runConnectionTest(options, requested(content, { probeTo: to })));
      if (verdict !== 'ok') return t.match(verdict, / failed:/);
      passed += 1;
      const state = await nextMail(t, content, to, bench, await openLog(t));
      return t.equal(state, 'sent', `${script}: ${JSON.stringify(chosen)}`);
    };
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        await t.test(one.script, (t) => check(t, one));
      }),
      { numRuns: 20, examples: [[{ settings: {}, script: 'takes everything', to: 'me@acme.example' }]] },
    );
    t.ok(passed > 0, `${passed} passed the test`);
  },
);
