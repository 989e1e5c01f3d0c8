import { createPrivateKey, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Attribute,
  AttributeTypeAndValue,
  AttributeValue,
  Extension,
  Extensions,
  GeneralName,
  id_ce_subjectAltName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';

/** The kinds of keys that can be created here. */
export const keyKinds = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'p-256', 'p-384'] as const;
type KeyKind = (typeof keyKinds)[number];

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** A new key pair; off the event loop, since RSA takes up to seconds. */
export function createKeyPair(kind: KeyKind): Promise<KeyPair> {
  switch (kind) {
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      return generate('rsa', { modulusLength: Number(kind.slice('rsa-'.length)) });
    case 'p-256':
      return generate('ec', { namedCurve: 'prime256v1' });
    case 'p-384':
      return generate('ec', { namedCurve: 'secp384r1' });
    default:
      return kind satisfies never;
  }
}

/** The one form in which private keys are sealed: PKCS#8 as PEM. */
export function privateKeyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** The key of {@link privateKeyPem}. */
export function privateKeyOfPem(pem: string): KeyObject {
  return createPrivateKey(pem);
}

/** Whom a certificate is asked for. */
interface RequestedSubject {
  readonly commonName: string;
  readonly organization?: string | undefined;
  readonly organizationalUnit?: string | undefined;
  readonly locality?: string | undefined;
  readonly state?: string | undefined;
  /** Two letters. */
  readonly country?: string | undefined;
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
}

const attributeTypes = {
  country: '2.5.4.6',
  state: '2.5.4.8',
  locality: '2.5.4.7',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  commonName: '2.5.4.3',
} as const;
const extensionRequest = '1.2.840.113549.1.9.14';
const rsaWithSha256 = new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null });
const ecdsaWithSha256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });

/** A certificate signing request (PKCS#10, RFC 2986) for the key pair, as PEM. */
export function createSigningRequest({ publicKey, privateKey }: KeyPair, subject: RequestedSubject): string {
  const info = new CertificationRequestInfo({
    version: 0,
    subject: nameOf(subject),
    subjectPKInfo: AsnConvert.parse(spki(publicKey), SubjectPublicKeyInfo),
    attributes: attributesOf(subject),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(info)), privateKey);
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: publicKey.asymmetricKeyType === 'ec' ? ecdsaWithSha256 : rsaWithSha256,
    signature: arrayBufferOf(signature),
  });
  const base64 = Buffer.from(AsnConvert.serialize(request)).toString('base64');
  const lines = base64.replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
}

const spki = (publicKey: KeyObject): Buffer => publicKey.export({ format: 'der', type: 'spki' });

function nameOf(subject: RequestedSubject): Name {
  const names = Object.keys(attributeTypes) as (keyof typeof attributeTypes)[];
  const parts = names.flatMap((name) => {
    const value = subject[name];
    return value === undefined ? [] : [attribute(attributeTypes[name], value, name === 'country')];
  });
  return new Name(parts.map((part) => new RelativeDistinguishedName([part])));
}

function attribute(type: string, text: string, isPrintable: boolean): AttributeTypeAndValue {
  const value = new AttributeValue(isPrintable ? { printableString: text } : { utf8String: text });
  return new AttributeTypeAndValue({ type, value });
}

function attributesOf({ addresses, dnsNames }: RequestedSubject): Attributes {
  const names = [
    ...addresses.map((rfc822Name) => new GeneralName({ rfc822Name })),
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
  ];
  if (names.length === 0) return new Attributes();
  const extension = new Extension({
    extnID: id_ce_subjectAltName,
    extnValue: new OctetString(AsnConvert.serialize(new SubjectAlternativeName(names))),
  });
  const values = [AsnConvert.serialize(new Extensions([extension]))];
  return new Attributes([new Attribute({ type: extensionRequest, values })]);
}

function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
