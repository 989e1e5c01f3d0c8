import { createCipheriv, randomBytes } from 'node:crypto';
import {
  CMSVersion,
  ContentInfo,
  EncryptedContent,
  EncryptedContentInfo,
  EnvelopedData,
  id_data,
  id_envelopedData,
  RecipientInfos,
} from '@peculiar/asn1-cms';
import { OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { ids } from './algorithms.ts';
import { arrayBufferOf, derOf } from './der.ts';
import { type KeyTransport, recipientInfo } from './recipient-info.ts';
import type { Recipient } from './recipient.ts';
import { AuthEnvelopedData, GcmParameters } from './structures.ts';

export type ContentEncryption = 'aes-256-cbc' | 'aes-256-gcm';

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
  const infos = new RecipientInfos(recipients.map((one) => recipientInfo(one, contentKey, keyTransport)));
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
