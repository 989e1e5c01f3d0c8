import { test } from 'tap';
import {
  assertModern,
  authenticateMessage,
  readChallenge,
  writeTargetInfo,
} from '../../packages/windows-authentication/src/ntlm/messages.ts';
import { domainUser } from '../../packages/windows-authentication/src/ntlm/ntlm-context.ts';
import {
  channelBindingsHash,
  md4,
  ntlmv2Hash,
  ntlmv2Proof,
  utf16,
} from '../../packages/windows-authentication/src/ntlm/ntlmv2.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

test('MD4 gives the digests of RFC 1320', (t) => {
  const digests = {
    '': '31d6cfe0d16ae931b73c59d7e0c089c0',
    a: 'bde52cb31de33e46245e05fbdbd6fb24',
    abc: 'a448017aaf21d8525fc10ae87aa6729d',
    'message digest': 'd9130a8164549fe818874806e1c7014b',
    abcdefghijklmnopqrstuvwxyz: 'd79e1c308aa5bbcdeea8ed63df412da9',
    ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: '043f8582f241db351ce627e153e7f0e4',
    '12345678901234567890123456789012345678901234567890123456789012345678901234567890':
      'e33b4ddc9c38f2199c3e7b164fcc0536',
  };
  for (const [text, digest] of Object.entries(digests))
    t.equal(md4(Buffer.from(text)).toString('hex'), digest);
  t.end();
});

/** MS-NLMP 4.2.1 and 4.2.4: the values all its examples share. */
const identity = { user: 'User', domain: 'Domain', password: 'Password' };
const serverChallenge = bytes('0123456789abcdef');
const clientChallenge = bytes('aaaaaaaaaaaaaaaa');
/** MS-NLMP 4.2.4.3: the CHALLENGE_MESSAGE. */
const challengeMessage = bytes(`
  4e544c4d53535000 02000000 0c000c00 38000000 33828ae2 0123456789abcdef 0000000000000000
  24002400 44000000 06007017 0000000f 530065007200760065007200
  02000c00 44006f006d00610069006e00 01000c00 530065007200760065007200 00000000`);
const targetInfo = [
  { id: 2, value: utf16('Domain') },
  { id: 1, value: utf16('Server') },
];

test('the hash of MS-NLMP 4.2.4.1.1', (t) => {
  t.equal(md4(utf16('Password')).toString('hex'), 'a4f49c406510bdcab6824ee7c30fd852', '4.2.2.1.2 NTOWFv1');
  t.equal(ntlmv2Hash(identity).toString('hex'), '0c868a403bfd7a93a3001ef22ef02e3f');
  t.end();
});

test('the response of MS-NLMP 4.2.4.2.2 and its key of 4.2.4.1.2', (t) => {
  const { response, sessionKey } = ntlmv2Proof(ntlmv2Hash(identity), {
    serverChallenge,
    clientChallenge,
    timestamp: Buffer.alloc(8),
    targetInfo: writeTargetInfo(targetInfo),
  });
  t.equal(response.subarray(0, 16).toString('hex'), '68cd0ab851e51c96aabc927bebef6a1c');
  const temp = bytes(`01010000 00000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000
    02000c00 44006f006d00610069006e00 01000c00 530065007200760065007200 00000000 00000000`);
  t.same(response.subarray(16), temp, '4.2.4.1.3');
  t.equal(sessionKey.toString('hex'), '8de40ccadbc14a82f15cb0ad0de95ca3');
  t.end();
});

test('the challenge message of MS-NLMP 4.2.4.3 is read', (t) => {
  const challenge = readChallenge(challengeMessage);
  t.equal(challenge.flags, 0xe28a8233);
  t.same(challenge.serverChallenge, serverChallenge);
  t.same(challenge.targetInfo, targetInfo);
  t.equal(challenge.timestamp, null);
  t.throws(() => assertModern(challenge), { code: 'ntlm-challenge-unsafe', message: 'no timestamp' });
  t.end();
});

test('the authenticate message has the fields of MS-NLMP 4.2.4.3 where they belong', (t) => {
  const proof = ntlmv2Proof(ntlmv2Hash(identity), {
    serverChallenge,
    clientChallenge,
    timestamp: Buffer.alloc(8),
    targetInfo: writeTargetInfo(targetInfo),
  });
  const { user, domain } = identity;
  const message = authenticateMessage({
    negotiate: Buffer.alloc(0),
    challenge: challengeMessage,
    challengeFlags: readChallenge(challengeMessage).flags,
    user,
    domain,
    workstation: 'COMPUTER',
    proof,
    hasMic: false,
  });
  const field = (offset: number): string => {
    const start = message.readUInt32LE(offset + 4);
    return message.subarray(start, start + message.readUInt16LE(offset)).toString('hex');
  };
  t.equal(message.subarray(0, 12).toString('hex'), '4e544c4d5353500003000000');
  t.equal(field(12), '00'.repeat(24), 'no LM response');
  t.equal(field(20), proof.response.toString('hex'));
  t.equal(field(28), utf16('Domain').toString('hex'));
  t.equal(field(36), utf16('User').toString('hex'));
  t.equal(field(44), utf16('COMPUTER').toString('hex'));
  t.equal(field(52), '', 'no session key is exchanged');
  t.same(message.subarray(72, 88), Buffer.alloc(16), 'no MIC without a timestamp');
  t.end();
});

test('a channel binding is hashed as gss_channel_bindings_struct', (t) => {
  const binding = Buffer.concat([
    Buffer.from('tls-server-end-point:'),
    bytes('ea05fefecc6b0bd571dbbc5baa3ed453862d044c35ef56ce08a7ff0aa5b8ab77'),
  ]);
  t.equal(channelBindingsHash(undefined).toString('hex'), '00'.repeat(16));
  // What pyspnego 0.12 makes of it.
  t.equal(channelBindingsHash(binding).toString('hex'), '2ec8d4689bde984c702f4edf53362e79');
  t.end();
});

test('a domain user is written in either form', (t) => {
  t.same(domainUser('ACME\\erp'), { user: 'erp', domain: 'ACME' });
  t.same(domainUser('erp@acme.example'), { user: 'erp@acme.example', domain: '' });
  t.same(domainUser('erp'), { user: 'erp', domain: '' });
  t.same(domainUser('\\erp'), { user: '\\erp', domain: '' });
  t.end();
});
