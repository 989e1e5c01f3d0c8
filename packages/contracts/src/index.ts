export type { Address, AddressPatch } from './address.ts';
export { AddressSchema, maxAddressLength } from './address.ts';
export type { ApiKey, ApiKeyList, CreateApiKey, CreatedApiKey, Scope } from './api-key/api-key.ts';
export {
  ApiKeyListSchema,
  ApiKeySchema,
  CreateApiKeySchema,
  CreatedApiKeySchema,
  scopes,
} from './api-key/api-key.ts';
export { asyncApiDocument } from './asyncapi/async-api-document.ts';
export type { CloudEvent, EventRecord, UntrustedRecord } from './cloud-events/cloud-event.ts';
export type { ReadResult, UnreadableReason } from './cloud-events/read-record.ts';
export { readRecord } from './cloud-events/read-record.ts';
export { writeRecord } from './cloud-events/write-record.ts';
export type {
  ConnectionTest,
  ConnectionTestList,
  ConnectionTestRequest,
  ConnectionTestStep,
  ConnectionTestStepName,
  ExchangeConnectionTestRequest,
  PeerCertificate,
  TestedProtocol,
} from './connection-test/connection-test.ts';
export {
  ConnectionTestListSchema,
  ConnectionTestRequestSchema,
  ConnectionTestSchema,
  ExchangeConnectionTestRequestSchema,
  testStepsOf,
} from './connection-test/connection-test.ts';
export type { FindingCode } from './errors/finding-codes.ts';
export { findingTexts } from './errors/finding-codes.ts';
export type { Finding, Problem, ProblemDetails } from './errors/problem.ts';
export { finding, FindingSchema, problem, ProblemSchema } from './errors/problem.ts';
export type { ProblemCode, ProblemDefinition } from './errors/problem-codes.ts';
export { problemDefinitions } from './errors/problem-codes.ts';
export type { EventData, EventName, EventOf, PostausgangEvent } from './events/events.ts';
export type { EventDefinition } from './events/definition.ts';
export { events } from './events/events.ts';
export type { LocalizedText } from './localized-text.ts';
export type {
  AnsweredCommand,
  CommandRefusal,
  MailCancelRequested,
  MailHoldRequested,
  MailReleaseRequested,
  MailResendRequested,
  MailResolveRequested,
  MailVerb,
} from './mail/mail-command.ts';
export {
  CancelMailSchema,
  commandRefusals,
  HoldMailSchema,
  mailVerbs,
  ReleaseMailSchema,
  ResendMailSchema,
  ResolveMailSchema,
} from './mail/mail-command.ts';
export type { HistoryEntry } from './mail/mail-history.ts';
export type {
  Attachment,
  ClaimedAttachment,
  ClaimedRawMailRequested,
  ComposedMailRequested,
  Envelope,
  MailRequest,
  MailRequested,
  RawMailRequested,
} from './mail/mail-request.ts';
export { EnvelopeSchema, MailRequestSchema } from './mail/mail-request.ts';
export type {
  Attempt,
  Decisions,
  HeldReason,
  MailAccepted,
  MailList,
  MailState,
  MailStatus,
  MailSummary,
  SmimeDecision,
} from './mail/mail-status.ts';
export { MailAcceptedSchema, MailListSchema, mailStates, MailStatusSchema } from './mail/mail-status.ts';
export type { QueueState, QueueStatus } from './mail/queue-status.ts';
export { QueueStatusSchema } from './mail/queue-status.ts';
export type { RefusedRequest, RefusedRequestList } from './mail/refused-request.ts';
export { RefusedRequestListSchema } from './mail/refused-request.ts';
export type { RecipientOutcome, RecipientResult } from './mail/recipient-result.ts';
export { recipientOutcomes } from './mail/recipient-result.ts';
export type { OnUnknown } from './mail/on-unknown.ts';
export { onUnknownPolicies } from './mail/on-unknown.ts';
export type { ApplyStatus, MailerApplyState } from './mailer/apply-status.ts';
export { ApplyStatusSchema } from './mailer/apply-status.ts';
export type { Failure } from './mailer/failure.ts';
export { failure, FailureSchema, withClass } from './mailer/failure.ts';
export type { FailureClass } from './mailer/failure-classes.ts';
export { classOf, concernsServer, failureClassTexts } from './mailer/failure-classes.ts';
export type { FailureCode } from './mailer/failure-codes.ts';
export { failureTexts } from './mailer/failure-codes.ts';
export { closed, Instant, Line, Nullable, StringEnum } from './schema-helpers.ts';
export type {
  CertificateContent,
  CertificateDetails,
  CertificateKind,
  CertificateList,
  CertificatePatch,
  CertificateUse,
  CertificateVersion,
  CertificateView,
  CreateKey,
  Credential,
  CredentialList,
  ImportCertificate,
  ImportedRecipients,
  ImportRecipients,
  IssuedCertificate,
} from './settings/certificate.ts';
export {
  CertificateContentSchema,
  certificateKinds,
  CertificateListSchema,
  CertificatePatchSchema,
  certificateUses,
  CertificateVersionSchema,
  CertificateViewSchema,
  CreateKeySchema,
  CredentialListSchema,
  ImportCertificateSchema,
  ImportedRecipientsSchema,
  ImportRecipientsSchema,
  IssuedCertificateSchema,
} from './settings/certificate.ts';
export type { Actor } from './settings/actor.ts';
export { ActorSchema } from './settings/actor.ts';
export type {
  ExchangeAuthentication,
  ExchangeCloud,
  ExchangeConnectionContent,
  ExchangeConnectionList,
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  ExchangeConnectionVersion,
  ExchangeConnectionView,
  ExchangeProtocol,
} from './settings/exchange-connection.ts';
export {
  ExchangeConnectionContentSchema,
  ExchangeConnectionListSchema,
  ExchangeConnectionPatchSchema,
  ExchangeConnectionPutSchema,
  ExchangeConnectionVersionSchema,
  ExchangeConnectionViewSchema,
} from './settings/exchange-connection.ts';
export type {
  Change,
  ChangeOperation,
  Diff,
  Difference,
  History,
  OutgoingServerVersion,
  Revert,
} from './settings/history.ts';
export { DiffSchema, HistorySchema, OutgoingServerVersionSchema, RevertSchema } from './settings/history.ts';
export type {
  CopyToSender,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  OutgoingServerView,
  ServerType,
  SmimeEncrypt,
  StoredOutgoingServerContent,
  WhenDisabled,
} from './settings/outgoing-server.ts';
export {
  OutgoingServerContentSchema,
  OutgoingServerPatchSchema,
  OutgoingServerPutSchema,
  OutgoingServerViewSchema,
} from './settings/outgoing-server.ts';
export type { LimitPreset, Limits } from './settings/limits.ts';
export type { SealedSecret, StoredSecret } from './settings/sealed-secret.ts';
export { SealedSecretSchema, StoredSecretSchema } from './settings/sealed-secret.ts';
export type {
  Authentication,
  Encryption,
  SmtpContent,
  SmtpPatch,
  SmtpPut,
  SmtpView,
  WindowsMechanism,
} from './settings/smtp-settings.ts';
export type { TopicDefinition, TopicName } from './topics.ts';
export { topics } from './topics.ts';
