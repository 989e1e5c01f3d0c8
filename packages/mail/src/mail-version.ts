/**
 * The version of a mail: decide on read, as settings do. Every mailer may have been replaced while its event was on the way
 * to the log, so an event that decides something names the version of the mail it was decided on (`expectedVersion`):
 *
 * - Where the mail has another version by then, the event changes nothing, and answers no command. Every reader sees the
 *   same order, so every reader accepts and rejects the same events, today and at a cold start.
 * - What has happened is no decision: the outcome of a message that was handed over counts whenever it comes, and moves the
 *   version. An attempt that has handed nothing over tells only of the mail it has begun with, or ends its own open intent.
 * - Events of earlier releases name no version and count as they always did.
 *
 * So of a cancellation and the intent of an attempt that cross, the first in the log counts and the other one does not.
 */
import { attemptIdentity, type MailEvent } from './mail-event.ts';
import { isFinished, type Mail } from './mail.ts';
import { addressKey } from './recipients.ts';

/** Whether what an event decides still applies to the mail. */
export function isDecidedOn(mail: Mail, event: MailEvent): boolean {
  const expected = 'expectedVersion' in event.data ? event.data.expectedVersion : undefined;
  const isOfVersion = expected === mail.version && isStillUnknown(mail, event);
  return expected === undefined || isOfVersion || endsOpenIntent(mail, event);
}

function endsOpenIntent(mail: Mail, event: MailEvent): boolean {
  switch (event.type) {
    case 'io.postausgang.mail-sent.v1':
    case 'io.postausgang.mail-deferred.v1':
    case 'io.postausgang.mail-failed.v1':
    case 'io.postausgang.mail-outcome-unknown.v1': {
      const identity = attemptIdentity(event);
      return mail.state === 'sending' && mail.intents.some(({ attempt }) => attempt === identity);
    }
    default:
      return false;
  }
}

/** While other recipients wait, a resolution moves no version: so it has to find its recipients as it knew them. */
function isStillUnknown({ recipients }: Mail, event: MailEvent): boolean {
  if (event.type !== 'io.postausgang.mail-resolved.v1') {
    return true;
  }
  const unknown = recipients.filter(({ outcome }) => outcome === 'unknown');
  const keys = new Set(unknown.map(({ address }) => addressKey(address)));
  return event.data.recipients.every((address) => keys.has(addressKey(address)));
}

/** The mail after an event, with the next version where anything has changed that decisions go by. */
export function withVersion(before: Mail, after: Mail, event: MailEvent): Mail {
  return movesVersion(before, after, event) ? { ...after, version: before.version + 1 } : after;
}

function movesVersion(before: Mail, after: Mail, event: MailEvent): boolean {
  switch (event.type) {
    case 'io.postausgang.mail-command-declined.v1':
      return false;
    case 'io.postausgang.mail-resolved.v1':
      // What goes on about the recipients that wait does not mind.
      return isFinished(before) && after !== before;
    default:
      return after !== before && isOther(before, after);
  }
}

/** A repeat leaves all of this as it is. */
function isOther(before: Mail, after: Mail): boolean {
  return (
    before.state !== after.state ||
    before.endedAttempts !== after.endedAttempts ||
    before.recentEventIds !== after.recentEventIds ||
    before.recipients.some(({ outcome }, index) => after.recipients[index]?.outcome !== outcome)
  );
}
