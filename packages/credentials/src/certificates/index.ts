export {
  arrangeMany,
  arrangeWithKey,
  arrangeWithoutKey,
  isKeyOf,
  unsuitability,
  validityProblems,
} from './arrange.ts';
export type { ArrangedCertificate } from './arrange.ts';
export { CertificateError } from './certificate-problem.ts';
export type { CertificateProblem } from './certificate-problem.ts';
export { describeCertificate, publicKeyDigest } from './describe.ts';
export { readExtensions } from './extensions.ts';
export { certificatePem, readCertificateFile, readCertificateFiles } from './read-certificate-file.ts';
export type { CertificateFile } from './read-certificate-file.ts';
export {
  createKeyPair,
  createSigningRequest,
  keyKinds,
  privateKeyOfPem,
  privateKeyPem,
} from './signing-request.ts';
