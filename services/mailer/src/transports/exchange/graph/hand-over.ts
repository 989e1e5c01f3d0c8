import type { SendRequest, SendResult } from '@postausgang/mail';
import { endpointName, type ExchangeDescription } from '../exchange-description.ts';
import type { HttpsClient } from '../http/https-client.ts';
import type { BearerClient } from '../oauth/bearer-client.ts';
import { finished, sent, unanswered } from '../send-result.ts';
import { graphFate } from './graph-failure.ts';

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
