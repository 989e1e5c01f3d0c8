/*
 * What a certificate file becomes. Reading one may take seconds (key derivation) and go wrong in many ways, so this runs in
 * a thread of its own (`certificate-thread.ts`), is given plain data, and gives plain data back. It loads neither the web
 * server nor anything else that a thread would have to start with.
 */
import {
  type ArrangedCertificate,
  arrangeMany,
  arrangeWithKey,
  arrangeWithoutKey,
  CertificateError,
  type CertificateFile,
  type CertificateProblem,
  createKeyPair,
  createSigningRequest,
  privateKeyPem,
  publicKeyDigest,
  readCertificateFiles,
} from '@postausgang/credentials/certificates';
import {
  type CertificateContent,
  type CreateKey,
  finding,
  type Finding,
  type ImportCertificate,
  type IssuedCertificate,
} from '@postausgang/contracts';
import { type CertificatePut, isHostName, isValidAddress } from '@postausgang/settings';
import { certificatePut, importProblems } from './certificates.ts';

/** A certificate file as a request brings it. */
export interface Upload {
  /** base64 */
  readonly content: string;
  /** base64 of a second file, where the key is one of its own. */
  readonly keyContent?: string | undefined;
  readonly password?: string | undefined;
}

/** The file cannot be used. */
export class UploadRefused extends Error {
  override readonly name = 'UploadRefused';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super('The file cannot be used');
    this.findings = findings;
  }
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const contentPointer = '/content';

/** What the file holds; throws UploadRefused. */
function readUpload({ content, keyContent, password }: Upload): CertificateFile {
  const files = [
    decode(content, contentPointer),
    ...(keyContent === undefined ? [] : [decode(keyContent, '/keyContent')]),
  ];
  return asRefusal(() => readCertificateFiles(files, password));
}

function decode(content: string, pointer: string): Buffer {
  const text = content.replaceAll(/\s/g, '');
  if (!base64.test(text) || text.length % 4 !== 0) throw invalid([finding(pointer, 'base64-invalid')]);
  return Buffer.from(text, 'base64');
}

/** The result, with what is wrong with a file told as findings. */
function asRefusal<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof UploadRefused) throw error;
    // What a library has against a certificate nobody has foreseen is a damaged certificate, and no failure of ours.
    const problem = error instanceof CertificateError ? error.problem : 'certificate-unreadable';
    throw invalid(findingsOf([problem]));
  }
}

/** Problems of a certificate as findings about the file, each once. */
function findingsOf(problems: readonly CertificateProblem[]): readonly Finding[] {
  return [...new Set(problems)].map((problem) => finding(pointerOf(problem), problem));
}

const pointerOf = (problem: CertificateProblem): string =>
  problem.startsWith('certificate-password') ? '/password' : contentPointer;

function invalid(findings: readonly Finding[]): UploadRefused {
  return new UploadRefused(findings);
}

/** The certificate of an uploaded file; throws UploadRefused. */
export function certificateOfUpload(body: ImportCertificate, now: Date): CertificatePut {
  const { name, kind } = body;
  const file = readUpload(body);
  return kind === 'own' ? ownCertificate(file, name, now) : foreignCertificate(file, { name, kind }, now);
}

function ownCertificate(file: CertificateFile, name: string, now: Date): CertificatePut {
  const arranged = asRefusal(() => arrangeWithKey(file));
  requireUsable(arranged, 'own', now);
  const put = asRefusal(() => certificatePut(arranged, { name, kind: 'own' }));
  return { ...put, privateKey: privateKeyPem(arranged.key) };
}

/** A private key in the file is not kept. */
function foreignCertificate(
  file: CertificateFile,
  label: Pick<CertificatePut, 'name' | 'kind'>,
  now: Date,
): CertificatePut {
  const arranged = asRefusal(() => arrangeWithoutKey(file));
  requireUsable(arranged, label.kind, now);
  return asRefusal(() => certificatePut(arranged, label));
}

function requireUsable(arranged: ArrangedCertificate, kind: CertificatePut['kind'], now: Date): void {
  const problems = asRefusal(() => importProblems(arranged, kind, now));
  if (problems.length > 0) throw invalid(findingsOf(problems));
}

/** What is known of a key that waits for its certificate. */
export type KnownKey = Pick<CertificateContent, 'name' | 'publicKeySha256' | 'signingRequest'>;

/** The certificate that was issued for the key of this content, the first one or a renewal; throws UploadRefused. */
export function issuedCertificate(
  body: IssuedCertificate,
  { name, publicKeySha256, signingRequest }: KnownKey,
  now: Date,
): CertificatePut {
  const arranged = asRefusal(() => arrangeWithoutKey(readUpload(body)));
  const digest = asRefusal(() => publicKeyDigest(arranged.certificate.publicKey));
  if (digest !== publicKeySha256) {
    throw invalid([finding('/content', 'private-key-mismatch')]);
  }
  requireUsable(arranged, 'own', now);
  return { ...certificatePut(arranged, { name, kind: 'own' }), signingRequest };
}

/** A new key that waits for its certificate; throws UploadRefused. */
export async function keyWithRequest({ name, keyType, subject }: CreateKey): Promise<CertificatePut> {
  const { addresses = [], dnsNames = [], ...names } = subject;
  const findings = subjectFindings(addresses, dnsNames);
  if (findings.length > 0) throw invalid(findings);
  const pair = await createKeyPair(keyType);
  return {
    name,
    kind: 'own',
    certificate: null,
    chain: [],
    details: null,
    signingRequest: createSigningRequest(pair, { ...names, addresses, dnsNames }),
    publicKeySha256: publicKeyDigest(pair.publicKey),
    privateKey: privateKeyPem(pair.privateKey),
  };
}

const ascii = /^[\x21-\x7e]+$/;

function subjectFindings(addresses: readonly string[], dnsNames: readonly string[]): readonly Finding[] {
  return [
    ...addresses.flatMap((address, index) =>
      isValidAddress(address) && ascii.test(address)
        ? []
        : [finding(`/subject/addresses/${index}`, 'address-invalid')],
    ),
    ...dnsNames.flatMap((name, index) =>
      isHostName(name) && ascii.test(name) ? [] : [finding(`/subject/dnsNames/${index}`, 'hostname-invalid')],
    ),
  ];
}

/** A certificate of a file of recipients, and what keeps it from being imported. */
export interface RecipientCandidate {
  /** Null: it cannot be read. */
  readonly put: CertificatePut | null;
  /** What it is called where it has no name. */
  readonly label: string;
  readonly findings: readonly Finding[];
}

/** A file of recipients as a request brings it. */
export type RecipientUpload = Upload & { readonly name?: string };

/** Every certificate of an uploaded file that belongs to somebody; throws UploadRefused. */
export function recipientsOfUpload(body: RecipientUpload, now: Date): readonly RecipientCandidate[] {
  const file = readUpload(body);
  const read = asRefusal(() => arrangeMany(file)).map((one): RecipientCandidate => {
    try {
      const put = certificatePut(one, { name: body.name ?? '', kind: 'recipient' });
      const name = body.name ?? nameOf(put);
      return {
        put: { ...put, name },
        label: '',
        findings: findingsOf(importProblems(one, 'recipient', now)),
      };
    } catch {
      return unreadable(one.certificate.serialNumber);
    }
  });
  return [...read, ...file.damaged.map((number) => unreadable(`Certificate ${number} of the file`))];
}

function unreadable(label: string): RecipientCandidate {
  return { put: null, label, findings: findingsOf(['certificate-unreadable']) };
}

const maxNameLength = 100;

function nameOf({ details }: CertificatePut): string {
  return (details?.addresses.join(', ') || details?.subject || '').slice(0, maxNameLength);
}
