import type { X509Certificate } from 'node:crypto';
import { anyExtendedKeyUsage, id_kp_clientAuth, id_kp_emailProtection } from '@peculiar/asn1-x509';
import type { CertificateProblem } from './certificate-problem.ts';
import { type CertificateExtensions, readExtensions } from './extensions.ts';
import { describePublicKey } from './public-key.ts';

/** What a certificate is to be used for: signing mail, being a recipient of mail, signing in, or being trusted. */
export type CertificatePurpose = 'sign' | 'encrypt' | 'client' | 'trust';

const minRsaBits = 2048;
const curves = ['P-256', 'P-384', 'P-521'];

/** Everything that speaks against using a certificate for a purpose at this time. */
export function unsuitability(
  certificate: X509Certificate,
  purpose: CertificatePurpose,
  now: Date,
): readonly CertificateProblem[] {
  return [
    ...validityProblems(certificate, now),
    ...keyProblems(certificate, purpose),
    ...usageProblems(certificate, purpose),
  ];
}

/** Whether its time has come and not yet gone. */
export function validityProblems(
  { validFromDate, validToDate }: Pick<X509Certificate, 'validFromDate' | 'validToDate'>,
  now: Date,
): readonly CertificateProblem[] {
  // A date that cannot be read compares to nothing, so the certificate is refused.
  if (!(now.getTime() <= validToDate.getTime())) return ['certificate-expired'];
  return now.getTime() >= validFromDate.getTime() ? [] : ['certificate-not-yet-valid'];
}

function keyProblems(certificate: X509Certificate, purpose: CertificatePurpose): CertificateProblem[] {
  const { type, bits, curve } = describePublicKey(certificate);
  switch (type) {
    case 'rsa-pss':
      // Such a key may sign only (RFC 4055 §1.2).
      if (purpose === 'encrypt') return ['certificate-key-unsupported'];
      return (bits ?? 0) >= minRsaBits ? [] : ['certificate-key-weak'];
    case 'rsa':
      return (bits ?? 0) >= minRsaBits ? [] : ['certificate-key-weak'];
    case 'ec':
      return curves.includes(curve ?? '') ? [] : ['certificate-key-unsupported'];
    default:
      return purpose === 'trust' || purpose === 'client' ? [] : ['certificate-key-unsupported'];
  }
}

/** RFC 5280 §4.2.1.3 and §4.2.1.12, RFC 8550 §4.4.2: an extension that is absent restricts nothing. */
function usageProblems(certificate: X509Certificate, purpose: CertificatePurpose): CertificateProblem[] {
  if (purpose === 'trust') return [];
  const { keyUsage, extendedKeyUsage } = readExtensions(certificate);
  const wanted = keyUsagesFor(certificate, purpose);
  const isKeyFor = keyUsage === null || wanted.some((usage) => keyUsage.includes(usage));
  const extended = purpose === 'client' ? id_kp_clientAuth : id_kp_emailProtection;
  const isExtendedFor =
    extendedKeyUsage === null ||
    extendedKeyUsage.includes(extended) ||
    extendedKeyUsage.includes(anyExtendedKeyUsage);
  return isKeyFor && isExtendedFor ? [] : ['certificate-usage-wrong'];
}

type KeyUsages = NonNullable<CertificateExtensions['keyUsage']>;

function keyUsagesFor(certificate: X509Certificate, purpose: 'sign' | 'encrypt' | 'client'): KeyUsages {
  if (purpose === 'encrypt') {
    return describePublicKey(certificate).type === 'ec' ? ['keyAgreement'] : ['keyEncipherment'];
  }
  return purpose === 'sign' ? ['digitalSignature', 'nonRepudiation'] : ['digitalSignature'];
}
