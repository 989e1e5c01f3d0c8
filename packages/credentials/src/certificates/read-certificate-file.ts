import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ContentInfo, id_signedData, SignedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateError } from './certificate-problem.ts';
import { looksLikePkcs12, readPkcs12 } from './pkcs12/read-pkcs12.ts';

/** A block between BEGIN and END (RFC 7468). */
interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  /** The block as it stands, headers of encrypted keys included. */
  readonly text: string;
  readonly der: Buffer;
}

const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
/** `Proc-Type: 4,ENCRYPTED` and what belongs to it (RFC 1421), in front of the base64 of old keys. */
const headerLine = /^[A-Za-z0-9-]+:.*$/gm;

/** Every whole block of a text, in order; whatever stands between them (bag attributes, comments) is skipped. */
function pemBlocks(text: string): readonly PemBlock[] {
  const starts = [...text.matchAll(begin)];
  return starts.flatMap(({ 0: { length }, 1: label = '', index }, number) => {
    const next = starts[number + 1]?.index ?? text.length;
    const end = `-----END ${label}-----`;
    const whole = text.slice(index, next);
    const endsAt = whole.indexOf(end);
    if (endsAt === -1) return [];
    const body = whole.slice(length, endsAt).replace(headerLine, '');
    return [{ label, text: whole.slice(0, endsAt + end.length), der: Buffer.from(body, 'base64') }];
  });
}

/** Whether the bytes are a text with at least the beginning of a block. */
function looksLikePem(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes('-----BEGIN ');
}

/** A certificate as PEM, 64 characters a line. */
export function certificatePem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** The certificates of a bundle without signature (`.p7b`, RFC 5652 §5), as DER; undefined when it is none. */
function pkcs7Certificates(der: Uint8Array): readonly Uint8Array[] | undefined {
  try {
    const info = AsnConvert.parse(der, ContentInfo);
    if (info.contentType !== id_signedData) return undefined;
    const { certificates } = AsnConvert.parse(info.content, SignedData);
    return [...(certificates ?? [])].flatMap(({ certificate }) =>
      certificate === undefined ? [] : [new Uint8Array(AsnConvert.serialize(certificate))],
    );
  } catch {
    return undefined;
  }
}

/** What a file holds, in its order, each certificate once. */
export interface CertificateFile {
  readonly certificates: readonly X509Certificate[];
  /** Key objects do not print what they hold. */
  readonly keys: readonly KeyObject[];
}

/** Twice what the largest sensible chain with key needs. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads certificates and private keys from PEM (any number, any order), DER, PKCS#7 (`.p7b`) or PKCS#12 (`.p12`,
 * `.pfx`). The password opens PKCS#12 and encrypted keys.
 *
 * @throws CertificateError `certificate-unreadable`, `certificate-missing`, `certificate-password-required`,
 *   `certificate-password-wrong`, `certificate-encryption-unsupported`, `certificate-key-unsupported`
 */
export function readCertificateFile(bytes: Uint8Array, password?: string): CertificateFile {
  if (bytes.length > maxFileBytes)
    throw new CertificateError('certificate-unreadable', 'The file is too large');
  const file = asUnreadable(() => readAny(bytes, password));
  if (file.certificates.length + file.keys.length === 0) throw new CertificateError('certificate-missing');
  return { ...file, certificates: withoutRepeats(file.certificates) };
}

function readAny(bytes: Uint8Array, password: string | undefined): CertificateFile {
  if (looksLikePem(bytes)) return readPem(Buffer.from(bytes).toString('latin1'), password);
  if (looksLikePkcs12(bytes)) {
    const { certificates, keys } = readPkcs12(bytes, password);
    return { certificates: certificates.map(certificateOf), keys: keys.map(keyOf) };
  }
  const bundle = pkcs7Certificates(bytes);
  return { certificates: bundle?.map(certificateOf) ?? [certificateOf(bytes)], keys: [] };
}

function readPem(text: string, password: string | undefined): CertificateFile {
  const blocks = pemBlocks(text);
  if (blocks.length < text.split('-----BEGIN ').length - 1) {
    throw new CertificateError('certificate-unreadable', 'A PEM block has no end');
  }
  return {
    certificates: blocks.flatMap((block) => certificatesOf(block)),
    keys: blocks.flatMap((block) => (isKey(block) ? [pemKey(block, password)] : [])),
  };
}

function certificatesOf({ label, der }: PemBlock): readonly X509Certificate[] {
  switch (label) {
    case 'CERTIFICATE':
    case 'X509 CERTIFICATE':
      return [certificateOf(der)];
    case 'PKCS7':
    case 'CMS':
      return (pkcs7Certificates(der) ?? []).map(certificateOf);
    default:
      return [];
  }
}

const isKey = ({ label }: PemBlock): boolean => label.endsWith('PRIVATE KEY');

function pemKey({ label, text }: PemBlock, password: string | undefined): KeyObject {
  const isEncrypted = label.startsWith('ENCRYPTED') || text.includes('Proc-Type: 4,ENCRYPTED');
  if (isEncrypted && (password === undefined || password === '')) {
    throw new CertificateError('certificate-password-required');
  }
  try {
    return createPrivateKey(isEncrypted ? { key: text, passphrase: password ?? '' } : text);
  } catch (error) {
    if (isEncrypted) throw new CertificateError('certificate-password-wrong');
    throw error;
  }
}

function certificateOf(der: Uint8Array): X509Certificate {
  return new X509Certificate(der);
}

function keyOf(pkcs8: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  } catch {
    throw new CertificateError('certificate-key-unsupported');
  }
}

function withoutRepeats(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  const byFingerprint = new Map(certificates.map((one) => [one.fingerprint256, one] as const));
  return [...byFingerprint.values()];
}

/** What libraries say of damaged bytes is of no use to anybody; nothing of a key may get into a message either. */
function asUnreadable<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof CertificateError ? error : new CertificateError('certificate-unreadable');
  }
}
