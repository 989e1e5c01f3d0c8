import { createServer } from 'node:net';
import { type Test, test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import type { Transport } from '../../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createSmtpConnectionTest } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import {
  createPlaces,
  createServerMemories,
} from '../../../../services/mailer/src/transports/smtp/server-memory.ts';
import { openSmtpTransport } from '../../../../services/mailer/src/transports/smtp/transport.ts';
import {
  type ScriptedSmtp,
  type ScriptedSmtpOptions,
  startScriptedSmtp,
} from '../../../peers/scripted-smtp.ts';
import { type Action, drop, reply } from '../../../peers/smtp-script.ts';
import { waitFor } from '../../../peers/wait-for.ts';
import { type Changes, message, optionsFor, request, signedIn, summaryOf } from './fixture.ts';

async function scripted(t: Test, options: ScriptedSmtpOptions = {}): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(options);
  t.teardown(() => server.stop());
  return server;
}

const live = ({ conversations }: ScriptedSmtp): number =>
  conversations.filter(({ closed }) => !closed).length;

async function open(t: Test, port: number, changes: Changes): Promise<Transport> {
  const opened = await openSmtpTransport(optionsFor(port, changes));
  if (!opened.ok) throw new Error(`${opened.failure.code} ${opened.failure.detail}`);
  t.teardown(() => opened.transport.close());
  return opened.transport;
}

/** A server that allows so many connections at a time, and counts those it refuses. */
async function crowded(t: Test, allowed: number, refuse: () => Action) {
  const counts = { refused: 0, most: 0 };
  const server = await scripted(t);
  server.use({
    greeting() {
      counts.most = Math.max(counts.most, live(server));
      if (live(server) < allowed) return undefined;
      counts.refused += 1;
      return refuse();
    },
  });
  return { server, counts };
}

test('tests and new transports take their places from mail, whatever number a server allows', async (t) => {
  for (const allowed of [1, 2, 3, 5]) {
    const rounds = allowed === 2 ? 20 : 5;
    const refuse = () => drop('421 4.7.0 Too many concurrent connections from your address');
    const { server, counts } = await crowded(t, allowed, refuse);
    const memories = createServerMemories();
    const transport = await open(t, server.port, { memories });
    let isBusy = true;
    let sent = 0;
    const lost: string[] = [];
    const keepSending = async (): Promise<void> => {
      while (isBusy) {
        t.same(summaryOf(await transport.send(request())), ['sent']);
        sent += 1;
      }
    };
    const busy = Array.from({ length: 10 }, keepSending);
    await waitFor('mail to flow', () => (sent > 20 ? true : undefined));
    const wanted = {
      from: 'a@x.test',
      to: 'b@x.test',
      outside: 'c@outside.test',
      message: messageOfBytes(message),
    };
    const test = createSmtpConnectionTest({ ...optionsFor(server.port), memories });
    for (let round = 0; round < rounds; round += 1) {
      const steps = await test(wanted);
      t.strictSame(
        steps.filter(({ state }) => state === 'failed').map(({ name, hint }) => `${name} ${hint?.code}`),
        [],
      );
      const saved = await openSmtpTransport({ ...optionsFor(server.port), memories, isAsked: true });
      t.ok(saved.ok, 'a new transport opens');
      if (saved.ok) await saved.transport.close();
    }
    isBusy = false;
    await Promise.all(busy);
    t.strictSame(lost, []);
    t.ok(counts.refused <= 3, `${allowed} allowed: ${counts.refused} refused, ${sent} sent`);
    if (allowed < 5) t.equal(transport.capacity, allowed, 'learned');
    t.equal(transport.learned?.().connections ?? 5, allowed);
  }
});

test('idle sessions give way to a test', async (t) => {
  const { server, counts } = await crowded(t, 5, () => drop('421 too many'));
  const memories = createServerMemories();
  const transport = await open(t, server.port, { memories });
  await Promise.all(Array.from({ length: 30 }, () => transport.send(request())));
  await server.until('five idle sessions', () => live(server) === 5);
  const wanted = {
    from: 'a@x.test',
    to: 'b@x.test',
    outside: 'c@outside.test',
    message: messageOfBytes(message),
  };
  const steps = await createSmtpConnectionTest({ ...optionsFor(server.port), memories })(wanted);
  t.notOk(steps.some(({ state }) => state === 'failed'));
  t.equal(counts.refused, 0);
});

test('the number of messages a session takes is learned, and no mail is put off for it', async (t) => {
  const refusals: readonly (readonly ['mail-from' | 'data', () => Action])[] = [
    ['data', () => reply('452 4.4.5 Maximum number of messages per session exceeded.')],
    ['mail-from', () => reply('452 4.7.0 session limit')],
    ['mail-from', () => drop('421 4.7.0 session limit')],
    ['data', () => drop('421 4.7.0 session limit')],
    ['mail-from', () => reply('550 5.7.0 enough')],
  ];
  for (const [stage, refuse] of refusals) {
    for (const most of [1, 10, 100]) {
      const server = await scripted(t);
      server.use({
        [stage]: ({ connection }: { connection: number }) => {
          const { messages } = server.conversations[connection - 1] ?? { messages: [] };
          return messages.length >= most ? refuse() : undefined;
        },
      });
      const transport = await open(t, server.port, {});
      const count = Math.min(40, 2 * most) * 4 + 5 * most;
      const results = await Promise.all(Array.from({ length: count }, () => transport.send(request())));
      t.strictSame(
        results.flatMap(summaryOf).filter((one) => one !== 'sent'),
        [],
        `${stage} ${most}`,
      );
      t.equal(transport.learned?.().messagesPerSession, most);
      const longer = server.conversations.filter(
        ({ commands }) => commands.filter((line) => line.startsWith('MAIL')).length > most,
      );
      t.ok(longer.length <= 5, `${longer.length} sessions were used too long`);
    }
  }
});

test('a refusal that a new session does not help against is not repeated again and again', async (t) => {
  const server = await scripted(t, { extensions: [] });
  const transport = await open(t, server.port, { maxConnections: 1 });
  t.same(summaryOf(await transport.send(request())), ['sent']);
  server.use({ 'mail-from': reply('550 5.7.1 not this sender') });
  for (let count = 0; count < 10; count += 1) {
    t.same(summaryOf(await transport.send(request())), ['rejected sender-refused']);
  }
  t.equal(server.conversations.length, 2);
  t.equal(transport.learned?.().messagesPerSession, null);
});

const countOf = (server: ScriptedSmtp, verb: string): number =>
  server.commands().filter((line) => line.startsWith(verb)).length;

test('a refused secret is tried three times, then once an hour, or when somebody asks for it', async (t) => {
  let nowMs = 0;
  const memories = createServerMemories(() => nowMs);
  const server = await scripted(t, { script: { auth: reply('535 5.7.8 authentication failed') } });
  const login = { description: signedIn, memories, password: createSecret('geheim-4711') };
  const tries = async (more: Changes = {}): Promise<string> => {
    const opened = await openSmtpTransport(optionsFor(server.port, { ...login, ...more }));
    return opened.ok ? 'ok' : opened.failure.code;
  };
  for (let count = 0; count < 3; count += 1) t.equal(await tries(), 'credentials-rejected');
  for (let count = 0; count < 10; count += 1) t.equal(await tries(), 'sign-in-paused');
  t.equal(countOf(server, 'AUTH'), 3);
  t.equal(server.conversations.length, 3, 'not even a connection is made');
  t.equal(await tries({ isAsked: true }), 'credentials-rejected', 'a change or a test tries it once');
  t.equal(await tries({ password: createSecret('another') }), 'credentials-rejected', 'another secret');
  t.equal(await tries(), 'sign-in-paused');
  nowMs += 61 * 60_000;
  t.equal(await tries(), 'credentials-rejected', 'an hour later');
  t.equal(await tries(), 'sign-in-paused');
  server.use({});
  t.equal(await tries({ isAsked: true }), 'ok');
  t.equal(await tries(), 'ok', 'a success ends the pause');
});

test('a refusal of the mechanism is followed by the next one, a refusal of the secret is not', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['501 5.5.2 cannot decode', 'ok'],
    ['502 5.5.1 not implemented', 'ok'],
    ['504 5.7.4 Unrecognized authentication type', 'ok'],
    ['534 5.7.9 mechanism too weak', 'ok'],
    ['535 5.7.3 authentication mechanism not supported', 'ok'],
    ['535 5.7.8 authentication failed', 'credentials-rejected'],
    ['454 4.7.0 temporary failure', 'authentication-unavailable'],
  ];
  for (const [text, expected] of cases) {
    const server = await scripted(t, {
      extensions: ['AUTH PLAIN LOGIN'],
      script: { auth: ({ argument }) => (argument.startsWith('PLAIN') ? reply(text) : undefined) },
    });
    const opened = await openSmtpTransport(optionsFor(server.port, { description: signedIn }));
    t.equal(opened.ok ? 'ok' : opened.failure.code, expected, text);
    t.equal(countOf(server, 'AUTH'), expected === 'ok' ? 2 : 1, text);
    if (opened.ok) await opened.transport.close();
  }
  const stubborn = await scripted(t, {
    extensions: ['AUTH PLAIN LOGIN CRAM-MD5'],
    script: { auth: reply('504 no') },
  });
  await openSmtpTransport(optionsFor(stubborn.port, { description: signedIn }));
  t.equal(countOf(stubborn, 'AUTH'), 2, 'once');
});

test('an address that does not serve gives way to the others, and is tried last for some minutes', async (t) => {
  const endings = ['421 4.3.2 going down\r\n', '554 5.3.2 no service here\r\n', '', '220 hi\r\n'];
  for (const said of endings) {
    const good = await scripted(t);
    let visits = 0;
    const bad = createServer((socket) => {
      visits += 1;
      socket.on('error', () => undefined).resume();
      socket.end(said);
    });
    await new Promise<void>((resolve) => void bad.listen(good.port, '127.0.0.2', resolve));
    t.teardown(() => new Promise<void>((resolve) => void bad.close(() => resolve())));
    let nowMs = 0;
    const changes: Changes = {
      description: { hostname: 'mail.test' },
      resolve: async () => ['127.0.0.2', '127.0.0.1'],
      memories: createServerMemories(() => nowMs),
    };
    for (let count = 0; count < 3; count += 1) {
      const transport = await open(t, good.port, changes);
      t.same(summaryOf(await transport.send(request())), ['sent'], JSON.stringify(said));
      await transport.close();
    }
    t.equal(visits, 1, 'remembered');
    nowMs += 6 * 60_000;
    await (await open(t, good.port, changes)).close();
    t.equal(visits, 2, 'and tried again');
  }
});

test('what was learned of connections is believed for longer each time', async (t) => {
  let nowMs = 0;
  const places = createPlaces(() => nowMs);
  let refused = 0;
  // An hour of load at a server that allows two.
  const seat = places.join({
    max: 5,
    isAsked: () => false,
    onGranted: () => undefined,
    giveUpIdle: () => false,
  });
  for (; nowMs < 60 * 60_000; nowMs += 10_000) {
    while (seat.tryTake()) {
      if (places.open() <= 2) {
        seat.opened();
      } else {
        refused += 1;
        t.equal(await seat.crowded(), true);
      }
    }
    t.equal(places.limit(), 2);
  }
  t.ok(refused <= 10, `${refused} refused connections in an hour`);
});
