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
  readCertificateFile,
} from '@postausgang/credentials/certificates';
import {
  type CertificateContent,
  type CreateKey,
  finding,
  type Finding,
  type ImportCertificate,
  type IssuedCertificate,
} from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http';
import { type CertificatePut, isHostName, isValidAddress } from '@postausgang/settings';
import { certificatePut, importProblems } from './certificates.ts';

/** A certificate file as a request brings it. */
export interface Upload {
  /** base64 */
  readonly content: string;
  readonly password?: string | undefined;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const contentPointer = '/content';

/** What the file holds; throws `certificate-invalid`. */
function readUpload({ content, password }: Upload): CertificateFile {
  const text = content.replaceAll(/\s/g, '');
  if (!base64.test(text) || text.length % 4 !== 0) throw invalid([finding(contentPointer, 'base64-invalid')]);
  return asProblem(() => readCertificateFile(Buffer.from(text, 'base64'), password));
}

/** The result, with what is wrong with a file told as findings. */
function asProblem<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw invalid(findingsOf([error.problem]));
  }
}

/** Problems of a certificate as findings about the file, each once. */
function findingsOf(problems: readonly CertificateProblem[]): readonly Finding[] {
  return [...new Set(problems)].map((problem) => finding(pointerOf(problem), problem));
}

const pointerOf = (problem: CertificateProblem): string =>
  problem.startsWith('certificate-password') ? '/password' : contentPointer;

function invalid(findings: readonly Finding[]): ProblemError {
  return new ProblemError('certificate-invalid', { findings });
}

/** The certificate of an uploaded file; throws `certificate-invalid`. */
export function certificateOfUpload(body: ImportCertificate, now: Date): CertificatePut {
  const { name, kind } = body;
  const file = readUpload(body);
  return kind === 'own' ? ownCertificate(file, name, now) : foreignCertificate(file, { name, kind }, now);
}

function ownCertificate(file: CertificateFile, name: string, now: Date): CertificatePut {
  const arranged = asProblem(() => arrangeWithKey(file));
  requireUsable(arranged, 'own', now);
  return { ...certificatePut(arranged, { name, kind: 'own' }), privateKey: privateKeyPem(arranged.key) };
}

/** A private key in the file is not kept. */
function foreignCertificate(
  file: CertificateFile,
  label: Pick<CertificatePut, 'name' | 'kind'>,
  now: Date,
): CertificatePut {
  const arranged = asProblem(() => arrangeWithoutKey(file));
  requireUsable(arranged, label.kind, now);
  return certificatePut(arranged, label);
}

function requireUsable(arranged: ArrangedCertificate, kind: CertificatePut['kind'], now: Date): void {
  const problems = importProblems(arranged, kind, now);
  if (problems.length > 0) throw invalid(findingsOf(problems));
}

/** The certificate that was issued for the key of this content, the first one or a renewal; throws `certificate-invalid`. */
export function issuedCertificate(
  body: IssuedCertificate,
  { name, publicKeySha256, signingRequest }: CertificateContent,
  now: Date,
): CertificatePut {
  const arranged = asProblem(() => arrangeWithoutKey(readUpload(body)));
  if (publicKeyDigest(arranged.certificate.publicKey) !== publicKeySha256) {
    throw invalid([finding('/content', 'private-key-mismatch')]);
  }
  requireUsable(arranged, 'own', now);
  return { ...certificatePut(arranged, { name, kind: 'own' }), signingRequest };
}

/** A new key that waits for its certificate; throws `certificate-invalid`. */
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
  readonly put: CertificatePut;
  readonly findings: readonly Finding[];
}

/** Every certificate of an uploaded file that belongs to somebody; throws `certificate-invalid`. */
export function recipientsOfUpload(
  body: { readonly content: string; readonly password?: string; readonly name?: string },
  now: Date,
): readonly RecipientCandidate[] {
  const arranged = asProblem(() => arrangeMany(readUpload(body)));
  return arranged.map((one) => {
    const put = certificatePut(one, { name: body.name ?? '', kind: 'recipient' });
    const name = body.name ?? nameOf(put);
    return { put: { ...put, name }, findings: findingsOf(importProblems(one, 'recipient', now)) };
  });
}

const maxNameLength = 100;

function nameOf({ details }: CertificatePut): string {
  return (details?.addresses.join(', ') || details?.subject || '').slice(0, maxNameLength);
}
