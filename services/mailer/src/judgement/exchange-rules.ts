/**
 * What the answers of Exchange mean: EWS response codes, Graph error codes, HTTP statuses and the AADSTS codes of the
 * authority. Only what speaks of this message, its sender or its recipients can end a mail; whatever is not in the table
 * waits. `exchange-judge.ts` reads it, and `docs/failures.md` prints it.
 */
import type { FailureCode } from '@postausgang/contracts';

export interface ExchangeRule {
  readonly code: FailureCode;
  /** Names of EWS and Graph, or numbers of AADSTS, or statuses. */
  readonly answers: string;
  readonly source: string;
}

const ews = 'Microsoft: ResponseCode (EWS)';
const graph = 'Microsoft: Graph error responses';
const both = 'Microsoft: ResponseCode (EWS), Graph error responses';
const entra = 'Microsoft: Entra error codes';

/** By the name that Exchange gives the error. */
export const exchangeCodeRules: readonly ExchangeRule[] = [
  {
    code: 'sender-refused',
    source: both,
    answers: 'ErrorSendAsDenied ErrorSendOnBehalfOfDenied ErrorInvalidSender ErrorSenderNotAllowed',
  },
  {
    code: 'recipient-refused',
    source: both,
    answers:
      'ErrorInvalidRecipients ErrorNoRecipients ErrorMissingRecipients ErrorInvalidSmtpAddress ' +
      'ErrorMailRecipientNotFound ErrorInvalidRecipientSubfilter',
  },
  {
    code: 'message-too-large',
    source: both,
    answers:
      'ErrorMessageSizeExceeded ErrorAttachmentSizeLimitExceeded ErrorRequestSizeExceeded ' +
      'ErrorMessageSizeLimitExceeded RequestEntityTooLarge',
  },
  {
    code: 'message-refused',
    source: both,
    answers:
      'ErrorMimeContentInvalid ErrorMimeContentInvalidBase64String ErrorMimeContentConversionFailed ' +
      'ErrorContentConversionFailed ErrorCorruptData ErrorInvalidMimeContent ErrorMessageTrackingPermanentError ' +
      'ErrorAttachmentNestLevelLimitExceeded ErrorVirusDetected ErrorVirusMessageDeleted ' +
      'ErrorInvalidCharacterInMimeContent',
  },
  {
    code: 'sending-quota-reached',
    source: both,
    answers:
      'ErrorSubmissionQuotaExceeded ErrorExceededMessageLimit ErrorRecipientRateLimitExceeded ' +
      'ErrorMessageSubmissionLimitExceeded',
  },
  {
    code: 'server-throttled',
    source: both,
    answers:
      'ErrorServerBusy ErrorExceededConnectionCount ErrorExceededSubscriptionCount ErrorExceededFindCountLimit ' +
      'ErrorTooManyObjectsOpened ApplicationThrottled TooManyRequests MailboxConcurrency activityLimitReached ' +
      'ErrorClientThrottled RateLimitExceeded',
  },
  {
    code: 'account-blocked',
    source: graph,
    answers:
      'ErrorMessageSubmissionBlocked ErrorAccountSuspend ErrorAccountSuspendShowTierUpgrade ErrorMailboxSuspended',
  },
  {
    code: 'account-locked',
    source: ews,
    answers: 'ErrorAccountDisabled ErrorUserAccountDisabled ErrorMailboxDisabled',
  },
  { code: 'password-expired', source: ews, answers: 'ErrorPasswordExpired ErrorPasswordChangeRequired' },
  {
    code: 'sender-mailbox-full',
    source: both,
    answers:
      'ErrorQuotaExceeded ErrorMessagePerFolderCountReceiveQuotaExceeded ' +
      'ErrorFolderHierarchyChildrenCountReceiveQuotaExceeded ErrorMailboxQuotaExceeded ErrorSendQuotaExceeded ' +
      'quotaLimitReached insufficientStorage',
  },
  {
    code: 'mailbox-unknown',
    source: both,
    answers:
      'ErrorNonExistentMailbox ErrorMissingEmailAddress ErrorMissingInformationEmailAddress ' +
      'ErrorNonPrimarySmtpAddress ErrorInvalidUser ErrorMailboxGuidNotFound ErrorUserNotFound ' +
      'Request_ResourceNotFound ResourceNotFound MailboxNotEnabledForRESTAPI MailboxNotSupportedForRESTAPI ' +
      'MailboxNotFound MailboxNotHostedInExchangeOnline ErrorMailboxNotFound ErrorNoMailbox',
  },
  {
    code: 'permission-missing',
    source: both,
    answers:
      'ErrorAccessDenied ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorImpersonationFailed ' +
      'ErrorImpersonationRequired ErrorCallerIsInvalidADAccount ErrorCallerIsComputerAccount ' +
      'ErrorCannotImpersonateSelf ErrorNotDelegate ErrorDelegateNoUser ErrorDelegateMissingConfiguration ' +
      'ErrorDelegateValidationFailed ErrorInsufficientPermissions ErrorOrganizationAccessBlocked ' +
      'ErrorApplicationAccessPolicy Authorization_RequestDenied Authentication_MSGraphPermissionMissing ' +
      'Authorization_IdentityNotFound AccessDenied accessDenied AccessRestricted RequestDenied Forbidden',
  },
  {
    code: 'token-rejected',
    source: both,
    answers:
      'InvalidAuthenticationToken AuthenticationError Authentication_RequestFromUnsupportedUserRole ' +
      'ErrorInvalidToken ErrorTokenSerializationDenied ErrorOAuthTokenInvalid CompactTokenParsingFailed ' +
      'unauthenticated TokenExpired ErrorInvalidAccessLevel',
  },
  {
    code: 'audience-wrong',
    source: graph,
    answers: 'InvalidAudience InvalidAuthenticationTokenAudience ErrorInvalidAudience',
  },
  {
    code: 'subscription-missing',
    source: graph,
    answers:
      'OrganizationFromTenantGuidNotFound Directory_ExpiredPageToken Authentication_ExpiredSubscription ' +
      'ErrorMailboxLicenseMissing PaymentRequired',
  },
  {
    code: 'not-an-exchange-server',
    source: ews,
    answers: 'ErrorInvalidServerVersion ErrorMissingInformationServerVersion ErrorIncorrectSchemaVersion',
  },
  {
    code: 'exchange-protocol-blocked',
    source: ews,
    answers: 'ErrorClientBlocked ErrorEwsBlocked ErrorProtocolDisabled',
  },
  {
    code: 'message-deferred',
    source: both,
    answers:
      'ErrorItemNotFound ErrorFolderNotFound ErrorInvalidIdMalformed ErrorItemSave ErrorFolderSave ' +
      'ErrorIrresolvableConflict ErrorInvalidRequest ErrorSchemaValidation BadRequest RequestBodyRead',
  },
  {
    code: 'server-busy',
    source: both,
    answers:
      'ErrorADOperation ErrorADUnavailable ErrorADSessionFilter ErrorAvailabilityConfigNotFound ' +
      'ErrorBatchProcessingStopped ErrorConnectionFailed ErrorConnectionFailedTransientError ' +
      'ErrorCrossSiteRequest ErrorDataSourceOperation ErrorDatabaseUnavailable ErrorInsufficientResources ' +
      'ErrorInternalServerError ErrorInternalServerTransientError ErrorMailboxFailover ErrorMailboxLogonFailed ' +
      'ErrorMailboxMoveInProgress ErrorMailboxStoreUnavailable ErrorMailboxDataArrayEmpty ' +
      'ErrorNoRespondingCASInDestinationSite ErrorNoDestinationCASDueToVersionMismatch ErrorNotEnoughMemory ' +
      'ErrorProxyCallFailed ErrorProxyRequestNotAllowed ErrorProxyRequestProcessingFailed ' +
      'ErrorProxyServiceDiscoveryFailed ErrorProxyTokenExpired ErrorServiceDiscoveryFailed ErrorSiteNotFound ' +
      'ErrorTimeoutExpired ErrorTransientError MailboxInfoStale MailboxStoreUnavailable InternalServerError ' +
      'ServiceUnavailable serviceNotAvailable generalException UnknownError Timeout GatewayTimeout',
  },
];

/** By the status, where there is no name, or none that is known. */
export const exchangeStatusRules: readonly ExchangeRule[] = [
  { code: 'subscription-missing', answers: '402', source: graph },
  { code: 'proxy-failed', answers: '407', source: 'RFC 9110 §15.5.8' },
  {
    code: 'server-busy',
    answers: '408 425 449 500 502 503 504 520 521 522 523 524 598 599',
    source: 'RFC 9110 §15',
  },
  { code: 'message-too-large', answers: '413', source: 'RFC 9110 §15.5.14' },
  { code: 'server-throttled', answers: '429 509', source: 'RFC 6585 §4' },
  { code: 'web-sign-in-required', answers: '440 456', source: 'Microsoft: sign-in by a page' },
  { code: 'sender-mailbox-full', answers: '507', source: 'RFC 4918 §11.5' },
  { code: 'proxy-answered', answers: '451 511', source: 'RFC 6585 §6' },
];

/** By the number of the authority. */
export const authorityRules: readonly ExchangeRule[] = [
  { code: 'client-secret-wrong', source: entra, answers: '7000215 7000218 7000216 7000219' },
  { code: 'client-secret-expired', source: entra, answers: '7000222' },
  {
    code: 'client-certificate-rejected',
    source: entra,
    answers: '700027 7000214 700030 50012 50013 5000811 700021 700022 700211 700212 700213 700214 700226',
  },
  { code: 'clock-wrong', source: entra, answers: '700024 700082 500133' },
  { code: 'client-unknown', source: entra, answers: '700016 700038 7000112 700054 50011' },
  { code: 'tenant-unknown', source: entra, answers: '90002 900023 900021 900971 90019 50059 50128 90050' },
  {
    code: 'consent-missing',
    source: entra,
    answers: '65001 501051 7000113 650056 650057 90008 90094 65004 65005',
  },
  { code: 'subscription-missing', source: entra, answers: '7000229 650052 650051 500014 5000224 650053' },
  { code: 'audience-wrong', source: entra, answers: '700023 500011 70011 1002012 50001 500341 90009 700222' },
  {
    code: 'sign-in-blocked',
    source: entra,
    answers:
      '53000 53001 53002 53003 53004 53008 53009 53010 53011 530031 530032 530033 530034 530035 50074 50076 ' +
      '50079 50158 50097 50105 500200 399284 16002',
  },
  { code: 'account-locked', source: entra, answers: '50053 50057 500571' },
  { code: 'password-expired', source: entra, answers: '50055 50144 50142' },
  { code: 'credentials-rejected', source: entra, answers: '50126 50034 50056' },
  {
    code: 'authority-unavailable',
    source: entra,
    answers: '90033 90012 90020 50089 90023 90006 70000 90024 90051 20001 20012',
  },
  { code: 'server-throttled', source: entra, answers: '50196 90055 90056 50097429' },
];

/** RFC 6749 §5.2, for authorities that are not Entra. */
export const oauthRules: readonly ExchangeRule[] = [
  { code: 'client-secret-wrong', answers: 'invalid_client', source: 'RFC 6749 §5.2' },
  { code: 'client-unknown', answers: 'unauthorized_client', source: 'RFC 6749 §5.2' },
  {
    code: 'audience-wrong',
    answers: 'invalid_scope invalid_target invalid_resource',
    source: 'RFC 6749 §5.2, RFC 8707',
  },
  { code: 'sign-in-blocked', answers: 'interaction_required', source: 'OpenID Connect' },
  {
    code: 'authority-unavailable',
    answers: 'temporarily_unavailable server_error',
    source: 'RFC 6749 §4.1.2.1',
  },
];
