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
import {
  type CommandPolicy,
  homeOf,
  isWaiting,
  type Mail,
  type SendingMail,
  type WaitingMail,
} from '@postausgang/mail';
import type { CurrentServing } from '../apply/applier.ts';
import type { ConnectionPace } from '../limits/connections.ts';
import type { DueQuery, MailView } from '../view/mail-view.ts';
import type { Agenda } from './agenda.ts';
import type { Bulk } from './bulk.ts';
import { type Clock, createJumpWatch, type JumpWatch, type Moment } from './clock.ts';
import { commandName, type OpenCommand } from './commands.ts';
import type { InFlight } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { Executor } from './executor.ts';
import type { Lease } from './lease.ts';
import type { Pace, PaceNow } from './pace.ts';
import { type ActiveServing, type Facts, plan, type Sweep } from './plan.ts';
import type { Reconciler } from './reconciler.ts';
import type { RequestCache } from './request-cache.ts';
import { rescueAtMs } from './rescuer.ts';
import { alwaysLive, type SendingModes } from './sending-mode.ts';
import type { Suspicion } from './suspicion.ts';

interface SchedulerDeps {
  readonly view: MailView;
  readonly serving: Pick<CurrentServing, 'current' | 'onChange'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly runId: string;
  readonly danglingGraceMs: number;
  /** See `Facts`. */
  readonly lastHeardMs?: Facts['lastHeardMs'];
  readonly commandPolicy?: CommandPolicy | undefined;
  /** Default: mail goes to its recipients. */
  readonly sendingModes?: SendingModes | undefined;
  readonly lease: Lease;
  readonly inFlight: InFlight;
  readonly agenda: Agenda;
  readonly suspicion: Pick<Suspicion, 'isPassedOver' | 'startOver'>;
  /** Forgets what is held against the server, and looks. */
  readonly resume: () => void;
  readonly pace: Pace;
  readonly requests: RequestCache;
  readonly reconciler: Reconciler;
  readonly executor: Executor;
  readonly connections: Pick<ConnectionPace, 'allowed' | 'looked'>;
  readonly bulk: Bulk;
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

interface State {
  readonly jumps: JumpWatch;
  isSending: boolean;
  pruneAtMs: number;
  /** Whether a wrong clock may have planned mails far ahead. */
  mayBeMisdated: boolean;
}

/** What a look at everything begins with. */
interface Situation {
  readonly partitions: readonly number[];
  /** Those whose lease surely holds. */
  readonly leased: ReadonlySet<number>;
  readonly pace: PaceNow;
  readonly now: Moment;
}

export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { agenda, serving, halted } = deps;
  const state: State = {
    jumps: createJumpWatch(momentOf(deps.clock)),
    isSending: true,
    pruneAtMs: 0,
    mayBeMisdated: true,
  };
  const unsubscribe = serving.onChange((now) => {
    deps.pace.changed(now);
    if (now.state !== 'active') {
      deps.requests.clear();
    }
    deps.resume();
  });
  halted.addEventListener('abort', unsubscribe);
  deps.sendingModes?.onChange(() => {
    agenda.listAgain();
    agenda.ring();
  });
  agenda.onRing(() => pass(deps, state));
  return {
    partitionsTaken() {
      state.mayBeMisdated = true;
      agenda.setSweep(0);
      agenda.ring();
    },
    stopSending: () => void (state.isSending = false),
  };
}

function momentOf(clock: Clock): Moment {
  return { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
}

function pass(deps: SchedulerDeps, state: State): void {
  const { lease, clock, agenda } = deps;
  const partitions = lease.partitions();
  if (partitions.length === 0) {
    return;
  }
  const leased = new Set(partitions.filter(lease.isFresh));
  const now = momentOf(clock);
  if (state.jumps.hasJumped(now)) {
    agenda.forgetTimes();
    deps.reconciler.forgetTimes();
    state.pruneAtMs = 0;
    state.mayBeMisdated = true;
  }
  const pace = deps.pace.look(now);
  const facts = look(deps, state, { partitions, leased, pace, now });
  plan(facts).forEach(deps.executor.execute);
  deps.view.dueBulks([...facts.leased]).forEach(deps.bulk.start);
  const lookUpAtMs = facts.serving.state === 'active' ? agenda.lookUpAtMs : Number.POSITIVE_INFINITY;
  agenda.ringAt(Math.min(agenda.sweepAtMs, lookUpAtMs, ...pace.goesOnAtMs), now);
}

/** One look at everything a pass goes by. */
function look(deps: SchedulerDeps, state: State, { partitions, leased, pace, now }: Situation): Facts {
  const { view, inFlight, agenda } = deps;
  const { runId, danglingGraceMs, lastHeardMs } = deps;
  const { nowMs } = now;
  const serving = deps.serving.current();
  const isActive = serving.state === 'active';
  const room = Math.max(0, eventsAtOnce - inFlight.size);
  const query = { nowMs, partitions, limit: eventsAtOnce + inFlight.size };
  const sendingMode = (deps.sendingModes ?? alwaysLive).now();
  const isHolding = serving.state === 'disabled' || sendingMode.mode === 'hold';
  const hasHeld = isActive && room > 0 && view.countsByState().held > 0;
  return {
    nowMs,
    jitter: deps.random(),
    runId,
    danglingGraceMs,
    lastHeardMs,
    serving,
    sendingMode,
    leased,
    room,
    swept: nowMs >= agenda.sweepAtMs ? sweep(deps, state, query, now) : null,
    refusals: view
      .dueRefusals(partitions, eventsAtOnce)
      .filter(({ request }) => !inFlight.has(eventIds.refused(request))),
    commands: openCommands(deps, partitions),
    commandPolicy: deps.commandPolicy,
    held: hasHeld ? freeMails(deps, view.heldByDisabling(partitions, query.limit)) : [],
    holdable: isHolding && room > 0 ? freeMails(deps, view.due(query)) : [],
    lookUps: isActive && agenda.lookUpAtMs <= nowMs ? lookUps(deps, query) : [],
    sendable: isActive && state.isSending ? sendable(deps, serving, { pace, leased, now }) : [],
  };
}

/** The rows whose time has come since the last sweep; sets when the next one is. */
function sweep(deps: SchedulerDeps, state: State, query: DueQuery, now: Moment): Sweep {
  const { view, agenda, danglingGraceMs, lastHeardMs } = deps;
  const { nowMs, partitions } = query;
  agenda.listAgain();
  const misdated = state.mayBeMisdated ? view.misdated(query) : [];
  state.mayBeMisdated = misdated.length > 0;
  const isTrusted = state.jumps.isTrusted(now);
  if (isTrusted && nowMs >= state.pruneAtMs && view.prune(nowMs) === 0) {
    state.pruneAtMs = nowMs + pruneEveryMs;
  }
  const unfinished = freeMails(deps, view.inState('sending', partitions, everything), everything).filter(
    isUnfinished,
  );
  const times = unfinished.map((mail) => rescueAtMs(mail, { nowMs, danglingGraceMs, lastHeardMs }));
  const rescueMs = Math.min(nowMs + pruneEveryMs, ...times.filter((atMs) => atMs > nowMs));
  const overdue = isTrusted ? view.overdue(query) : [];
  const isAllTold = isTrusted && overdue.length + misdated.length === 0;
  const againMs = Math.min(rescueMs, isAllTold ? state.pruneAtMs : nowMs + sweepAgainMs);
  agenda.setSweep(Math.min(againMs, view.nextDueAt(nowMs) ?? againMs, view.nextOverdueAt(nowMs) ?? againMs));
  return {
    misdated: freeMails(deps, misdated),
    overdue: freeMails(deps, overdue),
    waitingFor: overdue.length > 0 ? deps.pace.waitingFor() : null,
    unfinished,
  };
}

function lookUps({ reconciler, agenda }: SchedulerDeps, query: DueQuery): readonly Mail[] {
  const { mails, nextAtMs } = reconciler.due(query);
  agenda.setLookUp(nextAtMs);
  return mails;
}

/** The first open command of each mail; the next ones see what that one has done. */
function openCommands(
  { view, inFlight }: SchedulerDeps,
  partitions: readonly number[],
): readonly OpenCommand[] {
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

/** As many due mails as attempts may begin now. A probe is one that has not been refused yet, where there is one. */
function sendable(
  deps: SchedulerDeps,
  serving: ActiveServing,
  { pace, leased, now }: Pick<Situation, 'pace' | 'leased' | 'now'>,
): readonly WaitingMail[] {
  const { agenda, inFlight, executor, suspicion, connections } = deps;
  const { nowMs } = now;
  const underWay = executor.sending();
  const allowed = connections.allowed(serving, underWay, now.monotonicMs);
  const free = Math.min(allowed, pace.places) - underWay;
  const places = Math.min(pace.mayBegin, free, allowed + completingAtOnce - inFlight.size);
  const isProbe = pace.mayBegin === 1;
  agenda.beginPass();
  const mails: WaitingMail[] = [];
  const seen = new Set<string>();
  let passedOver: WaitingMail | undefined;
  while (mails.length < places) {
    const id = agenda.nextDue();
    if (id === undefined || (isProbe && seen.has(id))) {
      break;
    }
    const mail = seen.has(id) ? undefined : readyMail(deps, id, leased, nowMs);
    seen.add(id);
    if (mail !== undefined && isProbe && suspicion.isPassedOver(id)) {
      passedOver ??= mail;
    } else if (mail !== undefined) {
      mails.push(mail);
    }
  }
  connections.looked(underWay + mails.length >= allowed && agenda.isAnyDue());
  if (passedOver === undefined) {
    return mails;
  }
  agenda.listAgain();
  if (mails.length > 0) {
    return mails;
  }
  suspicion.startOver();
  return [passedOver];
}

/** The mail, if it may be sent at this moment. */
function readyMail(
  { view, inFlight }: SchedulerDeps,
  id: string,
  leased: ReadonlySet<number>,
  nowMs: number,
): WaitingMail | undefined {
  const mail = inFlight.has(id) ? undefined : view.get(id);
  const isReady = mail !== undefined && isWaiting(mail) && isInTime(mail, nowMs) && leased.has(homeOf(mail));
  return isReady ? mail : undefined;
}

/** Of these mails the ones about which nothing is being done. */
function freeMails(
  { view, inFlight }: SchedulerDeps,
  ids: readonly string[],
  most = eventsAtOnce,
): readonly Mail[] {
  return ids
    .filter((id) => !inFlight.has(id))
    .slice(0, most)
    .flatMap((id) => view.get(id) ?? []);
}

function isUnfinished(mail: Mail): mail is SendingMail {
  return mail.state === 'sending';
}

function isInTime({ dueAtMs, notAfterMs }: WaitingMail, nowMs: number): boolean {
  return dueAtMs <= nowMs && nowMs < notAfterMs;
}
