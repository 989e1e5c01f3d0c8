/** Asks EWS for a message whose reply was lost: by its Message-ID, then among what was sent around that time. */
import { failure } from '@postausgang/contracts';
import type { Lookup, LookupResult } from '@postausgang/mail';
import { hasSubject, judgeSent, type SentItem, sentWindow } from '../witness.ts';
import type { SignedClient } from './ews-sign-in.ts';
import {
  type FoundItem,
  findSentByIdRequest,
  findSentWithinRequest,
  getRecipientsRequest,
  readFoundItems,
  readRecipients,
} from './sent-items.ts';
import { type EwsDescription, ewsFailure, impersonated, soapOf, soapRequest } from './requests.ts';

interface Asking {
  readonly description: EwsDescription;
  readonly client: SignedClient;
  readonly nowMs: number;
}

const pageSize = 100;
const mostPages = 100;
/** The recipients of a message are a request of their own. */
const mostCandidates = 50;

type Answer<Value> =
  { readonly kind: 'value'; readonly value: Value } | Extract<LookupResult, { kind: 'failed' }>;

/** Only what files a copy can be asked for it. */
export async function reconcile(asking: Asking, lookup: Lookup): Promise<LookupResult> {
  const { description } = asking;
  if (!description.savesCopy) return { kind: 'unsupported' };
  const frame = { impersonate: impersonated(description) };
  const named = await ask(asking, findSentByIdRequest(lookup.messageId, frame), readFoundItems);
  if (named.kind === 'failed') return named;
  if (named.value.total > 0) return { kind: 'found', witness: 'message-id' };
  const sent = await sentWithin(asking, lookup);
  if (sent.kind === 'failed') return sent;
  const candidates = sent.value.filter((item) => hasSubject(lookup, item));
  if (candidates.length > mostCandidates) return { kind: 'ambiguous' };
  const items: SentItem[] = [];
  for (const candidate of candidates) {
    const recipients = await ask(asking, getRecipientsRequest(candidate.id, frame), readRecipients);
    if (recipients.kind === 'failed') return recipients;
    items.push({ ...candidate, recipients: recipients.value.addresses });
  }
  return judgeSent(lookup, items);
}

/** Everything among the sent ones that was sent around that time, page by page. */
async function sentWithin(asking: Asking, lookup: Lookup): Promise<Answer<readonly FoundItem[]>> {
  const frame = { impersonate: impersonated(asking.description) };
  const window = sentWindow(lookup);
  const items: FoundItem[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const request = findSentWithinRequest({ ...window, offset: items.length, limit: pageSize }, frame);
    const found = await ask(asking, request, readFoundItems);
    if (found.kind === 'failed') return found;
    items.push(...found.value.items);
    if (found.value.isLast) return { kind: 'value', value: items };
    if (found.value.items.length === 0) break;
  }
  return { kind: 'failed', failure: failure('unexpected-reply', 'the search has no end') };
}

async function ask<Value>(
  { description, client, nowMs }: Asking,
  body: string,
  read: (answer: Buffer) => Value | null,
): Promise<Answer<Value>> {
  const result = await client.request(soapRequest(description, body));
  if (result.kind !== 'answer') return { kind: 'failed', failure: result.failure };
  if (soapOf(result)?.isSuccess !== true) {
    return { kind: 'failed', failure: ewsFailure(result, client.signInFailure, nowMs) };
  }
  const value = read(result.body);
  return value === null
    ? { kind: 'failed', failure: failure('not-an-exchange-server') }
    : { kind: 'value', value };
}
