import { type Test, test } from 'tap';
import type { Encryption } from '@postausgang/contracts';
import { createSecret } from '@postausgang/credentials';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createSmtpConnectionTest } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import { openSmtpTransport } from '../../../../services/mailer/src/transports/smtp/transport.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { type Postfix, startPostfix } from '../../../peers/postfix.ts';
import { type Changes, loopbackPolicy, openTransport, optionsFor, request, summaryOf } from './fixture.ts';

function settingsFor(postfix: Postfix, encryption: Encryption): { port: number; changes: Changes } {
  const ports = { none: postfix.plainPort, starttls: postfix.submissionPort, implicit: postfix.implicitPort };
  const port = ports[encryption];
  const signIn =
    encryption === 'none' ? {} : ({ authentication: 'password', username: postfix.user } as const);
  return {
    port,
    changes: {
      description: { hostname: 'localhost', encryption, ...signIn, timeoutSeconds: 20 },
      password: createSecret(postfix.password),
      policy: loopbackPolicy(port),
      ca: postfix.ca,
      resolve: async () => ['127.0.0.1'],
    },
  };
}

test('with Postfix', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const postfix = await startPostfix({ sizeBytes: 100_000 });
  t.teardown(() => postfix.stop());
  for (const encryption of ['none', 'starttls', 'implicit'] as const) {
    await t.test(`mail arrives, encryption ${encryption}`, (each) => mailArrives(each, postfix, encryption));
    await t.test(`the test delivers nothing, encryption ${encryption}`, (each) =>
      testPasses(each, postfix, encryption),
    );
  }
  await t.test('refusals', (each) => refusals(each, postfix));
});

async function mailArrives(t: Test, postfix: Postfix, encryption: Encryption): Promise<void> {
  const { port, changes } = settingsFor(postfix, encryption);
  const transport = await openTransport(t, port, changes);
  const subject = `Grüße ${encryption}`;
  const text = `From: a@x.test\r\nSubject: ${subject}\r\n\r\n.\r\n..\r\n.ende\r\n`;
  const results = await Promise.all(
    ['b@x.test', 'c@y.test'].map((to) => transport.send(request({ to: [to], message: Buffer.from(text) }))),
  );
  for (const result of results) {
    t.same(summaryOf(result), ['sent']);
    t.match(result, { reply: /^250 2\.0\.0 Ok: queued as / });
    t.match(result, { tls: encryption === 'none' ? null : /^TLSv1\.3 / });
  }
  const isOurs = (recipient: string) => (mail: { text: string; recipient: string }) =>
    mail.text.includes(subject) && mail.recipient === recipient;
  const mail = await postfix.waitForMessage(isOurs('b@x.test'));
  t.match(mail.text, /\n\n\.\n\.\.\n\.ende\n$/);
  t.match(mail.sender, 'a@x.test');
  if (encryption !== 'none') t.match(mail.text, /Authenticated sender: erp/);
  await postfix.waitForMessage(isOurs('c@y.test'));
}

async function testPasses(t: Test, postfix: Postfix, encryption: Encryption): Promise<void> {
  const { port, changes } = settingsFor(postfix, encryption);
  const before = (await postfix.messages()).length;
  const run = createSmtpConnectionTest(optionsFor(port, changes));
  const message = messageOfBytes(Buffer.from(`Subject: test ${encryption}\r\n\r\nprobe\r\n`));
  const steps = await run({ from: 'a@x.test', to: 'b@x.test', outside: 'c@outside.test', message });
  const secured = encryption === 'none' ? 'skipped' : 'ok';
  t.same(
    steps.map(({ state }) => state),
    ['ok', 'ok', 'ok', secured, 'ok', secured, 'ok', 'ok', 'ok', 'skipped'],
  );
  t.match(steps[4]?.detail, /PIPELINING, SIZE 100000/);
  t.equal((await postfix.messages()).length, before);
}

async function refusals(t: Test, postfix: Postfix): Promise<void> {
  const { port, changes } = settingsFor(postfix, 'starttls');
  const codeWith = async (more: Changes): Promise<string> => {
    const opened = await openSmtpTransport(optionsFor(port, { ...changes, ...more }));
    if (opened.ok) await opened.transport.close();
    return opened.ok ? 'ok' : opened.failure.code;
  };
  t.equal(await codeWith({ password: createSecret('wrong') }), 'credentials-rejected');
  const { ca: _ca, ...untrusting } = changes;
  const opened = await openSmtpTransport(optionsFor(port, untrusting));
  t.match(opened, { ok: false, failure: { code: 'certificate-untrusted' } });
  t.equal(
    await codeWith({ description: { ...changes.description, hostname: 'other.test' } }),
    'certificate-name-mismatch',
  );
  const transport = await openTransport(t, port, changes);
  const large = await transport.send(request({ message: Buffer.alloc(100_001, 'x\r\n') }));
  t.same(summaryOf(large), ['rejected message-too-large']);
  const { authentication: _a, username: _u, ...description } = changes.description ?? {};
  const anonymous = await openTransport(t, port, { ...changes, description });
  t.match(
    summaryOf(await anonymous.send(request()))[0],
    /relay-denied|authentication-required|recipient-refused/,
  );
  const plain = settingsFor(postfix, 'none');
  const asTls = {
    ...plain.changes,
    description: { ...plain.changes.description, encryption: 'starttls' as const },
  };
  const noTls = await openSmtpTransport(optionsFor(plain.port, asTls));
  t.match(noTls, { ok: false, failure: { code: 'starttls-not-offered' } });
}
