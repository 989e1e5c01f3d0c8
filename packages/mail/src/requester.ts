/** Whose mail it is, and which mails belong together because of that. */
import type { EventOf, Priority, Requester } from '@postausgang/contracts';
import type { Mail } from './mail.ts';

/** The source of what a mailer writes. */
const acceptedOverHttp = /^\/mailer(\/|$)/;

/**
 * Whose mail a request is. What a mailer has accepted over HTTP belongs to the principal it names; of earlier versions
 * that is the id of an API key alone. Whatever else is in the topic belongs to the source that has put it there.
 */
export function requesterOf({
  source,
  data,
}: Pick<EventOf<'mailRequested'>, 'source' | 'data'>): Requester | null {
  if (!acceptedOverHttp.test(source)) {
    return sourceRequester(source);
  }
  const { requestedBy = null } = data;
  return typeof requestedBy === 'string'
    ? { kind: 'api-key', id: requestedBy, name: requestedBy }
    : requestedBy;
}

/** Of mail that another module has put into the log. */
export function sourceRequester(source: string): Requester {
  return { kind: 'source', id: source, name: source };
}

/** Requesters by what tells them apart: their names may change. */
export function requesterKey({ kind, id }: Pick<Requester, 'kind' | 'id'>): string {
  return `${kind}:${id}`;
}

/** Mails with the same of these keep their order: an ordering key belongs to whoever has asked for the mails. */
export function orderOf({ orderingKey, requestedBy }: Pick<Mail, 'orderingKey' | 'requestedBy'>) {
  return orderingKey === null
    ? null
    : `${requestedBy === null ? '' : requesterKey(requestedBy)} ${orderingKey}`;
}

/** Which mail goes first where mail waits; events of earlier versions say nothing of it. */
export function priorityOf({ priority }: Pick<Mail, 'priority'>): Priority {
  return priority ?? 'normal';
}

/** Mails that wait for the same turns: of one priority, one requester and one sender. */
export interface Flow {
  readonly priority: Priority;
  /** See `requesterKey`; empty: not known. */
  readonly requester: string;
  /** The address that the request names, in lower case, or the sender of the settings; empty: it names none. */
  readonly sender: string;
}

export function flowOf(mail: Pick<Mail, 'priority' | 'requestedBy' | 'from' | 'askedSender'>): Flow {
  const { requestedBy, from, askedSender = '' } = mail;
  return {
    priority: priorityOf(mail),
    requester: requestedBy === null ? '' : requesterKey(requestedBy),
    sender: from?.toLowerCase() ?? askedSender,
  };
}
