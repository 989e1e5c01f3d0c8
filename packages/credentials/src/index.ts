export { readPublicKeyFile, writePublicKeyFile } from './key-files.ts';
export type { PublicKey } from './key-files.ts';
export { addKey, openKeyRing } from './key-ring.ts';
export {
  certificateById,
  certificateFingerprints,
  namedCertificates,
  openExchangeKeys,
  openOwnCertificate,
  openPassword,
  openTlsRules,
  usedSecret,
} from './open-secrets.ts';
export type {
  CertificateVersion,
  CertificatesById,
  ClientCredential,
  Credential,
  ExchangeKeys,
  OwnCertificate,
  TlsRules,
} from './open-secrets.ts';
export { createRepeatedSecrets } from './repeated-secrets.ts';
export type { RepeatedSecrets } from './repeated-secrets.ts';
export { SealingError, sealingErrors } from './sealing-error.ts';
export { createOpener, createSealer } from './sealing.ts';
export type { Opener, SealedSecret, Sealer } from './sealing.ts';
export { createSecret, revealSecret } from './secret.ts';
export type { Secret } from './secret.ts';
