export { certificateKind } from './certificate/certificate-kind.ts';
export type { CertificatePut, CertificateState } from './certificate/certificate-kind.ts';
export { certificateVersion, certificateView } from './certificate/certificate-view.ts';
export type { IsIssuerKnown } from './certificate/certificate-view.ts';
export { credentialsOf, crossedThreshold } from './certificate/credentials.ts';
export { privateKeyBinding } from './certificate/private-key-binding.ts';
export {
  addressMatchKey,
  recipientCertificates,
  usableRecipientCertificate,
} from './certificate/recipient-certificates.ts';
export type { RecipientCertificate } from './certificate/recipient-certificates.ts';
export { validityFindings } from './certificate/validate-certificate.ts';
export { isCertified } from './outgoing-server/validate-smime.ts';
export { domainOf, isValidAddress } from './address/address.ts';
export { apiKeyList, createApiKeysState, evolveApiKeys, findKeyBySha256 } from './api-key/api-keys-state.ts';
export type { ApiKeysState, StoredApiKey } from './api-key/api-keys-state.ts';
export { decideCreateKey, decideRevokeKey } from './api-key/decide-api-key.ts';
export type {
  CreateKeyCommand,
  CreateKeyDecision,
  RevokeKeyCommand,
  RevokeKeyDecision,
} from './api-key/decide-api-key.ts';
export {
  applyStatus,
  createMailerStatusState,
  evolveMailerStatus,
  isAnyMailerLive,
} from './apply-status/mailer-status-state.ts';
export type { ApplyReport, MailerRun, MailerStatusState } from './apply-status/mailer-status-state.ts';
export {
  connectionTestList,
  connectionTestView,
  createConnectionTestsState,
  evolveConnectionTests,
  maxTestsPerResource,
  testAbandonedAfterMs,
} from './connection-test/connection-tests-state.ts';
export type { ConnectionTestsState } from './connection-test/connection-tests-state.ts';
export { isHost, isHostName } from './host/host-name.ts';
export { isIpAddress } from './host/ip-address.ts';
export { parseInstant } from './instant.ts';
export { defaultConnection } from './exchange-connection/exchange-plan.ts';
export {
  exchangeConnectionKind,
  findingsOfConnection,
} from './exchange-connection/exchange-connection-kind.ts';
export type { ExchangeConnectionState } from './exchange-connection/exchange-connection-kind.ts';
export {
  exchangeConnectionVersion,
  exchangeConnectionView,
} from './exchange-connection/exchange-connection-view.ts';
export { exchangeEndpoints } from './exchange-connection/endpoints.ts';
export type { ExchangeEndpoints } from './exchange-connection/endpoints.ts';
export {
  clientSecretPointer,
  exchangePasswordPointer,
  exchangeSecretBinding,
  storedSecret,
} from './exchange-connection/exchange-secrets.ts';
export type { ExchangeSecretPointer } from './exchange-connection/exchange-secrets.ts';
export { validateConnection } from './exchange-connection/validate-connection.ts';
export { completeContent } from './outgoing-server/complete-content.ts';
export { findingsOfPlan, planPatch, planPut } from './outgoing-server/content-plan.ts';
export { defaultContent } from './outgoing-server/default-content.ts';
export { differences } from './outgoing-server/differences.ts';
export { outgoingServerKind } from './outgoing-server/outgoing-server-kind.ts';
export {
  contentOfVersion,
  decideChange,
  evolveOutgoingServer,
  initialOutgoingServer,
} from './outgoing-server/outgoing-server-state.ts';
export type {
  ChangeCommand,
  ChangeDecision,
  ChangeRequest,
  OutgoingServerState,
  SettingsChange,
} from './outgoing-server/outgoing-server-state.ts';
export { effectiveLimits } from './outgoing-server/effective-limits.ts';
export type { EffectiveLimits } from './outgoing-server/effective-limits.ts';
export { effectiveOnUnknown } from './outgoing-server/effective-on-unknown.ts';
export { outgoingServerView, versionView } from './outgoing-server/outgoing-server-view.ts';
export { sealPlan } from './resource/content-plan.ts';
export type { ContentPlan, NewSecret, WithSecret } from './resource/content-plan.ts';
export { contentOf, decideResourceChange } from './resource/decide-change.ts';
export type {
  PlannedChange,
  Refused,
  RequestContext,
  ResourceDecision,
  ResourceRequest,
} from './resource/decide-change.ts';
export { evolveResources, idOf } from './resource/evolve-resources.ts';
export type { Resources } from './resource/evolve-resources.ts';
export { resourceChange, resourceDiff, resourceHistory } from './resource/resource-history.ts';
export type { PageRequest } from './resource/resource-history.ts';
export { initialState } from './resource/resource-kind.ts';
export type { ResourceKind, Saved } from './resource/resource-kind.ts';
export { changeByEvent, changesOf, changeToVersion, evolveResource } from './resource/resource-state.ts';
export type { ChangeData, ChangeEvent, ResourceChange, ResourceState } from './resource/resource-state.ts';
export { noReferences } from './references.ts';
export type { References } from './references.ts';
export { referencesOf } from './settings-references.ts';
export {
  effectivePort,
  smtpDestination,
  smtpPasswordBinding,
  usesPassword,
} from './outgoing-server/smtp-destination.ts';
export { validateContent } from './outgoing-server/validate-content.ts';
export { createSettingsState, defaultServer, defaultServerOf, evolveSettings } from './settings-state.ts';
export type { SettingsState } from './settings-state.ts';
export type { Verdict } from './verdict.ts';
