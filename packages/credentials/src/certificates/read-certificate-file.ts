/*
 * Certificate files as the world writes them: PEM in any order and any layout, DER, base64 without its lines, PKCS#7,
 * PKCS#12, text in UTF-16.
 *
 * An entry that is damaged does not cost the others; it is counted. What libraries say of damaged bytes is of no use to
 * anybody, and nothing of a key may get into a message, so every error becomes one of our own. Reading takes time where a
 * password is involved: see `derivations.ts`.
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { elementsOf, firstElement, objectIdentifier, withDefiniteLengths } from './ber.ts';
import { CertificateError } from './certificate-problem.ts';
import { createDerivations, type Derivations } from './pkcs12/derivations.ts';
import { looksLikePkcs12, readPkcs12 } from './pkcs12/read-pkcs12.ts';
import { keyOfBlock, keyOfPkcs8 } from './private-keys.ts';

/** A block between BEGIN and END (RFC 7468). */
interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  /** What stands in front of the base64 of old keys (RFC 1421). */
  readonly headers: string;
  readonly der: Buffer;
}

const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
const headerLine = /^[\t ]*[A-Za-z0-9-]+:.*$/gm;

/** Every whole block of a text, in order; whatever stands between them (bag attributes, comments) is skipped. */
function pemBlocks(text: string): readonly PemBlock[] {
  const starts = [...text.matchAll(begin)];
  return starts.flatMap(({ 0: { length }, 1: label = '', index }, number) => {
    const next = starts[number + 1]?.index ?? text.length;
    const whole = text.slice(index, next);
    const endsAt = whole.indexOf(`-----END ${label}-----`);
    if (endsAt === -1) return [];
    const body = whole.slice(length, endsAt).replaceAll(/\r\n?/g, '\n');
    const headers = (body.match(headerLine) ?? []).map((line) => line.trim()).join('\n');
    return [{ label, headers, der: Buffer.from(body.replace(headerLine, ''), 'base64') }];
  });
}

/** A certificate as PEM, 64 characters a line. */
export function certificatePem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** The certificates of a bundle without signature (`.p7b`, RFC 5652 §5), as DER; undefined when it is none. */
function pkcs7Certificates(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const [type, content] = elementsOf(firstElement(definiteOrSame(bytes))?.content ?? new Uint8Array());
  if (type === undefined || content === undefined || objectIdentifier(type.content) !== signedData)
    return undefined;
  const fields = elementsOf(firstElement(content.content)?.content ?? new Uint8Array());
  const certificates = fields.slice(3).find(({ tag }) => tag === certificatesTag);
  return elementsOf(certificates?.content ?? new Uint8Array())
    .filter(({ tag }) => tag === sequence)
    .map(({ whole }) => whole);
}

const signedData = '1.2.840.113549.1.7.2';
const certificatesTag = 0xa0;
const sequence = 0x30;

function definiteOrSame(bytes: Uint8Array): Uint8Array {
  try {
    return withDefiniteLengths(bytes);
  } catch {
    return bytes;
  }
}

/** What a file holds, in its order, each certificate once. */
export interface CertificateFile {
  readonly certificates: readonly X509Certificate[];
  /** Key objects do not print what they hold. */
  readonly keys: readonly KeyObject[];
  /** The certificates that cannot be read, by their number among those of the file, from 1. */
  readonly damaged: readonly number[];
}

/** Twice what the largest sensible chain with key needs. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads certificates and private keys from PEM (any number, any order), DER, PKCS#7 (`.p7b`) or PKCS#12 (`.p12`,
 * `.pfx`). The password opens PKCS#12 and encrypted keys.
 *
 * @throws CertificateError `certificate-unreadable`, `certificate-missing`, `certificate-password-required`,
 *   `certificate-password-wrong`, `certificate-encryption-unsupported`, `certificate-rounds-too-many`,
 *   `certificate-key-unsupported`
 */
export function readCertificateFile(bytes: Uint8Array, password?: string): CertificateFile {
  return readCertificateFiles([bytes], password);
}

/** The same for a certificate and its key that are files of their own: what both hold, with one budget of rounds. */
export function readCertificateFiles(files: readonly Uint8Array[], password?: string): CertificateFile {
  if (files.some(({ length }) => length > maxFileBytes)) {
    throw new CertificateError('certificate-unreadable', 'The file is too large');
  }
  const derivations = createDerivations();
  const entries = asUnreadable(() => files.map((bytes) => readAny(bytes, password, derivations)));
  const found = entries.flatMap(({ certificates }) => certificates).map(certificateOrUndefined);
  const certificates = found.filter((one) => one !== undefined);
  const damaged = found.flatMap((one, index) => (one === undefined ? [index + 1] : []));
  const keys = entries.flatMap((one) => one.keys);
  if (certificates.length + keys.length === 0) {
    throw new CertificateError(damaged.length > 0 ? 'certificate-unreadable' : 'certificate-missing');
  }
  return { certificates: withoutRepeats(certificates), keys, damaged };
}

interface Entries {
  /** As DER, whatever it is. */
  readonly certificates: readonly Uint8Array[];
  readonly keys: readonly KeyObject[];
}

function readAny(bytes: Uint8Array, password: string | undefined, derivations: Derivations): Entries {
  const text = textOf(bytes);
  if (text.includes('-----BEGIN ')) return readPem(text, password, derivations);
  const bare = text.replaceAll(/\s/g, '');
  // The first letter of base64 of any DER.
  if (bare.startsWith('M') && /^[A-Za-z0-9+/]+={0,2}$/.test(bare)) {
    return readDer(Buffer.from(bare, 'base64'), password, derivations);
  }
  return readDer(bytes, password, derivations);
}

/** Windows writes UTF-16, with a mark at the beginning or without one. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const even = buffer.subarray(0, buffer.length - (buffer.length % 2));
  const [first, second] = buffer;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0 && buffer[3] === 0)) {
    return even.toString('utf16le');
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && buffer[2] === 0)) {
    return Buffer.from(even).swap16().toString('utf16le');
  }
  return buffer.toString('latin1');
}

function readDer(bytes: Uint8Array, password: string | undefined, derivations: Derivations): Entries {
  if (looksLikePkcs12(bytes)) {
    const { certificates, keys } = readPkcs12(bytes, password, derivations);
    return { certificates, keys: keys.map(keyOfPkcs8) };
  }
  const bundle = pkcs7Certificates(bytes);
  if (bundle !== undefined) return { certificates: bundle, keys: [] };
  const key = certificateOrUndefined(bytes) === undefined ? bareKey(bytes, password, derivations) : undefined;
  return key === undefined ? { certificates: [bytes], keys: [] } : { certificates: [], keys: [key] };
}

/** A key as DER, which says nothing of its form. */
function bareKey(
  der: Uint8Array,
  password: string | undefined,
  derivations: Derivations,
): KeyObject | undefined {
  for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']) {
    try {
      return keyOfBlock({ label, headers: '', der: Buffer.from(der) }, undefined, derivations);
    } catch {
      // Of another form, or no key.
    }
  }
  if (!looksLikeEncryptedKey(der)) return undefined;
  return keyOfBlock(
    { label: 'ENCRYPTED PRIVATE KEY', headers: '', der: Buffer.from(der) },
    password,
    derivations,
  );
}

/** A sequence of an algorithm and an octet string, and nothing else. */
function looksLikeEncryptedKey(der: Uint8Array): boolean {
  const parts = elementsOf(firstElement(der)?.content ?? new Uint8Array());
  return parts.length === 2 && parts[0]?.tag === sequence && parts[1]?.tag === 0x04;
}

function readPem(text: string, password: string | undefined, derivations: Derivations): Entries {
  const blocks = pemBlocks(text);
  if (blocks.length < text.split('-----BEGIN ').length - 1) {
    throw new CertificateError('certificate-unreadable', 'A PEM block has no end');
  }
  const entries = blocks.map((block) => entriesOf(block, password, derivations));
  return {
    certificates: entries.flatMap(({ certificates }) => certificates),
    keys: entries.flatMap(({ keys }) => keys),
  };
}

function entriesOf(block: PemBlock, password: string | undefined, derivations: Derivations): Entries {
  const { label, der } = block;
  switch (label) {
    case 'CERTIFICATE':
    case 'X509 CERTIFICATE':
    case 'TRUSTED CERTIFICATE':
      // Windows' authority writes bundles between the lines of a certificate, and OpenSSL trust behind it.
      return { certificates: pkcs7Certificates(der) ?? [firstElement(der)?.whole ?? der], keys: [] };
    case 'PKCS7':
    case 'CMS':
      return { certificates: pkcs7Certificates(der) ?? [der], keys: [] };
    case 'PKCS12':
    case 'PFX':
      return readDer(der, password, derivations);
    default:
      return {
        certificates: [],
        keys: label.endsWith('PRIVATE KEY') ? [keyOfBlock(block, password, derivations)] : [],
      };
  }
}

function certificateOrUndefined(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function withoutRepeats(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  const byFingerprint = new Map(certificates.map((one) => [one.fingerprint256, one] as const));
  return [...byFingerprint.values()];
}

function asUnreadable<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof CertificateError ? error : new CertificateError('certificate-unreadable');
  }
}
