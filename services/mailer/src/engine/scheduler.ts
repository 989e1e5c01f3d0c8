/**
 * The loop that acts. One pass (`pump`) looks at the moment's snapshot of transport and settings and starts as many
 * attempts as the transport carries; it runs again whenever something has changed: a batch was folded, an attempt has
 * ended, the settings have changed, or time has come for a row.
 *
 * - A mail is taken once: it stays in flight until the event that tells of it has come back through the log.
 * - The row that a pass acts on is always the folded one; a pass changes no row.
 * - What a server as a whole did wrong concerns no mail: the breaker makes all mail wait.
 */
import { endsAtMs, type WaitingMail } from '@postausgang/mail';
import type { CurrentServing } from '../apply/applier.ts';
import { type Clock, createJumpWatch } from './clock.ts';
import type { Commands } from './commands.ts';
import { createPace, type Pace } from './pace.ts';
import type { LookUps } from './reconciler.ts';
import { createReadyList, createSender, type SenderDeps } from './sender.ts';
import type { Chores } from './sweeps.ts';

/** The one timer of the queue. */
interface WakeUp {
  /** Wakes at this time of the wall clock at the latest. */
  at(timeMs: number | undefined): void;
  cancel(): void;
}

/** A timer of more than 24 days fires at once, and the clock of the machine may be set: look every few minutes. */
const longestSleepMs = 5 * 60 * 1000;

function createWakeUp(clock: Clock, run: () => void): WakeUp {
  let armedForMs = Number.POSITIVE_INFINITY;
  let disarm = (): void => undefined;
  const fire = (): void => {
    armedForMs = Number.POSITIVE_INFINITY;
    run();
  };
  return {
    at(timeMs) {
      const untilMs = (timeMs ?? Number.POSITIVE_INFINITY) - clock.nowMs();
      const delayMs = Math.min(Math.max(untilMs, 1), longestSleepMs);
      const wantedMs = clock.monotonicMs() + delayMs;
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

interface DispatcherDeps extends Omit<SenderDeps, 'ready' | 'onFree'> {
  readonly serving: Pick<CurrentServing, 'current' | 'onChange'>;
  readonly chores: Chores;
  readonly commands: Commands;
  readonly lookUps: LookUps;
  /** See `MailQueueDeps`. */
  readonly danglingGraceMs: number;
  /** The partitions this process may act on. */
  readonly partitions: () => readonly number[];
}

export interface Dispatcher extends Omit<Pace, 'changed' | 'goesOnAtMs'> {
  /** Something has changed: looks, soon, whether there is something to do. */
  wake(): void;
  /** A new mail is due now, or at the time its row says. */
  mailAdded(mail: WaitingMail): void;
  /** Rows may have become due. */
  rowsChanged(): void;
  /** Mails may have to be looked up at the server. */
  lookAgain(): void;
  /** An intent that is not in flight: a sweep will ask what became of it. */
  foreignIntent(): void;
  /** More partitions to act on. */
  partitionsTaken(): void;
  /** How many attempts are under way. */
  sending(): number;
  /** Begins no more attempts; commands are still decided. */
  stopSending(): void;
  /** Does nothing more. */
  stop(): void;
}

const readyAtOnce = 256;
const pruneEveryMs = 60 * 60 * 1000;
const overdueAgainMs = 1000;

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { view, serving, hand, chores, commands, lookUps, breaker, clock, partitions } = deps;
  let isScheduled = false;
  let stopped = false;
  let isSending = true;
  let sweepAtMs = 0;
  let pruneAtMs = 0;
  let lookUpAtMs = 0;
  let mayBeMisdated = true;

  const ready = createReadyList(() => {
    const limit = readyAtOnce + hand.size;
    const ids = view.due({ nowMs: clock.nowMs(), partitions: partitions(), limit });
    return { ids: ids.filter((id) => !hand.has(id)), complete: ids.length < limit };
  });
  const sender = createSender({ ...deps, ready, onFree: wake });
  const wakeUp = createWakeUp(clock, wake);
  const jumps = createJumpWatch(clock);
  const movement = createPace(deps);

  function wake(): void {
    if (!isScheduled && !stopped) {
      isScheduled = true;
      queueMicrotask(pump);
    }
  }

  function pump(): void {
    isScheduled = false;
    if (stopped || partitions().length === 0) {
      return;
    }
    if (jumps.hasJumped()) {
      lookAtEverything();
    }
    const nowMs = clock.nowMs();
    if (nowMs >= sweepAtMs) {
      sweep(nowMs);
    }
    chores.refuseDue();
    commands.decideDue();
    const now = serving.current();
    if (now.state === 'active') {
      chores.releaseHeld();
      if (lookUpAtMs <= nowMs) {
        lookUpAtMs = lookUps.start(now);
      }
      if (isSending) {
        sender.sendDue(now);
      }
    } else if (now.state === 'disabled') {
      chores.holdDue();
    }
    const againAtMs = now.state === 'active' ? Math.min(sweepAtMs, lookUpAtMs) : sweepAtMs;
    wakeUp.at(Math.min(againAtMs, ...movement.goesOnAtMs(nowMs)));
  }

  /** Looks at the rows whose time has come since the last look. */
  function sweep(nowMs: number): void {
    ready.invalidate();
    if (mayBeMisdated) {
      mayBeMisdated = chores.redate();
    }
    const isTrusted = jumps.isTrusted();
    if (isTrusted && nowMs >= pruneAtMs && view.prune(nowMs) === 0) {
      pruneAtMs = nowMs + pruneEveryMs;
    }
    const settleAtMs = chores.settleDangling() ?? nowMs + pruneEveryMs;
    const isAllTold = isTrusted && chores.expireOverdue();
    const again = Math.min(settleAtMs, isAllTold ? pruneAtMs : nowMs + overdueAgainMs);
    sweepAtMs = Math.min(again, view.nextDueAt(nowMs) ?? again, view.nextOverdueAt(nowMs) ?? again);
  }

  /** No time that was planned by the wall clock means anything any more. */
  function lookAtEverything(): void {
    sweepAtMs = 0;
    pruneAtMs = 0;
    lookUpAtMs = 0;
    lookUps.forgetTimes();
    mayBeMisdated = true;
  }

  function lookAt(timeMs: number): void {
    sweepAtMs = Math.min(sweepAtMs, timeMs);
  }

  const unsubscribe = serving.onChange((now) => {
    breaker.reset();
    movement.changed(now);
    if (now.state !== 'active') {
      deps.payloads.clear();
    }
    ready.invalidate();
    wake();
  });

  return {
    ...movement,
    wake,
    mailAdded(mail) {
      lookAt(endsAtMs(mail));
      if (mail.dueAtMs > clock.nowMs()) {
        lookAt(mail.dueAtMs);
      } else if (mail.orderingKey === null) {
        ready.offer(mail.id);
      } else {
        ready.invalidate();
      }
    },
    rowsChanged() {
      ready.invalidate();
      lookAt(view.nextDueAt(clock.nowMs()) ?? sweepAtMs);
      lookUpAtMs = Math.min(lookUpAtMs, view.nextLookUpAt(clock.nowMs()) ?? lookUpAtMs);
    },
    lookAgain() {
      lookUpAtMs = 0;
      wake();
    },
    foreignIntent: () => lookAt(clock.nowMs() + deps.danglingGraceMs),
    partitionsTaken() {
      mayBeMisdated = true;
      sweepAtMs = 0;
      wake();
    },
    sending: () => sender.sending(),
    stopSending: () => void (isSending = false),
    stop() {
      stopped = true;
      wakeUp.cancel();
      unsubscribe();
    },
  };
}
