import type { Requester } from '@postausgang/contracts';
import { hasScope, type Principal, ProblemError } from '@postausgang/http';
import { type Mail, requesterKey } from '@postausgang/mail';

/*
 * A mail belongs to whoever has asked for it. Others see it with `mail:read:all` and command it with `mail:manage:all`;
 * for everybody else it is as if there were no such mail.
 */

/** The part of a principal that a mail remembers. */
export function requesterFrom({ kind, id, name }: Pick<Principal, 'kind' | 'id' | 'name'>): Requester {
  return { kind, id, name };
}

/** Whether the principal itself has asked for the mail. */
export function isOwn(
  principal: Pick<Principal, 'kind' | 'id'>,
  { requestedBy }: Pick<Mail, 'requestedBy'>,
): boolean {
  return requestedBy !== null && requesterKey(requestedBy) === requesterKey(principal);
}

/** Of whom a principal sees mails; undefined: of everybody. */
export function readableRequester(principal: Principal): Requester | undefined {
  return hasScope(principal, 'mail:read:all') ? undefined : requesterFrom(principal);
}

/** The mail, where the principal may do with it what the scope says. Throws `not-found`, whether it exists or not. */
export function requireMail(
  mail: Mail | undefined,
  principal: Principal,
  scope: 'mail:read' | 'mail:manage',
): Mail {
  if (mail !== undefined && (isOwn(principal, mail) || hasScope(principal, `${scope}:all`))) {
    return mail;
  }
  throw new ProblemError('not-found', { detail: 'There is no mail with this ID.' });
}
