export { apiKeyList, createApiKeysState, evolveApiKeys, findKeyBySha256 } from './api-key/api-keys-state.ts';
export type { ApiKeysState } from './api-key/api-keys-state.ts';
export { decideCreateKey, decideRevokeKey } from './api-key/decide-api-key.ts';
export type { CreateKeyCommand } from './api-key/decide-api-key.ts';
export {
  applyStatus,
  createMailerStatusState,
  evolveMailerStatus,
  isAnyMailerLive,
} from './apply-status/mailer-status-state.ts';
export type { MailerStatusState } from './apply-status/mailer-status-state.ts';
export { certificateKind } from './certificate/certificate-kind.ts';
export type { CertificatePut, CertificateState } from './certificate/certificate-kind.ts';
export { certificateVersion, certificateView } from './certificate/certificate-view.ts';
export type { IsIssuerKnown } from './certificate/certificate-view.ts';
export { credentialsOf, crossedThreshold } from './certificate/credentials.ts';
export { privateKeyBinding } from './certificate/private-key-binding.ts';
export { recipientCertificates, usableRecipientCertificate } from './certificate/recipient-certificates.ts';
export {
  connectionTestList,
  connectionTestView,
  createConnectionTestsState,
  evolveConnectionTests,
  maxTestsPerResource,
  testAbandonedAfterMs,
} from './connection-test/connection-tests-state.ts';
export type { ConnectionTestsState } from './connection-test/connection-tests-state.ts';
export { decideResourceChange } from './decide-change.ts';
export type { Refused, ResourceDecision, ResourceRequest } from './decide-change.ts';
export { exchangeEndpoints } from './exchange-connection/endpoints.ts';
export {
  exchangeConnectionKind,
  findingsOfConnection,
} from './exchange-connection/exchange-connection-kind.ts';
export type { ExchangeConnectionState } from './exchange-connection/exchange-connection-kind.ts';
export {
  exchangeConnectionVersion,
  exchangeConnectionView,
} from './exchange-connection/exchange-connection-view.ts';
export { defaultConnection } from './exchange-connection/exchange-plan.ts';
export {
  clientSecretPointer,
  exchangePasswordPointer,
  exchangeSecretBinding,
  storedSecret,
} from './exchange-connection/exchange-secrets.ts';
export type { ExchangeSecretPointer } from './exchange-connection/exchange-secrets.ts';
export { validateConnection } from './exchange-connection/validate-connection.ts';
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
  planPatch,
  planPut,
} from './outgoing-server.ts';
export type { ChangeCommand, ChangeRequest, OutgoingServerState } from './outgoing-server.ts';
export { outgoingServerView, versionView } from './outgoing-server/outgoing-server-view.ts';
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
} from './resource.ts';
export { defaultContent, effectiveLimits, effectiveOnUnknown } from './server-defaults.ts';
export type { EffectiveLimits } from './server-defaults.ts';
export { referencesOf } from './settings-references.ts';
export { createSettingsState, defaultServer, defaultServerOf, evolveSettings } from './settings-state.ts';
export type { SettingsState } from './settings-state.ts';
export {
  effectivePort,
  isCertified,
  smtpDestination,
  smtpPasswordBinding,
  usesPassword,
  validateContent,
} from './validate-server.ts';
export type { Verdict } from './verdict.ts';
