/** Asks Graph for a message whose reply was lost: by its Message-ID, then among what was sent around that time. */
import { failure } from '@postausgang/contracts';
import type { Lookup, LookupResult } from '@postausgang/mail';
import { jsonOf } from '../https-client.ts';
import { judgeSent, type SentItem, sentWindow } from '../witness.ts';
import { graphFailure, type GraphOptions, mailboxUrl } from './requests.ts';

/** Of a page that is cut in the middle nothing may be concluded, so all pages are read, or none counts. */
const pageSize = 100;
const mostPages = 100;

type Found =
  { readonly kind: 'items'; readonly items: readonly object[] } | Exclude<LookupResult, { kind: 'found' }>;

/** A draft with this Message-ID was not sent. */
export async function reconcile(options: GraphOptions, lookup: Lookup): Promise<LookupResult> {
  const filter = `internetMessageId eq '${lookup.messageId.replaceAll("'", "''")}'`;
  const named = await search(options, 'messages', filter, 'id,isDraft');
  if (named.kind !== 'items') return named;
  if (named.items.some((item) => !isDraft(item))) return { kind: 'found', witness: 'message-id' };
  const { from, to } = sentWindow(lookup);
  const within = `sentDateTime ge ${seconds(from)} and sentDateTime le ${seconds(to)}`;
  const fields = 'id,isDraft,internetMessageId,subject,toRecipients,ccRecipients,bccRecipients';
  const sent = await search(options, 'mailFolders/sentitems/messages', within, fields);
  return sent.kind === 'items'
    ? judgeSent(lookup, sent.items.filter((item) => !isDraft(item)).map(sentItem))
    : sent;
}

const isDraft = (item: object): boolean => Object(item).isDraft === true;

/** Graph compares whole seconds. */
const seconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

/** All messages that a filter finds, page by page. */
async function search(
  { description, graph, nowMs }: GraphOptions,
  path: string,
  filter: string,
  fields: string,
): Promise<Found> {
  const query = `$filter=${encodeURIComponent(filter)}&$select=${fields}&$top=${pageSize}`;
  const start = `${mailboxUrl(description)}/${path}?${query}`;
  const items: object[] = [];
  let url: string | undefined = start;
  for (let page = 0; url !== undefined && page < mostPages; page += 1) {
    const result = await graph.request({ method: 'GET', url });
    if (result.kind !== 'answer') return { kind: 'failed', failure: result.failure };
    if (result.status === 403) return { kind: 'unsupported' };
    if (result.status !== 200) return { kind: 'failed', failure: graphFailure(result, nowMs()) };
    const { value, '@odata.nextLink': next } = jsonOf(result);
    if (!Array.isArray(value)) return { kind: 'failed', failure: failure('not-an-exchange-server') };
    items.push(...value.map(Object));
    if (next === undefined) return { kind: 'items', items };
    url = nextPage(next, start);
  }
  const why = url === undefined ? 'the next page is elsewhere' : `more than ${pageSize * mostPages} messages`;
  return { kind: 'failed', failure: failure('unexpected-reply', why) };
}

/** The token goes to no other server, wherever the next page is said to be. */
function nextPage(next: unknown, start: string): string | undefined {
  if (typeof next !== 'string' || !URL.canParse(next)) return undefined;
  return new URL(next).origin === new URL(start).origin ? next : undefined;
}

function sentItem(item: object): SentItem {
  const { internetMessageId, subject, toRecipients, ccRecipients, bccRecipients } = Object(item);
  const addresses = [toRecipients, ccRecipients, bccRecipients]
    .flat()
    .filter((one) => one !== undefined && one !== null)
    .map((one) => Object(Object(one).emailAddress).address);
  return {
    messageId: String(internetMessageId ?? ''),
    subject: String(subject ?? ''),
    recipients: addresses.every(isAddress) ? addresses : null,
  };
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && value.includes('@');
