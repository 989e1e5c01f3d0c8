/**
 * The loop that acts: look, plan, execute, once for all that has changed since the last pass. Rows, time, lease and pace
 * are asked once per pass; everything in it goes by that one look.
 *
 * - Passes run when the agenda rings: a batch was folded, an attempt has ended, the settings have changed, time has come.
 * - Rows whose time has come (`notAfter`, abandoned intents, misdated ones) are looked at only in a sweep, when the
 *   earliest of them is due.
 * - After the wall clock was set no planned time means anything: the next pass looks at everything, and for some minutes
 *   nothing expires and nothing is pruned if the clock went far ahead.
 */
import type { Mail, SendingMail, WaitingMail } from '@postausgang/mail';
import { isWaiting } from '@postausgang/mail';
import type { CurrentServing, Serving } from '../apply/applier.ts';
import type { Governor } from '../limits/governor.ts';
import type { DueQuery, MailView } from '../view/mail-view.ts';
import type { Agenda } from './agenda.ts';
import { type Clock, createJumpWatch } from './clock.ts';
import { commandName, type OpenCommand } from './commands.ts';
import type { InFlight } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { Executor } from './executor.ts';
import type { Lease } from './lease.ts';
import type { Breaker, Pace } from './pace.ts';
import { type ActiveServing, type Facts, plan } from './plan.ts';
import type { Reconciler } from './reconciler.ts';
import type { RequestCache } from './request-cache.ts';
import { rescueAtMs } from './rescuer.ts';

interface SchedulerDeps {
  readonly view: MailView;
  readonly serving: Pick<CurrentServing, 'current' | 'onChange'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly runId: string;
  readonly danglingGraceMs: number;
  readonly lease: Lease;
  readonly inFlight: InFlight;
  readonly agenda: Agenda;
  readonly breaker: Breaker;
  readonly governor: Governor;
  readonly pace: Pace;
  readonly requests: RequestCache;
  readonly reconciler: Reconciler;
  readonly executor: Executor;
  readonly halted: AbortSignal;
}

export interface Scheduler {
  /** More partitions to act on. */
  partitionsTaken(): void;
  /** Begins no more attempts; everything else goes on. */
  stopSending(): void;
}

/** Events of the engine's own accord that are under way at one time. */
const eventsAtOnce = 500;
/** Events of ended attempts that may be on their way to the log while new attempts begin. */
const completingAtOnce = 64;
const pruneEveryMs = 60 * 60 * 1000;
const sweepAgainMs = 1000;
const everything = Number.MAX_SAFE_INTEGER;

/** The rows whose time has come. */
type Sweep = Pick<Facts, 'misdated' | 'unfinished' | 'overdue'>;

const noSweep: Sweep = { misdated: [], unfinished: [], overdue: [] };

export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { view, serving, clock, lease, inFlight, agenda, executor, reconciler } = deps;
  const jumps = createJumpWatch(clock);
  let isSending = true;
  let pruneAtMs = 0;
  let mayBeMisdated = true;

  function pass(): void {
    const partitions = lease.partitions();
    if (partitions.length === 0) {
      return;
    }
    if (jumps.hasJumped()) {
      agenda.forgetTimes();
      reconciler.forgetTimes();
      pruneAtMs = 0;
      mayBeMisdated = true;
    }
    const facts = look(partitions, clock.nowMs());
    plan(facts).forEach(executor.execute);
    const lookUpAtMs = facts.serving.state === 'active' ? agenda.lookUpAtMs : Number.POSITIVE_INFINITY;
    agenda.ringAt(Math.min(agenda.sweepAtMs, lookUpAtMs, ...deps.pace.goesOnAtMs(facts.nowMs)));
  }

  function look(partitions: readonly number[], nowMs: number): Facts {
    const room = Math.max(0, eventsAtOnce - inFlight.size);
    const query = { nowMs, partitions, limit: eventsAtOnce + inFlight.size };
    const leased = new Set(partitions.filter(lease.isFresh));
    const now = serving.current();
    const swept = nowMs >= agenda.sweepAtMs ? sweep(query) : noSweep;
    const base = { nowMs, jitter: deps.random(), runId: deps.runId, danglingGraceMs: deps.danglingGraceMs };
    return {
      ...base,
      serving: now,
      waitingFor: swept.overdue.length > 0 ? deps.pace.waitingFor() : null,
      leased,
      room,
      misdated: swept.misdated,
      unfinished: swept.unfinished,
      overdue: swept.overdue,
      refusals: view
        .dueRefusals(partitions, eventsAtOnce)
        .filter(({ request }) => !inFlight.has(eventIds.refused(request))),
      commands: openCommands(partitions),
      held: now.state === 'active' && room > 0 && view.countsByState().held > 0 ? heldNow(query) : [],
      holdable: now.state === 'disabled' && room > 0 ? freeMails(view.due(query)) : [],
      lookUps: now.state === 'active' && agenda.lookUpAtMs <= nowMs ? lookUpsNow(query) : [],
      sendable: now.state === 'active' && isSending ? sendable(now, leased, nowMs) : [],
    };
  }

  /** The rows whose time has come since the last sweep; sets when the next one is. */
  function sweep(query: DueQuery): Sweep {
    const { nowMs, partitions } = query;
    agenda.listAgain();
    const misdated = mayBeMisdated ? view.misdated(query) : [];
    mayBeMisdated = misdated.length > 0;
    const isTrusted = jumps.isTrusted();
    if (isTrusted && nowMs >= pruneAtMs && view.prune(nowMs) === 0) {
      pruneAtMs = nowMs + pruneEveryMs;
    }
    const unfinished = freeMails(view.inState('sending', partitions, everything), everything).filter(
      isUnfinished,
    );
    const times = unfinished.map((mail) =>
      rescueAtMs(mail, { nowMs, danglingGraceMs: deps.danglingGraceMs }),
    );
    const rescueMs = Math.min(nowMs + pruneEveryMs, ...times.filter((atMs) => atMs > nowMs));
    const overdue = isTrusted ? view.overdue(query) : [];
    const isAllTold = isTrusted && overdue.length + misdated.length === 0;
    const againMs = Math.min(rescueMs, isAllTold ? pruneAtMs : nowMs + sweepAgainMs);
    agenda.setSweep(
      Math.min(againMs, view.nextDueAt(nowMs) ?? againMs, view.nextOverdueAt(nowMs) ?? againMs),
    );
    return { misdated: freeMails(misdated), unfinished, overdue: freeMails(overdue) };
  }

  function heldNow({ partitions, limit }: DueQuery): readonly Mail[] {
    return freeMails(view.heldByDisabling(partitions, limit));
  }

  function lookUpsNow(query: DueQuery): readonly Mail[] {
    const { mails, nextAtMs } = reconciler.due(query);
    agenda.setLookUp(nextAtMs);
    return mails;
  }

  /** The first open command of each mail; the next ones see what that one has done. */
  function openCommands(partitions: readonly number[]): readonly OpenCommand[] {
    const seen = new Set<string>();
    return view.dueCommands(partitions, eventsAtOnce).flatMap((due) => {
      const { mailId } = due.command.data;
      const isFirst = !seen.has(mailId);
      seen.add(mailId);
      return isFirst && !inFlight.has(commandName(due))
        ? [{ ...due, mail: view.get(mailId), isMailInFlight: inFlight.has(mailId) }]
        : [];
    });
  }

  /** As many due mails as attempts may begin now. */
  function sendable(now: ActiveServing, leased: ReadonlySet<number>, nowMs: number): readonly WaitingMail[] {
    const { capacity } = now.transport;
    const allowed = deps.breaker.allows(clock.monotonicMs());
    const reached = deps.governor.reached(nowMs);
    const places = Math.min(
      allowed,
      Math.min(capacity, deps.governor.places(nowMs)) - executor.sending(),
      capacity + completingAtOnce - inFlight.size,
    );
    const mails: WaitingMail[] = [];
    while (reached === null && mails.length < places) {
      const id = agenda.nextDue();
      if (id === undefined) {
        break;
      }
      const mail = inFlight.has(id) ? undefined : view.get(id);
      const isListedTwice = mails.some((one) => one.id === id);
      if (
        mail !== undefined &&
        isWaiting(mail) &&
        isInTime(mail, nowMs) &&
        leased.has(mail.request.partition) &&
        !isListedTwice
      ) {
        mails.push(mail);
      }
    }
    return mails;
  }

  function freeMails(ids: readonly string[], most = eventsAtOnce): readonly Mail[] {
    return ids
      .filter((id) => !inFlight.has(id))
      .slice(0, most)
      .flatMap((id) => view.get(id) ?? []);
  }

  const unsubscribe = serving.onChange((now: Serving) => {
    deps.breaker.reset();
    deps.pace.changed(now);
    if (now.state !== 'active') {
      deps.requests.clear();
    }
    agenda.listAgain();
    agenda.ring();
  });
  deps.halted.addEventListener('abort', unsubscribe);
  agenda.onRing(pass);

  return {
    partitionsTaken() {
      mayBeMisdated = true;
      agenda.setSweep(0);
      agenda.ring();
    },
    stopSending: () => void (isSending = false),
  };
}

function isUnfinished(mail: Mail): mail is SendingMail {
  return mail.state === 'sending';
}

function isInTime({ dueAtMs, notAfterMs }: WaitingMail, nowMs: number): boolean {
  return dueAtMs <= nowMs && nowMs < notAfterMs;
}
