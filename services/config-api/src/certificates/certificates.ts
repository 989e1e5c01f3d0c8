import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import {
  type ArrangedCertificate,
  certificatePem,
  type CertificateProblem,
  describeCertificate,
  unsuitability,
  validityProblems,
} from '@postausgang/credentials/certificates';
import { isSignedBy } from '@postausgang/credentials/certificates/is-signed-by';
import {
  type CertificateContent,
  type CertificateKind,
  type CertificateUse,
  certificateUses,
} from '@postausgang/contracts';
import type { CertificatePut, IsIssuerKnown, SettingsState } from '@postausgang/settings';

/**
 * Certificates of others are named after themselves, by kind and SHA-256. So an id cannot come to mean another one: the
 * digest that a password is sealed for holds the id of the trusted certificate. Mailers check it.
 */
export function idOfForeignCertificate({ kind, details }: Omit<CertificatePut, 'privateKey'>): string {
  const fingerprint = (details?.fingerprintSha256 ?? '').replaceAll(':', '').toLowerCase();
  return `${kind satisfies CertificateKind}-${fingerprint}`;
}

type Anchors = ReadonlyMap<string, readonly X509Certificate[]>;

let system: Anchors | undefined;
const answers = new WeakMap<CertificateContent, { readonly trusted: string; readonly isKnown: boolean }>();

/** Whether a certificate leads to an authority of this machine or to a trusted certificate of the store. */
export function issuerKnownIn({ certificates }: Pick<SettingsState, 'certificates'>): IsIssuerKnown {
  const contents = [...certificates.values()].flatMap(({ content }) =>
    content?.kind === 'trusted' ? [content] : [],
  );
  const trusted = contents.map(({ publicKeySha256 }) => publicKeySha256).join();
  const pems = contents.flatMap(({ certificate }) => (certificate === null ? [] : [certificate]));
  let own: Anchors | undefined;
  return (content) => {
    const before = answers.get(content);
    if (before?.trusted === trusted) return before.isKnown;
    system ??= bySubject(getCACertificates('default'));
    own ??= bySubject(pems);
    const isKnown = leadsTo(content, own) || leadsTo(content, system);
    answers.set(content, { trusted, isKnown });
    return isKnown;
  };
}

function leadsTo({ certificate, chain }: CertificateContent, anchors: Anchors): boolean {
  const links = [certificate, ...chain].flatMap((pem) => (pem === null ? [] : [new X509Certificate(pem)]));
  return links.some((link) => {
    const isAnchor = anchors.get(link.subject)?.some(({ raw }) => raw.equals(link.raw)) === true;
    return isAnchor || anchors.get(link.issuer)?.some((anchor) => isSignedBy(link, anchor)) === true;
  });
}

function bySubject(pems: readonly string[]): Anchors {
  const anchors = new Map<string, X509Certificate[]>();
  for (const pem of pems) {
    const certificate = new X509Certificate(pem);
    const others = anchors.get(certificate.subject) ?? [];
    anchors.set(certificate.subject, [...others, certificate]);
  }
  return anchors;
}

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
