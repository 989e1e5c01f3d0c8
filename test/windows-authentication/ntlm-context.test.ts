import { createNtlmContext, type NtlmContextOptions } from '@postausgang/windows-authentication';
import { test } from 'tap';
import { createNtlmAcceptor, type NtlmAcceptorOptions, type NtlmAnswer } from '../peers/ntlm-acceptor.ts';
import { AV } from '../peers/ntlm-messages.ts';

const password = 'Pässwörd €';
const users = { 'ACME\\erp': password, 'erp@acme.example': password };
const servicePrincipal = 'SMTPSVC/mail.acme.example';
const channelBinding = Buffer.from(`tls-server-end-point:${'x'.repeat(32)}`);

const contextWith = (changes: Partial<NtlmContextOptions> = {}) =>
  createNtlmContext({
    username: 'ACME\\erp',
    password,
    servicePrincipal,
    now: () => new Date(),
    ...changes,
  });

type Sides = { client?: Partial<NtlmContextOptions>; server?: Partial<NtlmAcceptorOptions> };

/** One whole sign-in; `change` is somebody in between who changes the last message. */
async function signIn({ client, server }: Sides, change = (token: Buffer) => token): Promise<NtlmAnswer> {
  const context = contextWith(client);
  const acceptor = createNtlmAcceptor({ users, servicePrincipal, ...server });
  const challenge = acceptor.accept(Buffer.from(await context.step(null)));
  if (challenge.kind !== 'challenge') return challenge;
  return acceptor.accept(change(Buffer.from(await context.step(challenge.token))));
}

test('a strict server accepts either form of the name, with and without channel binding', async (t) => {
  t.same(await signIn({}), { kind: 'accepted', user: 'ACME\\erp' });
  t.same(await signIn({ client: { username: 'erp@acme.example' } }), {
    kind: 'accepted',
    user: 'erp@acme.example',
  });
  t.same(await signIn({ client: { channelBinding }, server: { channelBinding } }), {
    kind: 'accepted',
    user: 'ACME\\erp',
  });
});

test('a strict server notices what is wrong', async (t) => {
  const other = Buffer.from('tls-server-end-point:other');
  const cases: readonly [string, Sides][] = [
    ['wrong password', { client: { password: 'x' } }],
    ['unknown user', { client: { username: 'ACME\\nobody' } }],
    [
      'SEC_E_BAD_BINDINGS: channel bindings do not match',
      { client: { channelBinding: other }, server: { channelBinding } },
    ],
    ['SEC_E_BAD_BINDINGS: channel bindings do not match', { server: { channelBinding } }],
    ['meant for another service', { client: { servicePrincipal: 'HTTP/elsewhere.example' } }],
  ];
  for (const [why, sides] of cases) t.same(await signIn(sides), { kind: 'refused', why });
});

test('a message that was changed on its way has the wrong MIC', async (t) => {
  const withoutKey128 = (token: Buffer) => {
    token.writeUInt32LE((token.readUInt32LE(60) & ~0x2000_0000) >>> 0, 60);
    return token;
  };
  t.same(await signIn({}, withoutKey128), { kind: 'refused', why: 'wrong MIC' });
  const otherTarget = (challenge: Buffer) => {
    challenge.write('X', 56, 'utf16le');
    return challenge;
  };
  t.same(await signIn({ server: { tamper: otherTarget } }), { kind: 'refused', why: 'wrong MIC' });
});

const downgrades: readonly [string, Partial<NtlmAcceptorOptions>, RegExp][] = [
  ['no extended session security', { clearFlags: 0x8_0000 }, /extendedSessionSecurity/],
  ['no 128-bit keys', { clearFlags: 0x2000_0000 }, /key128/],
  ['no target information by flag', { clearFlags: 0x80_0000 }, /targetInfo/],
  ['empty target information', { without: [AV.domain, AV.computer, AV.timestamp] }, /no target information/],
  ['no target information', { without: null }, /malformed target information/],
  ['no timestamp, so no MIC', { without: [AV.timestamp] }, /no timestamp/],
  ['OEM names', { clearFlags: 1 }, /unicode/],
  ['a message cut off', { tamper: (challenge) => challenge.subarray(0, 40) }, /cut off/],
  ['fields beyond the end', { tamper: beyondTheEnd }, /beyond the end/],
  ['attributes beyond the end', { tamper: longAttribute }, /malformed target information/],
  ['another type of message', { tamper: (challenge) => challenge.fill(3, 8, 9) }, /not a challenge/],
  ['no NTLM message', { tamper: () => Buffer.from('hello') }, /not a challenge/],
  ['nothing', { tamper: () => Buffer.alloc(0) }, /not a challenge/],
];

function beyondTheEnd(challenge: Buffer): Buffer {
  challenge.writeUInt32LE(0xffff_0000, 44);
  return challenge;
}

function longAttribute(challenge: Buffer): Buffer {
  challenge.writeUInt16LE(0xffff, challenge.readUInt32LE(44) + 2);
  return challenge;
}

test('a challenge that takes protections away is refused', async (t) => {
  for (const [name, server, message] of downgrades) {
    await t.rejects(signIn({ server }), { code: 'ntlm-challenge-unsafe', message }, name);
  }
});

test('an old server is accepted where its certificate was verified, but malformed messages are not', async (t) => {
  const old = { acceptOldServer: true };
  const plain = { clearFlags: 0x2088_0000, without: null };
  t.same(await signIn({ client: old, server: plain }), { kind: 'refused', why: 'another timestamp' });
  await t.rejects(signIn({ client: old, server: { clearFlags: 1 } }), { code: 'ntlm-challenge-unsafe' });
  await t.rejects(signIn({ client: old, server: { tamper: beyondTheEnd } }), {
    code: 'ntlm-challenge-unsafe',
  });
});

test('a context is of use once', async (t) => {
  const context = contextWith();
  const acceptor = createNtlmAcceptor({ users });
  const challenge = acceptor.accept(Buffer.from(await context.step(null)));
  t.notOk(context.isComplete());
  await t.rejects(context.step(null), { code: 'ntlm-challenge-unsafe' });
  if (challenge.kind !== 'challenge') return t.fail('no challenge');
  await context.step(challenge.token);
  t.ok(context.isComplete());
  await t.rejects(context.step(challenge.token), { code: 'ntlm-challenge-unsafe' });
});
