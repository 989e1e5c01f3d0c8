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
export { completeContent } from './outgoing-server/complete-content.ts';
export { findingsOfPlan, planPatch, planPut, sealPlan } from './outgoing-server/content-plan.ts';
export type { ContentPlan, NewSecret } from './outgoing-server/content-plan.ts';
export { decideChange } from './outgoing-server/decide-change.ts';
export type {
  ChangeCommand,
  ChangeDecision,
  ChangeRequest,
  PlannedChange,
} from './outgoing-server/decide-change.ts';
export { defaultContent } from './outgoing-server/default-content.ts';
export { differences } from './outgoing-server/differences.ts';
export { diffView, historyView, versionView } from './outgoing-server/history-view.ts';
export type { PageRequest } from './outgoing-server/history-view.ts';
export {
  changeByEvent,
  changesOf,
  changeToVersion,
  contentOfVersion,
  evolveOutgoingServer,
  initialOutgoingServer,
} from './outgoing-server/outgoing-server-state.ts';
export type { OutgoingServerState, SettingsChange } from './outgoing-server/outgoing-server-state.ts';
export { outgoingServerView } from './outgoing-server/outgoing-server-view.ts';
export { effectiveOnUnknown } from './outgoing-server/effective-on-unknown.ts';
export { effectivePort, smtpDestination, smtpPasswordBinding } from './outgoing-server/smtp-destination.ts';
export { validateContent } from './outgoing-server/validate-content.ts';
export { createSettingsState, defaultServer, defaultServerOf, evolveSettings } from './settings-state.ts';
export type { SettingsState } from './settings-state.ts';
export type { Verdict } from './verdict.ts';
