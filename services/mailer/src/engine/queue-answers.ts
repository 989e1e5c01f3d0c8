/** What the queue answers from the view in use, and from what goes on at the moment. */
import { setImmediate } from 'node:timers/promises';
import type { Failure } from '@postausgang/contracts';
import { type Mail, type MailMoment, mailStatus, mailSummary, namesSender } from '@postausgang/mail';
import { createSenderBook, type SenderBook } from '@postausgang/settings';
import { type MailCounts, type MailView, writeMailCursor, writeRefusalCursor } from '../view/mail-view.ts';
import { bulkQuestions, pages } from './bulk.ts';
import type { Clock } from './clock.ts';
import type { InFlight } from './completer.ts';
import type { MailFollower } from './follow.ts';
import type { HistoryStatus } from './history.ts';
import type { MailQueue } from './queue.ts';
import { type QueueReportDeps, reportQueue } from './queue-report.ts';

export interface MailQueueStats {
  readonly states: MailCounts;
  /** Attempts under way. */
  readonly sending: number;
  /** Mails something is being done about, attempts included. */
  readonly inFlight: number;
  /** Requests refused, and records of both topics that could not be read, since the start. */
  readonly unreadable: number;
  readonly standstill: Failure | null;
  readonly history: HistoryStatus;
}

interface ReadableDeps extends Omit<QueueReportDeps, 'view' | 'history' | 'pace'> {
  readonly view: MailView;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly inFlight: Pick<InFlight, 'size' | 'has'>;
  readonly pace: QueueReportDeps['pace'] & { waitingFor(): Failure | null };
  readonly counts: { readonly unreadable: number };
  readonly history: () => HistoryStatus;
  readonly follower: Pick<MailFollower, 'catchUp'>;
  /** The senders of the settings; none unless given. */
  readonly senders?: (() => SenderBook) | undefined;
}

type Readable = Pick<
  MailQueue,
  | 'find'
  | 'commandIds'
  | 'status'
  | 'list'
  | 'counts'
  | 'countNaming'
  | 'refusals'
  | 'report'
  | 'statistics'
  | 'stats'
> &
  ReturnType<typeof bulkQuestions>;

const waitingStates = ['queued', 'sending', 'deferred', 'held'] as const;

export function queueAnswers(deps: ReadableDeps): Readable {
  const { view, clock, inFlight, pace, executor, history } = deps;
  const isComplete = (): boolean => history().state === 'complete';
  const momentOf = ({ id }: Mail): MailMoment => ({
    inFlight: inFlight.has(id),
    waitingFor: pace.waitingFor(),
  });
  return {
    find: (id) => view.get(id),
    commandIds: (mailId, prefix) => view.commandIds(mailId, prefix),
    status(id) {
      const mail = view.get(id);
      return mail === undefined ? undefined : mailStatus(mail, momentOf(mail), view.ahead(mail));
    },
    list(query) {
      const { mails, next } = view.list(query);
      const items = mails.map((mail) => mailSummary(mail, momentOf(mail)));
      return { items, nextCursor: next === null ? null : writeMailCursor(next), complete: isComplete() };
    },
    counts(selection) {
      const count = view.count(selection);
      return { ...count, complete: count.complete && isComplete() };
    },
    async countNaming(senderId) {
      // What was accepted a moment ago counts, too.
      await deps.follower.catchUp();
      const senders = deps.senders?.() ?? createSenderBook();
      let count = 0;
      for (const mails of pages(view, { states: waitingStates })) {
        count += mails.filter((mail) => namesSender(mail, senders, senderId)).length;
        await setImmediate();
      }
      return count;
    },
    refusals(query) {
      const { items, next } = view.refusals(query);
      return { items: [...items], nextCursor: next === null ? null : writeRefusalCursor(next) };
    },
    report: () => reportQueue(deps, clock.nowMs()),
    statistics: (query) => view.statistics(query),
    ...bulkQuestions(view),
    stats: () => ({
      states: view.countsByState(),
      sending: executor.sending(),
      inFlight: inFlight.size,
      unreadable: deps.counts.unreadable,
      standstill: pace.standstill(),
      history: history(),
    }),
  };
}
