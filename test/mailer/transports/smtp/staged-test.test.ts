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
  probe: false,
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

test('the probe is one real mail on a connection of its own', async (t) => {
  const server = await scripted(t);
  const steps = await run(server, {}, { probe: true });
  t.equal(states(steps), 'ok ok ok skipped ok skipped ok ok ok ok');
  t.match(stepOf(steps, 'probe'), { reply: '250 2.0.0 Ok: queued' });
  t.equal(server.conversations.length, 2);
  t.match(server.messages(), [{ sender: 'a@x.test', recipients: ['b@x.test'], accepted: true }]);
  t.ok(server.messages()[0]?.content.equals(message));
});

test('the probe fails like any mail', async (t) => {
  const stateOfProbe = async (script: Script): Promise<string> => {
    const server = await scripted(t, { script });
    return states(await run(server, {}, { probe: true })).replace(/^(\w+ ){9}/, '');
  };
  const denied = reply('550 5.7.60 SMTP; Client does not have permissions to send as this sender');
  t.equal(await stateOfProbe({ 'end-of-data': denied }), 'failed:sender-refused');
  t.equal(await stateOfProbe({ 'end-of-data': drop() }), 'failed:outcome-unknown');
  t.equal(
    await stateOfProbe({
      greeting: ({ occurrence }) => (occurrence > 1 ? drop('421 4.7.0 one at a time') : undefined),
    }),
    'failed:server-throttled',
  );
  t.equal(
    await stateOfProbe({ 'rcpt-to': [undefined, reply('450 4.2.0 grey')] }),
    'failed:recipient-deferred',
  );
});

test('a step that fails says why, and the rest is skipped', async (t) => {
  const server = await scripted(t);
  const check = async (script: Script, expected: string, changes: Changes = {}): Promise<void> => {
    server.use(script);
    const steps = await run(server, changes, { probe: true });
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
