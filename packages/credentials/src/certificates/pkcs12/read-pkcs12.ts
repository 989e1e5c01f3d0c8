import { createHmac, timingSafeEqual } from 'node:crypto';
import { type ContentInfo, EncryptedContentInfo, id_data, id_encryptedData } from '@peculiar/asn1-cms';
import {
  AuthenticatedSafe,
  CertBag,
  id_certBag,
  id_keyBag,
  id_pkcs8ShroudedKeyBag,
  id_SafeContents,
  id_x509Certificate,
  type MacData,
  PFX,
  PKCS8ShroudedKeyBag,
  SafeContents,
} from '@peculiar/asn1-pfx';
import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { CertificateError } from '../certificate-problem.ts';
import { decryptWithPassword, derivePkcs12, requireFewRounds } from './decrypt.ts';

/** EncryptedData (RFC 5652 §8), which the library does not have. */
class EncryptedData {
  version = 0;
  encryptedContentInfo = new EncryptedContentInfo();
}
AsnProp({ type: AsnPropTypes.Integer })(EncryptedData.prototype, 'version');
AsnProp({ type: EncryptedContentInfo })(EncryptedData.prototype, 'encryptedContentInfo');

interface Encrypted {
  readonly algorithm: AlgorithmIdentifier;
  readonly ciphertext: Uint8Array;
}

/** How content is encrypted, and what came of it; in one piece or in several. */
function readEncryptedData(der: ArrayBuffer): Encrypted {
  const { encryptedContentInfo } = AsnConvert.parse(der, EncryptedData);
  const { contentEncryptionAlgorithm: algorithm, encryptedContent } = encryptedContentInfo;
  const pieces =
    encryptedContent?.constructedValue ?? [encryptedContent?.value].filter((one) => one !== undefined);
  return { algorithm, ciphertext: Buffer.concat(pieces.map(({ buffer }) => Buffer.from(buffer))) };
}

/** One way to turn a password into bytes. */
export interface PasswordBytes {
  /** For the key derivation of PKCS#12 itself: the encryption of old files, and the MAC of most. */
  readonly pkcs12: Buffer;
  /** For PBES2 (PBKDF2). */
  readonly pbes2: Buffer;
}

/**
 * How programs have turned passwords into bytes, the right way first. It matters for umlauts only: RFC 7292 §B.1 wants
 * UTF-16 with two zeros at the end, OpenSSL before 1.1 took each byte of UTF-8 for a character, others use Latin-1 for
 * PBES2, and macOS types a + ¨ where Windows types ä. An empty password may also be none at all.
 */
function passwordCandidates(password: string): readonly PasswordBytes[] {
  const forms = [...new Set([password, password.normalize('NFC'), password.normalize('NFD')])];
  const candidates = forms.flatMap((form) => {
    const utf8 = Buffer.from(form, 'utf8');
    const latin1 = Buffer.from(form, 'latin1');
    return [
      { pkcs12: bmpString(form), pbes2: utf8 },
      { pkcs12: bmpString(form), pbes2: latin1 },
      { pkcs12: bmpString(utf8.toString('latin1')), pbes2: utf8 },
    ];
  });
  const none = { pkcs12: Buffer.alloc(0), pbes2: Buffer.alloc(0) };
  return password === '' ? [...candidates, none] : candidates;
}

/** UTF-16, big-endian, with a zero at the end. */
function bmpString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le').swap16();
}

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
function isMacRight(data: MacData, content: Uint8Array, { pkcs12: password }: PasswordBytes): boolean {
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

/** What a PKCS#12 file holds, everything as DER. */
interface Pkcs12Content {
  readonly certificates: readonly Uint8Array[];
  /** PKCS#8, no longer encrypted. */
  readonly keys: readonly Uint8Array[];
}

/** Whether the bytes begin like a PKCS#12 file. */
export function looksLikePkcs12(bytes: Uint8Array): boolean {
  try {
    const { version, authSafe } = AsnConvert.parse(bytes, PFX);
    return version === 3 && authSafe.contentType === id_data;
  } catch {
    return false;
  }
}

/**
 * Opens a PKCS#12 file (RFC 7292). Its MAC tells whether the password is right; without one the decryption does.
 *
 * @throws CertificateError `certificate-password-wrong`, `certificate-password-required`,
 *   `certificate-encryption-unsupported`, `certificate-unreadable`
 */
export function readPkcs12(bytes: Uint8Array, password: string | undefined): Pkcs12Content {
  const pfx = AsnConvert.parse(bytes, PFX);
  const content = new Uint8Array(AsnConvert.parse(pfx.authSafe.content, OctetString).buffer);
  const candidates = passwordCandidates(password ?? '');
  const isMacPresent =
    pfx.macData.macSalt.buffer.byteLength > 0 || pfx.macData.mac.digest.buffer.byteLength > 0;
  const usable = isMacPresent
    ? candidates.filter((one) => isMacRight(pfx.macData, content, one))
    : candidates;
  for (const candidate of usable) {
    const found = readSafes(content, candidate);
    if (found !== undefined) return found;
  }
  throw new CertificateError(
    password === undefined || password === ''
      ? 'certificate-password-required'
      : 'certificate-password-wrong',
  );
}

interface Found {
  readonly certificates: Uint8Array[];
  readonly keys: Uint8Array[];
}

/** Undefined when the password opens not everything. */
function readSafes(content: Uint8Array, password: PasswordBytes): Found | undefined {
  const found: Found = { certificates: [], keys: [] };
  for (const safe of AsnConvert.parse(content, AuthenticatedSafe)) {
    const contents = openSafe(safe, password);
    if (contents === undefined || !readBags(contents, password, found)) return undefined;
  }
  return found;
}

function openSafe({ contentType, content }: ContentInfo, password: PasswordBytes): Uint8Array | undefined {
  switch (contentType) {
    case id_data:
      return new Uint8Array(AsnConvert.parse(content, OctetString).buffer);
    case id_encryptedData:
      return decrypt(readEncryptedData(content), password);
    default:
      throw new CertificateError('certificate-encryption-unsupported', `Safe of type ${contentType}`);
  }
}

function decrypt({ algorithm, ciphertext }: Encrypted, password: PasswordBytes): Uint8Array | undefined {
  return decryptWithPassword(algorithm, ciphertext, password);
}

/** False when a key does not come out. A wrong password may also leave bytes that are no bags. */
function readBags(contents: Uint8Array, password: PasswordBytes, found: Found): boolean {
  const bags = parseOrUndefined(contents);
  for (const { bagId, bagValue } of bags ?? []) {
    if (bagId === id_certBag) {
      addCertificate(AsnConvert.parse(bagValue, CertBag), found);
    } else if (bagId === id_keyBag) {
      found.keys.push(new Uint8Array(bagValue));
    } else if (bagId === id_pkcs8ShroudedKeyBag) {
      const { encryptionAlgorithm, encryptedData } = AsnConvert.parse(bagValue, PKCS8ShroudedKeyBag);
      const key = decryptWithPassword(encryptionAlgorithm, new Uint8Array(encryptedData.buffer), password);
      if (key === undefined) return false;
      found.keys.push(key);
    } else if (bagId === id_SafeContents && !readBags(new Uint8Array(bagValue), password, found)) {
      return false;
    }
  }
  return bags !== undefined;
}

function parseOrUndefined(contents: Uint8Array): SafeContents | undefined {
  try {
    return AsnConvert.parse(contents, SafeContents);
  } catch {
    return undefined;
  }
}

function addCertificate({ certId, certValue }: CertBag, { certificates }: Found): void {
  if (certId === id_x509Certificate) {
    certificates.push(new Uint8Array(AsnConvert.parse(certValue, OctetString).buffer));
  }
}
