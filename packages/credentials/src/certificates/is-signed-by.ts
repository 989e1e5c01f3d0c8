import type { X509Certificate } from 'node:crypto';

/** Whether `issuer` has issued the certificate: by its name, its extensions and its signature. */
export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
