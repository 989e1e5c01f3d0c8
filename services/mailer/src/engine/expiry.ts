/** What only time decides about a mail that waits. Pure; see `plan.ts`. */
import {
  expire,
  hasNoTime,
  type Mail,
  type MailOutcome,
  type PolicyContext,
  rescheduleMisdated,
} from '@postausgang/mail';
import { type Finding, finding } from '@postausgang/contracts';
import type { DueRefusal } from '../view/mail-view.ts';
import type { Completion } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { Facts, Sweep, Told } from './plan.ts';

/** The event that tells an outcome; the mail is in flight until it is folded. */
export function outcomeEvent({ id, key }: Mail, outcome: MailOutcome, eventId: string): Completion {
  return { ...outcome, id: eventId, key, inFlightAs: [id] };
}

/** Mails whose `notAfter` has passed. One that never had any time was wrong from the start: it is refused. */
export function expiry(facts: Facts, { overdue, waitingFor }: Sweep): readonly Told[] {
  return overdue.map((mail) => {
    if (hasNoTime(mail)) {
      return { kind: 'refuse', event: refusalOf(mail, beforeSendAt) };
    }
    const outcome = expire(mail, waitingFor, contextOf(facts));
    return { kind: 'expire', event: outcomeEvent(mail, outcome, eventIds.expired(facts.runId, mail)) };
  });
}

/** Mails that a wrong clock has planned go now. */
export function reschedule(facts: Facts, { misdated }: Sweep): readonly Told[] {
  return misdated.map((mail) => {
    const outcome = rescheduleMisdated(mail, contextOf(facts));
    return {
      kind: 'reschedule',
      event: outcomeEvent(mail, outcome, eventIds.rescheduled(facts.runId, mail)),
    };
  });
}

/** Refuses a mail that is in the queue already. */
export function refusalOf(
  { id, key, request, businessReference, metadata }: Mail,
  { detail, code = 'invalid', findings }: Refusal,
): Completion {
  const about = {
    businessReference,
    metadata,
    ...(findings === undefined ? {} : { findings: [...findings] }),
  };
  return refusalEvent({ mailId: id, key, request, code, detail, about }, id);
}

/** Why a mail that is in the queue cannot be sent as it was asked for. */
interface Refusal {
  readonly detail: string;
  readonly code?: DueRefusal['code'];
  readonly findings?: readonly Finding[];
}

const beforeSendAt: Refusal = {
  detail: '/notAfter: before-send-at',
  findings: [finding('/notAfter', 'before-send-at')],
};

export function refusalEvent(
  { request, key, mailId, code, detail, about }: DueRefusal,
  inFlightAs: string,
): Completion {
  const data = { mailId, request: { ...request }, code, detail, ...about };
  return { name: 'mailRefused', id: eventIds.refused(request), key, data, inFlightAs: [inFlightAs] };
}

export function contextOf({ nowMs, jitter }: Pick<Facts, 'nowMs' | 'jitter'>): PolicyContext {
  return { nowMs, jitter };
}
