import { failure } from '@postausgang/contracts';
import type { Lookup, LookupResult, SendRequest, SendResult, Transport } from '@postausgang/mail';
import { addressedMessage } from '../addressed-message.ts';
import { endpointName, type ExchangeDescription } from '../exchange-description.ts';
import type { HttpsRequest } from '../http/https-request.ts';
import type { Lanes } from '../lanes.ts';
import { finished, unanswered } from '../send-result.ts';
import { ewsFailure, ewsFate, soapOf } from './ews-failure.ts';
import type { SignedClient } from './ews-sign-in.ts';
import { createItemRequest, findSentRequest } from './soap-request.ts';

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
  const { message, bcc } = addressedMessage(request.message, request.envelope.to);
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
