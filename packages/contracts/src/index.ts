export {
  ApiKeyListSchema,
  ApiKeySchema,
  CreateApiKeySchema,
  CreatedApiKeySchema,
  scopes,
  scopeTexts,
  widerScope,
} from './api-key.ts';
export type { ApiKey, ApiKeyList, CreateApiKey, CreatedApiKey, KeyQuotas, Scope } from './api-key.ts';
export { asyncApiDocument } from './asyncapi/document.ts';
export { erpAsyncApiDocument } from './asyncapi/erp-document.ts';
export { readRecord, readTraceparent, writeRecord, writeTraceparent } from './cloud-events.ts';
export { jsonExcess, maxJsonDepth, maxJsonMembers } from './json-bounds.ts';
export type { JsonExcess } from './json-bounds.ts';
export type { CloudEvent, EventRecord, ReadResult, UntrustedRecord } from './cloud-events.ts';
export {
  ConnectionTestListSchema,
  ConnectionTestRequestSchema,
  ConnectionTestSchema,
  ExchangeConnectionTestRequestSchema,
  testNote,
  testStepsOf,
} from './connection-test.ts';
export type {
  ConnectionTest,
  ConnectionTestList,
  ConnectionTestRequest,
  ConnectionTestStep,
  ConnectionTestStepName,
  ExchangeConnectionTestRequest,
  PeerCertificate,
  TestedProtocol,
  TestNote,
} from './connection-test.ts';
export { ConfirmEnvironmentSchema, EnvironmentSchema } from './environment.ts';
export type {
  ConfirmEnvironment,
  EnvironmentConfirmed,
  EnvironmentView,
  HeldStart,
  LogKind,
  LogPlace,
} from './environment.ts';
export { events } from './events/events.ts';
export type { EventData, EventName, EventOf, PostausgangEvent } from './events/events.ts';
export { classOf, concernsServer, failureClassTexts } from './failure-classes.ts';
export { FailureSchema, failure, failureTexts, withClass } from './failures.ts';
export type { Failure, FailureCode } from './failures.ts';
export {
  maxShownResults,
  senderCheckDays,
  SenderCheckListSchema,
  SenderCheckRequestSchema,
  SenderCheckSchema,
  senderCheckStates,
} from './sender-check.ts';
export type {
  CheckedSender,
  SenderCheck,
  SenderCheckList,
  SenderCheckRequest,
  SenderCheckRequested,
  SenderCheckState,
  SenderCheckView,
  SenderVerdict,
} from './sender-check.ts';
export { findingTexts } from './findings.ts';
export type { FindingCode } from './findings.ts';
export {
  CancelMailSchema,
  HoldMailSchema,
  ReleaseMailSchema,
  ResendMailSchema,
  ResolveMailSchema,
  ResumeQueueSchema,
  commandRefusals,
} from './mail/mail-command.ts';
export {
  actionSkips,
  BulkMailAnswerSchema,
  BulkMailSchema,
  bulkRouteVerbs,
  bulkVerbs,
  MailActionListSchema,
  MailActionSchema,
  MailActionStatusSchema,
  MailCountsSchema,
  mailFilterFields,
  MailListSchema,
  MailsNamingSenderSchema,
  mailStatesField,
} from './mail/mail-bulk.ts';
export { MailContentSchema } from './mail/mail-content.ts';
export type { MailContent } from './mail/mail-content.ts';
export type {
  ActionSkip,
  BulkMailAnswer,
  BulkVerb,
  MailAction,
  MailActionList,
  MailActionStatus,
  MailFilter,
  MailList,
} from './mail/mail-bulk.ts';
export type {
  AnsweredCommand,
  CommandRefusal,
  MailResendRequested,
  MailResolveRequested,
  MailVerb,
} from './mail/mail-command.ts';
export { TestMailboxBehaviorSchema, TestMailboxMessageSchema, TestMailboxSchema } from './test-mailbox.ts';
export type { TestMailboxBehavior, TestMailboxMessage, TestMailboxView } from './test-mailbox.ts';
export {
  MailRequestSchema,
  onUnknownPolicies,
  priorities,
  RequesterSchema,
  SenderQuerySchema,
} from './mail/mail-request.ts';
export type {
  Attachment,
  Calendar,
  ClaimedAttachment,
  ComposedMailRequested,
  DsnNotify,
  Envelope,
  MailRequest,
  MessageSummary,
  MailRequested,
  OnUnknown,
  Priority,
  RawMailRequested,
  Requester,
  SenderQuery,
} from './mail/mail-request.ts';
export {
  MailAcceptedSchema,
  MailStatusSchema,
  RefusedRequestListSchema,
  mailStates,
} from './mail/mail-status.ts';
export { QueueStatusSchema } from './mail/queue-status.ts';
export type { QueueState, QueueStatus } from './mail/queue-status.ts';
export { StatisticsSchema, statisticsSteps } from './mail/statistics.ts';
export type { Statistics, StatisticsStep } from './mail/statistics.ts';
export type {
  Attempt,
  Decisions,
  HeldReason,
  HistoryEntry,
  LookupEnd,
  LookupWitness,
  MailAccepted,
  MailState,
  MailStatus,
  MailSummary,
  NotOffered,
  RecipientOutcome,
  RecipientResult,
  Redirection,
  RefusedRequest,
  RefusedRequestList,
  SenderDecision,
  SenderRule,
  SmimeDecision,
  TriedSender,
} from './mail/mail-status.ts';
export { productVersion } from './product.ts';
export { problemType, ProblemTypeListSchema, ProblemTypeSchema } from './problem-types.ts';
export type { ProblemType } from './problem-types.ts';
export {
  ProblemSchema,
  finding,
  findingAbout,
  findingsLine,
  problem,
  problemCodes,
  problemDefinitions,
} from './problems.ts';
export type { Finding, FindingParams, Problem, ProblemCode, ProblemDetails } from './problems.ts';
export { tokenRefusalTexts } from './token-refusals.ts';
export type { TokenRefusalCode } from './token-refusals.ts';
export {
  AddressSchema,
  closed,
  Instant,
  isInstantPattern,
  Line,
  maxAddressLength,
  NamedObject,
  Nullable,
  StringEnum,
} from './schemas.ts';
export type { Actor, Address, AddressPatch, IdentityGrant, SealedSecret, StoredSecret } from './schemas.ts';
export {
  CertificateListSchema,
  CertificatePatchSchema,
  CertificateVersionSchema,
  CertificateViewSchema,
  CreateKeySchema,
  CredentialListSchema,
  ImportCertificateSchema,
  ImportRecipientsSchema,
  ImportedRecipientsSchema,
  IssuedCertificateSchema,
  certificateFields,
  certificateKinds,
  certificateTexts,
  certificateUses,
} from './settings/certificate.ts';
export type {
  CertificateContent,
  CertificateKind,
  CertificatePatch,
  CertificateUse,
  CertificateVersion,
  CertificateView,
  CreateKey,
  Credential,
  ImportCertificate,
  IssuedCertificate,
} from './settings/certificate.ts';
export { exchangeConnectionTexts } from './settings/exchange-connection-texts.ts';
export {
  ExchangeConnectionListSchema,
  ExchangeConnectionPatchSchema,
  ExchangeConnectionCreateSchema,
  ExchangeConnectionPutSchema,
  ExchangeConnectionVersionSchema,
  ExchangeConnectionViewSchema,
  exchangeConnectionFields,
} from './settings/exchange-connection.ts';
export type {
  ExchangeCloud,
  ExchangeConnectionContent,
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  ExchangeConnectionVersion,
  ExchangeConnectionView,
} from './settings/exchange-connection.ts';
export { drawProperties } from './settings/field-schemas.ts';
export type { ContentOf, StoredContentOf, ViewedContentOf } from './settings/field-schemas.ts';
export { ServerPresetListSchema, serverPresets } from './settings/presets.ts';
export type { ServerPreset } from './settings/presets.ts';
export { numberField, placedFields, textField } from './settings/fields.ts';
export type { Condition, FieldTable, PlacedField, PointerTo, TextFormat } from './settings/fields.ts';
export { fieldGroups, formFields } from './settings/form.ts';
export type { FieldText } from './settings/form.ts';
export { senderTexts } from './settings/sender-texts.ts';
export {
  maxListedSenders,
  SenderListChangesSchema,
  SenderListPutSchema,
  SenderListSchema,
  SenderPatchSchema,
  SenderCreateSchema,
  SenderPutSchema,
  SenderResolutionSchema,
  SenderVersionSchema,
  SenderViewSchema,
  senderFields,
  senderKinds,
} from './settings/sender.ts';
export type {
  SenderContent,
  SenderFor,
  SenderKind,
  ListedSender,
  SenderList,
  SenderListChanges,
  SenderListEntry,
  SenderPatch,
  SenderPut,
  SenderResolutionView,
  SenderVersion,
  SenderView,
} from './settings/sender.ts';
export {
  RevertSendingModeSchema,
  SendingModePatchSchema,
  SendingModePutSchema,
  SendingModeVersionSchema,
  SendingModeViewSchema,
  sendingModeFields,
  sendingModeTexts,
} from './settings/sending-mode.ts';
export type {
  SendingMode,
  SendingModeContent,
  SendingModePatch,
  SendingModePut,
  SendingModeVersion,
  SendingModeView,
} from './settings/sending-mode.ts';
export { ApplyStatusSchema, DiffSchema, HistorySchema, RevertSchema } from './settings/versions.ts';
export type {
  ApplyStatus,
  Change,
  ChangeOperation,
  Diff,
  Difference,
  History,
  MailerApplyState,
} from './settings/versions.ts';
export { outgoingServerTexts } from './settings/outgoing-server-texts.ts';
export {
  OutgoingServerPatchSchema,
  OutgoingServerPutSchema,
  OutgoingServerVersionSchema,
  OutgoingServerViewSchema,
} from './settings/outgoing-server-schemas.ts';
export type {
  OutgoingServerPatch,
  OutgoingServerPut,
  OutgoingServerVersion,
  OutgoingServerView,
  SmtpPatch,
} from './settings/outgoing-server-schemas.ts';
export { outgoingServerFields, sendingSwitchedOff } from './settings/outgoing-server.ts';
export type {
  Encryption,
  LimitPreset,
  Limits,
  OutgoingServerContent,
  ServerType,
  SmtpContent,
  WhenDisabled,
  WindowsMechanism,
} from './settings/outgoing-server.ts';
export { consumerGroups, principals, topics } from './topics.ts';
export type { TopicName } from './topics.ts';
