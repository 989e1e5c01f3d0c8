import type { MailState } from '@postausgang/contracts';
import type { LogItem, Position } from '@postausgang/event-log';
import type { Mail, MailRow, RequestPosition } from '../queue/mail-row.ts';
import type { MailCursor } from './mail-cursor.ts';

/** The topics the view is folded from. */
export type MailTopic = 'mailRequests' | 'mailEvents';

/** How far a partition is folded, and what was read last there: if that is no longer so, the log is another one. */
export interface FoldedPosition extends Position {
  /** The next offset to read. */
  readonly offset: number;
  /** The id of the event before that offset; null when it could not be read as an event. */
  readonly lastEventId: string | null;
}

/** A mail request that has to be refused and is not yet. */
export interface DueRefusal {
  readonly request: RequestPosition;
  readonly key: string;
  readonly mailId: string | null;
  readonly code: 'unreadable' | 'invalid' | 'idempotency-conflict';
  readonly detail: string;
}

export interface MailQuery {
  readonly state?: MailState | undefined;
  readonly businessReference?: string | undefined;
  /** Accepted at this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
  /** Where the page before ended. */
  readonly cursor?: MailCursor | null | undefined;
  readonly limit: number;
}

export interface MailPage {
  /** Newest first. */
  readonly mails: readonly Mail[];
  /** null: this is the last page. */
  readonly next: MailCursor | null;
}

export type MailCounts = Readonly<Record<MailRow['state'], number>>;

/** Ids of mails, of the given partitions only. */
export interface DueQuery {
  readonly nowMs: number;
  readonly partitions: readonly number[];
  readonly limit: number;
}

/**
 * The queue as a local table: a fold of both mail topics that can be deleted at any time. It answers status queries, is
 * the dedupe memory and the timer wheel. Nothing here is awaited: SQLite answers on the spot.
 */
export interface MailView {
  /** Where to go on reading a topic. */
  positions(topic: MailTopic): readonly FoldedPosition[];
  /** Folds a batch; rows and positions become durable together. */
  apply(topic: MailTopic, items: readonly LogItem[]): void;
  get(id: string): Mail | undefined;
  list(query: MailQuery): MailPage;
  /** Waiting mails whose time has come, longest due first; not those behind an unfinished mail of the same ordering key. */
  due(query: DueQuery): readonly string[];
  /** The earliest due time later than the given one. */
  nextDueAt(afterMs: number): number | undefined;
  /** Waiting mails whose `notAfter` has passed. */
  overdue(query: DueQuery): readonly string[];
  nextOverdueAt(afterMs: number): number | undefined;
  /** Mails in one state, oldest acceptance first. */
  inState(state: Mail['state'], partitions: readonly number[], limit: number): readonly string[];
  countsByState(): MailCounts;
  dueRefusals(partitions: readonly number[], limit: number): readonly DueRefusal[];
  /** Removes mails that ended more than 90 days ago, at most 1000 of them; says how many. */
  prune(nowMs: number): number;
  /** Empties the view, for a replay from the start of the log. */
  reset(): void;
  /** Makes what was folded so far durable; otherwise that happens within a moment. */
  commit(): void;
  /** Can be called twice. */
  close(): void;
}
