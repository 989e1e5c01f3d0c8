import { type CipherGCMTypes, createDecipheriv } from 'node:crypto';
import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { CertificateError } from '../certificate-problem.ts';
import type { Derivations } from './derivations.ts';
import { decryptRc2Cbc } from './rc2.ts';
import type { PasswordBytes } from './passwords.ts';

/** PBES2-params (RFC 8018 §A.4). The library wants a class; its decorators are called by hand, they do not erase. */
class Pbes2Params {
  keyDerivation = new AlgorithmIdentifier();
  encryption = new AlgorithmIdentifier();
}
AsnProp({ type: AlgorithmIdentifier })(Pbes2Params.prototype, 'keyDerivation');
AsnProp({ type: AlgorithmIdentifier })(Pbes2Params.prototype, 'encryption');

const hmacWithSha1 = '1.2.840.113549.2.7';

/** PBKDF2-params (RFC 8018 §A.2); a salt from elsewhere is not supported by anybody. */
class Pbkdf2Params {
  salt = new OctetString();
  iterations = 0;
  keyLength?: number;
  prf = new AlgorithmIdentifier({ algorithm: hmacWithSha1, parameters: null });
}
AsnProp({ type: OctetString })(Pbkdf2Params.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(Pbkdf2Params.prototype, 'iterations');
AsnProp({ type: AsnPropTypes.Integer, optional: true })(Pbkdf2Params.prototype, 'keyLength');
AsnProp({
  type: AlgorithmIdentifier,
  defaultValue: new AlgorithmIdentifier({ algorithm: hmacWithSha1, parameters: null }),
})(Pbkdf2Params.prototype, 'prf');

const pbkdf2 = '1.2.840.113549.1.5.12';

/** What PBKDF2 is asked for. */
interface Pbkdf2 {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly keyLength: number | undefined;
  readonly digest: string;
}

/** @throws CertificateError `certificate-encryption-unsupported` when it is another function */
export function readPbkdf2({ algorithm, parameters }: AlgorithmIdentifier): Pbkdf2 {
  if (algorithm !== pbkdf2 || !parameters) throw unsupported(algorithm);
  const { salt, iterations, keyLength, prf } = AsnConvert.parse(parameters, Pbkdf2Params);
  const digest = prfs[prf.algorithm];
  if (digest === undefined) throw unsupported(prf.algorithm);
  return { salt: new Uint8Array(salt.buffer), iterations, keyLength, digest };
}

/** pkcs-12PbeParams (RFC 7292 §C). */
class Pkcs12PbeParams {
  salt = new OctetString();
  iterations = 0;
}
AsnProp({ type: OctetString })(Pkcs12PbeParams.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(Pkcs12PbeParams.prototype, 'iterations');

/** GCMParameters (RFC 5084 §3.2). */
class GcmParams {
  nonce = new OctetString();
  tagBytes = 12;
}
AsnProp({ type: OctetString })(GcmParams.prototype, 'nonce');
AsnProp({ type: AsnPropTypes.Integer, defaultValue: 12 })(GcmParams.prototype, 'tagBytes');

interface OldScheme {
  readonly keyBytes: number;
  readonly cipher: 'des' | 'des-ede' | 'des-ede3' | 'rc2';
}

/** What PKCS#12 brings along (RFC 7292 §C). RC2 is read by code of our own. */
const pkcs12Schemes: Readonly<Record<string, OldScheme>> = {
  '1.2.840.113549.1.12.1.3': { keyBytes: 24, cipher: 'des-ede3' },
  '1.2.840.113549.1.12.1.4': { keyBytes: 16, cipher: 'des-ede' },
  '1.2.840.113549.1.12.1.5': { keyBytes: 16, cipher: 'rc2' },
  '1.2.840.113549.1.12.1.6': { keyBytes: 5, cipher: 'rc2' },
};

/** PBES1 (RFC 8018 §A.3): key and IV are eight bytes each of the derived ones. */
const pbes1Schemes: Readonly<Record<string, { digest: string; cipher: 'des' | 'rc2' }>> = {
  '1.2.840.113549.1.5.3': { digest: 'md5', cipher: 'des' },
  '1.2.840.113549.1.5.6': { digest: 'md5', cipher: 'rc2' },
  '1.2.840.113549.1.5.10': { digest: 'sha1', cipher: 'des' },
  '1.2.840.113549.1.5.11': { digest: 'sha1', cipher: 'rc2' },
};
const pbes2Ciphers: Readonly<Record<string, { keyBytes: number; cipher: string }>> = {
  '2.16.840.1.101.3.4.1.2': { keyBytes: 16, cipher: 'aes-128-cbc' },
  '2.16.840.1.101.3.4.1.22': { keyBytes: 24, cipher: 'aes-192-cbc' },
  '2.16.840.1.101.3.4.1.42': { keyBytes: 32, cipher: 'aes-256-cbc' },
  '1.2.840.113549.3.7': { keyBytes: 24, cipher: 'des-ede3-cbc' },
  '1.2.392.200011.61.1.1.1.2': { keyBytes: 16, cipher: 'camellia-128-cbc' },
  '1.2.392.200011.61.1.1.1.3': { keyBytes: 24, cipher: 'camellia-192-cbc' },
  '1.2.392.200011.61.1.1.1.4': { keyBytes: 32, cipher: 'camellia-256-cbc' },
};
const pbes2GcmCiphers: Readonly<Record<string, { keyBytes: number; cipher: CipherGCMTypes }>> = {
  '2.16.840.1.101.3.4.1.6': { keyBytes: 16, cipher: 'aes-128-gcm' },
  '2.16.840.1.101.3.4.1.26': { keyBytes: 24, cipher: 'aes-192-gcm' },
  '2.16.840.1.101.3.4.1.46': { keyBytes: 32, cipher: 'aes-256-gcm' },
};
const prfs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const pbes2 = '1.2.840.113549.1.5.13';

/**
 * Decrypts what a password protects: PBES2 and PBES1 (RFC 8018), or the schemes of PKCS#12. Undefined when it does not come
 * out with this password.
 *
 * @throws CertificateError `certificate-encryption-unsupported`, `certificate-rounds-too-many`
 */
export function decryptWithPassword(
  algorithm: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: PasswordBytes,
  derivations: Derivations,
): Buffer | undefined {
  if (algorithm.algorithm === pbes2) return decryptPbes2(algorithm, ciphertext, password.pbes2, derivations);
  if (algorithm.algorithm in pbes1Schemes) {
    return decryptPbes1(algorithm, ciphertext, password.pbes2, derivations);
  }
  return decryptPkcs12(algorithm, ciphertext, password.pkcs12, derivations);
}

function decryptPbes2(
  { parameters }: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: Buffer,
  derivations: Derivations,
): Buffer | undefined {
  if (!parameters) throw unsupported(pbes2);
  const { keyDerivation, encryption } = AsnConvert.parse(parameters, Pbes2Params);
  const keyOf = (bytes: number): Buffer =>
    derivations.pbkdf2({ ...readPbkdf2(keyDerivation), password }, bytes);
  const cbc = pbes2Ciphers[encryption.algorithm];
  const gcm = pbes2GcmCiphers[encryption.algorithm];
  if (cbc !== undefined && encryption.parameters) {
    const iv = new Uint8Array(AsnConvert.parse(encryption.parameters, OctetString).buffer);
    return decipher(cbc.cipher, keyOf(cbc.keyBytes), iv, ciphertext);
  }
  if (gcm !== undefined && encryption.parameters) {
    const { nonce, tagBytes } = AsnConvert.parse(encryption.parameters, GcmParams);
    const key = keyOf(gcm.keyBytes);
    return decipherGcm({ ...gcm, key, nonce: new Uint8Array(nonce.buffer), tagBytes }, ciphertext);
  }
  throw unsupported(encryption.algorithm);
}

interface GcmKey {
  readonly cipher: CipherGCMTypes;
  readonly key: Buffer;
  readonly nonce: Uint8Array;
  readonly tagBytes: number;
}

/** The tag stands behind the ciphertext (RFC 5084 §3.2). */
function decipherGcm({ cipher, key, nonce, tagBytes }: GcmKey, ciphertext: Uint8Array): Buffer | undefined {
  try {
    const decryption = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
    decryption.setAuthTag(ciphertext.subarray(-tagBytes));
    return Buffer.concat([decryption.update(ciphertext.subarray(0, -tagBytes)), decryption.final()]);
  } catch {
    return undefined;
  }
}

function decryptPbes1(
  { algorithm, parameters }: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: Buffer,
  derivations: Derivations,
): Buffer | undefined {
  const target = pbes1Schemes[algorithm];
  if (target === undefined || !parameters) throw unsupported(algorithm);
  const { salt, iterations } = AsnConvert.parse(parameters, Pkcs12PbeParams);
  const { digest, cipher } = target;
  const derived = derivations.pbkdf1({ digest, password, salt: new Uint8Array(salt.buffer), iterations });
  return decryptOld(cipher, derived.subarray(0, 8), derived.subarray(8, 16), ciphertext);
}

function decryptPkcs12(
  { algorithm, parameters }: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: Buffer,
  derivations: Derivations,
): Buffer | undefined {
  const target = pkcs12Schemes[algorithm];
  if (target === undefined || !parameters) throw unsupported(algorithm);
  const { salt, iterations } = AsnConvert.parse(parameters, Pkcs12PbeParams);
  const derivation = { digest: 'sha1', password, salt: new Uint8Array(salt.buffer), iterations };
  const key = derivations.pkcs12(derivation, 'key', target.keyBytes);
  const iv = derivations.pkcs12(derivation, 'iv', 8);
  return decryptOld(target.cipher, key, iv, ciphertext);
}

/** Node has triple DES only; with the same key three times it is DES. */
export function decryptOld(
  cipher: OldScheme['cipher'],
  key: Buffer,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Buffer | undefined {
  switch (cipher) {
    case 'rc2':
      if (ciphertext.length === 0 || ciphertext.length % 8 !== 0) return undefined;
      return withoutPadding(decryptRc2Cbc(key, key.length * 8, iv, ciphertext));
    case 'des':
      return decipher('des-ede3-cbc', Buffer.concat([key, key, key]), iv, ciphertext);
    case 'des-ede':
      return decipher('des-ede3-cbc', Buffer.concat([key, key.subarray(0, 8)]), iv, ciphertext);
    case 'des-ede3':
      return decipher('des-ede3-cbc', key, iv, ciphertext);
  }
}

export function decipher(
  cipher: string,
  key: Buffer,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Buffer | undefined {
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

function unsupported(what: string): CertificateError {
  return new CertificateError('certificate-encryption-unsupported', `Not supported: ${what}`);
}
