import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import type { SendRequest, SendResult } from '@postausgang/mail';
import { untrustedText } from '@postausgang/net';
import { endpointName, type ExchangeDescription } from '../describe.ts';
import { isFinal, namedFailure, statusFailure } from '../../../judgement/exchange-judge.ts';
import {
  type HttpsAnswer,
  type HttpsClient,
  jsonOf,
  retryAfterSeconds,
  withRequestId,
} from '../https-client.ts';
import { type Fate, finished, refusedFate, sent, unanswered, unknownFate } from '../message.ts';
import type { BearerClient } from '../oauth.ts';

/** What Graph says with a refusal. */
export function graphError(answer: HttpsAnswer): { readonly code: string; readonly text: string } {
  const { code = '', message = '' } = Object(jsonOf(answer)['error']);
  return { code: String(code), text: untrustedText(`${answer.status} ${String(code)} ${String(message)}`) };
}

/** Why Graph did not do what it was asked. Pure. */
export function graphFailure(answer: HttpsAnswer, nowMs: number): Failure {
  const { code, text } = graphError(answer);
  const told = failure(namedFailure(code) ?? codeOfStatus(answer, code !== ''), text);
  const pause = retryAfterSeconds(answer.headers['retry-after'], nowMs);
  return withRequestId(pause === undefined ? told : { ...told, retryAfterSeconds: pause }, answer);
}

/** Whoever refuses without a code of Graph's is not Graph. What Graph has and nobody knows waits. */
function codeOfStatus(answer: HttpsAnswer, isGraph: boolean): FailureCode {
  return statusFailure(answer, {
    signIn: 'token-rejected',
    forbidden: 'permission-missing',
    missing: isGraph ? 'mailbox-unknown' : 'not-an-exchange-server',
    other: isGraph && answer.status >= 400 ? 'message-deferred' : 'not-an-exchange-server',
  });
}

/** A gateway that answers for the server does not know what the server has done. */
const saysNothing: ReadonlySet<number> = new Set([500, 502, 504]);

/** What a refused hand-over means for the message. Pure. */
export function graphFate(answer: HttpsAnswer, nowMs: number): Fate {
  const { code, text } = graphError(answer);
  const isTold = (namedFailure(code) ?? 'server-busy') !== 'server-busy';
  if (answer.sent && saysNothing.has(answer.status) && !isTold) return unknownFate(text, answer);
  const why = graphFailure(answer, nowMs);
  return refusedFate(isFinal(why.code) ? 'rejected' : 'deferred', why, text);
}

export type GraphDescription = Extract<ExchangeDescription, { readonly protocol: 'graph' }>;

export interface GraphOptions {
  readonly description: GraphDescription;
  readonly graph: BearerClient;
  /** Without the token, for upload sessions. */
  readonly https: HttpsClient;
  readonly capacity: number;
  readonly finalReplyTimeoutMs: number;
  readonly nowMs: () => number;
  readonly close: () => Promise<void>;
  /** Of the base64 of the message; Graph takes requests of 4 MB. */
  readonly maxRequestBytes?: number;
}

/** `https://graph…/v1.0/users/<mailbox>` */
export function mailboxUrl({ url, mailbox }: Pick<GraphDescription, 'url' | 'mailbox'>): string {
  return `${url}/v1.0/users/${encodeURIComponent(mailbox)}`;
}

/** The request that makes Graph responsible for the message. */
export async function handOver(
  { description, graph, finalReplyTimeoutMs, nowMs }: GraphOptions,
  request: SendRequest,
  {
    url,
    headers,
    body,
  }: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array },
): Promise<SendResult> {
  const server = endpointName(description);
  let isIntended = false;
  const result = await graph.request({
    method: 'POST',
    url,
    headers,
    body,
    answerTimeoutMs: finalReplyTimeoutMs,
    onIntent: async (tls) => {
      isIntended = true;
      await request.onIntent({ accepted: request.envelope.to, server, tls });
    },
  });
  if (result.kind === 'no-token') return { kind: 'server-failed', server, failure: result.failure };
  if (result.kind === 'no-answer') return unanswered(request, result, server, isIntended);
  const fate = result.status === 202 && result.sent ? sent('202 Accepted') : graphFate(result, nowMs());
  return finished(request, fate, server, result.tls);
}
