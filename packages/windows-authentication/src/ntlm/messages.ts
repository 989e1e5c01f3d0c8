import { WindowsAuthenticationError } from '../security-context.ts';
import { hmacMd5, type Proof, signature, utf16, version } from './ntlmv2.ts';

/** Negotiation flags (MS-NLMP 2.2.2.5), as far as they matter here. */
export const ntlmFlags = {
  unicode: 0x0000_0001,
  requestTarget: 0x0000_0004,
  ntlm: 0x0000_0200,
  alwaysSign: 0x0000_8000,
  extendedSessionSecurity: 0x0008_0000,
  targetInfo: 0x0080_0000,
  version: 0x0200_0000,
  key128: 0x2000_0000,
  key56: 0x8000_0000,
} as const;

/** What is asked for: no signing or sealing, since TLS protects what follows the sign-in; so no key exchange either. */
export const askedFlags =
  (ntlmFlags.unicode |
    ntlmFlags.requestTarget |
    ntlmFlags.ntlm |
    ntlmFlags.alwaysSign |
    ntlmFlags.extendedSessionSecurity |
    ntlmFlags.targetInfo |
    ntlmFlags.version |
    ntlmFlags.key128 |
    ntlmFlags.key56) >>>
  0;

const hasFlag = (flags: number, flag: number): boolean => (flags & flag) !== 0;

/** One attribute of a target (MS-NLMP 2.2.2.1). */
export interface Attribute {
  readonly id: number;
  readonly value: Buffer;
}

/** The attributes that are read or written here. */
export const attributeIds = { end: 0, flags: 6, timestamp: 7, targetName: 9, channelBindings: 10 } as const;

/** The attributes before the one that ends the list; null when the list is not well formed. */
export function readTargetInfo(bytes: Buffer): readonly Attribute[] | null {
  const attributes: Attribute[] = [];
  for (let offset = 0; offset + 4 <= bytes.length;) {
    const id = bytes.readUInt16LE(offset);
    const end = offset + 4 + bytes.readUInt16LE(offset + 2);
    if (id === attributeIds.end) return attributes;
    if (end > bytes.length) return null;
    attributes.push({ id, value: bytes.subarray(offset + 4, end) });
    offset = end;
  }
  return null;
}

/** The list of the attributes, with its end. */
export function writeTargetInfo(attributes: readonly Attribute[]): Buffer {
  const end = { id: attributeIds.end, value: Buffer.alloc(0) };
  return Buffer.concat(
    [...attributes, end].flatMap(({ id, value }) => {
      const header = Buffer.alloc(4);
      header.writeUInt16LE(id);
      header.writeUInt16LE(value.length, 2);
      return [header, value];
    }),
  );
}

/** What a server's CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2) says. */
export interface Challenge {
  readonly flags: number;
  /** 8 bytes. */
  readonly serverChallenge: Buffer;
  /** Empty when there is none. */
  readonly targetInfo: readonly Attribute[];
  /** FILETIME, 8 bytes; null when the server sends none. */
  readonly timestamp: Buffer | null;
}

const unsafe = (detail: string): WindowsAuthenticationError =>
  new WindowsAuthenticationError('ntlm-challenge-unsafe', detail);

/** @throws WindowsAuthenticationError `ntlm-challenge-unsafe` when it is no well-formed challenge */
export function readChallenge(message: Buffer): Challenge {
  const isChallenge =
    message.length >= 32 && message.subarray(0, 8).equals(signature) && message.readUInt32LE(8) === 2;
  if (!isChallenge) throw unsafe('not a challenge message');
  const flags = message.readUInt32LE(20);
  const targetInfo = hasFlag(flags, ntlmFlags.targetInfo) ? readTargetInfo(targetInfoBytes(message)) : [];
  if (targetInfo === null) throw unsafe('malformed target information');
  const timestamp = targetInfo.find(({ id }) => id === attributeIds.timestamp)?.value ?? null;
  if (timestamp !== null && timestamp.length !== 8) throw unsafe('malformed timestamp');
  return { flags, serverChallenge: message.subarray(24, 32), targetInfo, timestamp };
}

function targetInfoBytes(message: Buffer): Buffer {
  if (message.length < 48) throw unsafe('cut off');
  const offset = message.readUInt32LE(44);
  const end = offset + message.readUInt16LE(40);
  if (end > message.length) throw unsafe('target information beyond the end');
  return message.subarray(offset, end);
}

/**
 * Refuses what only somebody in between, or a server from before 2008, leaves out of a challenge: without the target
 * information there is no channel binding, without the timestamp no MIC, without extended session security it is NTLMv1.
 *
 * @throws WindowsAuthenticationError `ntlm-challenge-unsafe`
 */
export function assertModern({ flags, targetInfo, timestamp }: Challenge): void {
  const required = ['unicode', 'ntlm', 'extendedSessionSecurity', 'targetInfo', 'key128'] as const;
  const missing = required.filter((name) => !hasFlag(flags, ntlmFlags[name]));
  if (missing.length > 0) throw unsafe(`not negotiated: ${missing.join(', ')}`);
  if (targetInfo.length === 0) throw unsafe('no target information');
  if (timestamp === null) throw unsafe('no timestamp');
}

/** @throws WindowsAuthenticationError `ntlm-challenge-unsafe` when not even the names can be sent as they are */
export function assertUnicode({ flags }: Challenge): void {
  if (!hasFlag(flags, ntlmFlags.unicode)) throw unsafe('not negotiated: unicode');
}

/** NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1), without the names that nobody looks at. Always the same. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(40);
  signature.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(askedFlags, 12);
  version.copy(message, 32);
  return message;
}

interface AuthenticateInput {
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
