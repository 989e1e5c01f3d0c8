import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MacData } from '@peculiar/asn1-pfx';
import { CertificateError } from '../certificate-problem.ts';
import { requireFewRounds } from './decrypt.ts';
import { derivePkcs12 } from './key-derivation.ts';
import type { PasswordBytes } from './passwords.ts';

const digests: Readonly<Record<string, { name: string; sizeBytes: number }>> = {
  '1.3.14.3.2.26': { name: 'sha1', sizeBytes: 20 },
  '2.16.840.1.101.3.4.2.4': { name: 'sha224', sizeBytes: 28 },
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', sizeBytes: 32 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', sizeBytes: 48 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', sizeBytes: 64 },
};

/**
 * Whether the content is as it was written by somebody who knew this password (RFC 7292 §4, §B).
 *
 * @throws CertificateError `certificate-encryption-unsupported`
 */
export function isMacRight(data: MacData, content: Uint8Array, { pkcs12: password }: PasswordBytes): boolean {
  const digest = digests[data.mac.digestAlgorithm.algorithm];
  if (digest === undefined) {
    const detail = `MAC with ${data.mac.digestAlgorithm.algorithm}`;
    throw new CertificateError('certificate-encryption-unsupported', detail);
  }
  const { iterations } = data;
  requireFewRounds(iterations);
  const salt = new Uint8Array(data.macSalt.buffer);
  const key = derivePkcs12({ digest: digest.name, password, salt, iterations }, 'mac', digest.sizeBytes);
  const expected = Buffer.from(data.mac.digest.buffer);
  const actual = createHmac(digest.name, key).update(content).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
