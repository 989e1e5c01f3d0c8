import { connect } from 'node:net';
import { test } from 'tap';
import type { Test } from 'tap';
import { createCertificates } from './certificates.ts';
import type { Certificate } from './certificates.ts';
import { startNodeSinkProcess } from './node-sink-process.ts';
import { startNodeSink } from './node-sink.ts';
import { requirePeer } from './peer.ts';
import { startScriptedSmtp } from './scripted-smtp.ts';
import type { ScriptedSmtp, ScriptedSmtpOptions } from './scripted-smtp.ts';
import { LOOPBACK, MAIL, send } from './send-mail.ts';
import { startSmtpServer } from './smtp-server.ts';
import { drop, garbage, halfReply, reply, reset, stall, trickle } from './smtp-script.ts';

test('the node sink', async (t) => {
  await t.test('keeps envelope and content when told to', async (t) => {
    const sink = await startNodeSink({ capture: true });
    t.teardown(sink.stop);
    const text = 'one\r\n.two\r\n..three\r\n.\r\nfour\r\n';
    t.match(await send({ port: sink.port }, { to: ['a@example.com', 'ü@example.org'], text }), /^250/);
    t.match(sink.counts(), { messages: 1, recipients: 2 });
    const [message] = sink.messages;
    t.match(message, { sender: MAIL.from, recipients: ['a@example.com', 'ü@example.org'] });
    t.match(message?.content.toString(), `\r\n\r\n${text}`);
  });

  await t.test('finds the end of content wherever chunks are cut', async (t) => {
    const sink = await startNodeSink({ capture: true });
    t.teardown(sink.stop);
    const content = 'x: y\r\n\r\n.\r.\n\r\n..dot\r\n';
    const said = `EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.c>\r\nDATA\r\n${content}.\r\nQUIT\r\n`;
    for (let cut = 1; cut < said.length; cut += 1)
      await speak(sink.port, [said.slice(0, cut), said.slice(cut)]);
    await speak(sink.port, said.split(''));
    await speak(sink.port, ['DATA\r\n.\r\nQUIT\r\n']);
    t.equal(sink.counts().messages, said.length + 1);
    const contents = new Set(sink.messages.map((message) => message.content.toString()));
    t.strictSame([...contents], ['x: y\r\n\r\n\r.\n\r\n.dot\r\n', '']);
  });

  await t.test('runs as a process of its own', async (t) => {
    const sink = await startNodeSinkProcess();
    t.match(await send({ port: sink.port }), /^250/);
    t.match(await sink.counts(), { connections: 1, messages: 1, recipients: 1 });
    await sink.stop();
    t.throws(() => process.kill(sink.pid, 0), { code: 'ESRCH' });
  });
});

/** Writes the pieces as chunks of their own, and waits until the server closes. */
function speak(port: number, pieces: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: LOOPBACK, noDelay: true });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.resume();
    const next = (index: number): void => {
      const piece = pieces[index];
      if (piece !== undefined) socket.write(piece, () => setImmediate(next, index + 1));
    };
    socket.once('connect', () => next(0));
  });
}

test('the well-behaved server captures, and refuses what it is told to refuse', async (t) => {
  const users = { erp: 'geheim' };
  const server = await startSmtpServer({
    users,
    sizeBytes: 5_000,
    onMailFrom: (address) =>
      address === 'bad@acme.example' ? { code: 550, text: '5.7.1 Not you' } : undefined,
    onRcptTo: (address) => (address.startsWith('no') ? { code: 451, text: '4.2.1 Later' } : undefined),
    onMessage: ({ mail }) => (mail.subject === 'spam' ? { code: 554, text: '5.7.1 Spam' } : undefined),
  });
  t.teardown(server.stop);
  const transport = { port: server.port, auth: { user: 'erp', pass: 'geheim' } };
  t.match(await send(transport, { to: ['no@example.com', 'yes@example.com'] }), /^250/);
  const captured = await server.waitForMessage(({ user }) => user === 'erp');
  t.match(captured, { sender: MAIL.from, recipients: ['yes@example.com'], secure: false });
  t.match(captured.mail, { subject: 'Rechnung', text: /^Guten Tag/ });
  t.equal(await send({ ...transport, auth: { user: 'erp', pass: 'wrong' } }), 535);
  t.equal(
    await send({ ...transport, authMethod: 'CRAM-MD5' }).then((text) => String(text).slice(0, 3)),
    '250',
  );
  t.equal(await send(transport, { from: 'bad@acme.example' }), 550);
  t.equal(await send(transport, { to: 'no@example.com' }), 451);
  t.equal(await send(transport, { subject: 'spam' }), 554);
  t.equal(await send(transport, { text: 'x'.repeat(6_000) }), 552);
  t.equal(server.messages.length, 2);
  t.equal(server.connections(), 7);
});

async function scripted(t: Test, options: ScriptedSmtpOptions): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(options);
  t.teardown(server.stop);
  return server;
}

test('the scripted server', async (t) => {
  await t.test('behaves well without a script', async (t) => {
    const server = await scripted(t, {});
    for (const authMethod of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
      const transport = { port: server.port, auth: { user: 'erp', pass: 'geheim' }, authMethod };
      t.match(await send(transport, { text: '.dot' }), /^250/, authMethod);
    }
    const [message] = server.messages();
    t.match(message, { sender: MAIL.from, recipients: [MAIL.to], accepted: true });
    t.match(message?.content.toString(), /\r\n\r\n\.dot\r\n$/);
    t.equal(server.conversations[0]?.contentBytes, (message?.content.length ?? 0) + '..\r\n'.length);
    await server.until('the end', ({ conversations }) => conversations.every(({ closed }) => closed));
    t.strictSame(server.commands().slice(0, 2), ['EHLO client.test', 'AUTH PLAIN AGVycABnZWhlaW0=']);
  });

  await t.test('refuses at any stage', async (t) => {
    const server = await scripted(t, {});
    const port = server.port;
    server.use({ greeting: reply('554 5.3.2 Not today') });
    t.equal(await send({ port }), 554);
    server.use({ 'mail-from': reply('550-5.7.1 Two\n550 5.7.1 lines') });
    t.equal(await send({ port }), 550);
    server.use({
      'rcpt-to': ({ argument }) => (argument === 'a@b.example' ? reply('550 5.1.1 Who?') : undefined),
    });
    t.match(await send({ port }, { to: ['a@b.example', 'c@d.example'] }), /^250/);
    t.strictSame(server.messages().at(-1)?.recipients, ['c@d.example']);
    server.use({ auth: reply('535 5.7.8 No') });
    t.equal(await send({ port, auth: { user: 'erp', pass: 'geheim' } }), 535);
    server.use({ data: reply('451 4.3.0 Later') });
    t.equal(await send({ port }), 451);
    server.use({ 'end-of-data': reply('554 5.7.1 Spam') });
    t.equal(await send({ port }), 554);
    t.match(server.messages().at(-1), { accepted: false });
  });

  await t.test('answers one occurrence after the other', async (t) => {
    const { port } = await scripted(t, {
      script: { 'end-of-data': [reply('451 4.3.0 Later'), undefined, drop()] },
    });
    t.equal(await send({ port }), 451);
    t.match(await send({ port }), /^250/);
    t.equal(await send({ port }), 'ECONNECTION');
    t.match(await send({ port }), /^250/);
  });

  await t.test('breaks connections', async (t) => {
    const server = await scripted(t, {});
    const port = server.port;
    const lost = /^(ECONNECTION|ESOCKET|ECONNRESET)$/;
    for (const stage of [
      'greeting',
      'ehlo',
      'mail-from',
      'rcpt-to',
      'data',
      'content',
      'end-of-data',
    ] as const) {
      for (const action of [drop(), drop('421 4.3.2 Bye'), halfReply('25'), reset()]) {
        server.use({ [stage]: action });
        t.match(
          await send({ port }),
          /^(ECONNECTION|ESOCKET|ECONNRESET|EPROTOCOL|EENVELOPE|421)$/,
          `${stage} ${action.do}`,
        );
      }
    }
    t.equal(server.messages().length, 4, 'a break in the content leaves no message, one after it does');
    server.use({ 'end-of-data': halfReply('250 2.0.0 o') });
    t.match(await send({ port }), lost);
    t.equal(server.messages().length, 5);
  });

  await t.test('keeps clients waiting', async (t) => {
    const server = await scripted(t, { script: { 'end-of-data': stall() } });
    t.equal(await send({ port: server.port, socketTimeout: 100 }), 'ETIMEDOUT');
    server.use({ 'mail-from': trickle('250 2.1.0 Very slow', 5) });
    t.match(await send({ port: server.port }), /^250/);
    server.use({ ehlo: garbage() });
    t.match(await send({ port: server.port, socketTimeout: 100 }), /^(EPROTOCOL|ETIMEDOUT|ECONNECTION)$/);
  });
});

test('the scripted server speaks TLS', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { ca, server: certificate, remove } = await createCertificates();
  t.teardown(remove);
  const tls = { ca: ca.certificate };

  await t.test('after STARTTLS, and misbehaves there too', async (t) => {
    const server = await scripted(t, { certificate });
    const transport = { port: server.port, requireTLS: true, tls };
    t.match(await send(transport), /^250/);
    t.equal(server.conversations[0]?.secure, true);
    server.use({ starttls: reply('454 4.7.0 TLS not available') });
    t.equal(await send(transport), 454);
    server.use({ starttls: drop() });
    t.match(await send(transport), /^E/);
    server.use({ 'ehlo-after-tls': reset() });
    t.match(await send(transport), /^E/);
    server.use({ 'end-of-data': halfReply('250 2.0.0 o') });
    t.match(await send(transport), /^E/);
  });

  await t.test('from the start', async (t) => {
    const server = await scripted(t, { certificate, implicitTls: true, script: { 'rcpt-to': [reset()] } });
    const transport = { port: server.port, secure: true, tls };
    t.match(await send(transport), /^E/);
    t.match(await send(transport), /^250/);
    t.notMatch(server.commands(), ['STARTTLS']);
  });
});

test('a challenge after the credentials gets one more line before the last word', async (t) => {
  const server = await scripted(t, {
    script: { auth: reply('334 eyJzdGF0dXMiOiI0MDAifQ=='), greeting: [trickle('220 x', 1)] },
  });
  const said = await new Promise<string>((resolve) => {
    let heard = '';
    const socket = connect(server.port, LOOPBACK);
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(heard));
    socket.write('AUTH XOAUTH2 dXNlcg==\r\n\r\nNOOP\r\nUNKNOWN\r\nQUIT\r\n');
  });
  t.match(said, /^220 x\r\n334 \S+\r\n535 [^\r]*\r\n250 [^\r]*\r\n502 [^\r]*\r\n221 /);
});

test('certificates are refused where they should be', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { ca, remove, ...made } = await createCertificates();
  t.teardown(remove);
  const attempt = async (certificate: Certificate, trusted: Certificate): Promise<string | number> => {
    const server = await startSmtpServer({ tls: 'implicit', certificate });
    try {
      return await send({ port: server.port, secure: true, tls: { ca: trusted.certificate } });
    } finally {
      await server.stop();
    }
  };
  t.match(await attempt(made.server, ca), /^250/);
  for (const bad of [made.expired, made.wrongName, made.selfSigned])
    t.equal(await attempt(bad, ca), 'ESOCKET');
  t.match(await attempt(made.selfSigned, made.selfSigned), /^250/, 'unless it is trusted itself');
});
