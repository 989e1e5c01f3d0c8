/** Why a file, a certificate or a key cannot be used. The findings of the API have the same names. */
export type CertificateProblem =
  | 'certificate-unreadable'
  | 'certificate-encryption-unsupported'
  | 'certificate-rounds-too-many'
  | 'certificate-password-required'
  | 'certificate-password-wrong'
  | 'certificate-missing'
  | 'certificate-ambiguous'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-usage-wrong'
  | 'certificate-key-weak'
  | 'certificate-key-unsupported'
  | 'certificate-address-missing'
  | 'certificate-chain-broken'
  | 'private-key-missing'
  | 'private-key-mismatch';

/** What went wrong while reading. `message` is for developers; the problem has its sentences in the contracts. */
export class CertificateError extends Error {
  readonly problem: CertificateProblem;

  constructor(problem: CertificateProblem, message: string = problem) {
    super(message);
    this.name = 'CertificateError';
    this.problem = problem;
  }
}
