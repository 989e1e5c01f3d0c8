import type { Logger } from 'pino';
import type { ContentStore } from '@postausgang/content-store';
import {
  type Failure,
  type MailList,
  type MailStatus,
  type QueueState,
  type QueueStatus,
  type RefusedRequestList,
  topics,
} from '@postausgang/contracts';
import type { EventLog, Position } from '@postausgang/event-log';
import { type Mail, type MailMoment, mailStatus, mailSummary, toInstant } from '@postausgang/mail';
import { effectiveLimits } from '@postausgang/settings';
import type { CurrentServing } from '../apply/applier.ts';
import { emptyAtMs, paceOf } from '../limits/empty-at.ts';
import { createGovernor, type Governor, type GovernorTimes } from '../limits/governor.ts';
import { minuteOf } from '../limits/usage.ts';
import {
  type CommandAnswer,
  type MailCounts,
  type MailQuery,
  type MailView,
  type RefusalQuery,
  writeMailCursor,
  writeRefusalCursor,
} from '../view/mail-view.ts';
import { withinTime } from '../within-time.ts';
import { createCommands } from './commands.ts';
import { createAttemptGuard, createCommandWaiters, createCompleter, createInFlight } from './completer.ts';
import { createOnFolded, followMail } from './follow.ts';
import { createLease } from './lease.ts';
import { createBreaker } from './pace.ts';
import type { AttemptDeps } from './prepare-attempt.ts';
import { createLookUps } from './reconciler.ts';
import { createRequestCache } from './request-cache.ts';
import { createDispatcher, type Dispatcher } from './scheduler.ts';
import { createChores } from './sweeps.ts';

/** What the queue is made of. Time, chance and composing come from outside. */
export interface MailQueueDeps extends Pick<
  AttemptDeps,
  'publisher' | 'clock' | 'random' | 'compose' | 'security' | 'checkRequest' | 'runId'
> {
  readonly log: EventLog;
  readonly view: MailView;
  /** Where the attachments are that do not travel in the log. */
  readonly contentStore: Pick<ContentStore, 'get'>;
  readonly serving: Pick<CurrentServing, 'current' | 'onChange'>;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  /** The view cannot be written, or a follower has ended: the queue stands still, the process should end. */
  readonly onFailure: (error: unknown) => void;
  /**
   * How old an intent gets before it is taken for one whose writer died. Longer than an append and a lease may take, where
   * several processes share the log; 0 (the default) where nobody else can be alive.
   */
  readonly danglingGraceMs?: number;
  /** How many partitions the topics of mail have; 1 in the embedded log. */
  readonly partitionCount?: number;
  /** Only tests bring other times. */
  readonly limitTimes?: Partial<GovernorTimes>;
  /** Bytes of accepted requests kept in memory until they are sent; beyond, they are read from the log again. */
  readonly payloadBytes?: number;
}

export interface MailQueueStats {
  readonly states: MailCounts;
  /** Attempts under way. */
  readonly sending: number;
  /** Mails something is being done about, attempts included. */
  readonly inFlight: number;
  /** Requests refused, and records of both topics that could not be read, since the start. */
  readonly unreadable: number;
  readonly standstill: Failure | null;
}

export interface MailQueue {
  /** Resolves when the past is folded, intents left open by a crash are settled, and mail is sent. */
  readonly ready: Promise<void>;
  /** Resolves when the request at this position is folded: from then on `status` knows it. */
  waitFor(request: Position): Promise<void>;
  /** The row of a mail, for whoever decides on repeats of its id. */
  find(id: string): Mail | undefined;
  /** Resolves when a command about a mail is answered, with what became of it. */
  answerTo(mailId: string, commandId: string): Promise<CommandAnswer>;
  /** The ids of the commands about a mail that begin like this. */
  commandIds(mailId: string, prefix: string): readonly string[];
  status(id: string): MailStatus | undefined;
  list(query: MailQuery): MailList;
  /** The requests that were set aside. */
  refusals(query: RefusalQuery): RefusedRequestList;
  stats(): MailQueueStats;
  /** How the queue stands, and when it will be empty. */
  report(): QueueStatus;
  /**
   * Begins no more attempts and breaks off those whose intent is not in the log: their mail is as it was. From then on no
   * stop can make an outcome unknown but by a server that does not answer.
   */
  stopSending(): void;
  /** Waits until everything in flight is told, at most so long, and stops following. */
  stop(graceMs: number): Promise<void>;
}

interface QueueReportDeps {
  readonly view: Pick<MailView, 'countsByState' | 'backlog' | 'usageSince'>;
  readonly serving: Pick<CurrentServing, 'current'>;
  readonly governor: Pick<Governor, 'used'>;
  readonly dispatcher: Pick<Dispatcher, 'standstill' | 'resting' | 'limitReached' | 'sending'>;
}

const dayMs = 24 * 60 * 60 * 1000;

/** How the queue stands at this moment. */
function reportQueue(deps: QueueReportDeps, nowMs: number): QueueStatus {
  const { view, serving, dispatcher } = deps;
  const { serverId, content } = serving.current();
  const states = view.countsByState();
  const { due, oldestDueAtMs } = view.backlog(nowMs);
  const usage = view.usageSince(minuteOf(nowMs - dayMs));
  const state = stateOf(deps, due);
  const limits = effectiveLimits(content);
  const end = emptyAtMs({ dueMails: due, oldestDueAtMs, limits, usage, nowMs });
  const isKnown = state !== 'standstill' && (state !== 'disabled' || due === 0) && end !== null;
  return {
    serverId,
    asOf: toInstant(nowMs),
    state,
    mails: {
      due,
      later: Math.max(0, states.queued + states.deferred - due),
      sending: states.sending,
      held: states.held,
      unknown: states.unknown,
    },
    oldestDueAt: instantOrNull(oldestDueAtMs),
    standstill: standstillOf(dispatcher),
    limits: { ...limitUse(deps, nowMs), reached: dispatcher.limitReached() },
    mailsPerMinute: Math.round(paceOf(usage, nowMs) * 10) / 10,
    emptyAt: isKnown ? toInstant(end) : null,
  };
}

function stateOf({ serving, dispatcher }: QueueReportDeps, due: number): QueueState {
  if (serving.current().state === 'disabled') {
    return 'disabled';
  }
  if (dispatcher.standstill() !== null) {
    return 'standstill';
  }
  if (due === 0) {
    return 'idle';
  }
  return dispatcher.limitReached() === null ? 'moving' : 'limited';
}

function standstillOf({ standstill, resting }: QueueReportDeps['dispatcher']): QueueStatus['standstill'] {
  const failure: Failure | null = standstill();
  if (failure === null) {
    return null;
  }
  const { sinceMs, nextProbeAtMs, failures } = resting();
  return {
    failure,
    since: instantOrNull(sinceMs),
    nextProbeAt: instantOrNull(nextProbeAtMs),
    failedProbes: failures,
  };
}

function limitUse({ serving, governor, dispatcher }: QueueReportDeps, nowMs: number) {
  const limits = effectiveLimits(serving.current().content);
  const { mails, recipients } = governor.used(nowMs);
  return {
    maxConnections: { limit: limits.maxConnections, used: dispatcher.sending() },
    mailsPerMinute: { limit: limits.mailsPerMinute, used: mails },
    recipientsPerDay: { limit: limits.recipientsPerDay, used: recipients },
  };
}

function instantOrNull(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : toInstant(timeMs);
}

const defaultPayloadBytes = 32 * 1024 * 1024;
const group = 'postausgang-mailer';
/** An intent comes back within milliseconds. Where it does not, the lease is over before this time is. */
const intentFoldMs = 30_000;

/** The queue: folds both mail topics into the view and acts on the mails of the partitions it owns. */
export function createMailQueue(deps: MailQueueDeps): MailQueue {
  const { log, view, clock, random, runId, logger, onFailure, danglingGraceMs = 0 } = deps;
  let unreadable = 0;
  let stopped = false;

  const hand = createInFlight();
  const payloads = createRequestCache(log, deps.contentStore, deps.payloadBytes ?? defaultPayloadBytes);
  const breaker = createBreaker(random);
  const claims = createAttemptGuard();
  const answers = createCommandWaiters(view);
  const acting = createLease(log.own(topics.mailRequests.name, group));
  const { partitions, epochOf } = acting;
  const governor = createGovernor({
    partitionCount: deps.partitionCount ?? 1,
    usageSince: (minute) => view.usageSince(minute),
    partitions,
    epochOf: (partition) => epochOf({ request: { partition } }),
    times: deps.limitTimes,
  });
  const records = createCompleter({ ...deps, hand, hasStopped: () => stopped });
  const context = () => ({ nowMs: clock.nowMs(), jitter: random() });
  const chores = createChores({
    view,
    hand,
    records,
    context,
    runId,
    danglingGraceMs,
    partitions,
    waitingFor: () => dispatcher.waitingFor(),
  });
  const commands = createCommands({
    view,
    hand,
    claims,
    records,
    nowMs: () => clock.nowMs(),
    epochOf,
    partitions,
  });
  const lookUps = createLookUps({
    view,
    hand,
    records,
    clock,
    runId,
    epochOf,
    partitions,
    onFree: () => dispatcher.lookAgain(),
  });
  const dispatcher = createDispatcher({
    ...deps,
    hand,
    claims,
    commands,
    lookUps,
    payloads,
    breaker,
    governor,
    records,
    chores,
    partitions,
    epochOf,
    danglingGraceMs,
    intentFolded: (intent) => (danglingGraceMs === 0 ? Promise.resolve() : foldedInTime(intent)),
  });
  const onUnreadable = (): void => {
    unreadable += 1;
  };
  const onFolded = createOnFolded({
    view,
    clock,
    hand,
    answers,
    payloads,
    dispatcher,
    governor,
    actsOn: (partition) => partitions().includes(partition),
    onUnreadable,
  });
  const foldedInTime = async (intent: Position): Promise<void> => {
    const folded = follower.folded('mailEvents', intent).then(() => true);
    if ((await withinTime(folded, intentFoldMs)) !== true) {
      throw new Error('The intent has not come back from the log');
    }
  };
  const fail = (error: unknown): void => {
    dispatcher.stop();
    logger.error({ err: error }, 'the mail queue stands still');
    onFailure(error);
  };
  const follower = followMail({ log, view, onFolded, onFailure: fail });
  const ready = acting.start(follower, () => dispatcher.partitionsTaken());
  ready.catch((error: unknown) => stopped || fail(error));

  const stopSending = (): void => {
    dispatcher.stopSending();
    claims.close().forEach((mailId) => hand.drop(mailId));
  };
  const momentOf = ({ id }: Mail): MailMoment => ({
    inFlight: hand.has(id),
    waitingFor: dispatcher.waitingFor(),
  });
  return {
    ready,
    waitFor: (request) => follower.folded('mailRequests', request),
    find: (id) => view.get(id),
    answerTo: (mailId, commandId) => answers.to(mailId, commandId),
    commandIds: (mailId, prefix) => view.commandIds(mailId, prefix),
    status(id) {
      const mail = view.get(id);
      return mail === undefined ? undefined : mailStatus(mail, momentOf(mail));
    },
    list(query) {
      const { mails, next } = view.list(query);
      const items = mails.map((mail) => mailSummary(mail, momentOf(mail)));
      return { items, nextCursor: next === null ? null : writeMailCursor(next) };
    },
    refusals(query) {
      const { items, next } = view.refusals(query);
      return { items: [...items], nextCursor: next === null ? null : writeRefusalCursor(next) };
    },
    report: () => reportQueue({ view, serving: deps.serving, governor, dispatcher }, clock.nowMs()),
    stats: () => ({
      states: view.countsByState(),
      sending: dispatcher.sending(),
      inFlight: hand.size,
      unreadable,
      standstill: dispatcher.standstill(),
    }),
    stopSending,
    async stop(graceMs) {
      stopSending();
      dispatcher.stop();
      const isTold = await withinTime(
        hand.empty().then(() => true),
        graceMs,
      );
      stopped = true;
      if (isTold !== true) {
        logger.warn({ mails: hand.size }, 'no answer in time: what was handed over will be unknown');
      }
      await follower.stop();
      await acting.stop();
      view.commit();
    },
  };
}
