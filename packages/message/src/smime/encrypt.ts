import {
  constants,
  createCipheriv,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  type X509Certificate,
} from 'node:crypto';
import {
  CMSVersion,
  ContentInfo,
  EncryptedContent,
  EncryptedContentInfo,
  EnvelopedData,
  id_data,
  id_envelopedData,
  type IssuerAndSerialNumber,
  KeyAgreeRecipientIdentifier,
  KeyAgreeRecipientInfo,
  KeyTransRecipientInfo,
  OriginatorIdentifierOrKey,
  OriginatorPublicKey,
  RecipientEncryptedKey,
  RecipientEncryptedKeys,
  RecipientIdentifier,
  RecipientInfo,
  RecipientInfos,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { readExtensions } from '@postausgang/credentials/certificates';
import {
  arrayBufferOf,
  AuthEnvelopedData,
  derOf,
  GcmParameters,
  ids,
  inDerOrder,
  issuerAndSerialNumber,
  keyAgreements,
  keyTransportAlgorithms,
  SharedInfo,
} from './cms.ts';

/** Somebody a message can be encrypted to, as far as it costs time to find out. */
export interface Recipient {
  readonly identifier: IssuerAndSerialNumber;
  readonly publicKey: KeyObject;
  /** Null: the key of the content is encrypted with RSA. */
  readonly agreement: { readonly scheme: string; readonly hash: string; readonly curve: string } | null;
  /** The certificate declares AES-256-GCM among its S/MIME capabilities (RFC 4262). */
  readonly readsGcm: boolean;
}

/** Undefined when nothing can be encrypted to the key of the certificate. */
export function createRecipient(certificate: X509Certificate): Recipient | undefined {
  const { publicKey } = certificate;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const curve = details?.namedCurve ?? '';
  const agreement = keyAgreements[curve];
  if (type !== 'rsa' && (type !== 'ec' || agreement === undefined)) return undefined;
  return {
    identifier: issuerAndSerialNumber(certificate),
    publicKey,
    agreement: agreement === undefined ? null : { ...agreement, curve },
    readsGcm: readExtensions(certificate).smimeCapabilities.includes(ids.aes256Gcm),
  };
}

/** How RSA keys carry the key of the content. */
export type KeyTransport = 'rsa-pkcs1' | 'rsa-oaep';

/** The key of the content, for one recipient alone. */
function recipientInfo(recipient: Recipient, contentKey: Buffer, transport: KeyTransport): RecipientInfo {
  return recipient.agreement === null
    ? new RecipientInfo({ ktri: keyTransport(recipient, contentKey, transport) })
    : new RecipientInfo({ kari: keyAgreement(recipient, recipient.agreement, contentKey) });
}

/** RFC 5652 §6.2.1, RFC 3560 for OAEP. */
function keyTransport(
  { identifier, publicKey }: Recipient,
  contentKey: Buffer,
  transport: KeyTransport,
): KeyTransRecipientInfo {
  const padding =
    transport === 'rsa-oaep'
      ? { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
      : { padding: constants.RSA_PKCS1_PADDING };
  const encrypted = publicEncrypt({ key: publicKey, ...padding }, contentKey);
  return new KeyTransRecipientInfo({
    version: CMSVersion.v0,
    rid: new RecipientIdentifier({ issuerAndSerialNumber: identifier }),
    keyEncryptionAlgorithm: keyTransportAlgorithms[transport],
    encryptedKey: new OctetString(arrayBufferOf(encrypted)),
  });
}

const wrapAlgorithm = new AlgorithmIdentifier({ algorithm: ids.aes256Wrap });
const wrapKeyBytes = 32;
/** RFC 3394 §2.2.3.1 */
const wrapIv = Buffer.alloc(8, 0xa6);

/** Ephemeral-static ECDH (RFC 5753 §3.1). */
function keyAgreement(
  { identifier, publicKey }: Recipient,
  { scheme, hash: digest, curve }: NonNullable<Recipient['agreement']>,
  contentKey: Buffer,
): KeyAgreeRecipientInfo {
  const ephemeral = generateKeyPairSync('ec', { namedCurve: curve });
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  const wrapKey = deriveX963(digest, shared, sharedInfo(), wrapKeyBytes);
  const wrap = createCipheriv('id-aes256-wrap', wrapKey, wrapIv);
  const wrapped = Buffer.concat([wrap.update(contentKey), wrap.final()]);
  const spki = ephemeral.publicKey.export({ format: 'der', type: 'spki' });
  const { algorithm, subjectPublicKey } = AsnConvert.parse(spki, SubjectPublicKeyInfo);
  const keyEncryptionAlgorithm = new AlgorithmIdentifier({
    algorithm: scheme,
    parameters: arrayBufferOf(derOf(wrapAlgorithm)),
  });
  const rid = new KeyAgreeRecipientIdentifier({ issuerAndSerialNumber: identifier });
  const encryptedKey = new OctetString(arrayBufferOf(wrapped));
  return new KeyAgreeRecipientInfo({
    version: CMSVersion.v3,
    originator: new OriginatorIdentifierOrKey({
      originatorKey: new OriginatorPublicKey({ algorithm, publicKey: subjectPublicKey }),
    }),
    keyEncryptionAlgorithm,
    recipientEncryptedKeys: new RecipientEncryptedKeys([new RecipientEncryptedKey({ rid, encryptedKey })]),
  });
}

function sharedInfo(): Buffer {
  const keyBits = Buffer.alloc(4);
  keyBits.writeUInt32BE(wrapKeyBytes * 8);
  const info = new SharedInfo();
  info.keyInfo = wrapAlgorithm;
  info.keyBits = new OctetString(arrayBufferOf(keyBits));
  return derOf(info);
}

/** ANSI X9.63 key derivation (SEC 1 §3.6.1). */
function deriveX963(digest: string, secret: Buffer, info: Buffer, sizeBytes: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 1, size = 0; size < sizeBytes; counter += 1) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const block = Buffer.from(hash(digest, Buffer.concat([secret, count, info]), 'buffer'));
    blocks.push(block);
    size += block.length;
  }
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

export type ContentEncryption = 'aes-256-cbc' | 'aes-256-gcm';

/**
 * What `auto` means for a message. The own certificate is not asked: every signature made with it declares AES-256-GCM.
 */
export function contentEncryptionFor(
  choice: ContentEncryption | 'auto',
  recipients: readonly Recipient[],
): ContentEncryption {
  if (choice !== 'auto') return choice;
  return recipients.every(({ readsGcm }) => readsGcm) ? 'aes-256-gcm' : 'aes-256-cbc';
}

export interface EncryptionOptions {
  readonly contentEncryption: ContentEncryption;
  readonly keyTransport: KeyTransport;
}

/**
 * Encrypts content to everybody in `recipients` and nobody else, with a new key: EnvelopedData (RFC 5652 §6) with
 * AES-256-CBC, AuthEnvelopedData (RFC 5083) with AES-256-GCM. As DER.
 */
export function encryptContent(
  content: Uint8Array,
  recipients: readonly Recipient[],
  { contentEncryption, keyTransport }: EncryptionOptions,
): Uint8Array {
  const contentKey = randomBytes(32);
  const infos = new RecipientInfos(
    inDerOrder(recipients.map((one) => recipientInfo(one, contentKey, keyTransport))),
  );
  return contentEncryption === 'aes-256-gcm'
    ? authEnveloped(content, contentKey, infos)
    : enveloped(content, contentKey, infos);
}

function enveloped(content: Uint8Array, contentKey: Buffer, recipientInfos: RecipientInfos): Uint8Array {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', contentKey, iv);
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()]);
  const data = new EnvelopedData({
    // RFC 5652 §6.1: 0 while every recipient has version 0.
    version: recipientInfos.some(({ kari }) => kari !== undefined) ? CMSVersion.v2 : CMSVersion.v0,
    recipientInfos,
    encryptedContentInfo: encryptedContentInfo(
      ids.aes256Cbc,
      derOf(new OctetString(arrayBufferOf(iv))),
      ciphertext,
    ),
  });
  return contentInfo(id_envelopedData, data);
}

function authEnveloped(content: Uint8Array, contentKey: Buffer, recipientInfos: RecipientInfos): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', contentKey, nonce, { authTagLength: 16 });
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()]);
  const parameters = Object.assign(new GcmParameters(), { nonce: new OctetString(arrayBufferOf(nonce)) });
  const data = Object.assign(new AuthEnvelopedData(), {
    recipientInfos,
    authEncryptedContentInfo: encryptedContentInfo(ids.aes256Gcm, derOf(parameters), ciphertext),
    mac: new OctetString(arrayBufferOf(cipher.getAuthTag())),
  });
  return contentInfo(ids.authEnvelopedData, data);
}

function encryptedContentInfo(
  algorithm: string,
  parameters: Buffer,
  ciphertext: Buffer,
): EncryptedContentInfo {
  return new EncryptedContentInfo({
    contentType: id_data,
    contentEncryptionAlgorithm: new AlgorithmIdentifier({ algorithm, parameters: arrayBufferOf(parameters) }),
    encryptedContent: new EncryptedContent({ value: new OctetString(arrayBufferOf(ciphertext)) }),
  });
}

function contentInfo(contentType: string, data: object): Uint8Array {
  return derOf(new ContentInfo({ contentType, content: arrayBufferOf(derOf(data)) }));
}
