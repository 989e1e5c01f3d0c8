/*
 * The SMTP dialogue beside two implementations of others: nodemailer's SMTPConnection as a client, by its public methods
 * alone, and the library smtp-server. test/message/nodemailer-versions.test.ts runs this with other versions of nodemailer.
 */
import { createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import SMTPConnection, { type SMTPConnectionCustomAuthContext } from 'nodemailer/lib/smtp-connection';
import { type Test, test } from 'tap';
import { connectTcp } from '../../../../packages/net/src/connect.ts';
import { dotStuff } from '../../../../services/mailer/src/transports/smtp/content.ts';
import {
  close,
  command,
  createSession,
  nextReply,
} from '../../../../services/mailer/src/transports/smtp/session.ts';
import { listenOnLoopback } from '../../../peers/loopback-server.ts';
import { createSmtpInput } from '../../../peers/smtp-input.ts';
import { startSmtpServer } from '../../../peers/smtp-server.ts';
import { type Changes, openTransport, password, request, signedIn } from './fixture.ts';

const { version } = new SMTPConnection({});

/** Whether this nodemailer is the given version or a later one. */
const isSince = (first: string): boolean => version.localeCompare(first, 'en', { numeric: true }) >= 0;

interface Recorder {
  readonly port: number;
  /** Every byte that came, as latin1 text, one for each connection. */
  readonly heard: readonly string[];
  /** The content of each message as it was on the wire, the final dot included. */
  readonly contents: readonly Buffer[];
}

/** The reply to a line, when it is not the usual one. */
type Answer = (line: string) => string | undefined;

/** A server that writes down every byte and says what it is told to, or that all is fine. */
async function recorder(t: Test, extensions: readonly string[], answer: Answer = () => undefined) {
  const heard: string[] = [];
  const contents: Buffer[] = [];
  const hello = ['x.test', ...extensions].map(
    (each, index) => `250${index < extensions.length ? '-' : ' '}${each}`,
  );
  const usual: Readonly<Record<string, string>> = {
    EHLO: hello.join('\r\n'),
    DATA: '354 go',
    QUIT: '221 bye',
  };
  const server = createServer({ noDelay: true }, (socket) => {
    const place = heard.push('') - 1;
    let chunks: Buffer[] = [];
    const input = createSmtpInput({
      line(text) {
        const verb = text.slice(0, 4).toUpperCase();
        const reply = answer(text) ?? usual[verb] ?? '250 fine';
        if (verb === 'DATA' && reply.startsWith('354')) input.expectContent();
        socket.write(`${reply}\r\n`);
      },
      content: (chunk) => void chunks.push(chunk),
      contentEnd() {
        contents.push(Buffer.concat(chunks));
        chunks = [];
        socket.write('250 queued\r\n');
      },
    });
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        heard[place] += chunk.toString('latin1');
        input.push(chunk);
      });
    socket.write('220 x.test\r\n');
  });
  const { port, close: stop } = await listenOnLoopback(server);
  t.teardown(stop);
  return { port, heard, contents } satisfies Recorder;
}

async function nodemailerAt(
  t: Test,
  port: number,
  options: SMTPConnection.Options = {},
): Promise<SMTPConnection> {
  const connection = new SMTPConnection({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    name: 'mailer.test',
    ...options,
  });
  connection.on('error', () => undefined);
  t.teardown(() => connection.close());
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  return connection;
}

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: Buffer;
}

/** Whether it was taken. */
function sendByNodemailer(connection: SMTPConnection, { from, to, message }: Mail): Promise<boolean> {
  const use8BitMime = message.some((byte) => byte > 0x7f);
  const envelope = { from, to: [...to], size: message.length, use8BitMime };
  return new Promise((resolve) => {
    connection.send(envelope, message, (error) => resolve(error === null));
  });
}

const call = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });

const hasSaidGoodbye = async ({ heard }: Recorder, place: number): Promise<void> => {
  while (heard[place]?.endsWith('QUIT\r\n') !== true) await turn();
};

/** Two mails on one connection by nodemailer, a sign-in before them, and a reset after what was refused. */
async function nodemailerSays(
  t: Test,
  to: Recorder,
  mail: Mail,
  { method, mails = 2 }: { readonly method?: string; readonly mails?: number } = {},
): Promise<string> {
  const connection = await nodemailerAt(t, to.port);
  const place = to.heard.length - 1;
  if (method !== undefined)
    await call((done) => connection.login({ method, user: 'erp', pass: password }, done));
  for (let sent = 0; sent < mails; sent += 1) {
    const isTaken = await sendByNodemailer(connection, mail);
    if (!isTaken) await call((done) => connection.reset(done));
  }
  connection.quit();
  await hasSaidGoodbye(to, place);
  return to.heard[place] ?? '';
}

/** The same by us. */
async function weSay(
  t: Test,
  to: Recorder,
  { from, to: recipients, message }: Mail,
  changes: Changes,
  mails = 2,
) {
  const transport = await openTransport(t, to.port, { ...changes, maxConnections: 1 });
  const place = to.heard.length - 1;
  for (let sent = 0; sent < mails; sent += 1) {
    await transport.send(request({ envelope: { from, to: recipients }, message }));
  }
  await transport.close();
  await hasSaidGoodbye(to, place);
  return to.heard[place];
}

const plain: Mail = {
  from: 'a@x.test',
  to: ['b@x.test'],
  message: Buffer.from('Subject: x\r\n\r\n.dot\r\na\r\n'),
};
const all = ['PIPELINING', 'SIZE 100000', '8BITMIME', 'SMTPUTF8'];

interface Case {
  /** Earlier versions of nodemailer do otherwise. */
  readonly since?: string;
  readonly extensions: readonly string[];
  readonly mail?: Partial<Mail>;
  readonly answer?: Answer;
}

const refuses =
  (verb: RegExp): Answer =>
  (line) =>
    verb.test(line) ? '550 5.1.1 no' : undefined;
const many = Array.from({ length: 100 }, (_value, index) => `r${index}@x.test`);

/** Before it nodemailer waited for the replies to the recipients with DATA. */
const pipelinesData = '10.1.0';
/** Before it nodemailer left a bare CR before a dot as it was, and some server ended the message there. */
const endsBareCr = '10.0.12';

const cases: Readonly<Record<string, Case>> = {
  'command by command': { extensions: [] },
  pipelined: { extensions: ['PIPELINING'] },
  'all extensions': { extensions: all },
  'extensions in lower case': { extensions: all.map((each) => each.toLowerCase()) },
  'many recipients': { extensions: [], mail: { to: many } },
  'many recipients, pipelined': { extensions: all, mail: { to: many } },
  'content of eight bits': { extensions: all, mail: { message: Buffer.from('Subject: x\r\n\r\nä\r\n') } },
  'an address that is not ASCII': { extensions: all, mail: { to: ['bö@x.test', 'c@x.test'] } },
  'a message without a last line end': { extensions: [], mail: { message: Buffer.from('Subject: x\n\n.') } },
  'a refused sender': { extensions: [], answer: refuses(/^MAIL/) },
  'a refused recipient': { extensions: [], mail: { to: many }, answer: refuses(/^RCPT.*r7@/) },
  'a refused recipient, pipelined': { extensions: all, mail: { to: many }, answer: refuses(/^RCPT.*r7@/) },
  'no recipient at all': { extensions: [], answer: refuses(/^RCPT/) },
  'no recipient at all, pipelined': {
    since: pipelinesData,
    extensions: all,
    answer: refuses(/^(RCPT|DATA)/),
  },
  'no recipient, and yet asked for content': {
    since: pipelinesData,
    extensions: all,
    answer: refuses(/^RCPT/),
  },
  'refused content': { extensions: all, answer: refuses(/^DATA/) },
  'a server that knows only HELO': { extensions: all, answer: refuses(/^EHLO/) },
};

for (const [name, { since = '10.0.0', extensions, mail = {}, answer }] of Object.entries(cases)) {
  if (!isSince(since)) continue;
  // After a refusal we may try the next mail on a session of its own: this one may have carried enough.
  const mails = answer === undefined ? 2 : 1;
  test(`says byte for byte what nodemailer says: ${name}`, async (t) => {
    const server = await recorder(t, extensions, answer);
    const theirs = await nodemailerSays(t, server, { ...plain, ...mail }, { mails });
    t.equal(await weSay(t, server, { ...plain, ...mail }, {}, mails), theirs);
    t.match(theirs, /^EHLO mailer\.test\r\n[^]*MAIL FROM:<a@x\.test>[^]*\r\nQUIT\r\n$/);
  });
}

for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
  test(`signs in byte for byte as nodemailer does: ${mechanism}`, async (t) => {
    const challenge = `334 ${Buffer.from('<1.2@x.test>').toString('base64')}`;
    let rounds = { PLAIN: 0, LOGIN: 2, 'CRAM-MD5': 1 }[mechanism] ?? 0;
    const needed = rounds;
    let isSigningIn = false;
    const server = await recorder(t, [`AUTH ${mechanism}`], (line) => {
      if (line.startsWith('AUTH')) isSigningIn = true;
      if (!isSigningIn) return undefined;
      rounds -= 1;
      if (rounds >= 0) return challenge;
      isSigningIn = false;
      rounds = needed;
      return '235 2.7.0 in';
    });
    const theirs = await nodemailerSays(t, server, plain, { method: mechanism });
    t.equal(await weSay(t, server, plain, { description: signedIn }), theirs);
    t.match(theirs, new RegExp(`AUTH ${mechanism}`));
  });
}

const pieces = fc.array(
  fc.constantFrom('.', '..', '\r\n', '\n', '\r', 'a', '\r\n.\r\n', '\r.\r', '\n.\n', '\0', 'ÿ', 'Subject: x'),
  { minLength: 1, maxLength: 40 },
);
const messages = pieces
  .map((parts) => parts.join(''))
  .map((all) => Buffer.from(isSince(endsBareCr) ? all : all.replaceAll(/\r(?!\n)/g, ''), 'latin1'))
  .filter((message) => message.length > 0);

test('puts the very bytes on the wire that nodemailer puts there, whatever the message', async (t) => {
  const server = await recorder(t, all);
  const connection = await nodemailerAt(t, server.port);
  const transport = await openTransport(t, server.port, { maxConnections: 1 });
  const property = fc.asyncProperty(messages, async (message) => {
    const before = server.contents.length;
    await sendByNodemailer(connection, { ...plain, message });
    await transport.send(request({ message }));
    const [theirs, ours] = server.contents.slice(before);
    return ours !== undefined && theirs?.equals(ours) === true;
  });
  await t.resolves(fc.assert(property, { numRuns: 300 }));
});

test('smtp-server receives the message, whatever it is', async (t) => {
  const server = await startSmtpServer();
  t.teardown(() => server.stop());
  const transport = await openTransport(t, server.port, { maxConnections: 1 });
  const property = fc.asyncProperty(messages, async (message) => {
    await transport.send(request({ message }));
    const lines = message.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n');
    const whole = lines.endsWith('\r\n') ? lines : `${lines}\r\n`;
    return server.messages.at(-1)?.content.toString('latin1') === whole;
  });
  await t.resolves(fc.assert(property, { numRuns: 100 }));
  t.equal(dotStuff(Buffer.from('.\r\n')).toString(), '..\r\n');
});

/** Answers each line with the next reply, in pieces. */
async function replying(t: Test, replies: { next: readonly Buffer[] }): Promise<number> {
  const say = async (socket: Socket): Promise<void> => {
    for (const piece of replies.next) {
      socket.write(piece);
      await turn();
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    const input = createSmtpInput({
      line: (text) => void (text.startsWith('EHLO') ? socket.write('250 x\r\n') : say(socket)),
      content: () => undefined,
      contentEnd: () => undefined,
    });
    socket.on('error', () => undefined).on('data', (chunk) => input.push(chunk));
    socket.write('220 x\r\n');
  });
  const { port, close: stop } = await listenOnLoopback(server);
  t.teardown(stop);
  return port;
}

/** Nodemailer's public way to any command and its reply: a way to sign in that is not its own. */
async function nodemailerCommands(t: Test, port: number): Promise<SMTPConnectionCustomAuthContext> {
  const { promise, resolve } = Promise.withResolvers<SMTPConnectionCustomAuthContext>();
  const connection = await nodemailerAt(t, port, { customAuth: { OWN: (context) => resolve(context) } });
  connection.login({ method: 'OWN', user: 'x', pass: 'x' }, () => undefined);
  return promise;
}

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', ' ', '-', '2.1.0', '250', 'ä', '€', '\t', '\r', '\0'),
    maxLength: 8,
  }),
  fc.string({ maxLength: 60 }),
);
const reply = fc
  .record({
    code: fc.integer({ min: 200, max: 599 }).filter((code) => code !== 421),
    lines: fc.array(text, { minLength: 1, maxLength: 6 }),
    isBare: fc.boolean(),
    isLatin1: fc.boolean(),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ code, lines, isBare, isLatin1, sizes }) => {
    const last = lines.length - 1;
    const wire = lines
      .map((line) => line.replaceAll('\n', ''))
      .map((line, index) => (index < last ? `${code}-${line}` : isBare ? `${code}` : `${code} ${line}`))
      .join('\r\n');
    const bytes = Buffer.from(`${wire}\r\n`, isLatin1 ? 'latin1' : 'utf8');
    const cuts: Buffer[] = [];
    for (let start = 0; start < bytes.length; start += cuts.at(-1)?.length ?? 1) {
      cuts.push(bytes.subarray(start, start + (sizes[cuts.length % sizes.length] ?? 1)));
    }
    return cuts;
  });

test('reads the replies that nodemailer reads, whatever their text and however they are cut', async (t) => {
  const replies: { next: readonly Buffer[] } = { next: [] };
  const port = await replying(t, replies);
  const theirs = await nodemailerCommands(t, port);
  const connected = await connectTcp(['127.0.0.1'], port, 5000);
  if (!connected.ok) throw new Error(connected.failure.code);
  const session = createSession(connected.socket, 5000);
  t.teardown(() => close(session));
  await nextReply(session);
  const property = fc.asyncProperty(reply, async (cuts) => {
    replies.next = cuts;
    const { response } = await theirs.sendCommand('NOOP');
    return (await command(session, 'NOOP')) === response;
  });
  await t.resolves(fc.assert(property, { numRuns: 300 }));
  t.equal(session.ended, null);
});
