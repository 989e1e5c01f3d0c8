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
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { CertificateError } from '../certificate-problem.ts';
import { withDefiniteLengths } from '../ber.ts';
import { decryptWithPassword, readPbkdf2 } from './decrypt.ts';
import { createDerivations, type Derivations } from './derivations.ts';
import { type PasswordBytes, passwordCandidates } from './passwords.ts';

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

const digests: Readonly<Record<string, { name: string; sizeBytes: number }>> = {
  '1.3.14.3.2.26': { name: 'sha1', sizeBytes: 20 },
  '2.16.840.1.101.3.4.2.4': { name: 'sha224', sizeBytes: 28 },
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', sizeBytes: 32 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', sizeBytes: 48 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', sizeBytes: 64 },
};

/** PBMAC1-params (RFC 8018 §A.5). */
class Pbmac1Params {
  keyDerivation = new AlgorithmIdentifier();
  messageAuthentication = new AlgorithmIdentifier();
}
AsnProp({ type: AlgorithmIdentifier })(Pbmac1Params.prototype, 'keyDerivation');
AsnProp({ type: AlgorithmIdentifier })(Pbmac1Params.prototype, 'messageAuthentication');

const pbmac1 = '1.2.840.113549.1.5.14';

const hmacs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/**
 * Whether the content is as it was written by somebody who knew this password (RFC 7292 §4, §B; RFC 9579).
 *
 * @throws CertificateError `certificate-encryption-unsupported`, `certificate-rounds-too-many`
 */
function isMacRight(
  data: MacData,
  content: Uint8Array,
  password: PasswordBytes,
  derivations: Derivations,
): boolean {
  const { digest, key } = macKeyOf(data, password, derivations);
  const expected = Buffer.from(data.mac.digest.buffer);
  const actual = createHmac(digest, key).update(content).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function macKeyOf(
  { mac, macSalt, iterations }: MacData,
  { pkcs12, pbes2 }: PasswordBytes,
  derivations: Derivations,
): { digest: string; key: Buffer } {
  const { algorithm, parameters } = mac.digestAlgorithm;
  if (algorithm === pbmac1 && parameters) {
    const { keyDerivation, messageAuthentication } = AsnConvert.parse(parameters, Pbmac1Params);
    const derivation = readPbkdf2(keyDerivation);
    const digest = hmacs[messageAuthentication.algorithm];
    if (digest === undefined || derivation.keyLength === undefined || derivation.keyLength > 1024) {
      throw new CertificateError('certificate-encryption-unsupported', 'PBMAC1');
    }
    return { digest, key: derivations.pbkdf2({ ...derivation, password: pbes2 }, derivation.keyLength) };
  }
  const known = digests[algorithm];
  if (known === undefined)
    throw new CertificateError('certificate-encryption-unsupported', `MAC with ${algorithm}`);
  const salt = new Uint8Array(macSalt.buffer);
  const derivation = { digest: known.name, password: pkcs12, salt, iterations };
  return { digest: known.name, key: derivations.pkcs12(derivation, 'mac', known.sizeBytes) };
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
    const { version, authSafe } = AsnConvert.parse(withDefiniteLengths(bytes), PFX);
    return version === 3 && authSafe.contentType === id_data;
  } catch {
    return false;
  }
}

/**
 * Opens a PKCS#12 file (RFC 7292). Its MAC tells whether the password is right; without one the decryption does.
 *
 * @throws CertificateError `certificate-password-wrong`, `certificate-password-required`,
 *   `certificate-encryption-unsupported`, `certificate-rounds-too-many`, `certificate-unreadable`
 */
export function readPkcs12(
  bytes: Uint8Array,
  password: string | undefined,
  derivations: Derivations = createDerivations(),
): Pkcs12Content {
  const { authSafe, macData } = AsnConvert.parse(withDefiniteLengths(bytes), PFX);
  const content = new Uint8Array(AsnConvert.parse(authSafe.content, OctetString).buffer);
  const hasMac = macData.macSalt.buffer.byteLength > 0 || macData.mac.digest.buffer.byteLength > 0;
  let isPasswordRight = false;
  // A file without a password is open to whoever gives one.
  for (const candidate of [...passwordCandidates(password ?? ''), ...passwordCandidates('')]) {
    if (hasMac && !isMacRight(macData, content, candidate, derivations)) continue;
    isPasswordRight = hasMac;
    const found = readSafes(content, candidate, derivations);
    if (found !== undefined) return found;
  }
  // The MAC holds with this password, and yet nothing comes out: it is not the password that is wrong.
  if (isPasswordRight) throw new CertificateError('certificate-unreadable');
  const isMissing = password === undefined || password === '';
  throw new CertificateError(isMissing ? 'certificate-password-required' : 'certificate-password-wrong');
}

interface Found {
  readonly certificates: Uint8Array[];
  readonly keys: Uint8Array[];
}

/** Undefined when the password opens not everything. */
function readSafes(
  content: Uint8Array,
  password: PasswordBytes,
  derivations: Derivations,
): Found | undefined {
  const found: Found = { certificates: [], keys: [] };
  for (const safe of AsnConvert.parse(withDefiniteLengths(content), AuthenticatedSafe)) {
    const contents = openSafe(safe, password, derivations);
    if (contents === undefined || !readBags(contents, password, derivations, found)) return undefined;
  }
  return found;
}

function openSafe(
  { contentType, content }: ContentInfo,
  password: PasswordBytes,
  derivations: Derivations,
): Uint8Array | undefined {
  switch (contentType) {
    case id_data:
      return new Uint8Array(AsnConvert.parse(content, OctetString).buffer);
    case id_encryptedData: {
      const { algorithm, ciphertext } = readEncryptedData(content);
      return decryptWithPassword(algorithm, ciphertext, password, derivations);
    }
    default:
      throw new CertificateError('certificate-encryption-unsupported', `Safe of type ${contentType}`);
  }
}

/** False when a key does not come out. A wrong password may also leave bytes that are no bags. */
function readBags(
  contents: Uint8Array,
  password: PasswordBytes,
  derivations: Derivations,
  found: Found,
): boolean {
  const bags = parseOrUndefined(contents);
  for (const { bagId, bagValue } of bags ?? []) {
    if (bagId === id_certBag) {
      addCertificate(bagValue, found);
    } else if (bagId === id_keyBag) {
      found.keys.push(new Uint8Array(bagValue));
    } else if (bagId === id_pkcs8ShroudedKeyBag) {
      const key = decryptKey(new Uint8Array(bagValue), password, derivations);
      if (key === undefined) return false;
      found.keys.push(key);
    } else if (bagId === id_SafeContents) {
      if (!readBags(new Uint8Array(bagValue), password, derivations, found)) return false;
    }
  }
  return bags !== undefined;
}

/** A private key that a password protects (EncryptedPrivateKeyInfo, RFC 5958 §3), as PKCS#8. */
export function decryptKey(
  der: Uint8Array,
  password: PasswordBytes,
  derivations: Derivations,
): Uint8Array | undefined {
  const { encryptionAlgorithm, encryptedData } = AsnConvert.parse(der, PKCS8ShroudedKeyBag);
  return decryptWithPassword(
    encryptionAlgorithm,
    new Uint8Array(encryptedData.buffer),
    password,
    derivations,
  );
}

function parseOrUndefined(contents: Uint8Array): SafeContents | undefined {
  try {
    return AsnConvert.parse(withDefiniteLengths(contents), SafeContents);
  } catch {
    return undefined;
  }
}

/** What is no certificate is found damaged when it is made one; a bag that is none costs nothing. */
function addCertificate(bagValue: ArrayBuffer, { certificates }: Found): void {
  try {
    const { certId, certValue } = AsnConvert.parse(bagValue, CertBag);
    if (certId !== id_x509Certificate) return;
    certificates.push(new Uint8Array(AsnConvert.parse(certValue, OctetString).buffer));
  } catch {
    certificates.push(new Uint8Array());
  }
}
