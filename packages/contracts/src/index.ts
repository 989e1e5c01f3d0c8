export { AddressSchema } from './address.ts';
export type { Address, AddressPatch } from './address.ts';
export {
  ApiKeyListSchema,
  ApiKeySchema,
  CreateApiKeySchema,
  CreatedApiKeySchema,
  scopes,
} from './api-key/api-key.ts';
export type { ApiKey, ApiKeyList, CreateApiKey, CreatedApiKey, Scope } from './api-key/api-key.ts';
export { asyncApiDocument } from './asyncapi/async-api-document.ts';
export type { CloudEvent, EventRecord, UntrustedRecord } from './cloud-events/cloud-event.ts';
export { readRecord } from './cloud-events/read-record.ts';
export type { ReadResult } from './cloud-events/read-record.ts';
export { writeRecord } from './cloud-events/write-record.ts';
export {
  ConnectionTestListSchema,
  ConnectionTestRequestSchema,
  ConnectionTestSchema,
  ExchangeConnectionTestRequestSchema,
  testStepsOf,
} from './connection-test/connection-test.ts';
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
export { findingTexts } from './errors/finding-codes.ts';
export type { FindingCode } from './errors/finding-codes.ts';
export { problemDefinitions } from './errors/problem-codes.ts';
export type { ProblemCode } from './errors/problem-codes.ts';
export { ProblemSchema, finding, problem } from './errors/problem.ts';
export type { Finding, Problem, ProblemDetails } from './errors/problem.ts';
export { events } from './events/events.ts';
export type { EventData, EventName, EventOf, PostausgangEvent } from './events/events.ts';
export {
  CancelMailSchema,
  HoldMailSchema,
  ReleaseMailSchema,
  ResendMailSchema,
  ResolveMailSchema,
  commandRefusals,
} from './mail/mail-command.ts';
export type {
  AnsweredCommand,
  CommandRefusal,
  MailResendRequested,
  MailResolveRequested,
  MailVerb,
} from './mail/mail-command.ts';
export type { HistoryEntry } from './mail/mail-history.ts';
export { MailRequestSchema } from './mail/mail-request.ts';
export type {
  Attachment,
  ClaimedAttachment,
  ComposedMailRequested,
  Envelope,
  MailRequest,
  MailRequested,
  RawMailRequested,
} from './mail/mail-request.ts';
export { MailAcceptedSchema, MailListSchema, MailStatusSchema, mailStates } from './mail/mail-status.ts';
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
export { onUnknownPolicies } from './mail/on-unknown.ts';
export type { OnUnknown } from './mail/on-unknown.ts';
export { QueueStatusSchema } from './mail/queue-status.ts';
export type { QueueState, QueueStatus } from './mail/queue-status.ts';
export type { RecipientOutcome, RecipientResult } from './mail/recipient-result.ts';
export { RefusedRequestListSchema } from './mail/refused-request.ts';
export type { RefusedRequest, RefusedRequestList } from './mail/refused-request.ts';
export { ApplyStatusSchema } from './mailer/apply-status.ts';
export type { ApplyStatus, MailerApplyState } from './mailer/apply-status.ts';
export { classOf, concernsServer, failureClassTexts } from './mailer/failure-classes.ts';
export { failureTexts } from './mailer/failure-codes.ts';
export type { FailureCode } from './mailer/failure-codes.ts';
export { FailureSchema, failure, withClass } from './mailer/failure.ts';
export type { Failure } from './mailer/failure.ts';
export { Instant, Line, Nullable, StringEnum, closed } from './schema-helpers.ts';
export type { Actor } from './settings/actor.ts';
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
  certificateKinds,
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
export {
  ExchangeConnectionListSchema,
  ExchangeConnectionPatchSchema,
  ExchangeConnectionPutSchema,
  ExchangeConnectionVersionSchema,
  ExchangeConnectionViewSchema,
} from './settings/exchange-connection.ts';
export type {
  ExchangeCloud,
  ExchangeConnectionContent,
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  ExchangeConnectionVersion,
  ExchangeConnectionView,
} from './settings/exchange-connection.ts';
export { DiffSchema, HistorySchema, OutgoingServerVersionSchema, RevertSchema } from './settings/history.ts';
export type {
  Change,
  ChangeOperation,
  Diff,
  Difference,
  History,
  OutgoingServerVersion,
} from './settings/history.ts';
export type { LimitPreset, Limits } from './settings/limits.ts';
export {
  OutgoingServerPatchSchema,
  OutgoingServerPutSchema,
  OutgoingServerViewSchema,
} from './settings/outgoing-server.ts';
export type {
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  OutgoingServerView,
  ServerType,
  StoredOutgoingServerContent,
  WhenDisabled,
} from './settings/outgoing-server.ts';
export type { SealedSecret, StoredSecret } from './settings/sealed-secret.ts';
export type {
  Encryption,
  SmtpContent,
  SmtpPatch,
  SmtpView,
  WindowsMechanism,
} from './settings/smtp-settings.ts';
export { topics } from './topics.ts';
export type { TopicName } from './topics.ts';
