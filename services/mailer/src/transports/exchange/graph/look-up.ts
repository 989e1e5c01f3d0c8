/** Asks Graph for a message whose reply was lost: by its Message-ID, then among what was sent around that time. */
import { failure } from '@postausgang/contracts';
import type { FiledLookup, FiledSender, Lookup, LookupResult } from '@postausgang/mail';
import { addressMatchKey } from '@postausgang/settings';
import { jsonOf } from '../https-client.ts';
import { hasSubject, judgeSent, type SentItem, sentWindow } from '../witness.ts';
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

/**
 * Who the filed copy of a message is from: Graph can replace the sender without an error. Its Message-ID may be another
 * one, too; then there has to be exactly one copy with its subject and recipients.
 */
export async function filedSender(options: GraphOptions, lookup: FiledLookup): Promise<FiledSender> {
  const filter = `internetMessageId eq '${lookup.messageId.replaceAll("'", "''")}'`;
  const named = await search(options, 'messages', filter, 'id,isDraft,from');
  if (named.kind !== 'items') return unreadable(named);
  const [byId] = named.items.filter((item) => !isDraft(item)).flatMap(fromOf);
  if (byId !== undefined) return { kind: 'found', address: byId };
  const { from, to } = sentWindow(lookup);
  const within = `sentDateTime ge ${seconds(from)} and sentDateTime le ${seconds(to)}`;
  const fields = 'id,isDraft,from,internetMessageId,subject,toRecipients,ccRecipients,bccRecipients';
  const sent = await search(options, 'mailFolders/sentitems/messages', within, fields);
  if (sent.kind !== 'items') return unreadable(sent);
  const [only, ...others] = sent.items.filter((item) => !isDraft(item) && isLike(lookup, sentItem(item)));
  const [address] = others.length > 0 || only === undefined ? [] : fromOf(only);
  return address === undefined ? { kind: 'not-found' } : { kind: 'found', address };
}

function unreadable(found: Exclude<Found, { kind: 'items' }>): FiledSender {
  return found.kind === 'failed' ? found : { kind: 'unsupported' };
}

function isLike(lookup: FiledLookup, item: SentItem): boolean {
  const wanted = new Set(lookup.recipients.map(addressMatchKey));
  return hasSubject(lookup, item) && (item.recipients ?? []).some((one) => wanted.has(addressMatchKey(one)));
}

function fromOf(item: object): readonly string[] {
  const { from } = Object(item);
  return [Object(Object(from).emailAddress).address].filter(isAddress);
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
