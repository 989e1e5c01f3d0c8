/**
 * What is due, and when to look next. Whoever changes something (a folded batch, an attempt that has ended, new settings)
 * notes it here, and the scheduler is rung for. One timer; ids of due mails are kept so that the view need not be asked
 * for each. Times are those of the wall clock, and none of them means anything once that was set: `forgetTimes`.
 */
import { endsAtMs, type WaitingMail } from '@postausgang/mail';
import type { MailView } from '../view/mail-view.ts';
import type { Clock, Moment } from './clock.ts';
import { createDueList } from './due-list.ts';

export interface Agenda {
  /** Looks, soon, whether there is something to do. */
  ring(): void;
  /** Rings at this time at the latest, as it is now. */
  ringAt(timeMs: number, now: Moment): void;
  /** A new mail is due now, or at the time its row says. */
  mailAdded(mail: WaitingMail): void;
  /** Rows may have become due. */
  rowsChanged(): void;
  /** There may be due mails that the list of ids does not know. */
  listAgain(): void;
  /** Another view is in use: looks at everything. */
  lookAnew(): void;
  /** Looks at the rows whose time has come by then. */
  sweepBy(timeMs: number): void;
  /** Asks about unknown outcomes by then. */
  lookUpBy(timeMs: number): void;
  /** The next due mail by the list; whether that is still so, its row says. */
  nextDue(): string | undefined;
  /** A mail that the list gave, and that is as it was. */
  giveBack(mail: WaitingMail): void;
  /** Before the first `nextDue` of a pass. */
  beginPass(): void;
  /** Whether the list may give another one. */
  isAnyDue(): boolean;
  readonly sweepAtMs: number;
  readonly lookUpAtMs: number;
  setSweep(timeMs: number): void;
  setLookUp(timeMs: number): void;
  forgetTimes(): void;
  /** What is done when it rings; nothing more after `halted`. */
  onRing(look: () => void): void;
}

interface AgendaDeps {
  readonly view: Pick<MailView, 'dueFlows' | 'dueOf' | 'nextDueAt' | 'nextLookUpAt'>;
  readonly clock: Clock;
  readonly partitions: () => readonly number[];
  readonly inFlight: { readonly size: number; has(id: string): boolean };
  readonly halted: AbortSignal;
}

/** A timer of more than 24 days fires at once, and the clock of the machine may be set: look every few minutes. */
const longestSleepMs = 5 * 60 * 1000;

export function createAgenda(deps: AgendaDeps): Agenda {
  const { view, clock, halted } = deps;
  const list = createDueList({ ...deps, nowMs: clock.nowMs });
  let sweepAtMs = 0;
  let lookUpAtMs = 0;

  const { ring, onRing } = createBell(halted);
  const alarm = createAlarm(clock, ring);
  halted.addEventListener('abort', () => alarm.cancel());
  const sweepBy = (timeMs: number): void => void (sweepAtMs = Math.min(sweepAtMs, timeMs));
  const lookUpBy = (timeMs: number): void => void (lookUpAtMs = Math.min(lookUpAtMs, timeMs));

  return {
    ring,
    ringAt: alarm.at,
    mailAdded(mail) {
      sweepBy(endsAtMs(mail));
      if (mail.dueAtMs > clock.nowMs()) {
        sweepBy(mail.dueAtMs);
      } else if (mail.orderingKey === null) {
        list.offer(mail);
      } else {
        list.readAgain(mail);
      }
    },
    rowsChanged() {
      list.invalidate();
      sweepBy(view.nextDueAt(clock.nowMs()) ?? sweepAtMs);
      lookUpBy(view.nextLookUpAt(clock.nowMs()) ?? lookUpAtMs);
    },
    listAgain: list.invalidate,
    lookAnew() {
      sweepAtMs = 0;
      lookUpAtMs = 0;
      list.invalidate();
      ring();
    },
    sweepBy,
    lookUpBy,
    nextDue: list.next,
    giveBack: list.giveBack,
    beginPass: list.begin,
    isAnyDue: list.isAny,
    get sweepAtMs() {
      return sweepAtMs;
    },
    get lookUpAtMs() {
      return lookUpAtMs;
    },
    setSweep: (timeMs) => void (sweepAtMs = timeMs),
    setLookUp: (timeMs) => void (lookUpAtMs = timeMs),
    forgetTimes() {
      sweepAtMs = 0;
      lookUpAtMs = 0;
    },
    onRing,
  };
}

/** However often it is rung, there is one look after that. */
function createBell(halted: AbortSignal): Pick<Agenda, 'ring' | 'onRing'> {
  let look = (): void => undefined;
  let isRinging = false;
  return {
    ring() {
      if (isRinging || halted.aborted) {
        return;
      }
      isRinging = true;
      queueMicrotask(() => {
        isRinging = false;
        if (!halted.aborted) {
          look();
        }
      });
    },
    onRing: (pass) => void (look = pass),
  };
}

/** The one timer of the queue. */
function createAlarm(
  clock: Clock,
  ring: () => void,
): { readonly at: Agenda['ringAt']; readonly cancel: () => void } {
  let armedForMs = Number.POSITIVE_INFINITY;
  let disarm = (): void => undefined;
  const fire = (): void => {
    armedForMs = Number.POSITIVE_INFINITY;
    ring();
  };
  return {
    at(timeMs, { nowMs, monotonicMs }) {
      const delayMs = Math.min(Math.max(timeMs - nowMs, 1), longestSleepMs);
      const wantedMs = monotonicMs + delayMs;
      if (wantedMs < armedForMs) {
        disarm();
        armedForMs = wantedMs;
        disarm = clock.setTimer(delayMs, fire);
      }
    },
    cancel() {
      disarm();
      armedForMs = Number.NEGATIVE_INFINITY;
    },
  };
}
