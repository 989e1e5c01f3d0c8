import { createHash, createHmac } from 'node:crypto';
import { md4 } from './md4.ts';
import { utf16 } from './message.ts';

/** Whose password it is. An empty domain leaves it to the server, or is part of a `user@domain` name. */
export interface NtlmIdentity {
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

export interface ProofInput {
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
