import type { CertificateKind } from '@postausgang/contracts';
import type { CertificatePut } from '@postausgang/settings';

/**
 * Certificates of others are named after themselves, by kind and SHA-256. So an id cannot come to mean another one: the
 * digest that a password is sealed for holds the id of the trusted certificate. Mailers check it.
 */
export function idOfForeignCertificate({ kind, details }: Omit<CertificatePut, 'privateKey'>): string {
  const fingerprint = (details?.fingerprintSha256 ?? '').replaceAll(':', '').toLowerCase();
  return `${kind satisfies CertificateKind}-${fingerprint}`;
}
