import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { CertificateError } from '../certificate-problem.ts';
import { derivePkcs12 } from './key-derivation.ts';
import type { PasswordBytes } from './passwords.ts';
import { readPbes2 } from './pbes2.ts';
import { decryptRc2Cbc } from './rc2.ts';

/** pkcs-12PbeParams (RFC 7292 §C). */
class Pkcs12PbeParams {
  salt = new OctetString();
  iterations = 0;
}
AsnProp({ type: OctetString })(Pkcs12PbeParams.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(Pkcs12PbeParams.prototype, 'iterations');

/** Everything that programs of the last twenty years write; the two with RC2 are read by code of our own. */
const oldCiphers: Readonly<Record<string, { keyBytes: number; cipher: 'des-ede3-cbc' | 'rc2' }>> = {
  '1.2.840.113549.1.12.1.3': { keyBytes: 24, cipher: 'des-ede3-cbc' },
  '1.2.840.113549.1.12.1.5': { keyBytes: 16, cipher: 'rc2' },
  '1.2.840.113549.1.12.1.6': { keyBytes: 5, cipher: 'rc2' },
};
const pbes2Ciphers: Readonly<Record<string, { keyBytes: number; cipher: string }>> = {
  '2.16.840.1.101.3.4.1.2': { keyBytes: 16, cipher: 'aes-128-cbc' },
  '2.16.840.1.101.3.4.1.22': { keyBytes: 24, cipher: 'aes-192-cbc' },
  '2.16.840.1.101.3.4.1.42': { keyBytes: 32, cipher: 'aes-256-cbc' },
  '1.2.840.113549.3.7': { keyBytes: 24, cipher: 'des-ede3-cbc' },
};
const prfs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const pbes2 = '1.2.840.113549.1.5.13';

/** More rounds than this would only keep the service busy. */
const maxIterations = 1_000_000;

/**
 * Decrypts what a password protects: PBES2 (RFC 8018) or the schemes of PKCS#12. Undefined when it does not come out
 * with this password.
 *
 * @throws CertificateError `certificate-encryption-unsupported`
 */
export function decryptWithPassword(
  algorithm: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: PasswordBytes,
): Buffer | undefined {
  return algorithm.algorithm === pbes2
    ? decryptPbes2(algorithm, ciphertext, password.pbes2)
    : decryptPkcs12(algorithm, ciphertext, password.pkcs12);
}

function decryptPbes2(
  { parameters }: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: Buffer,
): Buffer | undefined {
  const scheme = parameters ? readPbes2(parameters) : undefined;
  const target = scheme === undefined ? undefined : pbes2Ciphers[scheme.cipher];
  const digest = scheme === undefined ? undefined : prfs[scheme.prf];
  if (scheme === undefined || target === undefined || digest === undefined) throw unsupported(pbes2);
  requireFewRounds(scheme.iterations);
  const key = pbkdf2Sync(password, scheme.salt, scheme.iterations, target.keyBytes, digest);
  return decipher(target.cipher, key, scheme.iv, ciphertext);
}

function decryptPkcs12(
  { algorithm, parameters }: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: Buffer,
): Buffer | undefined {
  const target = oldCiphers[algorithm];
  if (target === undefined || !parameters) throw unsupported(algorithm);
  const { salt, iterations } = AsnConvert.parse(parameters, Pkcs12PbeParams);
  requireFewRounds(iterations);
  const derivation = { digest: 'sha1', password, salt: new Uint8Array(salt.buffer), iterations };
  const key = derivePkcs12(derivation, 'key', target.keyBytes);
  const iv = derivePkcs12(derivation, 'iv', 8);
  return target.cipher === 'rc2'
    ? withoutPadding(decryptRc2Cbc(key, target.keyBytes * 8, iv, ciphertext))
    : decipher(target.cipher, key, iv, ciphertext);
}

function decipher(cipher: string, key: Buffer, iv: Uint8Array, ciphertext: Uint8Array): Buffer | undefined {
  try {
    const decryption = createDecipheriv(cipher, key, iv);
    return Buffer.concat([decryption.update(ciphertext), decryption.final()]);
  } catch {
    return undefined;
  }
}

/** PKCS#7 padding (RFC 5652 §6.3). */
function withoutPadding(padded: Buffer): Buffer | undefined {
  const size = padded.at(-1) ?? 0;
  const isPadding = size >= 1 && size <= 8 && padded.subarray(-size).every((byte) => byte === size);
  return isPadding ? padded.subarray(0, -size) : undefined;
}

/** @throws CertificateError `certificate-encryption-unsupported` */
export function requireFewRounds(iterations: number): void {
  if (!(iterations >= 1 && iterations <= maxIterations)) throw unsupported(`${iterations} iterations`);
}

function unsupported(what: string): CertificateError {
  return new CertificateError('certificate-encryption-unsupported', `Not supported: ${what}`);
}
