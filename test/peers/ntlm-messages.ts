/** What an NTLM server reads and writes (MS-NLMP 2.2), written from the specification and not from our client. */
import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';

export type ReceivedAuthenticate = {
  lmResponse: Buffer;
  ntResponse: Buffer;
  domain: string;
  user: string;
  flags: number;
  mic: Buffer;
};

export const AV = { computer: 1, domain: 2, flags: 6, timestamp: 7, target: 9, bindings: 10 } as const;

export type AvPairs = ReadonlyMap<number, Buffer>;

export const typeOf = (message: Buffer): number =>
  message.toString('latin1', 0, 8) === 'NTLMSSP\0' && message.length >= 12 ? message.readUInt32LE(8) : 0;

export function writeChallenge(flags: number, nonce: Buffer, name: string, pairs: AvPairs | null): Buffer {
  const target = Buffer.from(name, 'utf16le');
  const info = pairs === null ? Buffer.alloc(0) : writePairs(pairs);
  const header = Buffer.alloc(56);
  header.write('NTLMSSP\0', 'latin1');
  header.writeUInt32LE(2, 8);
  writeField(header, 12, target.length, 56);
  header.writeUInt32LE(flags >>> 0, 20);
  nonce.copy(header, 24);
  writeField(header, 40, info.length, 56 + target.length);
  return Buffer.concat([header, target, info]);
}

function writeField(header: Buffer, at: number, length: number, offset: number): void {
  header.writeUInt16LE(length, at);
  header.writeUInt16LE(length, at + 2);
  header.writeUInt32LE(offset, at + 4);
}

function writePairs(pairs: AvPairs): Buffer {
  const parts = [...pairs].map(([id, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** Throws when a field points beyond the message. */
export function readAuthenticate(message: Buffer): ReceivedAuthenticate {
  const field = (at: number): Buffer => {
    const offset = message.readUInt32LE(at + 4);
    const end = offset + message.readUInt16LE(at);
    if (end > message.length) throw new Error('a field beyond the end');
    return message.subarray(offset, end);
  };
  return {
    lmResponse: field(12),
    ntResponse: field(20),
    domain: field(28).toString('utf16le'),
    user: field(36).toString('utf16le'),
    flags: message.readUInt32LE(60),
    mic: message.subarray(72, 88),
  };
}

/** The attributes inside of an NTLMv2 response, after its proof and the head of its blob. */
export function pairsOf(ntResponse: Buffer): AvPairs {
  const pairs = new Map<number, Buffer>();
  for (let at = 44; at + 4 <= ntResponse.length;) {
    const id = ntResponse.readUInt16LE(at);
    const length = ntResponse.readUInt16LE(at + 2);
    if (id === 0) break;
    pairs.set(id, ntResponse.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return pairs;
}

export const hmacMd5 = (key: Buffer, data: Buffer): Buffer => createHmac('md5', key).update(data).digest();

/** MD4 by OpenSSL itself. */
const md4 = (data: Buffer): Buffer =>
  execFileSync('openssl', ['dgst', '-provider', 'legacy', '-provider', 'default', '-md4', '-binary'], {
    input: data,
  });

export const ntlmv2HashOf = (user: string, domain: string, password: string): Buffer =>
  hmacMd5(md4(Buffer.from(password, 'utf16le')), Buffer.from(user.toUpperCase() + domain, 'utf16le'));

/** MD5 of a gss_channel_bindings_struct without addresses. */
export function bindingsHash(applicationData: Buffer): Buffer {
  const struct = Buffer.alloc(20 + applicationData.length);
  struct.writeUInt32LE(applicationData.length, 16);
  applicationData.copy(struct, 20);
  return createHash('md5').update(struct).digest();
}
