import { type ContentInfo, id_data, id_encryptedData } from '@peculiar/asn1-cms';
import {
  AuthenticatedSafe,
  CertBag,
  id_certBag,
  id_keyBag,
  id_pkcs8ShroudedKeyBag,
  id_SafeContents,
  id_x509Certificate,
  PFX,
  PKCS8ShroudedKeyBag,
  SafeContents,
} from '@peculiar/asn1-pfx';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { CertificateError } from '../certificate-problem.ts';
import { decryptWithPassword } from './decrypt.ts';
import { type Encrypted, readEncryptedData } from './encrypted-data.ts';
import { isMacRight } from './mac.ts';
import { passwordCandidates, type PasswordBytes } from './passwords.ts';

/** What a PKCS#12 file holds, everything as DER. */
export interface Pkcs12Content {
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
