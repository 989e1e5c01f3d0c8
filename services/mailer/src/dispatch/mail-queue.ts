import type { Logger } from 'pino';
import type { ContentStore } from '@postausgang/content-store';
import type { Failure, MailList, MailStatus, QueueStatus, RefusedRequestList } from '@postausgang/contracts';
import type { EventLog, Position } from '@postausgang/event-log';
import type { Mail } from '@postausgang/mail';
import type { ServingHolder } from '../apply/serving.ts';
import type { GovernorTimes } from '../delivery/governor.ts';
import type { CommandAnswer, MailCounts, MailQuery, MailView, RefusalQuery } from '../view/mail-view.ts';
import type { AttemptDeps } from './attempt-types.ts';

/** What the queue is made of. Time, chance and composing come from outside. */
export interface MailQueueDeps extends Pick<
  AttemptDeps,
  'publisher' | 'clock' | 'random' | 'compose' | 'security' | 'checkRequest' | 'runId'
> {
  readonly log: EventLog;
  readonly view: MailView;
  /** Where the attachments are that do not travel in the log. */
  readonly contentStore: Pick<ContentStore, 'get'>;
  readonly serving: Pick<ServingHolder, 'current' | 'onChange'>;
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
  readonly inHand: number;
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
  /** Waits until everything in hand is told, at most so long, and stops following. */
  stop(graceMs: number): Promise<void>;
}
