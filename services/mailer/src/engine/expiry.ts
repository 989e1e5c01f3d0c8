/** What only time and the switch of the settings decide about a mail that waits. Pure; see `plan.ts`. */
import {
  expire,
  hasNoTime,
  type Mail,
  mailFields,
  type MailOutcome,
  type PolicyContext,
  rescheduleMisdated,
} from '@postausgang/mail';
import type { DueRefusal } from '../view/mail-view.ts';
import type { Completion } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { Facts, Told } from './plan.ts';

/** The event that tells an outcome; the mail is in flight until it is folded. */
export function outcomeEvent({ id, key }: Mail, outcome: MailOutcome, eventId: string): Completion {
  return { ...outcome, id: eventId, key, inFlightAs: [id] };
}

/** Mails whose `notAfter` has passed. One that never had any time was wrong from the start: it is refused. */
export function expiry(facts: Facts): readonly Told[] {
  return facts.overdue.map((mail) => {
    if (hasNoTime(mail)) {
      return { kind: 'refuse', event: refusalOf(mail, '/notAfter: before-send-at') };
    }
    const outcome = expire(mail, facts.waitingFor, contextOf(facts));
    return { kind: 'expire', event: outcomeEvent(mail, outcome, eventIds.expired(facts.runId, mail)) };
  });
}

/** Mails that a wrong clock has planned go now. */
export function reschedule(facts: Facts): readonly Told[] {
  return facts.misdated.map((mail) => {
    const outcome = rescheduleMisdated(mail, contextOf(facts));
    return {
      kind: 'reschedule',
      event: outcomeEvent(mail, outcome, eventIds.rescheduled(facts.runId, mail)),
    };
  });
}

/** Due mail while sending is off. */
export function hold({ holdable, runId }: Facts): readonly Told[] {
  return holdable.map((mail) => {
    const data = { ...mailFields(mail), reason: 'mail-disabled' as const };
    const id = eventIds.held(runId, mail);
    return { kind: 'hold', event: { name: 'mailHeld', id, key: mail.key, data, inFlightAs: [mail.id] } };
  });
}

/** Mail that was held only because sending was off. */
export function release({ held, runId }: Facts): readonly Told[] {
  return held.map((mail) => {
    const data = { ...mailFields(mail), reason: 'mail-enabled' as const };
    const id = eventIds.released(runId, mail);
    return {
      kind: 'release',
      event: { name: 'mailReleased', id, key: mail.key, data, inFlightAs: [mail.id] },
    };
  });
}

/** Requests that cannot be taken. */
export function refuse({ refusals }: Facts): readonly Told[] {
  return refusals.map((refusal) => ({
    kind: 'refuse',
    event: refusalEvent(refusal, eventIds.refused(refusal.request)),
  }));
}

/** Refuses a mail that is in the queue already. */
export function refusalOf({ id, key, request }: Mail, detail: string): Completion {
  return refusalEvent({ mailId: id, key, request, code: 'invalid', detail }, id);
}

function refusalEvent({ request, key, mailId, code, detail }: DueRefusal, inFlightAs: string): Completion {
  const data = { mailId, request: { ...request }, code, detail };
  return { name: 'mailRefused', id: eventIds.refused(request), key, data, inFlightAs: [inFlightAs] };
}

export function contextOf({ nowMs, jitter }: Pick<Facts, 'nowMs' | 'jitter'>): PolicyContext {
  return { nowMs, jitter };
}
