import { createHash, createHmac } from 'node:crypto';

/** The hash of NTLM passwords (RFC 1320), which OpenSSL 3 has no more. Good for nothing else. */
export function md4(message: Uint8Array): Buffer {
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const padded = pad(message);
  for (let offset = 0; offset < padded.length; offset += 64) addBlock(state, padded, offset);
  const digest = Buffer.alloc(16);
  state.forEach((word, index) => digest.writeUInt32LE(word, 4 * index));
  return digest;
}

function pad(message: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - 8);
  return padded;
}

interface Round {
  readonly mix: (b: number, c: number, d: number) => number;
  readonly constant: number;
  /** Which word of the block is added, step by step. */
  readonly order: readonly number[];
  /** By how many bits is rotated, step by step, over and over. */
  readonly shifts: readonly number[];
}

const rounds: readonly Round[] = [
  {
    mix: (b, c, d) => (b & c) | (~b & d),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (b, c, d) => (b & c) | (b & d) | (c & d),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (b, c, d) => b ^ c ^ d,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];

function addBlock(state: Uint32Array, padded: Buffer, offset: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (const { mix, constant, order, shifts } of rounds) {
    for (const [step, word] of order.entries()) {
      const sum = (a + mix(b, c, d) + padded.readUInt32LE(offset + 4 * word) + constant) >>> 0;
      const shift = shifts[step % 4] ?? 0;
      [a, b, c, d] = [d, (sum << shift) | (sum >>> (32 - shift)), b, c];
    }
  }
  for (const [index, value] of [a, b, c, d].entries()) state[index] = (state[index] ?? 0) + value;
}

/** What all three messages begin with (MS-NLMP 2.2.1). */
export const signature = Buffer.from('NTLMSSP\0', 'latin1');

/** Windows 10, revision 15 of NTLMSSP (MS-NLMP 2.2.2.10). For debugging only, but expected beside a MIC. */
export const version = Buffer.from('0a0000000000000f', 'hex');

export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** Whose password it is. An empty domain leaves it to the server, or is part of a `user@domain` name. */
interface NtlmIdentity {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
}

export const hmacMd5 = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer =>
  createHmac('md5', key).update(Buffer.concat(parts)).digest();

/** NTOWFv2 (MS-NLMP 3.3.2). Upper case of the user alone; the domain is written as it is. */
export function ntlmv2Hash({ user, domain, password }: NtlmIdentity): Buffer {
  return hmacMd5(md4(utf16(password)), utf16(user.toUpperCase() + domain));
}

export interface Proof {
  /** NtChallengeResponse. */
  readonly response: Buffer;
  /** SessionBaseKey, which is the exported session key as long as none is exchanged. */
  readonly sessionKey: Buffer;
}

interface ProofInput {
  readonly serverChallenge: Uint8Array;
  /** 8 random bytes. */
  readonly clientChallenge: Uint8Array;
  /** FILETIME, 8 bytes. */
  readonly timestamp: Uint8Array;
  /** Ended by its own end. */
  readonly targetInfo: Uint8Array;
}

/** The NTLMv2 response (MS-NLMP 3.3.2) and its key. */
export function ntlmv2Proof(hash: Uint8Array, input: ProofInput): Proof {
  const { serverChallenge, clientChallenge, timestamp, targetInfo } = input;
  const head = Buffer.from('0101000000000000', 'hex');
  const blob = Buffer.concat([
    head,
    timestamp,
    clientChallenge,
    Buffer.alloc(4),
    targetInfo,
    Buffer.alloc(4),
  ]);
  const proof = hmacMd5(hash, serverChallenge, blob);
  return { response: Buffer.concat([proof, blob]), sessionKey: hmacMd5(hash, proof) };
}

/** MsvAvChannelBindings: MD5 of the binding in a gss_channel_bindings_struct; zeros where there is none. */
export function channelBindingsHash(binding: Uint8Array | undefined): Buffer {
  if (binding === undefined) return Buffer.alloc(16);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(binding.length, 16);
  return createHash('md5').update(head).update(binding).digest();
}
