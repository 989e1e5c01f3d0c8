export {
  apiKeyList,
  createApiKeysState,
  decideCreateKey,
  decideRevokeKey,
  evolveApiKeys,
  findKeyBySha256,
} from './api-keys.ts';
export type { ApiKeysState, CreateKeyCommand } from './api-keys.ts';
export { applyStatus, createMailerStatusState, evolveMailerStatus, isAnyMailerLive } from './apply-status.ts';
export type { MailerStatusState } from './apply-status.ts';
export { certificateKind, certificateVersion, certificateView, privateKeyBinding } from './certificates.ts';
export type { CertificatePut, CertificateState, IsIssuerKnown } from './certificates.ts';
export {
  connectionTestList,
  connectionTestView,
  createConnectionTestsState,
  evolveConnectionTests,
  maxTestsPerResource,
  testAbandonedAfterMs,
} from './connection-tests.ts';
export type { ConnectionTestsState } from './connection-tests.ts';
export { credentialsOf, crossedThreshold } from './credentials.ts';
export { decideResourceChange } from './decide-change.ts';
export type { Refused, ResourceDecision, ResourceRequest } from './decide-change.ts';
export {
  defaultConnection,
  exchangeConnectionKind,
  exchangeConnectionVersion,
  exchangeConnectionView,
  findingsOfConnection,
} from './exchange-connection.ts';
export type { ExchangeConnectionState } from './exchange-connection.ts';
export { domainOf, isHost, isHostName, isIpAddress, isValidAddress } from './hosts.ts';
export { parseInstant } from './instant.ts';
export {
  completeContent,
  contentOfVersion,
  decideChange,
  differences,
  evolveOutgoingServer,
  findingsOfPlan,
  initialOutgoingServer,
  outgoingServerKind,
  outgoingServerView,
  planPatch,
  planPut,
  versionView,
} from './outgoing-server.ts';
export type { ChangeCommand, ChangeRequest, OutgoingServerState } from './outgoing-server.ts';
export { recipientCertificates, usableRecipientCertificate } from './recipient-certificates.ts';
export { noReferences } from './references.ts';
export type { References } from './references.ts';
export {
  changeByEvent,
  changesOf,
  idOf,
  initialState,
  resourceDiff,
  resourceHistory,
  sealPlan,
} from './resource.ts';
export type {
  ChangeData,
  ContentPlan,
  NewSecret,
  PageRequest,
  ResourceChange,
  ResourceKind,
  ResourceState,
  Resources,
  Saved,
  Verdict,
} from './resource.ts';
export {
  bindingBytes,
  destinationDigest,
  hasExactly,
  sha256OfCanonicalJson,
  sizeOfBase64url,
} from './secret-binding.ts';
export type { SecretBinding } from './secret-binding.ts';
export { defaultContent, effectiveLimits, effectiveOnUnknown } from './server-defaults.ts';
export type { EffectiveLimits } from './server-defaults.ts';
export { referencesOf } from './settings-references.ts';
export { createSettingsState, defaultServer, defaultServerOf, evolveSettings } from './settings-state.ts';
export type { SettingsState } from './settings-state.ts';
export {
  clientSecretPointer,
  exchangeEndpoints,
  exchangePasswordPointer,
  exchangeSecretBinding,
  storedSecret,
  validateConnection,
} from './validate-connection.ts';
export type { ExchangeSecretPointer } from './validate-connection.ts';
export {
  effectivePort,
  isCertified,
  smtpDestination,
  smtpPasswordBinding,
  usesPassword,
  validateContent,
} from './validate-server.ts';
