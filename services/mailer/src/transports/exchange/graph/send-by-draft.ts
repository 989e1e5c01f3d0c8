/*
 * A message that is too large for one request: a draft without its attachments, the attachments one by one, then "send".
 * Only that last request hands anything over. A draft that does not get there is deleted, as far as that is possible.
 */
import { failure } from '@postausgang/contracts';
import type { SendRequest, SendResult } from '@postausgang/mail';
import { type AddressedMessage, withBcc } from '../addressed-message.ts';
import { endpointName } from '../exchange-description.ts';
import type { HttpsResult } from '../http/https-request.ts';
import type { NoToken } from '../oauth/bearer-client.ts';
import { type Fate, finished, refusedFate, unanswered } from '../send-result.ts';
import { graphFate } from './graph-failure.ts';
import { type GraphOptions, handOver, mailboxUrl } from './hand-over.ts';
import { isSecured, type SplitAttachment, splitAttachments } from './split-attachments.ts';
import { uploadAttachment } from './upload-attachment.ts';

type Step = HttpsResult | NoToken;

const idForm = /^[\w=+/-]{1,1000}$/;

export async function sendByDraft(
  options: GraphOptions,
  request: SendRequest,
  addressed: AddressedMessage,
): Promise<SendResult> {
  const split = splitAttachments(addressed.message);
  if (split === null) return give(options, request, tooLarge(request.message));
  const created = await createDraft(options, withBcc({ ...addressed, message: split.message }));
  const id = idOf(created);
  if (id === undefined) return give(options, request, created);
  const url = `${mailboxUrl(options.description)}/messages/${encodeURIComponent(id)}`;
  const broken = await uploadAll(options, url, split.attachments);
  const result =
    broken === null
      ? await handOver(options, request, { url: `${url}/send`, headers: {}, body: new Uint8Array() })
      : give(options, request, broken);
  if (isLeftBehind(result)) await options.graph.request({ method: 'DELETE', url });
  return result;
}

function createDraft({ description, graph }: GraphOptions, message: Buffer): Promise<Step> {
  return graph.request({
    method: 'POST',
    url: `${mailboxUrl(description)}/messages`,
    headers: { 'content-type': 'text/plain' },
    body: Buffer.from(message.toString('base64')),
  });
}

/** The step that did not work; null when all attachments are there. */
async function uploadAll(
  options: GraphOptions,
  url: string,
  attachments: readonly SplitAttachment[],
): Promise<Step | null> {
  for (const attachment of attachments) {
    const broken = await uploadAttachment(options.graph, options.https, url, attachment);
    if (broken !== null) return broken;
  }
  return null;
}

/** What a step before the hand-over means: nothing was handed over. */
function give(options: GraphOptions, request: SendRequest, step: Step | Fate): SendResult {
  const server = endpointName(options.description);
  if ('outcome' in step) return finished(request, step, server, null);
  if (step.kind === 'no-token') return { kind: 'server-failed', server, failure: step.failure };
  if (step.kind === 'no-answer') return unanswered(request, { ...step, sent: false }, server, false);
  const fate = graphFate({ ...step, sent: false }, options.nowMs());
  // A success without what it has to bring.
  const isStrange = step.status < 400;
  const strange = refusedFate('deferred', failure('not-an-exchange-server', String(step.status)));
  return finished(request, isStrange ? strange : fate, server, step.tls);
}

/** Known before anything is sent. */
function tooLarge(message: Uint8Array): Fate {
  const why = isSecured(message)
    ? failure('smime-too-large', `${message.length} bytes`)
    : failure('message-too-large', `${message.length} bytes, and no attachment to send apart`);
  return refusedFate('rejected', why);
}

/** What is unknown may be on its way, and a sent one is no draft any more. */
function isLeftBehind(result: SendResult): boolean {
  return (
    result.kind === 'server-failed' ||
    result.recipients.every(({ outcome }) => outcome === 'rejected' || outcome === 'deferred')
  );
}

function idOf(step: Step): string | undefined {
  if (step.kind !== 'answer' || step.status !== 201) return undefined;
  try {
    const { id } = Object(JSON.parse(step.body.toString('utf8')));
    return typeof id === 'string' && idForm.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
