import { randomBytes } from 'node:crypto';
import {
  AV,
  type AvPairs,
  bindingsHash,
  hmacMd5,
  ntlmv2HashOf,
  pairsOf,
  readAuthenticate,
  type ReceivedAuthenticate,
  typeOf,
  writeChallenge,
} from './ntlm-messages.ts';

export type NtlmAcceptorOptions = {
  /** Passwords by `DOMAIN\user`; by `user@domain` for names of that form. */
  users: Readonly<Record<string, string>>;
  /** `tls-server-end-point:…` of the connection as the server sees it. Then a sign-in without it is refused. */
  channelBinding?: Buffer;
  /** Then a sign-in that was meant for another service is refused. */
  servicePrincipal?: string;
  /** What somebody in between makes of the challenge. */
  tamper?: (challenge: Buffer) => Buffer;
  /** Attributes that the challenge lacks. Null: no target information at all. */
  without?: readonly number[] | null;
  /** Flags that the challenge lacks. */
  clearFlags?: number;
};

export type NtlmAnswer =
  | { kind: 'challenge'; token: Buffer }
  | { kind: 'accepted'; user: string }
  | { kind: 'refused'; why: string };

/** One sign-in: takes the client's messages one after the other. */
export type NtlmAcceptor = { accept: (token: Buffer) => NtlmAnswer };

/** Unicode, target, NTLM, always sign, target is a server, extended session security, target info, version, 128, 56. */
const FLAGS = 0xa28a8205;
const refused = (why: string): NtlmAnswer => ({ kind: 'refused', why });

/** A server that believes nothing: NTLMv2 with MIC only, and every attribute is looked at (MS-NLMP 3.2.5). */
export function createNtlmAcceptor(options: NtlmAcceptorOptions): NtlmAcceptor {
  const nonce = randomBytes(8);
  const timestamp = fileTime();
  let negotiate: Buffer | undefined;
  let challenge: Buffer = Buffer.alloc(0);
  const sent = (): Buffer => {
    const flags = FLAGS & ~(options.clearFlags ?? 0);
    const genuine = writeChallenge(flags, nonce, 'SERVER', attributes(timestamp, options.without));
    challenge = genuine;
    return options.tamper?.(Buffer.from(genuine)) ?? genuine;
  };
  return {
    accept(token) {
      if (negotiate === undefined) {
        if (typeOf(token) !== 1) return refused('not a negotiate message');
        negotiate = token;
        return { kind: 'challenge', token: sent() };
      }
      if (typeOf(token) !== 3) return refused('not an authenticate message');
      const received = readAuthenticate(token);
      const why = whatIsWrong({ negotiate, challenge, token, nonce, timestamp, received }, options);
      return why === null ? { kind: 'accepted', user: nameOf(received) } : refused(why);
    },
  };
}

type Exchange = {
  negotiate: Buffer;
  challenge: Buffer;
  token: Buffer;
  nonce: Buffer;
  timestamp: Buffer;
  received: ReceivedAuthenticate;
};

function whatIsWrong(exchange: Exchange, options: NtlmAcceptorOptions): string | null {
  const { received, nonce } = exchange;
  const { ntResponse, lmResponse, user, domain } = received;
  if (ntResponse.length <= 24) return 'NTLMv1';
  if (lmResponse.some((byte) => byte !== 0)) return 'an LM response';
  const password = options.users[nameOf(received)];
  if (password === undefined) return 'unknown user';
  const hash = ntlmv2HashOf(user, domain, password);
  const proof = hmacMd5(hash, Buffer.concat([nonce, ntResponse.subarray(16)]));
  if (!proof.equals(ntResponse.subarray(0, 16))) return 'wrong password';
  return wrongAttribute(exchange, options) ?? wrongMic(exchange, hmacMd5(hash, proof));
}

function wrongAttribute({ received, timestamp }: Exchange, options: NtlmAcceptorOptions): string | null {
  const pairs = pairsOf(received.ntResponse);
  if (pairs.get(AV.timestamp)?.equals(timestamp) !== true) return 'another timestamp';
  if (pairs.get(AV.computer)?.toString('utf16le') !== 'SERVER') return 'another computer';
  const { channelBinding, servicePrincipal } = options;
  const bound = pairs.get(AV.bindings);
  if (channelBinding !== undefined && bound?.equals(bindingsHash(channelBinding)) !== true) {
    return 'SEC_E_BAD_BINDINGS: channel bindings do not match';
  }
  const target = pairs.get(AV.target)?.toString('utf16le');
  return servicePrincipal === undefined || target === servicePrincipal ? null : 'meant for another service';
}

function wrongMic({ received, negotiate, challenge, token }: Exchange, sessionKey: Buffer): string | null {
  const flags = pairsOf(received.ntResponse).get(AV.flags)?.readUInt32LE() ?? 0;
  if ((flags & 2) === 0) return 'no MIC';
  const unsigned = Buffer.from(token);
  unsigned.fill(0, 72, 88);
  const mic = hmacMd5(sessionKey, Buffer.concat([negotiate, challenge, unsigned]));
  return mic.equals(received.mic) ? null : 'wrong MIC';
}

const nameOf = ({ user, domain }: ReceivedAuthenticate): string =>
  domain === '' ? user : `${domain}\\${user}`;

function attributes(timestamp: Buffer, without: readonly number[] | null = []): AvPairs | null {
  if (without === null) return null;
  const all = new Map([
    [AV.domain, Buffer.from('ACME', 'utf16le')],
    [AV.computer, Buffer.from('SERVER', 'utf16le')],
    [AV.timestamp, timestamp],
  ] as const);
  return new Map([...all].filter(([id]) => !without.includes(id)));
}

function fileTime(): Buffer {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE((BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n);
  return value;
}
