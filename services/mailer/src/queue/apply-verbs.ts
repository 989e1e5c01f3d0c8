import type { EventOf } from '@postausgang/contracts';
import { recorded } from './history.ts';
import { instantMs } from './instants.ts';
import { isWaiting, type Mail } from './mail-row.ts';
import { isMarked } from './marks.ts';
import { finalState, isOpen } from './recipients.ts';

/** A mail that somebody holds stays so when sending is switched on again. */
export function hold(mail: Mail, event: EventOf<'mailHeld'>): Mail {
  const { reason, command } = event.data;
  const isTakenOver = mail.state === 'held' && mail.heldFor === 'mail-disabled' && reason === 'requested';
  if ((!isWaiting(mail) && !isTakenOver) || isMarked(mail, event.id)) {
    return mail;
  }
  const trace = recorded(mail, event, { entry: 'held', command, detail: reason });
  return { ...mail, ...trace, state: 'held', heldFor: reason, holds: mail.holds + 1 };
}

export function release(mail: Mail, event: EventOf<'mailReleased'>): Mail {
  const { reason, command, notAfter } = event.data;
  const isHeldByPerson = mail.state === 'held' && mail.heldFor === 'requested';
  if (mail.state !== 'held' || isMarked(mail, event.id) || (isHeldByPerson && reason === 'mail-enabled')) {
    return mail;
  }
  const trace = recorded(mail, event, { entry: 'released', command, detail: reason });
  const released = { ...mail, ...trace, notAfterMs: instantMs(notAfter) ?? mail.notAfterMs };
  return mail.attempts.length === 0
    ? { ...released, state: 'queued' }
    : { ...released, state: 'deferred', failure: null };
}

/** What is being handed over at the moment is not cancelled any more: its own outcome follows. */
export function cancel(mail: Mail, event: EventOf<'mailCancelled'>): Mail {
  if ((!isWaiting(mail) && mail.state !== 'held') || isMarked(mail, event.id)) {
    return mail;
  }
  const changes = mail.recipients
    .filter(({ outcome }) => isOpen(outcome))
    .map((before) => ({ before, after: { ...before, outcome: 'cancelled' as const } }));
  const cancelled = new Map(changes.map(({ before, after }) => [before, after] as const));
  const recipients = mail.recipients.map((one) => cancelled.get(one) ?? one);
  return {
    ...mail,
    ...recorded(mail, event, { entry: 'cancelled', command: event.data.command, changes }),
    recipients,
    state: finalState(recipients),
    finishedAtMs: instantMs(event.time) ?? mail.acceptedAtMs,
  };
}

/** A refusal stands in the trace; that there was nothing to do does not. */
export function decline(mail: Mail, event: EventOf<'mailCommandDeclined'>): Mail {
  const { code, command } = event.data;
  return code === null || isMarked(mail, event.id)
    ? mail
    : { ...mail, ...recorded(mail, event, { entry: 'declined', command, detail: code }) };
}
