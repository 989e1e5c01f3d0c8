/**
 * Structures of the RFCs that the library does not have. It wants a class for each; its decorators are called by hand,
 * since they do not erase.
 */
import type { X509Certificate } from 'node:crypto';
import {
  CMSVersion,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  EncryptedContentInfo,
  IssuerAndSerialNumber,
  RecipientInfos,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { RsaEsOaepParams, RsaSaPssParams, sha256, sha384, sha512 } from '@peculiar/asn1-rsa';
import { AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Certificate } from '@peculiar/asn1-x509';

/** The bytes as the library wants them. */
export function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** An object of the library as DER. */
export function derOf(object: object): Buffer {
  return Buffer.from(AsnConvert.serialize(object));
}

/**
 * The items of a SET OF in the order of DER: by their encodings, the shorter of two that begin alike first (X.690 §11.6).
 * The library writes them as they come.
 */
export function inDerOrder<Item extends object>(items: readonly Item[]): Item[] {
  return byOctets(items.map((item) => ({ item, der: derOf(item) }))).map(({ item }) => item);
}

/** Encodings in that order. */
export function encodingsInDerOrder(encodings: readonly Uint8Array[]): ArrayBuffer[] {
  return byOctets(encodings.map((der) => ({ der }))).map(({ der }) => arrayBufferOf(der));
}

const byOctets = <Encoded extends { readonly der: Uint8Array }>(all: readonly Encoded[]): Encoded[] =>
  all.toSorted((a, b) => Buffer.compare(a.der, b.der));

/** Object identifiers of what S/MIME 4.0 (RFC 8551 §2) names. */
export const ids = {
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  aes256Gcm: '2.16.840.1.101.3.4.1.46',
  aes256Wrap: '2.16.840.1.101.3.4.1.45',
  authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  capabilities: '1.2.840.113549.1.9.15',
} as const;

const mgf1 = (hash: AlgorithmIdentifier): AlgorithmIdentifier =>
  new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.8', parameters: arrayBufferOf(derOf(hash)) });

/** How a digest is named: by node:crypto, in CMS, in `micalg` (RFC 8551 §3.5.3.2), and with ECDSA. */
interface DigestChoice {
  readonly name: 'sha256' | 'sha384' | 'sha512';
  readonly identifier: AlgorithmIdentifier;
  readonly micalg: string;
  readonly withEcdsa: AlgorithmIdentifier;
}

const ecdsa = (algorithm: string): AlgorithmIdentifier => new AlgorithmIdentifier({ algorithm });

const digests = {
  sha256: { name: 'sha256', identifier: sha256, micalg: 'sha-256', withEcdsa: ecdsa('1.2.840.10045.4.3.2') },
  sha384: { name: 'sha384', identifier: sha384, micalg: 'sha-384', withEcdsa: ecdsa('1.2.840.10045.4.3.3') },
  sha512: { name: 'sha512', identifier: sha512, micalg: 'sha-512', withEcdsa: ecdsa('1.2.840.10045.4.3.4') },
} as const satisfies Record<string, DigestChoice>;

/** SHA-256, but as long as the curve: some readers (gpgsm) refuse a digest that is shorter than an ECDSA key. */
export function digestForCurve(curve: string | undefined): DigestChoice {
  switch (curve) {
    case 'secp384r1':
      return digests.sha384;
    case 'secp521r1':
      return digests.sha512;
    default:
      return digests.sha256;
  }
}

/** Signatures with RSA and SHA-256. */
export const rsaSignatures = {
  rsa: new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.1', parameters: null }),
  rsaPss: new AlgorithmIdentifier({
    algorithm: '1.2.840.113549.1.1.10',
    parameters: arrayBufferOf(
      derOf(new RsaSaPssParams({ hashAlgorithm: sha256, maskGenAlgorithm: mgf1(sha256), saltLength: 32 })),
    ),
  }),
};

/** Ways to give a recipient the key of the content. */
export const keyTransportAlgorithms = {
  'rsa-pkcs1': new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.1', parameters: null }),
  'rsa-oaep': new AlgorithmIdentifier({
    algorithm: '1.2.840.113549.1.1.7',
    parameters: arrayBufferOf(
      derOf(new RsaEsOaepParams({ hashAlgorithm: sha256, maskGenAlgorithm: mgf1(sha256) })),
    ),
  }),
};

/** ECDH with the X9.63 key derivation and a hash as strong as the curve (RFC 5753 §7.1.4). */
export const keyAgreements: Readonly<Record<string, { readonly scheme: string; readonly hash: string }>> = {
  prime256v1: { scheme: '1.3.132.1.11.1', hash: 'sha256' },
  secp384r1: { scheme: '1.3.132.1.11.2', hash: 'sha384' },
  secp521r1: { scheme: '1.3.132.1.11.3', hash: 'sha512' },
};

/** What CMS calls a certificate by (RFC 5652 §10.2.4). */
export function issuerAndSerialNumber({ raw }: X509Certificate): IssuerAndSerialNumber {
  const { issuer, serialNumber } = AsnConvert.parse(raw, Certificate).tbsCertificate;
  return new IssuerAndSerialNumber({ issuer, serialNumber });
}

/** SignedData (RFC 5652 §5.1) with the certificates as they came, in the order of DER: their signatures do not survive a new encoding. */
export class SignedMessage {
  version = CMSVersion.v1;
  digestAlgorithms = new DigestAlgorithmIdentifiers();
  encapContentInfo = new EncapsulatedContentInfo();
  certificates: ArrayBuffer[] = [];
  signerInfos = new SignerInfos();
}
AsnProp({ type: AsnPropTypes.Integer })(SignedMessage.prototype, 'version');
AsnProp({ type: DigestAlgorithmIdentifiers })(SignedMessage.prototype, 'digestAlgorithms');
AsnProp({ type: EncapsulatedContentInfo })(SignedMessage.prototype, 'encapContentInfo');
AsnProp({ type: AsnPropTypes.Any, repeated: 'set', context: 0, implicit: true })(
  SignedMessage.prototype,
  'certificates',
);
AsnProp({ type: SignerInfos })(SignedMessage.prototype, 'signerInfos');

/** A SET OF, encoded by itself: what is signed (RFC 5652 §5.4). The items have to be in the order of DER. */
export class AttributeSet {
  items: ArrayBuffer[] = [];
}
AsnType({ type: AsnTypeTypes.Choice })(AttributeSet);
AsnProp({ type: AsnPropTypes.Any, repeated: 'set' })(AttributeSet.prototype, 'items');

/** AuthEnvelopedData (RFC 5083 §2.1), without attributes. */
export class AuthEnvelopedData {
  version = CMSVersion.v0;
  recipientInfos = new RecipientInfos();
  authEncryptedContentInfo = new EncryptedContentInfo();
  mac = new OctetString();
}
AsnProp({ type: AsnPropTypes.Integer })(AuthEnvelopedData.prototype, 'version');
AsnProp({ type: RecipientInfos })(AuthEnvelopedData.prototype, 'recipientInfos');
AsnProp({ type: EncryptedContentInfo })(AuthEnvelopedData.prototype, 'authEncryptedContentInfo');
AsnProp({ type: OctetString })(AuthEnvelopedData.prototype, 'mac');

/** GCMParameters (RFC 5084 §3.2). */
export class GcmParameters {
  nonce = new OctetString();
  tagBytes = 16;
}
AsnProp({ type: OctetString })(GcmParameters.prototype, 'nonce');
AsnProp({ type: AsnPropTypes.Integer })(GcmParameters.prototype, 'tagBytes');

/** ECC-CMS-SharedInfo (RFC 5753 §7.2). */
export class SharedInfo {
  keyInfo = new AlgorithmIdentifier();
  keyBits = new OctetString();
}
AsnProp({ type: AlgorithmIdentifier })(SharedInfo.prototype, 'keyInfo');
AsnProp({ type: OctetString, context: 2 })(SharedInfo.prototype, 'keyBits');

/** SMIMECapability (RFC 8551 §2.5.2). */
export class Capability {
  id = '';
}
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(Capability.prototype, 'id');

/** SMIMECapabilities, the preferred one first. */
export class Capabilities {
  items: Capability[] = [];
}
AsnType({ type: AsnTypeTypes.Choice })(Capabilities);
AsnProp({ type: Capability, repeated: 'sequence' })(Capabilities.prototype, 'items');
