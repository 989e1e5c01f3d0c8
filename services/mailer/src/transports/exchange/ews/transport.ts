import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import type { Lookup, LookupResult, SendRequest, SendResult, Transport } from '@postausgang/mail';
import { endpointName, type ExchangeDescription } from '../describe.ts';
import { isFinal, isPage, namedFailure, statusFailure } from '../../../judgement/exchange-judge.ts';
import { type HttpsAnswer, type HttpsRequest, retryAfterSeconds, withRequestId } from '../https-client.ts';
import {
  addressedMessage,
  type Fate,
  finished,
  type Lanes,
  refusedFate,
  sent,
  unanswered,
  unknownFate,
} from '../message.ts';
import type { SignedClient } from './ews-sign-in.ts';
import { createItemRequest, findSentRequest, readSoapAnswer, type SoapAnswer } from './soap.ts';

/** The server itself does not know how far it came. */
const saysNothing: ReadonlySet<string> = new Set(['ErrorInternalServerError', 'ErrorBatchProcessingStopped']);
const gatewayErrors: ReadonlySet<number> = new Set([500, 502, 504]);

/** What the answer to a hand-over means for the message. Pure. */
function ewsFate(answer: HttpsAnswer, signInFailure: FailureCode, nowMs: number): Fate {
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
  return backOffMs === null ? retryAfterSeconds(headers['retry-after'], nowMs) : Math.ceil(backOffMs / 1000);
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

interface EwsOptions {
  readonly description: EwsDescription;
  /** Clients, each with a connection of its own. */
  readonly lanes: Lanes<SignedClient>;
  readonly capacity: number;
  readonly finalReplyTimeoutMs: number;
  readonly nowMs: () => number;
  readonly close: () => Promise<void>;
}

/** Mail by Exchange Web Services: CreateItem with the message as it is. */
export function createEwsTransport(options: EwsOptions): Transport {
  return {
    capacity: options.capacity,
    send: (request) => options.lanes.use((client) => send(options, client, request)),
    reconcile: (lookup) => options.lanes.use((client) => reconcile(options, client, lookup)),
    async close() {
      await options.lanes.drained();
      await options.close();
    },
  };
}

async function send(options: EwsOptions, client: SignedClient, request: SendRequest): Promise<SendResult> {
  const { description, finalReplyTimeoutMs, nowMs } = options;
  const server = endpointName(description);
  const { message, bcc } = addressedMessage(request.message.bytes, request.envelope.to);
  const { savesCopy } = description;
  const body = createItemRequest({ message, bcc, savesCopy, impersonate: impersonated(description) });
  let isIntended = false;
  const result = await client.request({
    ...soapRequest(description, body),
    answerTimeoutMs: finalReplyTimeoutMs,
    onIntent: async (tls) => {
      isIntended = true;
      await request.onIntent({ accepted: request.envelope.to, server, tls });
    },
  });
  if (result.kind === 'no-token') return { kind: 'server-failed', server, failure: result.failure };
  if (result.kind === 'no-answer') return unanswered(request, result, server, isIntended);
  return finished(request, ewsFate(result, client.signInFailure, nowMs()), server, result.tls);
}

/** Only what files a copy can be asked for it. */
async function reconcile(
  { description, nowMs }: EwsOptions,
  client: SignedClient,
  { messageId }: Lookup,
): Promise<LookupResult> {
  if (!description.savesCopy) return { kind: 'unsupported' };
  const body = findSentRequest(messageId, { impersonate: impersonated(description) });
  const result = await client.request(soapRequest(description, body));
  if (result.kind !== 'answer') return { kind: 'failed', failure: result.failure };
  const soap = soapOf(result);
  if (soap?.isSuccess !== true) {
    return { kind: 'failed', failure: ewsFailure(result, client.signInFailure, nowMs()) };
  }
  if (soap.itemsFound === null) return { kind: 'failed', failure: failure('not-an-exchange-server') };
  return { kind: soap.itemsFound > 0 ? 'found' : 'not-found' };
}

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
