import { hash, type KeyObject, type X509Certificate } from 'node:crypto';
import { readExtensions } from './extensions.ts';

/** What kind of key a certificate is for. */
interface PublicKeyDescription {
  /** `rsa`, `rsa-pss`, `ec`, `ed25519`, … */
  readonly type: string;
  /** Size in bits; null where the curve says it. */
  readonly bits: number | null;
  /** `P-256`, `P-384`, …; null where there is none. */
  readonly curve: string | null;
}

const curveNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/** A key of a kind that OpenSSL does not know is `unknown`. */
export function describePublicKey(certificate: Pick<X509Certificate, 'publicKey'>): PublicKeyDescription {
  const publicKey = publicKeyOf(certificate);
  if (publicKey === undefined) return { type: 'unknown', bits: null, curve: null };
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  return {
    type: publicKey.asymmetricKeyType ?? 'unknown',
    bits: modulusLength ?? null,
    curve: namedCurve === undefined ? null : (curveNames[namedCurve] ?? namedCurve),
  };
}

function publicKeyOf(certificate: Pick<X509Certificate, 'publicKey'>): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a public key (SubjectPublicKeyInfo), base64url: what a private key is bound to, renewed or not. */
export function publicKeyDigest(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ format: 'der', type: 'spki' }), 'base64url');
}

/** What a certificate says of itself, for people and for choosing one. */
interface CertificateDescription {
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

/** Of a key that OpenSSL does not know, nothing but the certificate itself can be named. */
function publicKeyDigestOf(certificate: X509Certificate): string {
  const publicKey = publicKeyOf(certificate);
  return publicKey === undefined ? hash('sha256', certificate.raw, 'base64url') : publicKeyDigest(publicKey);
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
    publicKeySha256: publicKeyDigestOf(certificate),
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
