import { constants, hash, type KeyObject, sign as signBytes, type X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import {
  Attribute,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  id_data,
  id_signedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnObjectIdentifierConverter, OctetString } from '@peculiar/asn1-schema';
import { Time } from '@peculiar/asn1-x509';
import { readHeaderFields } from '../finished-message.ts';
import {
  arrayBufferOf,
  AttributeSet,
  Capabilities,
  Capability,
  derOf,
  digestForCurve,
  encodingsInDerOrder,
  ids,
  inDerOrder,
  issuerAndSerialNumber,
  rsaSignatures,
  SignedMessage,
} from './cms.ts';
import type { OuterField } from './entities.ts';

/** What a reader sees of a message without opening its content. */
const protectedNames = [
  'from',
  'sender',
  'to',
  'cc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
];

/** `clear`: the content is signed, so the copies are; `cipher`: it is encrypted as well. */
export type HeaderProtection = 'clear' | 'cipher';

/**
 * The fields of the content with copies of the header fields that matter, so that a signature covers them too (RFC 9788
 * §2, the successor of RFC 8551 §3.1). Readers that know nothing of it ignore them: RFC 2045 gives fields other than
 * `Content-…` no meaning in a part. The message stays as it is outside, its subject included.
 */
export function protectHeaders(
  contentFields: Buffer,
  outerFields: readonly OuterField[],
  protection: HeaderProtection,
): Buffer {
  const copies = outerFields.filter(({ name }) => protectedNames.includes(name)).map(({ bytes }) => bytes);
  const asSeen = protection === 'cipher' ? copies.map(hpOuter) : [];
  return Buffer.concat([...copies, ...asSeen, withParameter(contentFields, protection)]);
}

/** Says what stands outside where the content is encrypted (RFC 9788 §2.2). */
function hpOuter(field: Buffer): Buffer {
  return Buffer.concat([Buffer.from('HP-Outer: ', 'latin1'), field]);
}

function withParameter(contentFields: Buffer, protection: HeaderProtection): Buffer {
  const type = readHeaderFields(contentFields)?.find(({ name }) => name === 'content-type');
  if (type === undefined) return contentFields;
  return Buffer.concat([
    contentFields.subarray(0, type.end - 2),
    Buffer.from(`;\r\n hp="${protection}"\r\n`, 'latin1'),
    contentFields.subarray(type.end),
  ]);
}

/** Whose signature, and how it is made. */
interface SignerOptions {
  readonly certificate: X509Certificate;
  /** What recipients need to get from the certificate to an authority they know. */
  readonly chain: readonly X509Certificate[];
  readonly key: KeyObject;
  /** Instead of PKCS #1 v1.5, for RSA keys; keys that are for it alone use it anyway. */
  readonly usePss: boolean;
}

export interface Signer {
  /** What the signed content was digested with, as `multipart/signed` says it. */
  readonly micalg: string;
  /** Resolves with a SignedData without the content (RFC 5652 §5), as DER. */
  sign(content: Uint8Array, signingTime: Date): Promise<Uint8Array>;
}

const signAsync = promisify(signBytes);

export function createSigner({ certificate, chain, key, usePss }: SignerOptions): Signer {
  const isEc = key.asymmetricKeyType === 'ec';
  const isPss = !isEc && (usePss || key.asymmetricKeyType === 'rsa-pss');
  const digest = digestForCurve(isEc ? key.asymmetricKeyDetails?.namedCurve : undefined);
  const signatureAlgorithm = isEc ? digest.withEcdsa : rsaSignatures[isPss ? 'rsaPss' : 'rsa'];
  const padding = isPss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const sid = new SignerIdentifier({ issuerAndSerialNumber: issuerAndSerialNumber(certificate) });
  const certificates = encodingsInDerOrder([certificate, ...chain].map(({ raw }) => raw));

  return {
    micalg: digest.micalg,
    async sign(content, signingTime) {
      const signedAttrs = signedAttributes(hash(digest.name, content, 'buffer'), signingTime);
      const signature = await signAsync(digest.name, derOf(attributeSet(signedAttrs)), { key, ...padding });
      const signerInfo = new SignerInfo({
        version: CMSVersion.v1,
        sid,
        digestAlgorithm: digest.identifier,
        signedAttrs,
        signatureAlgorithm,
        signature: new OctetString(arrayBufferOf(signature)),
      });
      return contentInfoOf(signerInfo, certificates);
    },
  };
}

/** In the order of DER, in which they are signed. */
function signedAttributes(contentDigest: Uint8Array, signingTime: Date): Attribute[] {
  const digest = new OctetString(arrayBufferOf(contentDigest));
  const attributes = [
    attribute(ids.contentType, AsnObjectIdentifierConverter.toASN(id_data).toBER()),
    attribute(ids.messageDigest, arrayBufferOf(derOf(digest))),
    attribute(ids.signingTime, arrayBufferOf(derOf(new Time(signingTime)))),
    attribute(ids.capabilities, arrayBufferOf(derOf(capabilities))),
  ];
  return inDerOrder(attributes);
}

function attribute(attrType: string, value: ArrayBuffer): Attribute {
  return new Attribute({ attrType, attrValues: [value] });
}

function attributeSet(attributes: readonly Attribute[]): AttributeSet {
  const set = new AttributeSet();
  set.items = attributes.map((one) => arrayBufferOf(derOf(one)));
  return set;
}

/** What the sender can read, for those who answer encrypted. */
const capabilities = new Capabilities();
capabilities.items = [ids.aes256Gcm, ids.aes256Cbc].map((id) => Object.assign(new Capability(), { id }));

function contentInfoOf(signerInfo: SignerInfo, certificates: readonly ArrayBuffer[]): Uint8Array {
  const signed = Object.assign(new SignedMessage(), {
    digestAlgorithms: new DigestAlgorithmIdentifiers([signerInfo.digestAlgorithm]),
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: id_data }),
    certificates: [...certificates],
    signerInfos: new SignerInfos([signerInfo]),
  });
  return derOf(new ContentInfo({ contentType: id_signedData, content: arrayBufferOf(derOf(signed)) }));
}
