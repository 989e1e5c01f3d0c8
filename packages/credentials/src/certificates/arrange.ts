import type { KeyObject, X509Certificate } from 'node:crypto';
import { anyExtendedKeyUsage, id_kp_clientAuth, id_kp_emailProtection } from '@peculiar/asn1-x509';
import { CertificateError, type CertificateProblem } from './certificate-problem.ts';
import { describePublicKey } from './describe.ts';
import { type KeyUsage, readExtensions } from './extensions.ts';
import { isSignedBy } from './is-signed-by.ts';
import type { CertificateFile } from './read-certificate-file.ts';

/** What a certificate is to be used for: signing mail, being a recipient of mail, signing in, or being trusted. */
type CertificatePurpose = 'sign' | 'encrypt' | 'client' | 'trust';

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

function keyUsagesFor(
  certificate: X509Certificate,
  purpose: 'sign' | 'encrypt' | 'client',
): readonly KeyUsage[] {
  if (purpose === 'encrypt') {
    return describePublicKey(certificate).type === 'ec' ? ['keyAgreement'] : ['keyEncipherment'];
  }
  return purpose === 'sign' ? ['digitalSignature', 'nonRepudiation'] : ['digitalSignature'];
}

/** A certificate with what belongs to it. */
export interface ArrangedCertificate {
  readonly certificate: X509Certificate;
  /** Its issuer, the issuer of that, …; the root last if it was there. */
  readonly chain: readonly X509Certificate[];
}

interface CertificateWithKey extends ArrangedCertificate {
  readonly key: KeyObject;
}

/**
 * The certificate of the private key, and its chain in order. A certificate that was renewed for the same key may be
 * there beside the old one; the newest counts.
 *
 * @throws CertificateError `private-key-missing`, `certificate-missing`, `private-key-mismatch`, `certificate-ambiguous`,
 *   `certificate-chain-broken`, `certificate-unreadable` where only damaged entries could be what is missing
 */
export function arrangeWithKey({ certificates, keys, damaged }: CertificateFile): CertificateWithKey {
  const orDamaged = (problem: CertificateProblem): CertificateError =>
    new CertificateError(damaged.length > 0 ? 'certificate-unreadable' : problem);
  const [key] = keys;
  if (key === undefined) throw orDamaged('private-key-missing');
  if (keys.some((other) => !other.equals(key))) throw new CertificateError('certificate-ambiguous');
  if (certificates.length === 0) throw orDamaged('certificate-missing');
  const matching = certificates.filter((certificate) => isKeyOf(certificate, key));
  const [certificate] = matching.toSorted((a, b) => b.validFromDate.getTime() - a.validFromDate.getTime());
  if (certificate === undefined) throw orDamaged('private-key-mismatch');
  return { certificate, chain: chainOf(certificate, bySubject(certificates)), key };
}

/**
 * The one certificate of a file that is issued to somebody, and its chain: the one that has issued none of the others.
 *
 * @throws CertificateError `certificate-missing`, `certificate-ambiguous`, `certificate-chain-broken`
 */
export function arrangeWithoutKey({ certificates, damaged }: CertificateFile): ArrangedCertificate {
  const leaves = leavesOf(certificates, isNamedIssuer);
  const [certificate] = leaves;
  if (certificate === undefined) {
    throw new CertificateError(damaged.length > 0 ? 'certificate-unreadable' : 'certificate-missing');
  }
  if (leaves.length > 1) throw new CertificateError('certificate-ambiguous');
  return { certificate, chain: chainOf(certificate, bySubject(certificates)) };
}

/**
 * Every certificate of a file that has issued none of the others, each with its chain. An authority that has the name of an
 * issuer and did not sign, such as an earlier one of the same name, stands for itself.
 */
export function arrangeMany({ certificates }: CertificateFile): readonly ArrangedCertificate[] {
  const hasIssued = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
    isNamedIssuer(certificate, issuer) && isSignedBy(certificate, issuer);
  const issuers = bySubject(certificates);
  return leavesOf(certificates, hasIssued).map((certificate) => ({
    certificate,
    chain: chainOf(certificate, issuers, false),
  }));
}

/** Whether a private key is the one of a certificate. */
export function isKeyOf(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key);
  } catch {
    return false;
  }
}

const bySubject = (
  certificates: readonly X509Certificate[],
): ReadonlyMap<string, readonly X509Certificate[]> => Map.groupBy(certificates, ({ subject }) => subject);

type HasIssued = (certificate: X509Certificate, issuer: X509Certificate) => boolean;

function leavesOf(certificates: readonly X509Certificate[], isIssuer: HasIssued): readonly X509Certificate[] {
  const byIssuer = Map.groupBy(certificates, ({ issuer }) => issuer);
  return certificates.filter((certificate) => {
    const named = byIssuer.get(certificate.subject) ?? [];
    return !named.some(
      (other) => other !== certificate && isIssuer(other, certificate) && !isSelfIssued(other),
    );
  });
}

/** @throws CertificateError `certificate-chain-broken` when an issuer is named but did not sign, unless that may be. */
function chainOf(
  certificate: X509Certificate,
  issuers: ReadonlyMap<string, readonly X509Certificate[]>,
  isStrict = true,
): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let last = certificate;
  while (!isSelfIssued(last) && chain.length < longestChain) {
    const named = issuers.get(last.issuer) ?? [];
    const issuer = named.find((other) => isSignedBy(last, other));
    if (issuer === undefined && named.length > 0 && isStrict)
      throw new CertificateError('certificate-chain-broken');
    if (issuer === undefined || chain.includes(issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** Nobody has more authorities above each other. */
const longestChain = 20;

const isSelfIssued = ({ subject, issuer }: X509Certificate): boolean => subject === issuer;

const isNamedIssuer = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.issuer === issuer.subject;
