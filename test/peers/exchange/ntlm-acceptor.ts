import { randomBytes } from 'node:crypto';
import {
  askedFlags,
  attributeIds,
  ntlmFlags,
  readTargetInfo,
  writeTargetInfo,
} from '../../../packages/windows-authentication/src/ntlm/messages.ts';
import {
  channelBindingsHash,
  hmacMd5,
  ntlmv2Hash,
} from '../../../packages/windows-authentication/src/ntlm/ntlmv2.ts';

export interface Account {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
}

/** The server's side of one NTLM sign-in, as a strict server has it: NTLMv2, MIC, channel binding and service name. */
export interface NtlmAcceptor {
  challenge(negotiate: Buffer): Buffer;
  accepts(authenticate: Buffer, account: Account, service: string, binding: Uint8Array | undefined): boolean;
}

const signature = Buffer.from('NTLMSSP\0', 'latin1');
const micOffset = 72;
const fileTimeNow = (): bigint => (BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n;

export function createNtlmAcceptor(): NtlmAcceptor {
  const serverChallenge = randomBytes(8);
  let first: Buffer = Buffer.alloc(0);
  let second: Buffer = Buffer.alloc(0);
  return {
    challenge(negotiate) {
      first = negotiate;
      second = challengeMessage(serverChallenge);
      return second;
    },
    accepts(authenticate, { domain, user, password }, service, binding) {
      const field = (offset: number): Buffer => {
        const start = authenticate.readUInt32LE(offset + 4);
        return authenticate.subarray(start, start + authenticate.readUInt16LE(offset));
      };
      const response = field(20);
      const hash = ntlmv2Hash({
        domain: field(28).toString('utf16le'),
        user: field(36).toString('utf16le'),
        password,
      });
      const proof = hmacMd5(hash, serverChallenge, response.subarray(16));
      const info = readTargetInfo(response.subarray(16 + 28)) ?? [];
      const valueOf = (id: number): Buffer | undefined => info.find((one) => one.id === id)?.value;
      const withoutMic = Buffer.from(authenticate);
      withoutMic.fill(0, micOffset, micOffset + 16);
      const mic = hmacMd5(hmacMd5(hash, proof), Buffer.concat([first, second, withoutMic]));
      return (
        field(28).toString('utf16le') === domain &&
        field(36).toString('utf16le') === user &&
        proof.equals(response.subarray(0, 16)) &&
        mic.equals(authenticate.subarray(micOffset, micOffset + 16)) &&
        valueOf(attributeIds.channelBindings)?.equals(channelBindingsHash(binding)) === true &&
        valueOf(attributeIds.targetName)?.toString('utf16le') === service
      );
    },
  };
}

function challengeMessage(serverChallenge: Buffer): Buffer {
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigUInt64LE(fileTimeNow());
  const domain = Buffer.from('ACME', 'utf16le');
  const info = writeTargetInfo([
    { id: 2, value: domain },
    { id: 1, value: Buffer.from('MAIL', 'utf16le') },
    { id: attributeIds.timestamp, value: timestamp },
  ]);
  const header = Buffer.alloc(56);
  signature.copy(header);
  header.writeUInt32LE(2, 8);
  writeField(header, 12, domain.length, 56);
  header.writeUInt32LE((askedFlags & ~ntlmFlags.key56) >>> 0, 20);
  serverChallenge.copy(header, 24);
  writeField(header, 40, info.length, 56 + domain.length);
  return Buffer.concat([header, domain, info]);
}

function writeField(header: Buffer, offset: number, length: number, start: number): void {
  header.writeUInt16LE(length, offset);
  header.writeUInt16LE(length, offset + 2);
  header.writeUInt32LE(start, offset + 4);
}
