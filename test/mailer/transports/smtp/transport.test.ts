import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type Test, test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import type { SendResult, Transport } from '../../../../packages/mail/src/transport.ts';
import { attemptTimeout } from '../../../../services/mailer/src/transports/smtp/open-session.ts';
import { createServerMemories } from '../../../../services/mailer/src/transports/smtp/server-memory.ts';
import { openSmtpTransport } from '../../../../services/mailer/src/transports/smtp/transport.ts';
import {
  type ScriptedSmtp,
  type ScriptedSmtpOptions,
  startScriptedSmtp,
} from '../../../peers/scripted-smtp.ts';
import {
  type Action,
  drop,
  garbage,
  halfReply,
  readSlowly,
  reply,
  reset,
  type Script,
  stall,
  trickle,
} from '../../../peers/smtp-script.ts';
import {
  type Changes,
  message,
  openTransport,
  optionsFor,
  password,
  request,
  signedIn,
  summaryOf,
} from './fixture.ts';

async function scripted(t: Test, options: ScriptedSmtpOptions = {}): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(options);
  t.teardown(() => server.stop());
  return server;
}

async function codeOfOpening(port: number, changes: Changes = {}): Promise<string> {
  const opened = await openSmtpTransport(optionsFor(port, changes));
  if (!opened.ok) return opened.failure.code;
  await opened.transport.close();
  return 'ok';
}

const both = (summary: string): readonly string[] => [summary, summary];

test('hands over the very bytes, and says so for every recipient', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port);
  t.equal(transport.capacity, 5);
  const result = await transport.send(request({ to: ['b@x.test', 'c@x.test'] }));
  t.strictSame(result, {
    kind: 'finished',
    server: `127.0.0.1:${server.port}`,
    tls: null,
    recipients: ['b@x.test', 'c@x.test'].map((address) => ({
      address,
      outcome: 'sent',
      reply: '250 2.0.0 Ok: queued',
    })),
    reply: '250 2.0.0 Ok: queued',
    failure: null,
  });
  const [received] = server.messages();
  t.match(received, { sender: 'a@x.test', recipients: ['b@x.test', 'c@x.test'], accepted: true });
  t.ok(received?.content.equals(message));
  t.match(server.commands(), ['EHLO mailer.test', `MAIL FROM:<a@x.test> SIZE=${message.length}`]);
});

test('declares 8-bit content, and sends any bytes of any size', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port);
  const big = Buffer.alloc(3_000_000, 'zeile ä\r\n.\r\n');
  const whole = Buffer.concat([big, Buffer.from('\r\n')]);
  t.same(summaryOf(await transport.send(request({ message: whole }))), ['sent']);
  t.ok(server.messages()[0]?.content.equals(whole));
  t.match(server.commands()[1], /BODY=8BITMIME SIZE=3000002$/);
});

test('records the intent when all content is there and the final dot is not', async (t) => {
  const server = await scripted(t, { script: { 'rcpt-to': [undefined, reply('550 5.1.1 no')] } });
  const transport = await openTransport(t, server.port);
  let atIntent: unknown;
  const result = await transport.send(
    request({
      to: ['b@x.test', 'c@x.test'],
      async onIntent(intent) {
        await server.until(
          'the content',
          () => (server.conversations[0]?.contentBytes ?? 0) >= message.length,
        );
        await turn();
        atIntent = { intent, messages: server.messages().length };
      },
    }),
  );
  const intent = { accepted: ['b@x.test'], server: `127.0.0.1:${server.port}`, tls: null };
  t.strictSame(atIntent, { intent, messages: 0 });
  t.same(summaryOf(result), ['sent', 'rejected recipient-refused']);
  t.match(result, { failure: null });
});

test('sends no final dot when the intent cannot be recorded', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port);
  const onIntent = (): Promise<void> => Promise.reject(new Error('lease lost'));
  const result = await transport.send(request({ to: ['b@x.test', 'c@x.test'], onIntent }));
  t.match(result, { kind: 'finished', failure: { code: 'connection-lost' } });
  t.same(summaryOf(result), both('deferred connection-lost'));
  await server.until('the end of the connection', () => server.conversations[0]?.closed === true);
  t.same(server.messages(), []);
  t.same(summaryOf(await transport.send(request())), ['sent'], 'and the next mail goes out');
});

test('sends no final dot when the connection broke or the server answered while the intent was recorded', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port);
  const attempt = async (content: Action): Promise<SendResult> => {
    server.use({ content });
    const index = server.conversations.length - 1;
    const isClosed = (): boolean => server.conversations[index]?.closed === true;
    const result = await transport.send(request({ onIntent: () => server.until('the break', isClosed) }));
    server.use({});
    t.same(summaryOf(await transport.send(request())), ['sent']);
    return result;
  };
  t.same(summaryOf(await attempt(drop())), ['deferred connection-lost']);
  t.same(summaryOf(await attempt(reset())), ['deferred connection-lost']);
  t.same(summaryOf(await attempt(reply('552 5.3.4 too big'))), ['rejected message-too-large']);
  t.same(summaryOf(await attempt(reply('451 4.3.0 disk'))), ['deferred message-deferred']);
  t.same(summaryOf(await attempt(reply('250 2.0.0 already'))), ['deferred unexpected-reply']);
  t.same(summaryOf(await attempt(garbage())), ['deferred unexpected-reply']);
  t.equal(server.messages().length, 6, 'only the ones in between were received');
});

type Row = readonly [what: string, script: Script, recipients: readonly string[]];

const toSecond = (answer: Action): Script => ({
  'rcpt-to': ({ argument }) => (argument === 'c@x.test' ? answer : undefined),
});

const beforeIntent: readonly Row[] = [
  ['MAIL dropped', { 'mail-from': drop() }, both('deferred connection-lost')],
  ['MAIL reset', { 'mail-from': reset() }, both('deferred connection-lost')],
  ['MAIL 4yz', { 'mail-from': reply('451 4.3.0 later') }, both('deferred server-busy')],
  ['MAIL 421', { 'mail-from': drop('421 4.3.2 bye') }, both('deferred server-busy')],
  ['MAIL 5yz', { 'mail-from': reply('550-5.7.1 not\n550 5.7.1 you') }, both('rejected sender-refused')],
  ['MAIL half', { 'mail-from': halfReply('250 2.1') }, both('deferred connection-lost')],
  ['MAIL garbage', { 'mail-from': garbage() }, both('deferred unexpected-reply')],
  ['RCPT dropped', { 'rcpt-to': drop() }, both('deferred connection-lost')],
  ['RCPT 4yz', { 'rcpt-to': reply('450 4.2.0 grey') }, both('deferred recipient-deferred')],
  ['RCPT 5yz', { 'rcpt-to': reply('554 5.7.1 Relay access denied') }, both('deferred relay-denied')],
  ['RCPT garbage', { 'rcpt-to': garbage() }, both('deferred unexpected-reply')],
  ['RCPT half', { 'rcpt-to': halfReply('250 2.1.5 O') }, both('deferred connection-lost')],
  ['second RCPT dropped', toSecond(drop()), both('deferred connection-lost')],
  ['second RCPT 421', toSecond(drop('421 4.7.0 enough')), both('deferred server-throttled')],
  ['DATA dropped', { data: drop() }, both('deferred connection-lost')],
  ['DATA 4yz', { data: reply('451 4.3.0 later') }, both('deferred message-deferred')],
  ['DATA 5yz', { data: reply('554 5.5.1 no') }, both('rejected message-refused')],
  ['DATA 421', { data: drop('421 4.3.2 bye') }, both('deferred server-busy')],
  ['DATA 2yz', { data: reply('250 2.0.0 Ok') }, both('deferred unexpected-reply')],
  ['DATA half', { data: halfReply('354 Go') }, both('deferred connection-lost')],
  ['DATA garbage', { data: garbage() }, both('deferred unexpected-reply')],
];

const afterIntent: readonly Row[] = [
  ['dot dropped', { 'end-of-data': drop() }, both('unknown outcome-unknown')],
  ['dot reset', { 'end-of-data': reset() }, both('unknown outcome-unknown')],
  ['dot half 250', { 'end-of-data': halfReply('250 2.0.0 o') }, both('unknown outcome-unknown')],
  ['dot half 550', { 'end-of-data': halfReply('550 5.7') }, both('unknown outcome-unknown')],
  ['dot garbage', { 'end-of-data': garbage() }, both('unknown outcome-unknown')],
  ['dot 3yz', { 'end-of-data': reply('354 what') }, both('unknown outcome-unknown')],
  ['dot 4yz', { 'end-of-data': reply('451 4.3.0 later') }, both('deferred message-deferred')],
  ['dot 421', { 'end-of-data': drop('421 4.3.2 bye') }, both('deferred server-busy')],
  ['dot 5yz', { 'end-of-data': reply('554 5.7.1 spam') }, both('rejected message-refused')],
  ['dot slowly', { 'end-of-data': trickle('250 2.0.0 Ok', 1) }, both('sent')],
  ['second RCPT 5yz', toSecond(reply('550 5.1.1 no')), ['sent', 'rejected recipient-refused']],
  ['second RCPT 552', toSecond(reply('552 5.5.3 too many')), ['sent', 'deferred too-many-recipients']],
];

async function checkRows(
  t: Test,
  server: ScriptedSmtp,
  transport: Transport,
  intents: number,
  rows: readonly Row[],
) {
  for (const [what, script, expected] of rows) {
    server.use(script);
    let seen = 0;
    const onIntent = async (): Promise<void> => {
      seen += 1;
    };
    const result = await transport.send(request({ to: ['b@x.test', 'c@x.test'], onIntent }));
    t.same(summaryOf(result), expected, what);
    t.equal(seen, intents, `${what}: ${intents} intents`);
    server.use({});
    t.same(summaryOf(await transport.send(request())), ['sent'], `${what}: and the next mail goes out`);
  }
}

for (const extensions of [['PIPELINING', 'SIZE 100000'], []]) {
  test(`a fault has its outcome, ${extensions.length > 0 ? 'pipelined' : 'command by command'}`, async (t) => {
    const server = await scripted(t, { extensions });
    const transport = await openTransport(t, server.port);
    await checkRows(t, server, transport, 0, beforeIntent);
    await checkRows(t, server, transport, 1, afterIntent);
  });
}

test('a server that falls silent is given up when its time is over', async (t) => {
  const hasty = { description: { timeoutSeconds: 1 }, finalReplyTimeoutMs: 1000 };
  const attempt = async (script: Script, bytes: Buffer, expected: string): Promise<void> => {
    const server = await scripted(t, { script });
    const transport = await openTransport(t, server.port, hasty);
    t.same(
      summaryOf(await transport.send(request({ message: bytes }))),
      [expected],
      Object.keys(script).join(),
    );
  };
  await Promise.all([
    attempt({ 'mail-from': stall() }, message, 'deferred timeout'),
    attempt({ 'rcpt-to': stall() }, message, 'deferred timeout'),
    attempt({ data: stall() }, message, 'deferred timeout'),
    attempt({ 'end-of-data': stall() }, message, 'unknown outcome-unknown'),
    attempt({ 'rcpt-to': trickle('250 2.1.5 Ok', 200) }, message, 'deferred timeout'),
    attempt({ content: stall() }, Buffer.alloc(20_000_000, 'x\r\n'), 'deferred timeout'),
  ]);
});

test('a server that asks for the content though it has accepted nobody delivers nothing', async (t) => {
  const goAhead = { data: reply('354 go') };
  for (const extensions of [['PIPELINING'], []]) {
    const server = await scripted(t, { extensions });
    const transport = await openTransport(t, server.port, { maxConnections: 1 });
    let intents = 0;
    const onIntent = async (): Promise<void> => {
      intents += 1;
    };
    const refused = async (script: Script): Promise<readonly string[]> => {
      server.use({ ...goAhead, ...script });
      const result = await transport.send(request({ onIntent }));
      server.use({});
      return summaryOf(result);
    };
    t.same(await refused({ 'rcpt-to': reply('550 5.1.1 no') }), ['rejected recipient-refused']);
    t.same(await refused({ 'mail-from': reply('550 5.7.1 no') }), ['rejected sender-refused']);
    t.equal(intents, 0);
    const isEmpty = server.messages().every(({ content }) => content.length === 0);
    t.ok(isEmpty, 'a message that was begun is empty, and goes to nobody');
    t.same(summaryOf(await transport.send(request())), ['sent']);
  }
});

test('an attempt has one deadline, however lively the server seems', async (t) => {
  // It would read on and on for longer than any of these deadlines.
  const server = await scripted(t, { script: { content: readSlowly(100) } });
  let intents = 0;
  const onIntent = async (): Promise<void> => {
    intents += 1;
  };
  const large = Buffer.alloc(60_000_000, `${'x'.repeat(998)}\r\n`);
  const bytesRead = async (attemptTimeoutMs: number): Promise<number> => {
    const transport = await openTransport(t, server.port, { attemptTimeoutMs });
    t.same(summaryOf(await transport.send(request({ message: large, onIntent }))), ['deferred timeout']);
    return server.conversations.reduce((sum, { contentBytes }) => sum + contentBytes, 0);
  };
  // A busy machine needs a longer one until the server has begun to read.
  let attemptTimeoutMs = 250;
  while ((await bytesRead(attemptTimeoutMs)) === 0) attemptTimeoutMs *= 2;
  t.equal(intents, 0);
  t.same(server.messages(), [], 'no message came to its end');
});

test('the reply to the dot has a limit of its own', async (t) => {
  const attemptTimeoutMs = 5_000;
  const text = '250 2.0.0 Ok: queued';
  const slowly = trickle(text, (2 * attemptTimeoutMs) / text.length);
  const server = await scripted(t, { script: { 'end-of-data': slowly } });
  const transport = await openTransport(t, server.port, { attemptTimeoutMs });
  t.same(summaryOf(await transport.send(request())), ['sent']);
});

test('the deadline of an attempt leaves room for large content on slow lines', (t) => {
  const minutes = (timeoutSeconds: number, megabytes: number): number =>
    Math.round(attemptTimeout(timeoutSeconds * 1000, megabytes * 1e6) / 60_000);
  t.equal(minutes(60, 0), 10);
  t.equal(minutes(60, 25), 23);
  t.end();
});

test('8-bit content does not go to a server that takes none', async (t) => {
  const server = await scripted(t, { extensions: ['SIZE 100000'] });
  const transport = await openTransport(t, server.port);
  const eightBit = Buffer.from('Subject: x\r\n\r\nä\r\n');
  const refused = await transport.send(request({ message: eightBit }));
  t.same(summaryOf(refused), ['rejected 8bitmime-unsupported']);
  t.same(summaryOf(await transport.send(request())), ['sent']);
  t.equal(server.messages().length, 1);
});

test('the account’s timeout does not shorten the wait for the reply to the final dot', async (t) => {
  const server = await scripted(t, { script: { 'end-of-data': trickle('250 2.0.0 Ok: queued', 60) } });
  const transport = await openTransport(t, server.port, { description: { timeoutSeconds: 1 } });
  t.same(summaryOf(await transport.send(request())), ['sent']);
});

test('an opening that fails is the server’s failure', async (t) => {
  const server = await scripted(t);
  const codeAt = (script: Script): Promise<string> => {
    server.use(script);
    return codeOfOpening(server.port);
  };
  t.equal(await codeAt({ greeting: drop() }), 'connection-lost');
  t.equal(await codeAt({ greeting: reset() }), 'connection-lost');
  t.equal(await codeAt({ greeting: drop('421 4.3.2 busy') }), 'server-busy');
  t.equal(await codeAt({ greeting: reply('450 busy') }), 'server-busy');
  t.equal(await codeAt({ greeting: reply('554 go away') }), 'server-refuses-service');
  t.equal(await codeAt({ greeting: halfReply('220 scri') }), 'connection-lost');
  t.equal(await codeAt({ greeting: garbage() }), 'not-an-smtp-server');
  t.equal(await codeAt({ greeting: reply('HTTP/1.1 400 Bad Request') }), 'not-an-smtp-server');
  t.equal(await codeAt({ ehlo: drop() }), 'connection-lost');
  t.equal(await codeAt({ ehlo: drop('421 4.3.2 busy') }), 'server-busy');
  t.equal(await codeAt({ ehlo: reply('550 no') }), 'ehlo-refused');
  t.equal(await codeAt({ ehlo: garbage() }), 'unexpected-reply');
  t.equal(await codeAt({ ehlo: halfReply('250-scripted.test') }), 'connection-lost');
  t.equal(await codeAt({}), 'ok');
});

test('a silent server is the server’s failure when the time is over', async (t) => {
  const codeAt = async (script: Script): Promise<string> => {
    const server = await scripted(t, { script });
    return codeOfOpening(server.port, { description: { timeoutSeconds: 0.2 } });
  };
  const codes = await Promise.all([
    codeAt({ greeting: stall() }),
    codeAt({ greeting: trickle('220 scripted.test ESMTP', 50) }),
    codeAt({ ehlo: stall() }),
    codeAt({ ehlo: trickle('250 scripted.test', 50) }),
  ]);
  t.same(codes, ['greeting-timeout', 'greeting-timeout', 'timeout', 'timeout']);
});

test('where nothing may be reached, nothing is connected to', async (t) => {
  const server = await scripted(t);
  const { policy } = optionsFor(server.port);
  t.equal(
    await codeOfOpening(server.port, { policy: { ...policy, allowLoopback: false } }),
    'destination-not-allowed',
  );
  t.equal(
    await codeOfOpening(server.port, { policy: { ...policy, allowedPorts: [25] } }),
    'port-not-allowed',
  );
  const named = { description: { hostname: 'mail.test' } };
  t.equal(await codeOfOpening(server.port, { ...named, resolve: async () => [] }), 'host-not-found');
  t.equal(server.conversations.length, 0);
  t.equal(
    await codeOfOpening(server.port, { ...named, resolve: async () => ['127.0.0.7', '127.0.0.1'] }),
    'ok',
  );
  const { port } = server;
  await server.stop();
  t.equal(await codeOfOpening(port), 'connection-refused');
});

test('a server that only knows HELO takes mail, but no password', async (t) => {
  const server = await scripted(t, {
    script: { ehlo: ({ occurrence }) => (occurrence % 2 ? reply('502 what') : undefined) },
  });
  const transport = await openTransport(t, server.port);
  t.same(summaryOf(await transport.send(request())), ['sent']);
  t.equal(await codeOfOpening(server.port, { description: signedIn }), 'authentication-not-offered');
  t.equal(await codeOfOpening(server.port, { description: { encryption: 'starttls' } }), 'ehlo-refused');
});

test('signs in with each mechanism it knows, before any mail', async (t) => {
  const plain = Buffer.from(`\0erp\0${password}`).toString('base64');
  const expected = { PLAIN: `AUTH PLAIN ${plain}`, LOGIN: 'AUTH LOGIN', 'CRAM-MD5': 'AUTH CRAM-MD5' };
  for (const [mechanism, command] of Object.entries(expected)) {
    const server = await scripted(t, { extensions: [`AUTH ${mechanism}`] });
    t.equal(await codeOfOpening(server.port, { description: signedIn }), 'ok', mechanism);
    t.equal(server.commands()[1], command);
  }
});

test('never sends a password where it should not, nor mail without signing in', async (t) => {
  const codeWith = async (extensions: readonly string[], changes: Changes): Promise<string> => {
    const server = await scripted(t, { extensions });
    const code = await codeOfOpening(server.port, changes);
    t.notMatch(server.commands().join(), /AUTH|MAIL/, code);
    return code;
  };
  const inClear = { ...signedIn, allowCleartextAuthentication: false };
  t.equal(await codeWith([], { description: signedIn }), 'authentication-not-offered');
  t.equal(
    await codeWith(['AUTH GSSAPI NTLM'], { description: signedIn }),
    'authentication-mechanism-unsupported',
  );
  t.equal(
    await codeWith(['AUTH XOAUTH2'], { description: signedIn }),
    'authentication-mechanism-unsupported',
  );
  t.equal(await codeWith(['AUTH PLAIN'], { description: inClear }), 'settings-invalid');
  t.equal(await codeWith(['AUTH PLAIN'], { description: signedIn, password: null }), 'secret-required');
  const tls = { ...signedIn, encryption: 'starttls' } as const;
  t.equal(await codeWith(['AUTH PLAIN'], { description: tls }), 'starttls-not-offered');
});

test('a sign-in that fails says why, without what was sent', async (t) => {
  const server = await scripted(t);
  const codeAt = (auth: Action): Promise<string> => {
    server.use({ auth });
    return codeOfOpening(server.port, { description: signedIn });
  };
  t.equal(await codeAt(reply('535 5.7.8 wrong')), 'credentials-rejected');
  t.equal(await codeAt(reply('454 4.7.0 later')), 'authentication-unavailable');
  t.equal(await codeAt(drop('421 4.7.0 too many')), 'server-throttled');
  t.equal(await codeAt(drop()), 'connection-lost');
  t.equal(await codeAt(garbage()), 'unexpected-reply');
  t.equal(await codeAt(halfReply('235 2.7')), 'connection-lost');
  for (const mechanism of ['PLAIN', 'LOGIN']) {
    const echo = await scripted(t, {
      extensions: [`AUTH ${mechanism}`],
      script: { auth: ({ argument }) => reply(`535 bad: AUTH ${argument} ${password} ${btoa('correct')}`) },
    });
    const opened = await openSmtpTransport(optionsFor(echo.port, { description: signedIn }));
    t.match(opened, {
      ok: false,
      failure: { code: 'credentials-rejected', detail: '535 (the rest repeats the sign-in)' },
    });
    t.notMatch(inspect(opened, { depth: 9 }), /correct/);
  }
});

test('a secret that a server repeats later, on this connection or the next, is in no result', async (t) => {
  const line = Buffer.from(`\0erp\0${password}`).toString('base64');
  const spellings = [
    password,
    password.toUpperCase(),
    line,
    Buffer.from(password).toString('base64'),
    Buffer.from(`password=${password}!`).toString('base64'),
    encodeURIComponent(password),
    Buffer.from(password).toString('hex'),
  ];
  const echo = (code: string): string => spellings.map((one) => `${code} you said ${one} to me`).join(' ');
  const leaks = [/correct/i, /Y29ycmVjdCBob3JzZ/i, /636f7272656374/i, new RegExp(line.slice(0, 12))];
  const stages = ['mail-from', 'rcpt-to', 'data', 'end-of-data'] as const;
  for (const stage of stages) {
    for (const code of ['550 5.7.1', '451 4.3.0', '250 2.0.0', '334', '999']) {
      const server = await scripted(t, { script: { [stage]: reply(echo(code)) } });
      const transport = await openTransport(t, server.port, { description: signedIn });
      const told = inspect(await transport.send(request()), { depth: 9 });
      for (const leak of leaks) t.notMatch(told, leak, `${stage} ${code}`);
    }
  }
  for (const stage of stages) {
    const server = await scripted(t, { script: { [stage]: drop(echo('421 4.3.2')) } });
    const transport = await openTransport(t, server.port, { description: signedIn });
    const told = inspect(await transport.send(request()), { depth: 9 });
    for (const leak of leaks) t.notMatch(told, leak, `421 at ${stage}`);
  }
  for (const stage of ['greeting', 'ehlo'] as const) {
    const memories = createServerMemories();
    const server = await scripted(t);
    const first = await openSmtpTransport({
      ...optionsFor(server.port, { description: signedIn }),
      memories,
    });
    if (first.ok) await first.transport.close();
    server.use({ [stage]: reply(echo('554 5.3.2')) });
    const next = await openSmtpTransport({ ...optionsFor(server.port, { description: signedIn }), memories });
    t.equal(next.ok, false);
    for (const leak of leaks)
      t.notMatch(inspect(next, { depth: 9 }), leak, `the next connection at ${stage}`);
  }
});

test('a password that is a word of the protocol harms nothing', async (t) => {
  const memories = createServerMemories();
  const server = await scripted(t, { extensions: ['AUTH PLAIN LOGIN', 'PIPELINING'] });
  for (const word of ['PLAIN', 'LOGIN', 'PIPELINING', '250', 'queued', 'Ok', '2.0.0']) {
    for (const attempt of ['first', 'second']) {
      const options = optionsFor(server.port, { description: signedIn });
      const opened = await openSmtpTransport({ ...options, password: createSecret(word), memories });
      if (!opened.ok) return t.fail(`${word} ${attempt}: ${opened.failure.code}`);
      t.same(summaryOf(await opened.transport.send(request())), ['sent'], `${word} ${attempt}`);
      await opened.transport.close();
    }
  }
});

test('when the server wants a sign-in before any mail, that is not the mail’s fault', async (t) => {
  const server = await scripted(t, { script: { 'mail-from': reply('530 5.7.57 Client not authenticated') } });
  const transport = await openTransport(t, server.port);
  t.same(summaryOf(await transport.send(request())), ['deferred authentication-required']);
});

test('what the server cannot take is refused without asking it', async (t) => {
  const server = await scripted(t, { extensions: ['SIZE 100', 'PIPELINING'] });
  const transport = await openTransport(t, server.port);
  const to = ['bö@x.test', 'b@x.test'];
  t.same(summaryOf(await transport.send(request({ to }))), ['rejected smtputf8-unsupported', 'sent']);
  t.match(server.messages(), [{ recipients: ['b@x.test'] }]);
  const large = await transport.send(request({ message: Buffer.alloc(101, 'x') }));
  t.same(summaryOf(large), ['rejected message-too-large']);
  t.match(large, { kind: 'finished', failure: { code: 'message-too-large' } });
  const umlaut = request({ envelope: { from: 'ä@x.test', to: ['b@x.test'] } });
  t.same(summaryOf(await transport.send(umlaut)), ['rejected smtputf8-unsupported']);
  t.equal(server.commands().filter((line) => line.startsWith('MAIL')).length, 1);
});

test('one connection serves one mail after the other', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port, { maxConnections: 1 });
  for (let count = 0; count < 5; count += 1) await transport.send(request());
  t.equal(server.conversations.length, 1);
  server.use({ 'rcpt-to': reply('550 5.1.1 no') });
  await transport.send(request());
  server.use({});
  t.same(summaryOf(await transport.send(request())), ['sent']);
  t.equal(server.conversations.length, 1, 'also after a refusal');
  t.ok(server.commands().includes('RSET'), 'which the server is made to forget');
  server.use({ 'rcpt-to': reply('550 5.1.1 no'), rset: reply('500 what') });
  await transport.send(request());
  server.use({ rset: reply('500 what') });
  t.same(summaryOf(await transport.send(request())), ['sent']);
  t.equal(server.conversations.length, 2, 'or leaves, when it does not');
});

test('a connection that has carried a thousand mails is replaced', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port, { maxConnections: 1 });
  const sends = Array.from({ length: 1001 }, () => transport.send(request()));
  const results = await Promise.all(sends);
  t.ok(results.every((result) => summaryOf(result)[0] === 'sent'));
  t.equal(server.conversations.length, 2);
});

test('never more connections than allowed, and who waits is served in order', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port, { maxConnections: 2 });
  t.equal(transport.capacity, 2);
  const addresses = Array.from({ length: 20 }, (_value, index) => `r${index}@x.test`);
  const begun: string[] = [];
  const sendTo = (address: string): Promise<SendResult> =>
    transport.send(
      request({
        to: [address],
        async onIntent() {
          begun.push(address);
        },
      }),
    );
  const results = await Promise.all(addresses.map(sendTo));
  t.ok(results.every((result) => summaryOf(result)[0] === 'sent'));
  t.equal(server.conversations.length, 2);
  const inOrder = begun.every((address, index) => Math.abs(addresses.indexOf(address) - index) <= 1);
  t.ok(inOrder, begun.join());
});

test('those who wait get a new connection when one breaks, and the failure when none can be opened', async (t) => {
  const server = await scripted(t, { script: { 'end-of-data': [drop(), drop()] } });
  const transport = await openTransport(t, server.port, { maxConnections: 1 });
  const outcomes = await Promise.all([1, 2, 3].map(() => transport.send(request())));
  t.same(outcomes.flatMap(summaryOf), ['unknown outcome-unknown', 'unknown outcome-unknown', 'sent']);
  await server.stop();
  const refused = await Promise.all([1, 2, 3].map(() => transport.send(request())));
  t.same(
    refused.flatMap(summaryOf),
    ['server-failed', 'server-failed', 'server-failed'].map((kind) => `${kind} connection-refused`),
  );
});

test('a connection that the server ended meanwhile is replaced unnoticed', async (t) => {
  const server = await scripted(t);
  const { port } = server;
  const transport = await openTransport(t, port);
  server.use({ 'mail-from': [drop()] });
  t.same(summaryOf(await transport.send(request())), ['sent'], 'found dead at MAIL');
  server.use({
    'mail-from': ({ occurrence }) => (occurrence === 3 ? drop('421 4.4.2 idle too long') : undefined),
  });
  t.same(summaryOf(await transport.send(request())), ['sent'], 'found leaving at MAIL');
  t.equal(server.conversations.length, 3);
  t.equal(server.messages().length, 2);
  await server.stop();
  const again = await scripted(t, { port });
  t.same(summaryOf(await transport.send(request())), ['sent'], 'known to be dead');
  again.use({ 'mail-from': drop(), greeting: drop() });
  t.same(
    summaryOf(await transport.send(request())),
    ['server-failed connection-lost'],
    'but not replaced for ever',
  );
});

test('an unused connection says goodbye after a while', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port, { idleMs: 20 });
  await server.until('the end of the connection', () => server.conversations[0]?.closed === true);
  t.same(server.commands(), ['EHLO mailer.test', 'QUIT']);
  t.same(summaryOf(await transport.send(request())), ['sent']);
  t.equal(server.conversations.length, 2);
});

test('closing lets what is in flight end, those in line included, and then says goodbye', async (t) => {
  const server = await scripted(t);
  const transport = await openTransport(t, server.port, { maxConnections: 2 });
  const gate = Promise.withResolvers<void>();
  const sends = [1, 2, 3, 4].map(() => transport.send(request({ onIntent: () => gate.promise })));
  await server.until('two connections', () => server.conversations.length === 2);
  let isClosed = false;
  const closed = transport.close().then(() => {
    isClosed = true;
  });
  t.same(
    summaryOf(await transport.send(request())),
    ['server-failed connection-lost'],
    'nothing new is taken',
  );
  t.notOk(isClosed);
  gate.resolve();
  t.same((await Promise.all(sends)).flatMap(summaryOf), ['sent', 'sent', 'sent', 'sent']);
  await closed;
  t.equal(server.messages().length, 4);
  await server.until('the end of all', () => server.conversations.every((each) => each.closed));
  t.equal(server.commands().filter((line) => line === 'QUIT').length, 2);
  await transport.close();
});
