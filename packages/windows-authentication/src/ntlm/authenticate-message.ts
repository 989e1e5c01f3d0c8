import { askedFlags } from './flags.ts';
import { signature, utf16, version } from './message.ts';
import { hmacMd5, type Proof } from './ntlmv2.ts';

export interface AuthenticateInput {
  readonly negotiate: Uint8Array;
  readonly challenge: Uint8Array;
  readonly challengeFlags: number;
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  readonly proof: Proof;
  /** Whether the three messages are sealed by a MIC; the server knows from MsvAvFlags. */
  readonly hasMic: boolean;
}

const headerBytes = 88;
const micOffset = 72;

/**
 * AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) with the NTLMv2 response. The LM response is zeros: a server that looks at it
 * rather than at the other is none to talk to.
 */
export function authenticateMessage(input: AuthenticateInput): Buffer {
  const payload = [
    Buffer.alloc(24),
    input.proof.response,
    utf16(input.domain),
    utf16(input.user),
    utf16(input.workstation),
    Buffer.alloc(0),
  ];
  const header = Buffer.alloc(headerBytes);
  signature.copy(header);
  header.writeUInt32LE(3, 8);
  placePayload(header, payload);
  header.writeUInt32LE((input.challengeFlags & askedFlags) >>> 0, 60);
  version.copy(header, 64);
  const message = Buffer.concat([header, ...payload]);
  if (input.hasMic) {
    const mic = hmacMd5(input.proof.sessionKey, input.negotiate, input.challenge, message);
    mic.copy(message, micOffset);
  }
  return message;
}

/** Length, room and offset of each part, one after the other. */
function placePayload(header: Buffer, payload: readonly Buffer[]): void {
  let offset = headerBytes;
  for (const [index, { length }] of payload.entries()) {
    const field = 12 + 8 * index;
    header.writeUInt16LE(length, field);
    header.writeUInt16LE(length, field + 2);
    header.writeUInt32LE(offset, field + 4);
    offset += length;
  }
}
