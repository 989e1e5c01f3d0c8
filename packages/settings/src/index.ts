export { domainOf, isValidAddress } from './address/address.ts';
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
export { isHost, isHostName } from './host/host-name.ts';
export { isIpAddress } from './host/ip-address.ts';
export { parseInstant } from './instant.ts';
export { completeContent } from './outgoing-server/complete-content.ts';
export { findingsOfPlan, planPatch, planPut } from './outgoing-server/content-plan.ts';
export { defaultContent } from './outgoing-server/default-content.ts';
export { differences } from './outgoing-server/differences.ts';
export { effectiveLimits } from './outgoing-server/effective-limits.ts';
export type { EffectiveLimits } from './outgoing-server/effective-limits.ts';
export { effectiveOnUnknown } from './outgoing-server/effective-on-unknown.ts';
export { outgoingServerKind } from './outgoing-server/outgoing-server-kind.ts';
export {
  contentOfVersion,
  decideChange,
  evolveOutgoingServer,
  initialOutgoingServer,
} from './outgoing-server/outgoing-server-state.ts';
export type {
  ChangeCommand,
  ChangeRequest,
  OutgoingServerState,
} from './outgoing-server/outgoing-server-state.ts';
export { outgoingServerView, versionView } from './outgoing-server/outgoing-server-view.ts';
export {
  effectivePort,
  smtpDestination,
  smtpPasswordBinding,
  usesPassword,
} from './outgoing-server/smtp-destination.ts';
export { validateContent } from './outgoing-server/validate-content.ts';
export { isCertified } from './outgoing-server/validate-smime.ts';
export { noReferences } from './references.ts';
export type { References } from './references.ts';
export { sealPlan } from './resource/content-plan.ts';
export type { ContentPlan, NewSecret } from './resource/content-plan.ts';
export { decideResourceChange } from './resource/decide-change.ts';
export type { Refused, ResourceDecision, ResourceRequest } from './resource/decide-change.ts';
export { idOf } from './resource/evolve-resources.ts';
export type { Resources } from './resource/evolve-resources.ts';
export { resourceDiff, resourceHistory } from './resource/resource-history.ts';
export type { PageRequest } from './resource/resource-history.ts';
export { initialState } from './resource/resource-kind.ts';
export type { ResourceKind, Saved } from './resource/resource-kind.ts';
export { changeByEvent, changesOf } from './resource/resource-state.ts';
export type { ChangeData, ResourceChange, ResourceState } from './resource/resource-state.ts';
export { referencesOf } from './settings-references.ts';
export { createSettingsState, defaultServer, defaultServerOf, evolveSettings } from './settings-state.ts';
export type { SettingsState } from './settings-state.ts';
export type { Verdict } from './verdict.ts';
