/**
 * The filter of the API as the view is asked. The list, the counts, the export and actions read it here, so that they are
 * about the same mails. Pure.
 */
import {
  type EventData,
  finding,
  type Finding,
  type MailFilter,
  type MailState,
} from '@postausgang/contracts';
import { parseInstant } from '@postausgang/settings';
import { isSearchable } from './mail-text.ts';
import type { MailSelection } from './mail-view.ts';

const searched = ['q', 'recipient', 'sender', 'subject', 'attachment', 'requestedBy'] as const;
const times = ['since', 'until'] as const;

/** What is wrong with a filter that its schema lets pass. The findings point into the filter. */
export function filterFindings(filter: MailFilter): readonly Finding[] {
  return [
    ...searched
      .filter((name) => filter[name] !== undefined && !isSearchable(filter[name]))
      .map((name) => finding(`/${name}`, 'words-required')),
    ...times
      .filter((name) => filter[name] !== undefined && parseInstant(filter[name]) === undefined)
      .map((name) => finding(`/${name}`, 'date-invalid')),
  ];
}

/** What is wrong with an action that its schema lets pass. The findings point into the action. */
export function actionFindings({
  verb,
  outcome,
  filter,
}: Pick<EventData<'mailBulkRequested'>, 'verb' | 'outcome' | 'filter'>): readonly Finding[] {
  return [
    ...(verb === 'resolve' && outcome === undefined ? [finding('/outcome', 'required')] : []),
    ...filterFindings(filter).map((one) => ({ ...one, pointer: `/filter${one.pointer}` })),
  ];
}

/** The states of a filter; undefined where it names none. */
export function filterStates({ state, states }: Pick<MailFilter, 'state' | 'states'>) {
  const named = state?.split(',') as MailState[] | undefined;
  return named === undefined ? states : named.filter((one) => states?.includes(one) ?? true);
}

/** The mails of a filter without findings, apart from their state. */
export function selectionOf(filter: MailFilter): Omit<MailSelection, 'states' | 'of'> {
  const { q, recipient, sender, subject, attachment, requestedBy, messageId, since, until } = filter;
  return {
    ids: filter.id?.split(','),
    priority: filter.priority,
    businessReference: filter.businessReference,
    businessReferencePrefix: filter.businessReferencePrefix,
    failure: filter.failure,
    messageId: messageId === undefined ? undefined : `<${messageId.trim().replaceAll(/^<|>$/g, '')}>`,
    text: { anywhere: q, recipient, sender, subject, attachment, requester: requestedBy },
    sinceMs: since === undefined ? undefined : parseInstant(since),
    untilMs: until === undefined ? undefined : parseInstant(until),
  };
}
