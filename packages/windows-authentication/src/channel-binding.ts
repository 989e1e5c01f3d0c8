import { createHash, type X509Certificate } from 'node:crypto';

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
