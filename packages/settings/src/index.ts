export { isAtHome } from './environment.ts';
export type { EnvironmentState } from './environment.ts';
export {
  allowsRecipient,
  apiKeyList,
  createApiKeysState,
  decideCreateKey,
  decideRevokeKey,
  evolveApiKeys,
  evolveKeyUses,
  findKeyBySha256,
  hasAdministrator,
} from './api-keys.ts';
export type { ApiKeysState, CreateKeyCommand } from './api-keys.ts';
export { applyStatus, createMailerStatusState, evolveMailerStatus, isAnyMailerLive } from './apply-status.ts';
export type { MailerStatusState } from './apply-status.ts';
export {
  certificateKind,
  certificateVersion,
  certificateView,
  privateKeyBinding,
  recipientCertificates,
  usableRecipientCertificate,
} from './certificates.ts';
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
export { decideResourceChange, requestFindings } from './decide-change.ts';
export type { Refused, ResourceDecision, ResourceRequest } from './decide-change.ts';
export {
  clientSecretPointer,
  completeConnection,
  defaultConnection,
  exchangeConnectionKind,
  exchangeConnectionVersion,
  exchangeConnectionView,
  exchangeEndpoints,
  exchangeIdentityProblem,
  exchangePasswordPointer,
  exchangeSecretBinding,
  exchangeServicePrincipal,
  storedSecret,
  validateConnection,
} from './exchange-connection.ts';
export type { ExchangeConnectionState, ExchangeSecretPointer } from './exchange-connection.ts';
export { createFieldKind } from './field-kind.ts';
export {
  addressMatchKey,
  asciiAddress,
  domainOf,
  isCertified,
  isHost,
  isHostName,
  isIpAddress,
  isValidAddress,
  parseInstant,
  plainHost,
  withoutBrackets,
} from './formats.ts';
export {
  completeContent,
  defaultContent,
  effectiveLimits,
  effectiveOnUnknown,
  effectivePort,
  outgoingServerKind,
  smtpDestination,
  smtpIdentityProblem,
  smtpPasswordBinding,
  smtpServicePrincipal,
  usesPassword,
  validateContent,
  versionView,
} from './outgoing-server.ts';
export type { EffectiveLimits, OutgoingServerState } from './outgoing-server.ts';
export { identityProblem } from './identity-grants.ts';
export type { Granting, IdentityHosts, IdentityProblem } from './identity-grants.ts';
export { noReferences } from './references.ts';
export type { References } from './references.ts';
export {
  changeByEvent,
  changesOf,
  contentOf,
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
export { resolveSender } from './resolve-sender.ts';
export type { SenderResolution } from './resolve-sender.ts';
export {
  createSenderChecksState,
  evolveSenderChecks,
  pendingChecks,
  senderCheck,
  senderCheckList,
  senderCheckView,
} from './sender-checks.ts';
export type { SenderChecksState } from './sender-checks.ts';
export { decideSenderList } from './sender-list.ts';
export type { SenderListChange, SenderListCommand } from './sender-list.ts';
export { allowedSendersText, isRewritten, maySendAs, refusedSenders } from './sender-rights.ts';
export type { SenderLimits, SenderRules } from './sender-rights.ts';
export {
  activeSenderWith,
  createSenderBook,
  findSenders,
  senderId,
  senderKind,
  senderVersion,
  senderView,
} from './senders.ts';
export type { SenderBook, SenderFilter, SenderState } from './senders.ts';
export {
  isKept,
  sendingModeKind,
  sendingModeNow,
  sendingModeOf,
  sendingModeResource,
  sendingModeVersion,
} from './sending-mode.ts';
export type { SendingModeNow, SendingModeState } from './sending-mode.ts';
export {
  bindingBytes,
  destinationDigest,
  hasExactly,
  sha256OfCanonicalJson,
  sizeOfBase64url,
} from './secret-binding.ts';
export type { SecretBinding } from './secret-binding.ts';
export {
  createSettingsState,
  credentialsOf,
  crossedThreshold,
  defaultServer,
  defaultServerOf,
  evolveSettings,
  referencesOf,
  sendingVersions,
} from './settings-state.ts';
export type { SettingsState } from './settings-state.ts';
