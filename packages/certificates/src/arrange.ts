import type { KeyObject, X509Certificate } from 'node:crypto';
import { CertificateError } from './certificate-problem.ts';
import { isSignedBy } from './is-signed-by.ts';
import type { CertificateFile } from './read-certificate-file.ts';

/** A certificate with what belongs to it. */
export interface ArrangedCertificate {
  readonly certificate: X509Certificate;
  /** Its issuer, the issuer of that, …; the root last if it was there. */
  readonly chain: readonly X509Certificate[];
}

export interface CertificateWithKey extends ArrangedCertificate {
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
