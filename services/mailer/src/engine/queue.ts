import type { Logger } from 'pino';
import type { ContentStore } from '@postausgang/content-store';
import {
  type Failure,
  type MailList,
  type MailStatus,
  type QueueStatus,
  type RefusedRequestList,
  topics,
} from '@postausgang/contracts';
import type { EventLog, Position } from '@postausgang/event-log';
import { type Mail, type MailMoment, mailStatus, mailSummary } from '@postausgang/mail';
import type { CurrentServing } from '../apply/applier.ts';
import { createGovernor, type GovernorTimes } from '../limits/governor.ts';
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
import { createAgenda } from './agenda.ts';
import type { AttemptDeps } from './attempt.ts';
import { createAttemptGuard, createCommandWaiters, createCompleter, createInFlight } from './completer.ts';
import { createExecutor } from './executor.ts';
import { createOnFolded, followMail } from './follow.ts';
import { createLease } from './lease.ts';
import { createBreaker, createPace } from './pace.ts';
import { reportQueue } from './queue-report.ts';
import { createReconciler } from './reconciler.ts';
import { createRequestCache } from './request-cache.ts';
import { createScheduler } from './scheduler.ts';

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

const defaultPayloadBytes = 32 * 1024 * 1024;
const group = 'postausgang-mailer';
/** An intent comes back within milliseconds. Where it does not, the lease is over before this time is. */
const intentFoldMs = 30_000;

/**
 * The queue: folds both mail topics into the view and acts on the mails of the partitions it owns. What is made first
 * knows nothing of what comes later; whoever changes something rings the agenda, and the scheduler looks.
 */
export function createMailQueue(deps: MailQueueDeps): MailQueue {
  const { log, view, clock, runId, logger, danglingGraceMs = 0, partitionCount = 1 } = deps;
  /** No pass begins any more. */
  const idle = new AbortController();
  /** Nothing is written any more. */
  const halted = new AbortController();
  let unreadable = 0;

  const inFlight = createInFlight();
  const guard = createAttemptGuard();
  const waiters = createCommandWaiters(view);
  const requests = createRequestCache(log, deps.contentStore, deps.payloadBytes ?? defaultPayloadBytes);
  const lease = createLease(log.own(topics.mailRequests.name, group));
  const { partitions } = lease;
  const agenda = createAgenda({ view, clock, partitions, inFlight, halted: idle.signal });
  const governor = createGovernor({
    partitionCount,
    usageSince: (minute) => view.usageSince(minute),
    partitions,
    epochOf: (partition) => lease.epochOf({ request: { partition } }),
    times: deps.limitTimes,
  });
  const breaker = createBreaker(deps.random);
  const pace = createPace({ serving: deps.serving, breaker, governor, clock });
  const fail = (error: unknown): void => {
    idle.abort();
    logger.error({ err: error }, 'the mail queue stands still');
    deps.onFailure(error);
  };
  const onFolded = createOnFolded({
    view,
    clock,
    inFlight,
    waiters,
    requests,
    agenda,
    pace,
    governor,
    partitions,
    danglingGraceMs,
    onUnreadable: () => void (unreadable += 1),
  });
  const follower = followMail({ log, view, onFolded, onFailure: fail });
  const completer = createCompleter({ ...deps, inFlight, halted: halted.signal });
  const reconciler = createReconciler({ view, inFlight, completer, clock, runId, lease, agenda });
  const intentFolded = async (intent: Position): Promise<void> => {
    // Where nobody else can be alive nobody was earlier.
    const folded = danglingGraceMs === 0 ? undefined : follower.folded('mailEvents', intent).then(() => true);
    if (folded !== undefined && (await withinTime(folded, intentFoldMs)) !== true) {
      throw new Error('The intent has not come back from the log');
    }
  };
  const executor = createExecutor({
    attempt: { ...deps, requests, lease, intentFolded },
    serving: deps.serving,
    inFlight,
    guard,
    completer,
    reconciler,
    breaker,
    governor,
    agenda,
    logger,
  });
  const scheduler = createScheduler({
    ...deps,
    danglingGraceMs,
    lease,
    inFlight,
    agenda,
    breaker,
    pace,
    requests,
    reconciler,
    executor,
    halted: idle.signal,
  });
  const ready = lease.start(follower, scheduler.partitionsTaken);
  ready.catch((error: unknown) => halted.signal.aborted || fail(error));

  const stopSending = (): void => {
    scheduler.stopSending();
    guard.close().forEach((mailId) => inFlight.drop(mailId));
  };
  const momentOf = ({ id }: Mail): MailMoment => ({
    inFlight: inFlight.has(id),
    waitingFor: pace.waitingFor(),
  });
  return {
    ready,
    waitFor: (request) => follower.folded('mailRequests', request),
    find: (id) => view.get(id),
    answerTo: (mailId, commandId) => waiters.to(mailId, commandId),
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
    report: () => reportQueue({ view, serving: deps.serving, governor, pace, executor }, clock.nowMs()),
    stats: () => ({
      states: view.countsByState(),
      sending: executor.sending(),
      inFlight: inFlight.size,
      unreadable,
      standstill: pace.standstill(),
    }),
    stopSending,
    async stop(graceMs) {
      stopSending();
      idle.abort();
      const isTold = await withinTime(
        inFlight.empty().then(() => true),
        graceMs,
      );
      halted.abort();
      if (isTold !== true) {
        logger.warn({ mails: inFlight.size }, 'no answer in time: what was handed over will be unknown');
      }
      await follower.stop();
      await lease.stop();
      view.commit();
    },
  };
}
