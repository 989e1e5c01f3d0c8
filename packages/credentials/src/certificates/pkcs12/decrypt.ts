import { createDecipheriv, hash, pbkdf2Sync } from 'node:crypto';
import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { CertificateError } from '../certificate-problem.ts';
import { decryptRc2Cbc } from './rc2.ts';
import type { PasswordBytes } from './read-pkcs12.ts';

/** What derived bytes are for (RFC 7292 §B.3). */
type Purpose = 'key' | 'iv' | 'mac';

interface Derivation {
  /** As node:crypto names it. */
  readonly digest: string;
  readonly password: Buffer;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

const purposeByte = { key: 1, iv: 2, mac: 3 } as const satisfies Record<Purpose, number>;

/** Block sizes of the hash functions, in bytes. */
const blockSizes: Readonly<Record<string, number>> = {
  sha1: 64,
  sha224: 64,
  sha256: 64,
  sha384: 128,
  sha512: 128,
};

/** Pseudo-random bytes from a password as PKCS#12 makes them (RFC 7292 §B.2). */
export function derivePkcs12(
  { digest, password, salt, iterations }: Derivation,
  purpose: Purpose,
  sizeBytes: number,
): Buffer {
  const blockSize = blockSizes[digest] ?? 64;
  const diversifier = Buffer.alloc(blockSize, purposeByte[purpose]);
  let input: Buffer = Buffer.concat([repeated(salt, blockSize), repeated(password, blockSize)]);
  const parts: Uint8Array[] = [];
  for (let derived = 0; derived < sizeBytes;) {
    let block: Uint8Array = Buffer.concat([diversifier, input]);
    for (let round = 0; round < iterations; round += 1) block = hash(digest, block, 'buffer');
    parts.push(block);
    derived += block.length;
    input = nextInput(input, repeated(block, blockSize).subarray(0, blockSize), blockSize);
  }
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

/** The bytes again and again, up to a whole number of blocks. */
function repeated(bytes: Uint8Array, blockSize: number): Buffer {
  const size = blockSize * Math.ceil(bytes.length / blockSize);
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => bytes[index % bytes.length] ?? 0));
}

/** Each block of the input plus the derived block plus one, modulo its size (step 6C). */
function nextInput(input: Buffer, addend: Uint8Array, blockSize: number): Buffer {
  const next = Buffer.from(input);
  for (let start = 0; start < next.length; start += blockSize) {
    let carry = 1;
    for (let index = blockSize - 1; index >= 0; index -= 1) {
      const sum = (next[start + index] ?? 0) + (addend[index] ?? 0) + carry;
      next[start + index] = sum & 0xff;
      carry = sum >> 8;
    }
  }
  return next;
}

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

/** What PBES2 asks for, by object identifiers. */
interface Pbes2 {
  readonly keyDerivation: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly prf: string;
  readonly cipher: string;
  readonly iv: Uint8Array;
}

const pbkdf2 = '1.2.840.113549.1.5.12';

/** Undefined when the key is not derived by PBKDF2. */
function readPbes2(parameters: ArrayBuffer): Pbes2 | undefined {
  const { keyDerivation, encryption } = AsnConvert.parse(parameters, Pbes2Params);
  if (keyDerivation.algorithm !== pbkdf2 || !keyDerivation.parameters || !encryption.parameters) {
    return undefined;
  }
  const { salt, iterations, prf } = AsnConvert.parse(keyDerivation.parameters, Pbkdf2Params);
  return {
    keyDerivation: keyDerivation.algorithm,
    salt: new Uint8Array(salt.buffer),
    iterations,
    prf: prf.algorithm,
    cipher: encryption.algorithm,
    iv: new Uint8Array(AsnConvert.parse(encryption.parameters, OctetString).buffer),
  };
}

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
