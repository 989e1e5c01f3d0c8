import type { Logger } from 'pino';
import type { ContentStore } from '@postausgang/content-store';
import {
  consumerGroups,
  type MailList,
  type MailStatus,
  type QueueStatus,
  type RefusedRequestList,
  topics,
} from '@postausgang/contracts';
import type { EventLog, Position } from '@postausgang/event-log';
import { type CommandPolicy, type Mail } from '@postausgang/mail';
import type { CurrentServing } from '../apply/applier.ts';
import { createConnectionPace } from '../limits/connections.ts';
import { createGovernor } from '../limits/governor.ts';
import { createQuotas, type Quotas, type RequesterUsage } from '../limits/quotas.ts';
import type { GovernorTimes } from '../limits/usage.ts';
import type { InterimView } from '../view/interim-view.ts';
import {
  type CommandAnswer,
  type MailCount,
  type MailQuery,
  type MailSelection,
  type MailView,
  type RefusalQuery,
} from '../view/mail-view.ts';
import { createAgenda } from './agenda.ts';
import { type BulkQuestions, createBulk, createExpansions } from './bulk.ts';
import type { AttemptDeps } from './attempt.ts';
import {
  createAttemptGuard,
  createCommandWaiters,
  createCompleter,
  createInFlight,
  emptied,
} from './completer.ts';
import { createExecutor } from './executor.ts';
import { createOnFolded, type MailFollower } from './follow.ts';
import { createViewInUse, followHistory, type HistoryStatus, type ViewInUse } from './history.ts';
import { holdRestored } from './hold-restored.ts';
import { createLease } from './lease.ts';
import { createMailContents, type MailContents } from './mail-content.ts';
import { createBreaker, createPace, type ProbePermit } from './pace.ts';
import { type MailQueueStats, queueAnswers } from './queue-answers.ts';
import type { OutcomeWatch } from './outcome-watch.ts';
import { createReconciler } from './reconciler.ts';
import { createRequestCache } from './request-cache.ts';
import { createScheduler } from './scheduler.ts';
import { createSuspicion } from './suspicion.ts';

/** What the queue is made of. Time, chance and composing come from outside. */
export interface MailQueueDeps extends Pick<
  AttemptDeps,
  | 'publisher'
  | 'clock'
  | 'random'
  | 'compose'
  | 'security'
  | 'senders'
  | 'mayUseSenders'
  | 'sendingModes'
  | 'checkRequest'
  | 'onSenderRefused'
  | 'runId'
> {
  readonly log: EventLog;
  readonly view: MailView;
  /** Opens a view for the time until that one has caught up; see `history.ts`. Without it, everything waits for that. */
  readonly openInterim?: () => InterimView;
  /** See `HistoryOptions`. */
  readonly fewEvents?: number;
  /** Where the attachments are that do not travel in the log. */
  readonly contentStore: Pick<ContentStore, 'get'>;
  readonly serving: Pick<CurrentServing, 'current' | 'onChange'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The view cannot be written, or a follower has ended: the queue stands still, the process should end. */
  readonly onFailure: (error: unknown) => void;
  /**
   * How old an intent gets before it is taken for one whose writer died. Longer than an append and a lease may take, where
   * several processes share the log; 0 (the default) where nobody else can be alive.
   */
  readonly danglingGraceMs?: number;
  /** When a run of a mailer was heard of last: an attempt of a run that lives is left to it. See `living-runs.ts`. */
  readonly lastHeardMs?: (runId: string) => number | undefined;
  /** What commands of other modules may act on; their own mail where nothing is given. */
  readonly commandPolicy?: CommandPolicy;
  /** Whether the log refuses mail and intents for want of space; never where nothing is given. */
  readonly isDiskFull?: () => boolean;
  /** How many partitions the topics of mail have; 1 in the embedded log. */
  readonly partitionCount?: number;
  /** What API keys have asked for beside the mail of the log; nothing unless given. */
  readonly otherUsage?: RequesterUsage;
  /** Hears of every event by which this mailer has ended something, with the row of its mail. */
  readonly onCompleted?: OutcomeWatch['completed'] | undefined;
  /** Called when somebody says that the server works again. */
  readonly onResume?: () => void;
  /** Only tests bring other times. */
  readonly limitTimes?: Partial<GovernorTimes>;
  /** Bytes of accepted requests kept in memory until they are sent; beyond, they are read from the log again. */
  readonly payloadBytes?: number;
}

export interface MailQueue extends BulkQuestions, MailContents {
  /** Resolves when what has not ended is known, intents left open by a crash are settled, and mail is sent. */
  readonly ready: Promise<void>;
  /** Whether there is so much to read before that nobody should wait for it. */
  readonly isBehind: Promise<boolean>;
  /** Resolves when the view has everything that was in the log at the start. */
  readonly complete: Promise<void>;
  history(): HistoryStatus;
  /** Whether everything is known about a mail, also that there is none. */
  isKnown(id: string): boolean;
  /** True when the request at this position is folded: from then on `status` knows it. False: not before the stop. */
  waitFor(request: Position): Promise<boolean>;
  /** The row of a mail, for whoever decides on repeats of its id. */
  find(id: string): Mail | undefined;
  /** Resolves when a command about a mail is answered, with what became of it. */
  answerTo(mailId: string, commandId: string): Promise<CommandAnswer>;
  /** The ids of the commands about a mail that begin like this. */
  commandIds(mailId: string, prefix: string): readonly string[];
  status(id: string): MailStatus | undefined;
  /** Lets mail of API keys pass as their quotas allow. */
  readonly quotas: Quotas;
  list(query: MailQuery): MailList;
  counts(selection: Omit<MailSelection, 'states'>): MailCount;
  /** How many mails wait that are to be sent as a sender of the settings. */
  countNaming(senderId: string): Promise<number>;
  /** The requests that were set aside. */
  refusals(query: RefusalQuery): RefusedRequestList;
  stats(): MailQueueStats;
  /** How the queue stands, and when it will be empty. */
  report(): QueueStatus;
  /** What became of all mail; see `view/statistics.ts`. */
  statistics: MailView['statistics'];
  /**
   * Calls once a bulk command has become a command for each mail, and all of these are folded. The result takes that back.
   */
  whenExpanded(commandId: string, done: () => void): () => void;
  /** Room for the mail of a connection test within the limits in force. It does not count as used. */
  probePermit(testId: string, recipients: number): ProbePermit;
  /** Holds the mails that were accepted before that time and had not ended; see `hold-restored.ts`. */
  holdRestored(beforeMs: number): Promise<void>;
  /** Ends a standstill: somebody says that the server works, and the next mails will show it. */
  resume(): void;
  /**
   * Begins no more attempts and breaks off those whose intent is not in the log: their mail is as it was. From then on no
   * stop can make an outcome unknown but by a server that does not answer.
   */
  stopSending(): void;
  /** Waits until everything in flight is told, at most so long, and stops following. */
  stop(graceMs: number): Promise<void>;
}

const defaultPayloadBytes = 32 * 1024 * 1024;
const group = consumerGroups.mail;
/** An intent comes back within milliseconds. Where it does not, the lease is over before this time is. */
const intentFoldMs = 30_000;

/** What knows nothing of steps: what is in flight, what is due, whose turn it is, how fast. */
function openState(deps: MailQueueDeps, idle: AbortSignal) {
  const { log, view, clock } = deps;
  const inFlight = createInFlight();
  const lease = createLease(log.own(topics.mailRequests.name, group));
  const { partitions } = lease;
  const governor = createGovernor({
    partitionCount: deps.partitionCount ?? 1,
    usageSince: (minute) => view.usageSince(minute),
    partitions,
    epochOf: lease.epochOf,
    times: deps.limitTimes,
  });
  const connections = createConnectionPace();
  const breaker = createBreaker(deps.random);
  const suspicion = createSuspicion();
  const agenda = createAgenda({ view, clock, partitions, inFlight, halted: idle });
  return {
    resume(): void {
      breaker.reset();
      suspicion.reset();
      agenda.listAgain();
      agenda.ring();
    },
    inFlight,
    guard: createAttemptGuard(),
    waiters: createCommandWaiters(view),
    requests: createRequestCache(log, deps.contentStore, deps.payloadBytes ?? defaultPayloadBytes),
    lease,
    agenda,
    governor,
    connections,
    breaker,
    suspicion,
    pace: createPace({ serving: deps.serving, breaker, governor, clock, isDiskFull: deps.isDiskFull }),
  };
}

/** Ends passes, then writing. */
interface Stops {
  readonly idle: AbortController;
  readonly halted: AbortController;
}

/** Where nobody else can be alive nobody was earlier. */
function intentWaiter(
  { folded }: Pick<MailFollower, 'folded'>,
  { clock, danglingGraceMs = 0 }: Pick<MailQueueDeps, 'clock' | 'danglingGraceMs'>,
) {
  return async (intent: Position): Promise<void> => {
    if (danglingGraceMs === 0) return;
    const isFolded = await new Promise<boolean>((resolve, reject) => {
      const disarm = clock.setTimer(intentFoldMs, () => resolve(false));
      folded('mailEvents', intent).then(resolve, reject).finally(disarm);
    });
    if (!isFolded) throw new Error('The intent has not come back from the log');
  };
}

/** What is made first knows nothing of what comes later; whoever changes something rings the agenda. */
function startEngine(deps: MailQueueDeps, whole: MailView, inUse: ViewInUse, { idle, halted }: Stops) {
  const { view, clock, runId, logger, danglingGraceMs = 0 } = deps;
  const state = openState(deps, idle.signal);
  const { inFlight, lease, agenda } = state;
  const counts = { unreadable: 0 };
  const fail = (error: unknown): void => {
    idle.abort();
    logger.error({ err: error }, 'the mail queue stands still');
    deps.onFailure(error);
  };
  const onUnreadable = (): void => void (counts.unreadable += 1);
  const resume = (): void => {
    deps.onResume?.();
    state.resume();
  };
  const expansions = createExpansions(() => follower.catchUp());
  const onFolded = createOnFolded({
    ...state,
    bulkExpanded: expansions.folded,
    resume,
    view,
    clock,
    partitions: lease.partitions,
    danglingGraceMs,
    onUnreadable,
  });
  const onComplete = agenda.lookAnew;
  const history = followHistory({ ...deps, view: whole, inUse, onFolded, onComplete, onFailure: fail });
  const { follower } = history;
  const completer = createCompleter({ ...deps, inFlight, halted: halted.signal });
  const reconciler = createReconciler({ view, inFlight, completer, clock, runId, lease, agenda });
  const intentFolded = intentWaiter(follower, deps);
  const attempt = { ...deps, requests: state.requests, lease, intentFolded, suspicion: state.suspicion };
  const executor = createExecutor({
    ...state,
    attempt,
    serving: deps.serving,
    completer,
    reconciler,
    logger,
  });
  const { commandPolicy } = deps;
  const { catchUp } = follower;
  const bulk = createBulk({ ...deps, agenda: state.agenda, commandPolicy, catchUp, halted: halted.signal });
  const scheduler = createScheduler({
    ...deps,
    ...state,
    danglingGraceMs,
    reconciler,
    executor,
    bulk,
    halted: idle.signal,
  });
  const ready = lease.start(follower, scheduler.partitionsTaken);
  ready.catch((error: unknown) => halted.signal.aborted || fail(error));
  return { ...state, resume, expansions, history, follower, executor, scheduler, ready, counts };
}

/** What API keys have asked for, by mail and otherwise. */
const usageOf =
  ({ view, otherUsage }: Pick<MailQueueDeps, 'view' | 'otherUsage'>): RequesterUsage =>
  (requester, minute) => [
    ...view.requesterUsageSince(requester, minute),
    ...(otherUsage?.(requester, minute) ?? []),
  ];

/** The queue: folds both mail topics into the view and acts on the mails of the partitions it owns. */
export function createMailQueue(given: MailQueueDeps): MailQueue {
  const stops: Stops = { idle: new AbortController(), halted: new AbortController() };
  const inUse = createViewInUse(given.view);
  const deps = { ...given, view: inUse.view };
  const engine = startEngine(deps, given.view, inUse, stops);
  const { view } = deps;
  const { inFlight, pace, follower, waiters, history } = engine;
  const stopSending = (): void => {
    engine.scheduler.stopSending();
    engine.guard.close().forEach((mailId) => inFlight.drop(mailId));
  };
  return {
    ready: engine.ready,
    isBehind: history.isBehind,
    complete: history.complete,
    history: history.status,
    isKnown: history.isKnown,
    waitFor: (request) => follower.folded('mailRequests', request),
    ...queueAnswers({ ...deps, ...engine, history: history.status }),
    answerTo: (mailId, commandId) => waiters.to(mailId, commandId),
    ...createMailContents({ ...deps, requests: engine.requests }),
    quotas: createQuotas(usageOf(deps)),
    whenExpanded: engine.expansions.when,
    probePermit: pace.probePermit,
    async holdRestored(beforeMs) {
      await history.complete;
      await holdRestored({ ...deps, follower, halted: stops.idle.signal }, beforeMs);
    },
    resume: engine.resume,
    stopSending,
    async stop(graceMs) {
      stopSending();
      stops.idle.abort();
      await emptied(deps, inFlight, graceMs);
      stops.halted.abort();
      await follower.stop();
      await engine.lease.stop();
      view.commit();
    },
  };
}
