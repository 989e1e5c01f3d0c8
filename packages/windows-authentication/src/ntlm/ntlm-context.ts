import { randomBytes } from 'node:crypto';
import { type SecurityContext, WindowsAuthenticationError } from '../security-context.ts';
import {
  assertModern,
  assertUnicode,
  type Attribute,
  attributeIds,
  authenticateMessage,
  type Challenge,
  negotiateMessage,
  readChallenge,
  writeTargetInfo,
} from './messages.ts';
import { channelBindingsHash, ntlmv2Hash, ntlmv2Proof, utf16 } from './ntlmv2.ts';

/** `DOMAIN\user` in its parts. A `user@domain` name is the user, and its domain stays empty. */
export function domainUser(name: string): { readonly user: string; readonly domain: string } {
  const [, domain = '', user = name] = /^([^\\]+)\\(.+)$/.exec(name) ?? [];
  return { user, domain };
}

/*
 * NTLMv2, and nothing older: neither the LM nor the NTLMv1 response is ever computed, whatever a challenge asks for.
 *
 * The response covers the server's name, the service it is meant for and the TLS connection (channel binding), and a MIC
 * covers all three messages, so a server that checks them notices when a sign-in was passed on or changed on its way. The
 * client cannot check a challenge, since it is not signed; but it refuses one that takes these protections away.
 */

export interface NtlmContextOptions {
  /** `DOMAIN\user` or `user@domain.example`. */
  readonly username: string;
  readonly password: string;
  /** The service it is meant for, e.g. `HTTP/mail.acme.example`. */
  readonly servicePrincipal: string;
  /** Of the TLS connection: `tls-server-end-point` with its name in front (RFC 5929 §4). */
  readonly channelBinding?: Uint8Array | undefined;
  /**
   * Takes the challenge of a server that knows neither target information nor timestamps (Cyrus SASL). Only where the
   * certificate of the server was verified: then nobody else can have left them out.
   */
  readonly acceptOldServer?: boolean;
  readonly now: () => Date;
  /** 8 random bytes. */
  readonly clientChallenge?: () => Uint8Array;
}

export interface NtlmContext extends SecurityContext {
  /** What protects the sign-in beyond NTLMv2 itself, once complete: `MIC`, `channel binding`. */
  protections(): readonly string[];
}

/** Two steps: the first gives the negotiate message, the second takes the challenge and gives the response. */
export function createNtlmContext(options: NtlmContextOptions): NtlmContext {
  const negotiate = negotiateMessage();
  let protections: readonly string[] = [];
  let stage: 'new' | 'negotiating' | 'complete' = 'new';
  return {
    protocol: 'NTLMv2',
    isComplete: () => stage === 'complete',
    protections: () => protections,
    async step(token) {
      if (stage === 'new') {
        stage = 'negotiating';
        return negotiate;
      }
      if (stage === 'complete' || token === null) {
        throw new WindowsAuthenticationError('ntlm-challenge-unsafe', 'a message too many');
      }
      const message = Buffer.from(token);
      const challenge = readChallenge(message);
      const response = respond(options, negotiate, message, challenge);
      protections = protectionsOf(challenge, options);
      stage = 'complete';
      return response;
    },
  };
}

const hasMic = ({ timestamp }: Challenge): boolean => timestamp !== null;

function protectionsOf(challenge: Challenge, { channelBinding }: NtlmContextOptions): readonly string[] {
  const isBound = channelBinding !== undefined && challenge.targetInfo.length > 0;
  return [...(hasMic(challenge) ? ['MIC'] : []), ...(isBound ? ['channel binding'] : [])];
}

function respond(
  options: NtlmContextOptions,
  negotiate: Buffer,
  message: Buffer,
  challenge: Challenge,
): Buffer {
  if (options.acceptOldServer === true) assertUnicode(challenge);
  else assertModern(challenge);
  const identity = domainUser(options.username);
  const proof = ntlmv2Proof(ntlmv2Hash({ ...identity, password: options.password }), {
    serverChallenge: challenge.serverChallenge,
    clientChallenge: options.clientChallenge?.() ?? randomBytes(8),
    timestamp: challenge.timestamp ?? fileTime(options.now()),
    targetInfo: ourTargetInfo(challenge, options),
  });
  const { flags: challengeFlags } = challenge;
  const messages = { negotiate, challenge: message, challengeFlags, hasMic: hasMic(challenge) };
  return authenticateMessage({ ...messages, ...identity, workstation: '', proof });
}

/** The server's, and what we add (MS-NLMP 3.1.5.1.2): that there is a MIC, the service, the TLS connection. */
function ourTargetInfo(challenge: Challenge, options: NtlmContextOptions): Buffer {
  const { targetInfo } = challenge;
  if (targetInfo.length === 0) return Buffer.alloc(0);
  const { flags, targetName, channelBindings } = attributeIds;
  const ours: readonly Attribute[] = [
    ...(hasMic(challenge) ? [{ id: flags, value: micFlag(targetInfo) }] : []),
    { id: channelBindings, value: channelBindingsHash(options.channelBinding) },
    { id: targetName, value: utf16(options.servicePrincipal) },
  ];
  const added: readonly number[] = ours.map(({ id }) => id);
  return writeTargetInfo([...targetInfo.filter(({ id }) => !added.includes(id)), ...ours]);
}

function micFlag(targetInfo: readonly Attribute[]): Buffer {
  const value = Buffer.alloc(4);
  const given = targetInfo.find(({ id }) => id === attributeIds.flags)?.value;
  const others = given?.length === 4 ? given.readUInt32LE() : 0;
  value.writeUInt32LE((others | 2) >>> 0);
  return value;
}

/** 100 ns since 1601. */
function fileTime(now: Date): Buffer {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE((BigInt(now.getTime()) + 11_644_473_600_000n) * 10_000n);
  return value;
}
