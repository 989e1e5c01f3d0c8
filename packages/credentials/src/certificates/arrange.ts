import type { KeyObject, X509Certificate } from 'node:crypto';
import { anyExtendedKeyUsage, id_kp_clientAuth, id_kp_emailProtection } from '@peculiar/asn1-x509';
import { CertificateError, type CertificateProblem } from './certificate-problem.ts';
import { type CertificateExtensions, describePublicKey, readExtensions } from './describe.ts';
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

type KeyUsages = NonNullable<CertificateExtensions['keyUsage']>;

function keyUsagesFor(certificate: X509Certificate, purpose: 'sign' | 'encrypt' | 'client'): KeyUsages {
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
 * The certificate of the private key, and its chain in order.
 *
 * @throws CertificateError `private-key-missing`, `certificate-missing`, `private-key-mismatch`, `certificate-ambiguous`,
 *   `certificate-chain-broken`
 */
export function arrangeWithKey({ certificates, keys }: CertificateFile): CertificateWithKey {
  const [key] = keys;
  if (key === undefined) throw new CertificateError('private-key-missing');
  if (keys.some((other) => !other.equals(key))) throw new CertificateError('certificate-ambiguous');
  if (certificates.length === 0) throw new CertificateError('certificate-missing');
  const matching = certificates.filter((certificate) => isKeyOf(certificate, key));
  const [certificate] = matching;
  if (certificate === undefined) throw new CertificateError('private-key-mismatch');
  if (matching.length > 1) throw new CertificateError('certificate-ambiguous');
  return { certificate, chain: chainOf(certificate, certificates), key };
}

/**
 * The one certificate of a file that is issued to somebody, and its chain: the one that has issued none of the others.
 *
 * @throws CertificateError `certificate-missing`, `certificate-ambiguous`, `certificate-chain-broken`
 */
export function arrangeWithoutKey({ certificates }: CertificateFile): ArrangedCertificate {
  const leaves = leavesOf(certificates);
  const [certificate] = leaves;
  if (certificate === undefined) throw new CertificateError('certificate-missing');
  if (leaves.length > 1) throw new CertificateError('certificate-ambiguous');
  return { certificate, chain: chainOf(certificate, certificates) };
}

/**
 * Every certificate of a file that has issued none of the others, each with its chain.
 *
 * @throws CertificateError `certificate-chain-broken`
 */
export function arrangeMany({ certificates }: CertificateFile): readonly ArrangedCertificate[] {
  return leavesOf(certificates).map((certificate) => ({
    certificate,
    chain: chainOf(certificate, certificates),
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

function leavesOf(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  const hasIssued = (issuer: X509Certificate): boolean =>
    certificates.some((other) => other !== issuer && isNamedIssuer(other, issuer) && !isSelfIssued(other));
  return certificates.filter((certificate) => !hasIssued(certificate));
}

/** @throws CertificateError `certificate-chain-broken` when an issuer is named but did not sign. */
function chainOf(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let last = certificate;
  while (!isSelfIssued(last) && chain.length < others.length) {
    const named = others.filter((other) => isNamedIssuer(last, other));
    const issuer = named.find((other) => isSignedBy(last, other));
    if (issuer === undefined && named.length > 0) throw new CertificateError('certificate-chain-broken');
    if (issuer === undefined || chain.includes(issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

const isSelfIssued = ({ subject, issuer }: X509Certificate): boolean => subject === issuer;

const isNamedIssuer = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.issuer === issuer.subject;
