import type { X509Certificate } from 'node:crypto';
import { readExtensions } from './extensions.ts';
import { describePublicKey, type PublicKeyDescription, publicKeyDigest } from './public-key.ts';

/** What a certificate says of itself, for people and for choosing one. */
export interface CertificateDescription {
  /** Distinguished name, e.g. `C=DE, O=ACME GmbH, CN=Buchhaltung`. */
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal, as node:crypto prints it. */
  readonly serialNumber: string;
  /** Mail addresses, of subjectAltName and subject. */
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** RFC 3339. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Hexadecimal with colons. */
  readonly fingerprintSha256: string;
  readonly publicKey: PublicKeyDescription;
  /** SHA-256 of the public key, base64url. */
  readonly publicKeySha256: string;
  readonly isAuthority: boolean;
  readonly isSelfSigned: boolean;
  /** Names of RFC 5280; null: not restricted. */
  readonly keyUsage: readonly string[] | null;
  /** Object identifiers; null: not restricted. */
  readonly extendedKeyUsage: readonly string[] | null;
}

const unsafeCharacters = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;
const maxNameLength = 1000;

export function describeCertificate(certificate: X509Certificate): CertificateDescription {
  const { addresses, dnsNames, ipAddresses, keyUsage, extendedKeyUsage } = readExtensions(certificate);
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serialNumber: certificate.serialNumber,
    addresses: addresses.map(line),
    dnsNames: dnsNames.map(line),
    ipAddresses: ipAddresses.map(line),
    validFrom: instant(certificate.validFromDate),
    validTo: instant(certificate.validToDate),
    fingerprintSha256: certificate.fingerprint256,
    publicKey: describePublicKey(certificate),
    publicKeySha256: publicKeyDigest(certificate.publicKey),
    isAuthority: certificate.ca,
    isSelfSigned: certificate.subject === certificate.issuer,
    keyUsage,
    extendedKeyUsage,
  };
}

/** node:crypto puts each part on a line of its own. */
const distinguishedName = (name: string | undefined): string =>
  line((name ?? '').trim().split('\n').join(', '));

/** Whoever makes a certificate can write anything into it. */
const line = (text: string): string => text.replace(unsafeCharacters, ' ').slice(0, maxNameLength);

const instant = (date: Date): string => (Number.isNaN(date.getTime()) ? '' : date.toISOString());
