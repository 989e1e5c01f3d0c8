import {
  type ArrangedCertificate,
  certificatePem,
  type CertificateProblem,
  describeCertificate,
  unsuitability,
  validityProblems,
} from '@postausgang/certificates';
import { type CertificateKind, certificateUses, type CertificateUse } from '@postausgang/contracts';
import type { CertificatePut } from '@postausgang/settings';

/** A certificate that was read, as the store takes it; without a private key. */
export function certificatePut(
  { certificate, chain }: ArrangedCertificate,
  label: Pick<CertificatePut, 'name' | 'kind'>,
): Omit<CertificatePut, 'privateKey'> {
  const description = describeCertificate(certificate);
  const { keyUsage, extendedKeyUsage } = description;
  return {
    ...label,
    certificate: certificatePem(certificate.raw),
    chain: chain.map(({ raw }) => certificatePem(raw)),
    details: {
      ...description,
      addresses: [...description.addresses],
      dnsNames: [...description.dnsNames],
      ipAddresses: [...description.ipAddresses],
      publicKey: { ...description.publicKey },
      keyUsage: keyUsage === null ? null : [...keyUsage],
      extendedKeyUsage: extendedKeyUsage === null ? null : [...extendedKeyUsage],
      goodFor: certificateUses.filter((use) => isGoodFor(certificate, use)),
    },
    signingRequest: null,
    publicKeySha256: description.publicKeySha256,
  };
}

/** Everything that keeps a certificate from being imported as one of this kind. */
export function importProblems(
  { certificate }: ArrangedCertificate,
  kind: CertificateKind,
  now: Date,
): readonly CertificateProblem[] {
  switch (kind) {
    case 'trusted':
      return unsuitability(certificate, 'trust', now);
    case 'recipient':
      return [
        ...unsuitability(certificate, 'encrypt', now),
        ...(describeCertificate(certificate).addresses.length === 0
          ? (['certificate-address-missing'] as const)
          : []),
      ];
    case 'own':
      return ownProblems(certificate, now);
    default:
      return kind satisfies never;
  }
}

/** One use is enough. */
function ownProblems(
  certificate: ArrangedCertificate['certificate'],
  now: Date,
): readonly CertificateProblem[] {
  const each = certificateUses.map((use) => unsuitability(certificate, use, now));
  return each.some((problems) => problems.length === 0) ? [] : each.flat();
}

/** Time aside. */
function isGoodFor(certificate: ArrangedCertificate['certificate'], use: CertificateUse): boolean {
  const now = certificate.validFromDate;
  const inTime = validityProblems(certificate, now);
  return unsuitability(certificate, use, now).length === inTime.length;
}
