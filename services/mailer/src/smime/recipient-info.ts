import {
  constants,
  createCipheriv,
  diffieHellman,
  generateKeyPairSync,
  hash,
  publicEncrypt,
} from 'node:crypto';
import {
  CMSVersion,
  KeyAgreeRecipientIdentifier,
  KeyAgreeRecipientInfo,
  KeyTransRecipientInfo,
  OriginatorIdentifierOrKey,
  OriginatorPublicKey,
  RecipientEncryptedKey,
  RecipientEncryptedKeys,
  RecipientIdentifier,
  RecipientInfo,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { ids, keyTransportAlgorithms } from './algorithms.ts';
import { arrayBufferOf, derOf } from './der.ts';
import type { Recipient } from './recipient.ts';
import { SharedInfo } from './structures.ts';

/** How RSA keys carry the key of the content. */
export type KeyTransport = 'rsa-pkcs1' | 'rsa-oaep';

/** The key of the content, for one recipient alone. */
export function recipientInfo(
  recipient: Recipient,
  contentKey: Buffer,
  transport: KeyTransport,
): RecipientInfo {
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
