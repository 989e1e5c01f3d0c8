import type { DsnRequest, SendRequest, SendResult, Transport } from '@postausgang/mail';
import { endpointName } from '../describe.ts';
import { addressedOf, finished, type Lanes, throughMailbox, unanswered, withNotOffered } from '../message.ts';
import type { SignedClient } from './ews-sign-in.ts';
import { reconcile } from './look-up.ts';
import { type EwsDescription, ewsFate, impersonated, soapRequest } from './requests.ts';
import { createItemRequest } from './soap.ts';

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
    send: async (request) => {
      const result = await options.lanes.use((client) =>
        send(throughMailbox(options, request), client, request),
      );
      return withNotOffered(result, request, isDeliveryReceipt);
    },
    reconcile: (lookup) =>
      options.lanes.use((client) =>
        reconcile(
          { description: throughMailbox(options, lookup).description, client, nowMs: options.nowMs() },
          lookup,
        ),
      ),
    async close() {
      await options.lanes.drained();
      await options.close();
    },
  };
}

/**
 * Exchange reports failures and delays by itself and, where a delivery receipt is asked for, delivery. It cannot be told to
 * keep quiet, nor what to return.
 */
function isDeliveryReceipt({ notify, ret }: DsnRequest): boolean {
  return ret === null && notify.includes('success') && notify.includes('failure');
}

async function send(options: EwsOptions, client: SignedClient, request: SendRequest): Promise<SendResult> {
  const { description, finalReplyTimeoutMs, nowMs } = options;
  const server = endpointName(description);
  const { message, bcc } = addressedOf(request);
  const { savesCopy } = description;
  const wantsReceipt = request.dsn?.notify.includes('success') === true;
  const frame = { impersonate: impersonated(description) };
  const body = createItemRequest({ message, bcc, savesCopy, wantsReceipt, ...frame });
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
