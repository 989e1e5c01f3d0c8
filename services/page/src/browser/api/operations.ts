// Generated from the OpenAPI document by `npm run generate:page-types`; a test compares. Types only, so it is not served.
import type * as contracts from '@postausgang/contracts';
import type { Static } from '@sinclair/typebox';

export type ApiKey = Static<typeof contracts.ApiKeySchema>;
export type ApiKeyList = Static<typeof contracts.ApiKeyListSchema>;
export type BulkMailAnswer = Static<typeof contracts.BulkMailAnswerSchema>;
export type CancelMail = Static<typeof contracts.CancelMailSchema>;
export type CertificateList = Static<typeof contracts.CertificateListSchema>;
export type CertificatePatch = Static<typeof contracts.CertificatePatchSchema>;
export type CertificateView = Static<typeof contracts.CertificateViewSchema>;
export type ConfirmEnvironment = Static<typeof contracts.ConfirmEnvironmentSchema>;
export type ConnectionTest = Static<typeof contracts.ConnectionTestSchema>;
export type ConnectionTestList = Static<typeof contracts.ConnectionTestListSchema>;
export type ConnectionTestRequest = Static<typeof contracts.ConnectionTestRequestSchema>;
export type CreateApiKey = Static<typeof contracts.CreateApiKeySchema>;
export type CreateKey = Static<typeof contracts.CreateKeySchema>;
export type CreatedApiKey = Static<typeof contracts.CreatedApiKeySchema>;
export type Diff = Static<typeof contracts.DiffSchema>;
export type Environment = Static<typeof contracts.EnvironmentSchema>;
export type ExchangeConnectionCreate = Static<typeof contracts.ExchangeConnectionCreateSchema>;
export type ExchangeConnectionList = Static<typeof contracts.ExchangeConnectionListSchema>;
export type ExchangeConnectionPatch = Static<typeof contracts.ExchangeConnectionPatchSchema>;
export type ExchangeConnectionTestRequest = Static<typeof contracts.ExchangeConnectionTestRequestSchema>;
export type ExchangeConnectionView = Static<typeof contracts.ExchangeConnectionViewSchema>;
export type History = Static<typeof contracts.HistorySchema>;
export type HoldMail = Static<typeof contracts.HoldMailSchema>;
export type ImportCertificate = Static<typeof contracts.ImportCertificateSchema>;
export type ImportRecipients = Static<typeof contracts.ImportRecipientsSchema>;
export type ImportedRecipients = Static<typeof contracts.ImportedRecipientsSchema>;
export type IssuedCertificate = Static<typeof contracts.IssuedCertificateSchema>;
export type MailAccepted = Static<typeof contracts.MailAcceptedSchema>;
export type MailAction = Static<typeof contracts.MailActionSchema>;
export type MailActionStatus = Static<typeof contracts.MailActionStatusSchema>;
export type MailCounts = Static<typeof contracts.MailCountsSchema>;
export type MailList = Static<typeof contracts.MailListSchema>;
export type MailRequest = Static<typeof contracts.MailRequestSchema>;
export type MailStatus = Static<typeof contracts.MailStatusSchema>;
export type OutgoingServerPatch = Static<typeof contracts.OutgoingServerPatchSchema>;
export type OutgoingServerVersion = Static<typeof contracts.OutgoingServerVersionSchema>;
export type OutgoingServerView = Static<typeof contracts.OutgoingServerViewSchema>;
export type QueueStatus = Static<typeof contracts.QueueStatusSchema>;
export type ReleaseMail = Static<typeof contracts.ReleaseMailSchema>;
export type ResendMail = Static<typeof contracts.ResendMailSchema>;
export type ResolveMail = Static<typeof contracts.ResolveMailSchema>;
export type ResumeQueue = Static<typeof contracts.ResumeQueueSchema>;
export type Revert = Static<typeof contracts.RevertSchema>;
export type RevertSendingMode = Static<typeof contracts.RevertSendingModeSchema>;
export type SenderCheck = Static<typeof contracts.SenderCheckSchema>;
export type SenderCheckList = Static<typeof contracts.SenderCheckListSchema>;
export type SenderCheckRequest = Static<typeof contracts.SenderCheckRequestSchema>;
export type SenderCreate = Static<typeof contracts.SenderCreateSchema>;
export type SenderList = Static<typeof contracts.SenderListSchema>;
export type SenderPatch = Static<typeof contracts.SenderPatchSchema>;
export type SenderResolution = Static<typeof contracts.SenderResolutionSchema>;
export type SenderView = Static<typeof contracts.SenderViewSchema>;
export type SendingModePatch = Static<typeof contracts.SendingModePatchSchema>;
export type SendingModeView = Static<typeof contracts.SendingModeViewSchema>;
export type TestMailbox = Static<typeof contracts.TestMailboxSchema>;
export type TestMailboxBehavior = Static<typeof contracts.TestMailboxBehaviorSchema>;
export type TestMailboxMessage = Static<typeof contracts.TestMailboxMessageSchema>;

export interface Operations {
  'GET /v1/api-keys': { response: ApiKeyList };
  'POST /v1/api-keys': { body: CreateApiKey; response: CreatedApiKey };
  'DELETE /v1/api-keys/{keyId}': {};
  'GET /v1/api-keys/{keyId}': { response: ApiKey };
  'GET /v1/certificates': { query: { kind?: 'own' | 'trusted' | 'recipient' }; response: CertificateList };
  'POST /v1/certificates': { query: { reason?: string }; body: ImportCertificate; response: CertificateView };
  'POST /v1/certificates/keys': { query: { reason?: string }; body: CreateKey; response: CertificateView };
  'DELETE /v1/certificates/{id}': { query: { reason?: string } };
  'PATCH /v1/certificates/{id}': {
    query: { reason?: string };
    body: CertificatePatch;
    response: CertificateView;
  };
  'PUT /v1/certificates/{id}/certificate': {
    query: { reason?: string };
    body: IssuedCertificate;
    response: CertificateView;
  };
  'GET /v1/environment': { response: Environment };
  'POST /v1/environment/confirm': { body: ConfirmEnvironment; response: Environment };
  'GET /v1/environment/{id}': { response: SendingModeView };
  'PATCH /v1/environment/{id}': {
    query: { reason?: string };
    body: SendingModePatch;
    response: SendingModeView;
  };
  'GET /v1/environment/{id}/diff': { query: { from: number; to: number }; response: Diff };
  'GET /v1/environment/{id}/history': { query: { cursor?: string; limit?: number }; response: History };
  'POST /v1/environment/{id}/revert': { body: RevertSendingMode; response: SendingModeView };
  'GET /v1/exchange-connections': { response: ExchangeConnectionList };
  'POST /v1/exchange-connections': {
    query: { reason?: string };
    body: ExchangeConnectionCreate;
    response: ExchangeConnectionView;
  };
  'DELETE /v1/exchange-connections/{id}': { query: { reason?: string } };
  'GET /v1/exchange-connections/{id}': { response: ExchangeConnectionView };
  'PATCH /v1/exchange-connections/{id}': {
    query: { reason?: string };
    body: ExchangeConnectionPatch;
    response: ExchangeConnectionView;
  };
  'GET /v1/exchange-connections/{id}/connection-tests': {
    query: { cursor?: string; limit?: number };
    response: ConnectionTestList;
  };
  'POST /v1/exchange-connections/{id}/connection-tests': {
    body: ExchangeConnectionTestRequest;
    response: ConnectionTest;
  };
  'GET /v1/exchange-connections/{id}/connection-tests/{testId}': { response: ConnectionTest };
  'GET /v1/exchange-connections/{id}/diff': { query: { from: number; to: number }; response: Diff };
  'GET /v1/exchange-connections/{id}/history': {
    query: { cursor?: string; limit?: number };
    response: History;
  };
  'POST /v1/exchange-connections/{id}/revert': { body: Revert; response: ExchangeConnectionView };
  'GET /v1/mails': {
    query: {
      id?: string;
      q?: string;
      recipient?: string;
      sender?: string;
      subject?: string;
      attachment?: string;
      requestedBy?: string;
      messageId?: string;
      priority?: 'urgent' | 'normal' | 'bulk';
      businessReference?: string;
      businessReferencePrefix?: string;
      failure?: string;
      since?: string;
      until?: string;
      state?: string;
      sort?: '-acceptedAt' | 'acceptedAt';
      cursor?: string;
      limit?: number;
    };
    response: MailList;
  };
  'POST /v1/mails': {
    query: {
      'X-Envelope-From'?: string;
      'X-Envelope-To'?: readonly string[];
      bounceAddress?: string;
      requestDsn?: string;
      businessReference?: string;
      metadata?: string;
      sendAt?: string;
      notAfter?: string;
      orderingKey?: string;
      priority?: 'urgent' | 'normal' | 'bulk';
      onUnknown?: 'hold' | 'resend' | 'reconcile';
    };
    body: MailRequest;
    response: MailAccepted;
  };
  'POST /v1/mails/actions': { body: MailAction; response: BulkMailAnswer };
  'GET /v1/mails/actions/{id}': { response: MailActionStatus };
  'GET /v1/mails/counts': {
    query: {
      id?: string;
      q?: string;
      recipient?: string;
      sender?: string;
      subject?: string;
      attachment?: string;
      requestedBy?: string;
      messageId?: string;
      priority?: 'urgent' | 'normal' | 'bulk';
      businessReference?: string;
      businessReferencePrefix?: string;
      failure?: string;
      since?: string;
      until?: string;
    };
    response: MailCounts;
  };
  'GET /v1/mails/{id}': { response: MailStatus };
  'POST /v1/mails/{id}/cancel': { body: CancelMail; response: MailStatus };
  'POST /v1/mails/{id}/hold': { body: HoldMail; response: MailStatus };
  'POST /v1/mails/{id}/release': { body: ReleaseMail; response: MailStatus };
  'POST /v1/mails/{id}/resend': { body: ResendMail; response: MailStatus };
  'POST /v1/mails/{id}/resolve': { body: ResolveMail; response: MailStatus };
  'GET /v1/outgoing-servers/{id}': { response: OutgoingServerView };
  'PATCH /v1/outgoing-servers/{id}': {
    query: { reason?: string };
    body: OutgoingServerPatch;
    response: OutgoingServerView;
  };
  'GET /v1/outgoing-servers/{id}/connection-tests': {
    query: { cursor?: string; limit?: number };
    response: ConnectionTestList;
  };
  'POST /v1/outgoing-servers/{id}/connection-tests': {
    body: ConnectionTestRequest;
    response: ConnectionTest;
  };
  'GET /v1/outgoing-servers/{id}/connection-tests/{testId}': { response: ConnectionTest };
  'GET /v1/outgoing-servers/{id}/diff': { query: { from: number; to: number }; response: Diff };
  'GET /v1/outgoing-servers/{id}/history': { query: { cursor?: string; limit?: number }; response: History };
  'GET /v1/outgoing-servers/{id}/history/{version}': { response: OutgoingServerVersion };
  'POST /v1/outgoing-servers/{id}/revert': { body: Revert; response: OutgoingServerView };
  'GET /v1/queue': { response: QueueStatus };
  'POST /v1/queue/resume': { body: ResumeQueue; response: QueueStatus };
  'GET /v1/recipient-certificates': { query: { address?: string }; response: CertificateList };
  'POST /v1/recipient-certificates': {
    query: { reason?: string };
    body: ImportRecipients;
    response: ImportedRecipients;
  };
  'GET /v1/sender-checks': { response: SenderCheckList };
  'POST /v1/sender-checks': { body: SenderCheckRequest; response: SenderCheck };
  'GET /v1/sender-checks/{id}': { response: SenderCheck };
  'GET /v1/senders': {
    query: { text?: string; source?: string; active?: boolean; cursor?: string; limit?: number };
    response: SenderList;
  };
  'POST /v1/senders': { query: { reason?: string }; body: SenderCreate; response: SenderView };
  'GET /v1/senders/resolve': {
    query: {
      id?: string;
      employee?: string;
      department?: string;
      branch?: string;
      purpose?: string;
      from?: string;
    };
    response: SenderResolution;
  };
  'DELETE /v1/senders/{id}': { query: { reason?: string } };
  'GET /v1/senders/{id}': { response: SenderView };
  'PATCH /v1/senders/{id}': { query: { reason?: string }; body: SenderPatch; response: SenderView };
  'POST /v1/senders/{id}/checks': { body: SenderCheckRequest; response: SenderCheck };
  'GET /v1/senders/{id}/diff': { query: { from: number; to: number }; response: Diff };
  'GET /v1/senders/{id}/history': { query: { cursor?: string; limit?: number }; response: History };
  'POST /v1/senders/{id}/revert': { body: Revert; response: SenderView };
  'DELETE /v1/session': {};
  'GET /v1/session': {
    response: {
      kind: 'api-key' | 'token';
      id: string;
      name: string;
      scopes: readonly (
        | 'settings:read'
        | 'settings:write'
        | 'secrets:write'
        | 'connection:test'
        | 'mail:send'
        | 'mail:read'
        | 'mail:read:all'
        | 'mail:manage'
        | 'mail:manage:all'
        | 'audit:read'
        | 'admin'
      )[];
      session: { startedAt: string; idleUntil: string; endsAt: string } | null;
    };
  };
  'POST /v1/session': {
    body: { credential: string };
    response: {
      kind: 'api-key' | 'token';
      id: string;
      name: string;
      scopes: readonly (
        | 'settings:read'
        | 'settings:write'
        | 'secrets:write'
        | 'connection:test'
        | 'mail:send'
        | 'mail:read'
        | 'mail:read:all'
        | 'mail:manage'
        | 'mail:manage:all'
        | 'audit:read'
        | 'admin'
      )[];
      session: { startedAt: string; idleUntil: string; endsAt: string } | null;
    };
  };
  'GET /v1/test-mailbox': { response: TestMailbox };
  'PUT /v1/test-mailbox/behavior': { body: TestMailboxBehavior; response: TestMailboxBehavior };
  'DELETE /v1/test-mailbox/messages': {};
  'GET /v1/test-mailbox/messages/{id}': { response: TestMailboxMessage };
}
