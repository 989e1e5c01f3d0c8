import {
  CertificateError,
  type CertificateFile,
  type CertificateProblem,
  readCertificateFile,
} from '@postausgang/certificates';
import { finding, type Finding } from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http-server';

/** A certificate file as a request brings it. */
export interface Upload {
  /** base64 */
  readonly content: string;
  readonly password?: string | undefined;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const contentPointer = '/content';

/** What the file holds; throws `certificate-invalid`. */
export function readUpload({ content, password }: Upload): CertificateFile {
  const text = content.replaceAll(/\s/g, '');
  if (!base64.test(text) || text.length % 4 !== 0) throw invalid([finding(contentPointer, 'base64-invalid')]);
  return asProblem(() => readCertificateFile(Buffer.from(text, 'base64'), password));
}

/** The result, with what is wrong with a file told as findings. */
export function asProblem<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw invalid(findingsOf([error.problem]));
  }
}

/** Problems of a certificate as findings about the file, each once. */
export function findingsOf(problems: readonly CertificateProblem[]): readonly Finding[] {
  return [...new Set(problems)].map((problem) => finding(pointerOf(problem), problem));
}

const pointerOf = (problem: CertificateProblem): string =>
  problem.startsWith('certificate-password') ? '/password' : contentPointer;

export function invalid(findings: readonly Finding[]): ProblemError {
  return new ProblemError('certificate-invalid', { findings });
}
