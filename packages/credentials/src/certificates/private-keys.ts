import { createDecipheriv, createPrivateKey, hash, type KeyObject } from 'node:crypto';
import { firstElement } from './ber.ts';
import { CertificateError } from './certificate-problem.ts';
import { decipher, decryptOld } from './pkcs12/decrypt.ts';
import type { Derivations } from './pkcs12/derivations.ts';
import { type PasswordBytes, passwordCandidates } from './pkcs12/passwords.ts';
import { decryptKey } from './pkcs12/read-pkcs12.ts';

/** A private key between BEGIN and END (RFC 7468). */
interface KeyBlock {
  /** `PRIVATE KEY`, `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, … */
  readonly label: string;
  /** `Proc-Type`, `DEK-Info` (RFC 1421), in front of the base64 of old keys. */
  readonly headers: string;
  readonly der: Buffer;
}

/**
 * The key of a PEM block. It is built anew from its bytes: white space and line ends that OpenSSL does not take do not
 * matter. Keys with a password are decrypted here, since OpenSSL would do as many rounds as the file asks for, and knows
 * nothing of the ciphers of its own past.
 *
 * @throws CertificateError `certificate-password-required`, `certificate-password-wrong`,
 *   `certificate-encryption-unsupported`, `certificate-rounds-too-many`, `certificate-key-unsupported`
 */
export function keyOfBlock(
  block: KeyBlock,
  password: string | undefined,
  derivations: Derivations,
): KeyObject {
  const { label, headers, der } = block;
  const isOldEncryption = /^Proc-Type:.*ENCRYPTED/m.test(headers);
  if (label !== 'ENCRYPTED PRIVATE KEY' && !isOldEncryption) return keyOf(label, der);
  if (password === undefined || password === '') throw new CertificateError('certificate-password-required');
  for (const candidate of passwordCandidates(password)) {
    const key = isOldEncryption ? decryptDek(block, candidate) : decryptKey(der, candidate, derivations);
    const opened =
      key === undefined ? undefined : keyOrUndefined(isOldEncryption ? label : 'PRIVATE KEY', key);
    if (opened !== undefined) return opened;
  }
  throw new CertificateError('certificate-password-wrong');
}

function keyOf(label: string, der: Uint8Array): KeyObject {
  const key = keyOrUndefined(label, der);
  if (key !== undefined) return key;
  const isWhole = firstElement(der)?.whole.length === der.length;
  throw new CertificateError(isWhole ? 'certificate-key-unsupported' : 'certificate-unreadable');
}

function keyOrUndefined(label: string, der: Uint8Array): KeyObject | undefined {
  try {
    const lines = Buffer.from(der)
      .toString('base64')
      .replace(/.{64}(?=.)/g, '$&\n');
    return createPrivateKey(`-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`);
  } catch {
    return undefined;
  }
}

/** PKCS#8 as it comes out of PKCS#12. */
export const keyOfPkcs8 = (pkcs8: Uint8Array): KeyObject => keyOf('PRIVATE KEY', pkcs8);

const dekInfo = /^DEK-Info: *([A-Za-z0-9-]+) *, *([0-9A-Fa-f]{16,32})\s*$/m;

/** Key bytes by the name of the cipher; the IV of the others has sixteen bytes. */
const dekCiphers: Readonly<Record<string, number>> = {
  'DES-CBC': 8,
  'DES-EDE3-CBC': 24,
  'RC2-CBC': 16,
  'RC2-64-CBC': 8,
  'RC2-40-CBC': 5,
  'AES-128-CBC': 16,
  'AES-192-CBC': 24,
  'AES-256-CBC': 32,
  'CAMELLIA-128-CBC': 16,
  'CAMELLIA-192-CBC': 24,
  'CAMELLIA-256-CBC': 32,
};

/** How OpenSSL encrypted keys before PKCS#8: one round of MD5 over password and salt, which begins the IV. */
function decryptDek({ headers, der }: KeyBlock, { pbes2 }: PasswordBytes): Buffer | undefined {
  const [, name = '', ivText = ''] = dekInfo.exec(headers) ?? [];
  const keyBytes = dekCiphers[name.toUpperCase()];
  if (keyBytes === undefined) {
    throw new CertificateError('certificate-encryption-unsupported', `Not supported: ${name}`);
  }
  const iv = Buffer.from(ivText, 'hex');
  const key = deriveDek(pbes2, iv.subarray(0, 8), keyBytes);
  if (name.startsWith('DES')) return decryptOld(keyBytes === 8 ? 'des' : 'des-ede3', key, iv, der);
  if (name.startsWith('RC2')) return decryptOld('rc2', key, iv, der);
  requireCipher(name, key, iv);
  return decipher(name, key, iv, der);
}

function requireCipher(name: string, key: Buffer, iv: Buffer): void {
  try {
    createDecipheriv(name, key, iv);
  } catch {
    throw new CertificateError('certificate-encryption-unsupported', `Not supported: ${name}`);
  }
}

function deriveDek(password: Buffer, salt: Buffer, sizeBytes: number): Buffer {
  let derived = Buffer.alloc(0);
  let block: Buffer = Buffer.alloc(0);
  while (derived.length < sizeBytes) {
    block = hash('md5', Buffer.concat([block, password, salt]), 'buffer');
    derived = Buffer.concat([derived, block]);
  }
  return derived.subarray(0, sizeBytes);
}
