/** What a request to EWS says, and what its answer means. */
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { isFinal, isPage, namedFailure, statusFailure } from '../../../judgement/exchange-judge.ts';
import type { ExchangeDescription } from '../describe.ts';
import {
  boundedPause,
  type HttpsAnswer,
  type HttpsRequest,
  retryAfterSeconds,
  withRequestId,
} from '../https-client.ts';
import { type Fate, refusedFate, sent, unknownFate } from '../message.ts';
import { readSoapAnswer, type SoapAnswer } from './soap.ts';

/** The server itself does not know how far it came. */
const saysNothing: ReadonlySet<string> = new Set(['ErrorInternalServerError', 'ErrorBatchProcessingStopped']);
const gatewayErrors: ReadonlySet<number> = new Set([500, 502, 504]);

/** What the answer to a hand-over means for the message. Pure. */
export function ewsFate(answer: HttpsAnswer, signInFailure: FailureCode, nowMs: number): Fate {
  const soap = soapOf(answer);
  if (soap?.isSuccess === true && answer.status === 200 && answer.sent) return sent(soap.text);
  const isOpen =
    soap === null
      ? gatewayErrors.has(answer.status) || (answer.status === 200 && !isPage(answer))
      : saysNothing.has(soap.code);
  if (answer.sent && isOpen) return unknownFate(soap?.text ?? `${answer.status}`, answer);
  const why = ewsFailure(answer, signInFailure, nowMs);
  return refusedFate(isFinal(why.code) ? 'rejected' : 'deferred', why, soap?.text ?? String(answer.status));
}

/** Why the server did not do what it was asked. Pure. */
export function ewsFailure(answer: HttpsAnswer, signInFailure: FailureCode, nowMs: number): Failure {
  const soap = soapOf(answer);
  const code =
    soap === null ? codeOfStatus(answer, signInFailure) : (namedFailure(soap.code) ?? 'message-deferred');
  const told = failure(code, soap?.text ?? String(answer.status));
  const pause = pauseOf(answer, soap, nowMs);
  return withRequestId(pause === undefined ? told : { ...told, retryAfterSeconds: pause }, answer);
}

/** Null where the server answered without a word of SOAP. */
export function soapOf({ status, body }: HttpsAnswer): SoapAnswer | null {
  return status === 200 || status === 500 ? readSoapAnswer(body) : null;
}

function pauseOf({ headers }: HttpsAnswer, soap: SoapAnswer | null, nowMs: number): number | undefined {
  const backOffMs = soap?.backOffMs ?? null;
  return backOffMs === null
    ? retryAfterSeconds(headers['retry-after'], nowMs)
    : boundedPause(backOffMs / 1000);
}

function codeOfStatus(answer: HttpsAnswer, signIn: FailureCode): FailureCode {
  return statusFailure(answer, {
    signIn,
    forbidden: 'exchange-protocol-blocked',
    missing: 'not-an-exchange-server',
    other: 'not-an-exchange-server',
  });
}

export type EwsDescription = Extract<ExchangeDescription, { readonly protocol: 'ews' }>;

/** The mailbox to act as, or null. */
export function impersonated({ impersonates, mailbox }: EwsDescription): string | null {
  return impersonates ? mailbox : null;
}

/** The request with what leads it to the server of the mailbox. */
export function soapRequest({ url, mailbox }: EwsDescription, body: string): HttpsRequest {
  return {
    method: 'POST',
    url,
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      accept: 'text/xml',
      'x-anchormailbox': mailbox,
    },
    body: Buffer.from(body, 'utf8'),
  };
}
