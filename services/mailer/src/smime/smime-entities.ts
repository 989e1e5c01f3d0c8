import { hash } from 'node:crypto';
import { base64Body } from './base64-body.ts';
import type { ContentEncryption } from './encrypt.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/**
 * A signed entity, for readers with and without S/MIME (RFC 8551 §3.5.3.2). The boundary follows from the signature, so
 * it cannot stand in what was signed before.
 */
export function multipartSigned(entity: Buffer, signature: Uint8Array, micalg: string): Buffer {
  const boundary = `=_signed-${hash('sha256', signature, 'hex').slice(0, 40)}`;
  return Buffer.concat([
    latin1(
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n' +
        ` micalg=${micalg}; boundary="${boundary}"\r\n\r\n` +
        'This is an S/MIME signed message.\r\n\r\n' +
        `--${boundary}\r\n`,
    ),
    entity,
    latin1(
      `\r\n--${boundary}\r\n` +
        'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n' +
        'Content-Transfer-Encoding: base64\r\n' +
        'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n',
    ),
    base64Body(signature),
    latin1(`\r\n--${boundary}--\r\n`),
  ]);
}

const smimeTypes = {
  'aes-256-cbc': 'enveloped-data',
  'aes-256-gcm': 'authEnveloped-data',
} as const satisfies Record<ContentEncryption, string>;

/** An encrypted entity (RFC 8551 §3.3, §3.4). */
export function envelopedEntity(enveloped: Uint8Array, contentEncryption: ContentEncryption): Buffer {
  return Buffer.concat([
    latin1(
      `Content-Type: application/pkcs7-mime; smime-type=${smimeTypes[contentEncryption]};\r\n` +
        ' name="smime.p7m"\r\n' +
        'Content-Transfer-Encoding: base64\r\n' +
        'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n',
    ),
    base64Body(enveloped),
    latin1('\r\n'),
  ]);
}
