import type { Failure } from '@postausgang/contracts';
import {
  expire,
  hasNoTime,
  type Mail,
  mailFields,
  type PolicyContext,
  rescheduleMisdated,
  rescueUnfinished,
  type SendingMail,
} from '@postausgang/mail';
import type { DueQuery, DueRefusal, MailView } from '../view/mail-view.ts';
import type { Completer, InFlight } from './completer.ts';
import { eventIds } from './event-ids.ts';

interface ChoresDeps {
  readonly view: MailView;
  readonly hand: InFlight;
  readonly records: Completer;
  readonly context: () => PolicyContext;
  /** See `AttemptDeps`. */
  readonly runId: string;
  readonly danglingGraceMs: number;
  /** What keeps all mail from moving, or null: what expires meanwhile has waited for that. */
  readonly waitingFor: () => Failure | null;
  /** The partitions this process may act on. */
  readonly partitions: () => readonly number[];
}

/** What is to be told of mails without an attempt. Each call does a bounded part; the rest follows as events come back. */
export interface Chores {
  /** Mails whose `notAfter` has passed. Says whether none is left. */
  expireOverdue(): boolean;
  /** Mails whose time to go lies where no pause leads: a clock that was wrong has planned it. They go now. Says whether there were any. */
  redate(): boolean;
  /** Due mails while sending is switched off. */
  holdDue(): void;
  /** Mails that were held only for that. */
  releaseHeld(): void;
  /** Requests that cannot be taken. */
  refuseDue(): void;
  refuseInvalid(mail: Mail, detail: string): void;
  /** Intents whose outcome nobody alive will tell, for it did not come in time. Says when the next one is so old. */
  settleDangling(): number | undefined;
}

/** Events under way at one time. */
const atOnce = 500;

export function createChores(deps: ChoresDeps): Chores {
  const { view, hand, records, context, runId, partitions } = deps;
  const query = (): DueQuery => ({
    nowMs: context().nowMs,
    partitions: partitions(),
    limit: atOnce + hand.size,
  });
  return {
    expireOverdue() {
      const overdue = view.overdue(query());
      for (const mail of freeMails(deps, overdue)) {
        if (hasNoTime(mail)) {
          refuseInvalid(records, mail, '/notAfter: before-send-at');
          continue;
        }
        records.outcome(mail, expire(mail, deps.waitingFor(), context()), eventIds.expired(runId, mail));
      }
      return overdue.length === 0;
    },
    redate() {
      const misdated = view.misdated(query());
      for (const mail of freeMails(deps, misdated)) {
        records.outcome(mail, rescheduleMisdated(mail, context()), eventIds.rescheduled(runId, mail));
      }
      return misdated.length > 0;
    },
    holdDue() {
      for (const mail of hand.size < atOnce ? freeMails(deps, view.due(query())) : []) {
        hold(records, mail, runId);
      }
    },
    releaseHeld() {
      const isWorthAsking = view.countsByState().held > 0 && hand.size < atOnce;
      for (const mail of isWorthAsking
        ? freeMails(deps, view.heldByDisabling(partitions(), query().limit))
        : []) {
        release(records, mail, runId);
      }
    },
    refuseDue() {
      for (const refusal of view.dueRefusals(partitions(), atOnce)) {
        const inFlightAs = eventIds.refused(refusal.request);
        if (!hand.has(inFlightAs)) {
          refuse(records, refusal, inFlightAs);
        }
      }
    },
    refuseInvalid: (mail, detail) => refuseInvalid(records, mail, detail),
    settleDangling() {
      let nextAtMs: number | undefined;
      const ids = view.inState('sending', partitions(), Number.MAX_SAFE_INTEGER);
      for (const mail of ids.filter((id) => !hand.has(id)).map((id) => view.get(id))) {
        const atMs = mail?.state === 'sending' ? settledAtMs(mail, deps) : Number.POSITIVE_INFINITY;
        if (mail?.state === 'sending' && atMs <= context().nowMs) {
          records.outcome(mail, rescueUnfinished(mail, context()), eventIds.rescued(mail));
        } else {
          nextAtMs = Math.min(nextAtMs ?? atMs, atMs);
        }
      }
      return nextAtMs;
    },
  };
}

/**
 * Without a grace nobody else can be alive, whatever the clocks say. An intent from far ahead was written by a clock that
 * was wrong, and would never become old.
 */
function settledAtMs({ intents }: SendingMail, { danglingGraceMs, context }: ChoresDeps): number {
  const recordedAtMs = intents[0]?.recordedAtMs ?? 0;
  const isOfWrongClock = recordedAtMs > context().nowMs + 60 * 60 * 1000;
  return danglingGraceMs === 0 || isOfWrongClock ? 0 : recordedAtMs + danglingGraceMs;
}

/** What is in flight is being dealt with; of the rest so many that the events under way stay bounded. */
function freeMails({ view, hand }: ChoresDeps, ids: readonly string[]): readonly Mail[] {
  const free = ids.filter((id) => !hand.has(id)).slice(0, Math.max(0, atOnce - hand.size));
  return free.map((id) => view.get(id)).filter((mail) => mail !== undefined);
}

function hold(records: Completer, mail: Mail, runId: string): void {
  const data = { ...mailFields(mail), reason: 'mail-disabled' as const };
  const id = eventIds.held(runId, mail);
  records.event({ name: 'mailHeld', id, key: mail.key, data, inFlightAs: [mail.id] });
}

function release(records: Completer, mail: Mail, runId: string): void {
  const data = { ...mailFields(mail), reason: 'mail-enabled' as const };
  records.event({
    name: 'mailReleased',
    id: eventIds.released(runId, mail),
    key: mail.key,
    data,
    inFlightAs: [mail.id],
  });
}

function refuseInvalid(records: Completer, { id, key, request }: Mail, detail: string): void {
  refuse(records, { mailId: id, key, request, code: 'invalid', detail }, id);
}

function refuse(
  records: Completer,
  { request, key, mailId, code, detail }: DueRefusal,
  inFlightAs: string,
): void {
  const data = { mailId, request: { ...request }, code, detail };
  records.event({ name: 'mailRefused', id: eventIds.refused(request), key, data, inFlightAs: [inFlightAs] });
}
