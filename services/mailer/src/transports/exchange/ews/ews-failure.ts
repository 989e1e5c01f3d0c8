import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import type { HttpsAnswer } from '../http/https-request.ts';
import { retryAfterSeconds } from '../http/retry-after.ts';
import { type Fate, refusedFate, sent, unknownFate } from '../send-result.ts';
import { readSoapAnswer, type SoapAnswer } from './soap-answer.ts';

const codes: Readonly<Record<string, FailureCode>> = {
  ErrorSendAsDenied: 'sender-refused',
  ErrorMessageSizeExceeded: 'message-too-large',
  ErrorAttachmentSizeLimitExceeded: 'message-too-large',
  ErrorInvalidRecipients: 'recipient-refused',
  ErrorNonExistentMailbox: 'mailbox-unknown',
  ErrorMissingEmailAddress: 'mailbox-unknown',
  ErrorMailboxMoveInProgress: 'server-busy',
  ErrorImpersonateUserDenied: 'permission-missing',
  ErrorImpersonationDenied: 'permission-missing',
  ErrorImpersonationFailed: 'permission-missing',
  ErrorAccessDenied: 'permission-missing',
  ErrorAccountDisabled: 'permission-missing',
  ErrorServerBusy: 'server-throttled',
  ErrorExceededConnectionCount: 'server-throttled',
  ErrorSubmissionQuotaExceeded: 'server-throttled',
  ErrorInternalServerTransientError: 'server-busy',
  ErrorMailboxStoreUnavailable: 'server-busy',
  ErrorConnectionFailed: 'server-busy',
  ErrorTimeoutExpired: 'server-busy',
  ErrorQuotaExceeded: 'message-deferred',
  ErrorInvalidServerVersion: 'not-an-exchange-server',
};

/** The server itself does not know how far it came. */
const saysNothing: ReadonlySet<string> = new Set(['ErrorInternalServerError', 'ErrorBatchProcessingStopped']);
const gatewayErrors: ReadonlySet<number> = new Set([500, 502, 504]);

/** Of the message or the recipients. */
const final: ReadonlySet<FailureCode> = new Set([
  'sender-refused',
  'message-too-large',
  'recipient-refused',
  'message-refused',
]);

/** What the answer to a hand-over means for the message. Pure. */
export function ewsFate(answer: HttpsAnswer, signInFailure: FailureCode, nowMs: number): Fate {
  const soap = soapOf(answer);
  if (soap?.isSuccess === true && answer.status === 200 && answer.sent) return sent(soap.text);
  const isOpen =
    soap === null ? gatewayErrors.has(answer.status) || answer.status === 200 : saysNothing.has(soap.code);
  if (answer.sent && isOpen) return unknownFate(soap?.text ?? `${answer.status}`);
  const why = ewsFailure(answer, signInFailure, nowMs);
  return refusedFate(final.has(why.code) ? 'rejected' : 'deferred', why, soap?.text ?? String(answer.status));
}

/** Why the server did not do what it was asked. Pure. */
export function ewsFailure(answer: HttpsAnswer, signInFailure: FailureCode, nowMs: number): Failure {
  const soap = soapOf(answer);
  const code =
    soap === null ? codeOfStatus(answer.status, signInFailure) : (codes[soap.code] ?? 'message-refused');
  const told = failure(code, soap?.text ?? String(answer.status));
  const pause = pauseOf(answer, soap, nowMs);
  return pause === undefined ? told : { ...told, retryAfterSeconds: pause };
}

/** Null where the server answered without a word of SOAP. */
export function soapOf({ status, body }: HttpsAnswer): SoapAnswer | null {
  return status === 200 || status === 500 ? readSoapAnswer(body) : null;
}

function pauseOf({ headers }: HttpsAnswer, soap: SoapAnswer | null, nowMs: number): number | undefined {
  const backOffMs = soap?.backOffMs ?? null;
  return backOffMs === null ? retryAfterSeconds(headers['retry-after'], nowMs) : Math.ceil(backOffMs / 1000);
}

function codeOfStatus(status: number, signInFailure: FailureCode): FailureCode {
  switch (status) {
    case 401:
      return signInFailure;
    case 403:
      return 'exchange-protocol-blocked';
    case 413:
      return 'message-too-large';
    case 429:
      return 'server-throttled';
    default:
      return status >= 500 ? 'server-busy' : 'not-an-exchange-server';
  }
}
