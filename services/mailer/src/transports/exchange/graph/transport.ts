import { failure } from '@postausgang/contracts';
import type { Lookup, LookupResult, SendRequest, SendResult, Transport } from '@postausgang/mail';
import { jsonOf } from '../https-client.ts';
import { addressedMessage, createLanes, withBcc } from '../message.ts';
import { sendByDraft } from './drafts.ts';
import { graphFailure, type GraphOptions, handOver, mailboxUrl } from './requests.ts';

const maxRequestBytes = 4_000_000;

/** Mail by Microsoft Graph: the message as it is, its recipients from its header fields. */
export function createGraphTransport(options: GraphOptions): Transport {
  const { capacity } = options;
  const lanes = createLanes(Array.from({ length: capacity }, (_lane, index) => index));
  return {
    capacity,
    send: (request) => lanes.use(() => send(options, request)),
    reconcile: (lookup) => lanes.use(() => reconcile(options, lookup)),
    async close() {
      await lanes.drained();
      await options.close();
    },
  };
}

async function send(options: GraphOptions, request: SendRequest): Promise<SendResult> {
  const addressed = addressedMessage(request.message, request.envelope.to);
  const body = Buffer.from(withBcc(addressed).toString('base64'));
  if (body.length > (options.maxRequestBytes ?? maxRequestBytes)) {
    return sendByDraft(options, request, addressed);
  }
  return handOver(options, request, {
    url: `${mailboxUrl(options.description)}/sendMail`,
    headers: { 'content-type': 'text/plain' },
    body,
  });
}

/** A draft with this Message-ID was not sent. */
async function reconcile(options: GraphOptions, { messageId }: Lookup): Promise<LookupResult> {
  const filter = `internetMessageId eq '${messageId.replaceAll("'", "''")}'`;
  const query = `$filter=${encodeURIComponent(filter)}&$select=id,isDraft&$top=10`;
  const result = await options.graph.request({
    method: 'GET',
    url: `${mailboxUrl(options.description)}/messages?${query}`,
  });
  if (result.kind !== 'answer') return { kind: 'failed', failure: result.failure };
  if (result.status === 403) return { kind: 'unsupported' };
  if (result.status !== 200) return { kind: 'failed', failure: graphFailure(result, options.nowMs()) };
  const { value: found } = jsonOf(result);
  if (!Array.isArray(found)) return { kind: 'failed', failure: failure('not-an-exchange-server') };
  return { kind: found.some((item) => Object(item).isDraft !== true) ? 'found' : 'not-found' };
}
