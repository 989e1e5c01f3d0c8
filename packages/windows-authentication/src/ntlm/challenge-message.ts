import { WindowsAuthenticationError } from '../windows-authentication-error.ts';
import { hasFlag, ntlmFlags } from './flags.ts';
import { signature } from './message.ts';
import { type Attribute, attributeIds, readTargetInfo } from './target-info.ts';

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
