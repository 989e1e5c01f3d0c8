import { type Test, test } from 'tap';
import { type ConnectionTestStep, failure, testStepsOf } from '@postausgang/contracts';
import type { TestRequest } from '../../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createSmtpConnectionTest } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import {
  type ScriptedSmtp,
  type ScriptedSmtpOptions,
  startScriptedSmtp,
} from '../../../peers/scripted-smtp.ts';
import { drop, garbage, reply, type Script, stall } from '../../../peers/smtp-script.ts';
import { type Changes, message, optionsFor, signedIn } from './fixture.ts';

const wanted: TestRequest = {
  from: 'a@x.test',
  to: 'b@x.test',
  outside: 'c@outside.test',
  message: messageOfBytes(message),
};

async function scripted(t: Test, options: ScriptedSmtpOptions = {}): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(options);
  t.teardown(() => server.stop());
  return server;
}

function run(server: ScriptedSmtp, changes: Changes = {}, request: Partial<TestRequest> = {}) {
  return createSmtpConnectionTest(optionsFor(server.port, changes))({ ...wanted, ...request });
}

/** `ok ok failed:code skipped …` */
const states = (steps: readonly ConnectionTestStep[]): string =>
  steps.map(({ state, hint }) => (hint === undefined ? state : `${state}:${hint.code}`)).join(' ');

const stepOf = (steps: readonly ConnectionTestStep[], name: string): ConnectionTestStep | undefined =>
  steps.find((step) => step.name === name);

test('every step is there, in the contract’s order, with what was found', async (t) => {
  const server = await scripted(t);
  const steps = await run(server, { description: signedIn });
  t.same(
    steps.map(({ name }) => name),
    testStepsOf.smtp,
  );
  t.equal(states(steps), 'ok ok ok skipped ok ok ok ok ok skipped');
  const { port } = server;
  t.match(steps, [
    { detail: '127.0.0.1' },
    { detail: `127.0.0.1 port ${port}` },
    { reply: '220 scripted.test ESMTP' },
    {},
    {
      detail:
        'greeted as mailer.test, SMTPUTF8, 8BITMIME, PIPELINING, SIZE 104857600, AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2',
      reply: /^250-scripted/,
    },
    { detail: 'CRAM-MD5', reply: '235 2.7.0 Accepted' },
    { reply: '250 2.1.0 Ok' },
    { reply: '250 2.1.5 Ok' },
    { reply: '354 Go ahead' },
  ]);
  for (const step of steps) {
    const isTimed = step.state === 'skipped' ? undefined : Number.isInteger(step.milliseconds);
    t.equal(isTimed, step.state === 'skipped' ? undefined : true, step.name);
  }
});

test('shows the name it greets with, and warns where it is not fully qualified', async (t) => {
  const server = await scripted(t);
  const ehlo = async (ehloName: string) => stepOf(await run(server, { ehloName }), 'ehlo');
  t.match(await ehlo(''), { detail: /^greeted as \[127\.0\.0\.1\],/, warning: undefined });
  t.match(await ehlo('vm'), {
    state: 'ok',
    detail: /^greeted as vm,/,
    warning: { code: 'ehlo-name-unqualified', detail: 'vm' },
  });
  t.match(await ehlo('erp.acme.example'), { warning: undefined });
  const greetings = server.conversations.map(({ commands }) => commands[0]);
  t.strictSame(greetings, ['EHLO [127.0.0.1]', 'EHLO vm', 'EHLO erp.acme.example']);
});

test('breaks off before any content: nothing is delivered', async (t) => {
  for (const extensions of [['PIPELINING'], []]) {
    const server = await scripted(t, { extensions });
    t.equal(states(await run(server)), 'ok ok ok skipped ok skipped ok ok ok skipped');
    await server.until('the end of the connection', () => server.conversations[0]?.closed === true);
    t.match(server.conversations, [{ messages: [], contentBytes: 0 }]);
    t.equal(server.conversations.length, 1);
  }
});

/** A server that answers so for the outside address, and takes all others. */
const outside =
  (text: string): NonNullable<Script['rcpt-to']> =>
  ({ argument }) =>
    argument === wanted.outside ? reply(text) : undefined;

const rcptOf = async (server: ScriptedSmtp): Promise<ConnectionTestStep | undefined> =>
  stepOf(await run(server), 'rcpt-to');

test('the server is asked for an outside address, which is forgotten before DATA', async (t) => {
  for (const extensions of [['PIPELINING'], []]) {
    const server = await scripted(t, { extensions });
    t.match(await rcptOf(server), {
      state: 'ok',
      detail: 'b@x.test, c@outside.test',
      note: { code: 'outside-accepted', en: /whole message/, de: /ganze Nachricht/ },
    });
    const verbs = server.commands().map((line) => line.replace(/ SIZE=.*/, ''));
    t.strictSame(verbs.slice(1), [
      'MAIL FROM:<a@x.test>',
      'RCPT TO:<b@x.test>',
      'RCPT TO:<c@outside.test>',
      'RSET',
      'MAIL FROM:<a@x.test>',
      'RCPT TO:<b@x.test>',
      'DATA',
    ]);
  }
});

test('a server that does not relay fails the test, whatever its words', async (t) => {
  const refusals: readonly (readonly [string, string])[] = [
    ['554 5.7.1 <c@outside.test>: Relay access denied', 'relay-denied'],
    ['454 4.7.1 <c@outside.test>: Relay access denied', 'relay-denied'],
    ['550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain', 'relay-denied'],
    ['550 relay not permitted', 'relay-denied'],
    ['530 5.7.0 Authentication required', 'authentication-required'],
    ['554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using bl.example', 'client-blocklisted'],
    ['550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'sender-refused'],
    ['550 5.7.1 Not here', 'outside-recipient-refused'],
    ['554 5.7.1 <c@outside.test>: Recipient address rejected: Access denied', 'outside-recipient-refused'],
    ['550 Administrative prohibition', 'outside-recipient-refused'],
    ['500 5.5.1 What', 'unexpected-reply'],
  ];
  for (const [text, code] of refusals) {
    const server = await scripted(t, { script: { 'rcpt-to': outside(text) } });
    const steps = await run(server);
    t.equal(states(steps), `ok ok ok skipped ok skipped ok failed:${code} skipped skipped`, text);
    t.equal(stepOf(steps, 'rcpt-to')?.reply, text);
    t.notOk(server.commands().includes('DATA'), text);
  }
  const dropping = await scripted(t, {
    script: { 'rcpt-to': ({ argument }) => (argument === wanted.outside ? drop() : undefined) },
  });
  t.match(states(await run(dropping)), /failed:connection-lost skipped skipped$/);
});

test('a refusal of that one address fails nothing, and is said', async (t) => {
  const refusals = [
    '556 5.1.10 <c@outside.test>: Recipient address rejected: Domain outside.test does not accept mail (nullMX)',
    '550 5.1.1 <c@outside.test>: Recipient address rejected: User unknown',
    '450 4.1.2 <c@outside.test>: Recipient address rejected: Domain not found',
    '450 4.2.0 <c@outside.test>: Recipient address rejected: Greylisted, see http://postgrey.example',
    '451 4.7.1 Greylisting in action, please come back later',
    '552 5.2.2 Mailbox full',
    '550 Unrouteable address',
  ];
  for (const text of refusals) {
    const server = await scripted(t, { script: { 'rcpt-to': outside(text) } });
    const steps = await run(server);
    t.equal(states(steps), 'ok ok ok skipped ok skipped ok ok ok skipped', text);
    t.match(stepOf(steps, 'rcpt-to'), { reply: text, warning: { code: 'relay-unproven' }, note: undefined });
  }
});

test('a server that takes one recipient at a time is asked for the outside address alone', async (t) => {
  let recipients = 0;
  const server = await scripted(t, {
    script: {
      'mail-from': () => void (recipients = 0),
      'rcpt-to': () => ((recipients += 1) > 1 ? reply('452 4.5.3 Too many recipients') : undefined),
    },
  });
  t.match(await rcptOf(server), { state: 'ok', note: { code: 'outside-accepted' }, warning: undefined });
});

test('a server that takes one transaction a session is asked for DATA on another one', async (t) => {
  const isLater = ({ connection }: { readonly connection: number }): boolean =>
    server.conversations[connection - 1]?.commands.includes('RSET') === true;
  const server = await scripted(t);
  for (const answer of [reply('452 4.7.0 One mail a session'), drop('421 4.7.0 One mail a session')]) {
    server.use({ 'mail-from': (call) => (isLater(call) ? answer : undefined) });
    t.equal(states(await run(server)), 'ok ok ok skipped ok skipped ok ok ok skipped');
  }
  server.use({ rset: drop('221 bye') });
  t.equal(states(await run(server)), 'ok ok ok skipped ok skipped ok ok ok skipped');
  t.strictSame(server.messages(), []);
});

test('an outside address that the server cannot take is not asked for', async (t) => {
  const server = await scripted(t, { extensions: [] });
  const steps = await run(server, {}, { outside: 'bö@outside.test' });
  t.match(stepOf(steps, 'rcpt-to'), { state: 'ok', warning: { code: 'relay-unproven' } });
  t.equal(server.commands().filter((line) => line.startsWith('RCPT')).length, 2);
});

test('a step that fails says why, and the rest is skipped', async (t) => {
  const server = await scripted(t);
  const check = async (script: Script, expected: string, changes: Changes = {}): Promise<void> => {
    server.use(script);
    const steps = await run(server, changes);
    const skipped = 'skipped '.repeat(10 - expected.split(' ').length).trim();
    t.equal(states(steps), `${expected} ${skipped}`.trim(), expected);
    t.same(server.messages(), []);
  };
  await check({ greeting: reply('554 no') }, 'ok ok failed:server-refuses-service');
  await check({ greeting: garbage() }, 'ok ok failed:not-an-smtp-server');
  await check({ greeting: stall() }, 'ok ok failed:greeting-timeout', {
    description: { timeoutSeconds: 0.2 },
  });
  await check({ ehlo: drop() }, 'ok ok ok skipped failed:connection-lost');
  const wrong = reply('535 5.7.8 wrong');
  await check({ auth: wrong }, 'ok ok ok skipped ok failed:credentials-rejected', { description: signedIn });
  const before = 'ok ok ok skipped ok skipped';
  await check({ 'mail-from': reply('550 5.7.1 no') }, `${before} failed:sender-refused`);
  await check({ 'mail-from': reply('530 5.7.0 sign in') }, `${before} failed:authentication-required`);
  await check({ 'mail-from': drop() }, `${before} failed:connection-lost`);
  await check({ 'mail-from': garbage() }, `${before} failed:unexpected-reply`);
  await check({ 'rcpt-to': reply('554 5.7.1 Relay denied') }, `${before} ok failed:relay-denied`);
  await check({ 'rcpt-to': drop('421 4.7.0 bye') }, `${before} ok failed:server-throttled`);
  await check({ 'rcpt-to': drop() }, `${before} ok failed:connection-lost`);
  await check({ data: reply('451 4.3.0 later') }, `${before} ok ok failed:message-deferred`);
  await check({ data: drop() }, `${before} ok ok failed:connection-lost`);
  await check({ data: reply('250 what') }, `${before} ok ok failed:unexpected-reply`);
});

test('what may not be reached is not tried', async (t) => {
  const server = await scripted(t);
  const { policy } = optionsFor(server.port);
  const forbidding = { policy: { ...policy, allowLoopback: false } };
  t.match(states(await run(server, forbidding)), /^failed:destination-not-allowed( skipped){9}$/);
  const unknown = { description: { hostname: 'nowhere.test' }, resolve: async () => [] };
  t.match(states(await run(server, unknown)), /^failed:host-not-found( skipped){9}$/);
  t.equal(server.conversations.length, 0);
  await server.stop();
  t.match(states(await run(server)), /^ok failed:connection-refused( skipped){8}$/);
});

test('without a password that may be used, everything before the sign-in is still tested', async (t) => {
  const server = await scripted(t);
  const { password: _password, ...options } = optionsFor(server.port, { description: signedIn });
  for (const code of ['secret-required', 'secret-unreadable'] as const) {
    const steps = await createSmtpConnectionTest({ ...options, password: failure(code) })(wanted);
    t.match(states(steps), new RegExp(`^ok ok ok skipped ok failed:${code}( skipped){4}$`));
  }
  const steps = await createSmtpConnectionTest({ ...options, password: null })(wanted);
  t.match(states(steps), /failed:secret-required/);
  t.notMatch(server.commands().join(), /AUTH|MAIL/);
});

test('replies are shown without control characters and shortened', async (t) => {
  const server = await scripted(t, { script: { greeting: reply(`554 \u001b[2J\u0007${'x'.repeat(900)}`) } });
  const step = stepOf(await run(server), 'greeting');
  t.match(step?.reply, /^554 {2}\[2J x+$/);
  t.equal(step?.reply?.length, 500);
  t.equal(step?.hint?.detail?.length, 500);
});

test('an address or a size that the server cannot take fails before it is asked', async (t) => {
  const server = await scripted(t, { extensions: ['SIZE 10'] });
  t.match(states(await run(server)), /failed:message-too-large skipped skipped skipped$/);
  const plain = await scripted(t, { extensions: [] });
  t.match(states(await run(plain, {}, { to: 'bö@x.test' })), /failed:smtputf8-unsupported/);
  t.notMatch(plain.commands().join(), /MAIL/);
});
