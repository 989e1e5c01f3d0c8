import { createHash, type X509Certificate } from 'node:crypto';
import type { FailureCode } from '@postausgang/contracts';

/**
 * The channel binding `tls-server-end-point` (RFC 5929 section 4) of a connection with this server certificate: ties a
 * sign-in to the TLS connection it was made on, so that nobody can pass it on to another server. Undefined for
 * certificates whose signature has no hash of its own (Ed25519), for which the RFC defines none.
 */
export function tlsServerEndPoint(certificate: X509Certificate): Uint8Array | undefined {
  const algorithm = hashOf(certificate.signatureAlgorithm ?? '');
  if (algorithm === undefined) return undefined;
  const hash = createHash(algorithm).update(certificate.raw).digest();
  return Buffer.concat([Buffer.from('tls-server-end-point:'), hash]);
}

/** The hash of the signature; SHA-256 stands in for MD5 and SHA-1. Of RSASSA-PSS Node does not say which it is. */
function hashOf(signatureAlgorithm: string): string | undefined {
  const [, bits] = /sha_?(256|384|512)/i.exec(signatureAlgorithm) ?? [];
  if (bits !== undefined) return `sha${bits}`;
  return /md5|sha_?1|rsassapss/i.test(signatureAlgorithm) ? 'sha256' : undefined;
}

/** Why a token could not be made. `code` is one of the failures that connection tests and mails show. */
export class WindowsAuthenticationError extends Error {
  readonly code: FailureCode;

  /** @param detail technical, in English; never a secret */
  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.name = 'WindowsAuthenticationError';
    this.code = code;
  }
}

/**
 * One sign-in: turns what the server sends into what to send back, whatever carries the tokens (SMTP AUTH, HTTP
 * `Authorization`). Of use once.
 */
export interface SecurityContext {
  /** For people, e.g. `NTLMv2`. */
  readonly protocol: 'Kerberos' | 'NTLMv2';
  /**
   * Whether our side has all it needs. A server that says "signed in" before has not proven who it is (Kerberos), or has
   * not looked at the password at all (NTLM): do not believe it.
   */
  isComplete(): boolean;
  /**
   * The token to send next; empty when there is nothing left to say.
   *
   * @param token the server's, null for the first step
   * @throws WindowsAuthenticationError
   */
  step(token: Uint8Array | null): Promise<Uint8Array>;
}
