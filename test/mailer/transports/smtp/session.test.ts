import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import { createReplyReader } from '../../../../services/mailer/src/transports/smtp/replies.ts';
import {
  close,
  command,
  createSession,
  limitTime,
  nextReply,
  pipeline,
  sayHello,
  type SmtpSession,
  writeContent,
  writeFinalDot,
} from '../../../../services/mailer/src/transports/smtp/session.ts';
import { listenOnLoopback } from '../../../peers/loopback-server.ts';

interface Dialogue {
  readonly session: SmtpSession;
  /** The server's end. */
  readonly server: Socket;
  /** What arrived there, one text per read. */
  readonly heard: readonly string[];
  /** Sends it and waits until the session has had it. */
  readonly say: (text: string) => Promise<void>;
  /** Resolves when the session has ended. */
  readonly ended: Promise<void>;
}

async function dialogue(t: Test, replyTimeoutMs = 10_000): Promise<Dialogue> {
  const listener = createServer({ noDelay: true });
  const { port, close: stop } = await listenOnLoopback(listener);
  t.teardown(stop);
  const accepted = once(listener, 'connection');
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const [server] = (await accepted) as [Socket];
  const heard: string[] = [];
  server.on('data', (chunk) => heard.push(String(chunk))).on('error', () => undefined);
  const session = createSession(socket, replyTimeoutMs);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  session.onEnded = resolve;
  const say = async (text: string): Promise<void> => {
    const sizeBytes = Buffer.byteLength(text);
    const before = socket.bytesRead;
    server.write(text);
    while (socket.bytesRead < before + sizeBytes && session.ended === null) await turn();
  };
  t.teardown(() => close(session));
  return { session, server, heard, say, ended };
}

/** As `code response`, where there is one. */
const endOf = ({ ended }: SmtpSession): string =>
  ended === null ? 'open' : `${ended.code} ${ended.response ?? ''}`.trim();

async function greeted(t: Test, replyTimeoutMs?: number): Promise<Dialogue> {
  const parts = await dialogue(t, replyTimeoutMs);
  const greeting = nextReply(parts.session);
  await parts.say('220 x\r\n');
  t.equal(await greeting, '220 x');
  return parts;
}

test('an envelope is one write, and its replies come in the order of the commands, however they are cut', async (t) => {
  const { session, heard, say } = await greeted(t);
  const replies: string[] = [];
  const done = pipeline(session, ['MAIL', 'RCPT', 'DATA'], (reply, index) =>
    replies.push(`${index} ${reply}`),
  );
  await say('250-2.1.0 fi');
  t.same(heard, ['MAIL\r\nRCPT\r\nDATA\r\n']);
  await say('ne\r\n250 2.1.0 really\r\n550');
  t.same(replies, ['0 250-2.1.0 fine\n250 2.1.0 really']);
  await say(' 5.1.1 no\r\n354 go\r\n');
  await done;
  t.same(replies.slice(1), ['1 550 5.1.1 no', '2 354 go']);
  t.equal(endOf(session), 'open');
});

test('a reply before it is due ends the session, and the ones before count', async (t) => {
  const { session, say, heard } = await greeted(t);
  const first = command(session, 'NOOP');
  await say('250 one\r\n250 two\r\n');
  t.equal(await first, '250 one');
  t.equal(endOf(session), 'EPROTOCOL 250 two');
  t.equal(await command(session, 'MAIL'), null, 'and nothing is said any more');
  await turn();
  t.same(heard, ['NOOP\r\n']);
});

test('421 ends the session, whatever it answers, and also when nothing was asked', async (t) => {
  const asked = await greeted(t);
  const replies: string[] = [];
  const done = pipeline(asked.session, ['MAIL', 'RCPT', 'DATA'], (reply) => replies.push(reply));
  await asked.say('250 fine\r\n421 4.3.2 bye\r\n354 go\r\n');
  await done;
  t.same(replies, ['250 fine', '421 4.3.2 bye']);
  t.equal(endOf(asked.session), 'ECONNECTION 421 4.3.2 bye');
  const idle = await greeted(t);
  await idle.say('421-4.4.2 idle\r\n421 4.4.2 too long\r\n');
  await idle.ended;
  t.equal(endOf(idle.session), 'ECONNECTION 421-4.4.2 idle\n421 4.4.2 too long');
});

test('what is cut off is no reply', async (t) => {
  for (const cut of ['', '2', '250', '250 2.0.0 o', '250-one\r\n', '250-one\r\n250 tw', '421 4.3.2 bye']) {
    const { session, server } = await greeted(t);
    const reply = command(session, 'NOOP');
    server.end(cut);
    t.equal(await reply, null, JSON.stringify(cut));
    t.equal(endOf(session), 'ECONNECTION');
  }
  const { session, server } = await greeted(t);
  const reply = command(session, 'NOOP');
  server.resetAndDestroy();
  t.equal(await reply, null);
  t.equal(endOf(session), 'ECONNRESET');
});

test('only a complete reply renews the time', async (t) => {
  const { session, server } = await greeted(t, 200);
  const trickle = setInterval(() => server.write('250-going on\r\n'), 20);
  t.teardown(() => clearInterval(trickle));
  t.equal(await command(session, 'NOOP'), null);
  t.equal(endOf(session), 'ETIMEDOUT');
});

test('a session that waits for nothing has all the time, but for the end that it was given', async (t) => {
  const { session, say, ended } = await greeted(t);
  t.equal(session.silence, undefined, 'no time runs');
  limitTime(session, 1000);
  limitTime(session, null);
  const reply = command(session, 'NOOP', 10_000);
  await say('250 fine\r\n');
  t.equal(await reply, '250 fine');
  limitTime(session, 1);
  await ended;
  t.equal(endOf(session), 'ETIMEDOUT');
});

test('a command that would be two is never sent', async (t) => {
  for (const line of ['RCPT TO:<a>\r\nRCPT TO:<evil>', 'NOOP\n', 'NOOP\r', 'NOOP\0']) {
    const { session, heard, ended } = await greeted(t);
    t.equal(await command(session, line), null);
    await ended;
    t.equal(endOf(session), 'EPROTOCOL');
    t.same(heard, []);
  }
});

test('content and final dot leave in full, and a limit of the whole ends with the dot', async (t) => {
  const { session, server, heard, say } = await greeted(t);
  limitTime(session, 60_000);
  const content = Buffer.alloc(700_000, `${'x'.repeat(98)}\r\n`);
  t.equal(await writeContent(session, content), true);
  const reply = nextReply(session);
  writeFinalDot(session, 20_000);
  while (heard.join('').length < content.length + 3) await once(server, 'data');
  t.ok(heard.join('') === `${content.toString()}.\r\n`);
  await say('250 queued\r\n');
  t.equal(await reply, '250 queued');
  close(session);
  t.equal(await writeContent(session, content), false);
});

const offerOf = async (t: Test, lines: string): Promise<SmtpSession['offer']> => {
  const { session, say } = await greeted(t);
  const hello = sayHello(session, 'mailer.test', false);
  await say(lines);
  await hello;
  return session.offer;
};

test('the reply to EHLO is read by its keywords', async (t) => {
  const nothing = { extensions: [], maxSizeBytes: 0, saslMechanisms: [], signIn: false };
  t.same(await offerOf(t, '250 PIPELINING\r\n'), nothing, 'the first line is the name of the server');
  t.same(await offerOf(t, '250-x\r\n250-XPIPELINING\r\n250-HELP PIPELINING\r\n250 \r\n'), nothing);
  t.same(
    await offerOf(
      t,
      '250-x\r\n250-pipelining\r\n250-8bitmime\r\n250-Size 1000\r\n250-STARTTLS\r\n250-AUTH PLAIN login <evil>\r\n250 AUTH=LOGIN XOAUTH2\r\n',
    ),
    {
      extensions: ['8BITMIME', 'PIPELINING', 'SIZE', 'STARTTLS'],
      maxSizeBytes: 1000,
      saslMechanisms: ['PLAIN', 'LOGIN', 'XOAUTH2'],
      signIn: true,
    },
  );
  for (const size of ['SIZE', 'SIZE 0', 'SIZE none', 'SIZE -5', `SIZE ${'9'.repeat(400)}`]) {
    t.equal((await offerOf(t, `250-x\r\n250 ${size}\r\n`)).maxSizeBytes, 0, size);
  }
});

/** Everything that is read of these chunks: the replies, and the message of the fault. */
function readAll(chunks: readonly Buffer[]): { readonly replies: readonly string[]; readonly fault: string } {
  const reader = createReplyReader();
  const replies: string[] = [];
  for (const chunk of chunks) {
    const read = reader.read(chunk);
    replies.push(...read.replies);
    if (read.fault !== null) return { replies, fault: read.fault.message };
  }
  return { replies, fault: '' };
}

/** Cuts bytes into pieces of up to so many. */
function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const size = sizes[pieces.length % Math.max(sizes.length, 1)] ?? bytes.length;
    pieces.push(bytes.subarray(start, start + size));
    start += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 });

test('whatever the bytes and however they are cut, a reply is whole, has one code and is within its bounds', (t) => {
  const part = fc.constantFrom(
    '250',
    '550',
    '354',
    '421',
    '999',
    '-',
    ' ',
    '\r\n',
    '\n',
    '\r',
    'ok',
    'ä',
    '\0',
    '2',
  );
  const texts = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(''));
  const property = fc.property(texts, sizes, (text, pieces) => {
    const bytes = Buffer.from(text);
    const whole = readAll([bytes]);
    const isWhole = whole.replies.every((reply) => {
      const lines = reply.split('\n');
      const codes = new Set(lines.map((line) => line.slice(0, 3)));
      const marks = lines.map((line) => line[3] ?? ' ').join('');
      return codes.size === 1 && /^[2-5]\d\d$/.test([...codes].join()) && /^-* $/.test(marks);
    });
    const cutUp = readAll(cut(bytes, pieces));
    return isWhole && JSON.stringify(cutUp) === JSON.stringify(whole);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
  t.end();
});

test('what is no reply is told as such, with what came', (t) => {
  const faultOf = (text: string, encoding: BufferEncoding = 'utf8'): string => {
    const { fault } = createReplyReader().read(Buffer.from(text, encoding));
    return fault === null ? 'none' : `${fault.message}: ${fault.response ?? ''}`;
  };
  t.equal(faultOf('HTTP/1.1 400 Bad Request\r\n'), 'Not a reply: HTTP/1.1 400 Bad Request');
  t.equal(faultOf('250-a\r\n550 b\r\n'), 'Not a reply: 250-a\n550 b');
  t.equal(faultOf('250-a\r\n\r\n250 b\r\n'), 'Not a reply: 250-a\n');
  t.equal(faultOf('250_a\r\n'), 'Not a reply: 250_a');
  t.equal(faultOf('150 a\r\n'), 'Not a reply: 150 a');
  t.equal(faultOf('\r\n \r\n250 a\r\n'), 'none', 'an empty line between replies is none of them');
  const tooLong = 'The reply is too long: ';
  t.equal(faultOf(`250 ${'x'.repeat(20_000)}`), tooLong, 'though the line has no end');
  t.equal(faultOf(`250 ${'x'.repeat(20_000)}\r\n`), tooLong);
  t.equal(faultOf(`250-${'x'.repeat(1000)}\r\n`.repeat(80)), tooLong, 'though the reply has no end');
  t.equal(faultOf(`334 ${'x'.repeat(12_288)}\r\n`), 'none', 'a challenge may have that much');
  const { replies } = createReplyReader().read(Buffer.from('250 caf\u00e9\r\n', 'latin1'));
  t.same(replies, ['250 caf\u00e9'], 'text that is not UTF-8 is latin1');
  t.end();
});
