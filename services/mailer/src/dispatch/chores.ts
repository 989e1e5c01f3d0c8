import { mailFields } from '../delivery/outcome.ts';
import type { PolicyContext } from '../delivery/policy-context.ts';
import { expire, settleDangling } from '../delivery/without-attempt.ts';
import type { Mail } from '../queue/mail-row.ts';
import type { DueQuery, DueRefusal, MailView } from '../view/mail-view.ts';
import { eventIds } from './event-ids.ts';
import type { Hand } from './hand.ts';
import type { Records } from './records.ts';

export interface ChoresDeps {
  readonly view: MailView;
  readonly hand: Hand;
  readonly records: Records;
  readonly context: () => PolicyContext;
  /** The partitions this process may act on. */
  readonly partitions: () => readonly number[];
}

/** What is to be told of mails without an attempt. Each call does a bounded part; the rest follows as events come back. */
export interface Chores {
  /** Mails whose `notAfter` has passed. Says whether none is left. */
  expireOverdue(): boolean;
  /** Due mails while sending is switched off. */
  holdDue(): void;
  /** Mails that were held only for that. */
  releaseHeld(): void;
  /** Requests that cannot be taken. */
  refuseDue(): void;
  refuseInvalid(mail: Mail, detail: string): void;
  /** Intents without an outcome that nobody alive will tell. */
  settleDangling(): void;
}

/** Events under way at one time. */
const atOnce = 500;

export function createChores(deps: ChoresDeps): Chores {
  const { view, hand, records, context, partitions } = deps;
  const query = (): DueQuery => ({
    nowMs: context().nowMs,
    partitions: partitions(),
    limit: atOnce + hand.size,
  });
  return {
    expireOverdue() {
      const overdue = view.overdue(query());
      for (const mail of freeMails(deps, overdue)) {
        records.outcome(mail, expire(mail, context()), eventIds.expired(mail.id));
      }
      return overdue.length === 0;
    },
    holdDue() {
      for (const mail of hand.size < atOnce ? freeMails(deps, view.due(query())) : []) {
        hold(records, mail);
      }
    },
    releaseHeld() {
      const isWorthAsking = view.countsByState().held > 0 && hand.size < atOnce;
      for (const mail of isWorthAsking
        ? freeMails(deps, view.inState('held', partitions(), query().limit))
        : []) {
        release(records, mail);
      }
    },
    refuseDue() {
      for (const refusal of view.dueRefusals(partitions(), atOnce)) {
        const inHandAs = eventIds.refused(refusal.request);
        if (!hand.has(inHandAs)) {
          refuse(records, refusal, inHandAs);
        }
      }
    },
    refuseInvalid(mail, detail) {
      const { id, key, request } = mail;
      refuse(records, { mailId: id, key, request, code: 'invalid', detail }, id);
    },
    settleDangling() {
      for (const id of view.inState('sending', partitions(), Number.MAX_SAFE_INTEGER)) {
        const mail = view.get(id);
        if (mail?.state === 'sending' && !hand.has(id)) {
          const eventId = eventIds.settled(id, mail.attempts.at(-1)?.number ?? 0);
          records.outcome(mail, settleDangling(mail, context()), eventId);
        }
      }
    },
  };
}

/** What is in hand is being dealt with; of the rest so many that the events under way stay bounded. */
function freeMails({ view, hand }: ChoresDeps, ids: readonly string[]): readonly Mail[] {
  const free = ids.filter((id) => !hand.has(id)).slice(0, Math.max(0, atOnce - hand.size));
  return free.map((id) => view.get(id)).filter((mail) => mail !== undefined);
}

function hold(records: Records, mail: Mail): void {
  const data = { ...mailFields(mail), reason: 'mail-disabled' as const };
  records.event({ name: 'mailHeld', id: eventIds.held(mail), key: mail.key, data, inHandAs: mail.id });
}

function release(records: Records, mail: Mail): void {
  const data = { ...mailFields(mail), reason: 'mail-enabled' as const };
  records.event({
    name: 'mailReleased',
    id: eventIds.released(mail),
    key: mail.key,
    data,
    inHandAs: mail.id,
  });
}

function refuse(
  records: Records,
  { request, key, mailId, code, detail }: DueRefusal,
  inHandAs: string,
): void {
  const data = { mailId, request: { ...request }, code, detail };
  records.event({ name: 'mailRefused', id: eventIds.refused(request), key, data, inHandAs });
}
