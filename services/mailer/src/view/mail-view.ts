import type {
  EventOf,
  ActionSkip,
  CommandRefusal,
  EventData,
  FailureCode,
  MailActionStatus,
  MailState,
  Priority,
  RefusedRequest,
  Requester,
  Statistics,
} from '@postausgang/contracts';
import type { LogItem, Position } from '@postausgang/event-log';
import type { Flow, Mail, MailCommand, MailRow, RequestPosition } from '@postausgang/mail';
import type { RequesterUsage } from '../limits/quotas.ts';
import type { UsageBucket } from '../limits/usage.ts';
import type { MailText } from './mail-text.ts';
import type { StatisticsQuery } from './statistics.ts';
import type { RefusedParts } from '../request/readable-parts.ts';

/** Where a page of mails ended: mails are listed by time of acceptance, then by id. */
export interface MailCursor {
  readonly acceptedAtMs: number;
  readonly id: string;
}

/** The cursor as an opaque text for URLs. */
export function writeMailCursor({ acceptedAtMs, id }: MailCursor): string {
  return Buffer.from(`${acceptedAtMs} ${id}`).toString('base64url');
}

/** The cursor of a text, or undefined when it is not one. */
export function readMailCursor(text: string): MailCursor | undefined {
  const [, acceptedAtMs, id] =
    /^(-?\d{1,15}) (\S{1,200})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return acceptedAtMs === undefined || id === undefined
    ? undefined
    : { acceptedAtMs: Number(acceptedAtMs), id };
}

/** What must not be forgotten, since somebody still waits for it. */
export interface NeededRecords {
  /** Offsets in the topic of requests, of partition 0. */
  readonly requests: readonly number[];
  /** The mails whose events are needed. */
  readonly mailIds: readonly string[];
}

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
  /** See `LogItem`: whose owner refuses it. */
  readonly home?: number | undefined;
  readonly key: string;
  readonly mailId: string | null;
  readonly code: EventData<'mailRefused'>['code'];
  readonly detail: string;
  readonly about?: RefusedParts;
}

/** A command that has to be answered and is not yet. */
export interface DueCommand {
  readonly command: MailCommand;
  readonly key: string | null;
  readonly position: RequestPosition;
  /** See `LogItem`. */
  readonly producer?: string | null;
}

export type BulkRequest = EventOf<'mailBulkRequested'>;

/** Commands about many mails stand under this instead of the id of a mail. No mail has it. */
export const manyMails = '*';

/** A command about many mails that has not become one for each mail yet. */
export interface DueBulk {
  readonly command: BulkRequest;
  readonly key: string | null;
  /** Where it lies; the owner of the partition expands it. */
  readonly position: RequestPosition;
  readonly producer: string | null;
}

/** How far the commands are that a command about many mails has become. */
export interface MailAction {
  readonly command: BulkRequest;
  /** How many mails it is about, as far as that is known. */
  readonly matched: number;
  /** How many mails were asked. */
  readonly asked: number;
  readonly done: number;
  readonly skipped: Readonly<Partial<Record<ActionSkip, number>>>;
  /** When the last of its mails was answered; null while mails are to be asked or to answer. */
  readonly finishedAtMs: number | null;
}

/** Where a page of actions ended: they are listed by the time at which they were asked for, then by ID. */
export interface ActionCursor {
  readonly requestedAtMs: number;
  readonly id: string;
}

export interface ActionQuery {
  /** Only those about the mails of this requester alone. */
  readonly of?: Pick<Requester, 'kind' | 'id'> | undefined;
  readonly state?: MailActionStatus['state'] | undefined;
  readonly cursor?: ActionCursor | undefined;
  readonly limit: number;
}

export interface ActionPage {
  /** Newest first; fewer than the limit where many were looked at to find these. */
  readonly actions: readonly MailAction[];
  /** null: this is the last page. */
  readonly next: ActionCursor | null;
}

/** What became of a command. Both null: it has had its effect. `code` alone null: there was nothing to do. */
export interface CommandAnswer {
  readonly code: CommandRefusal | null;
  readonly detail: string | null;
}

/** Where a page of refused requests ended. */
export interface RefusalCursor extends RequestPosition {
  readonly refusedAtMs: number;
}

export interface RefusalQuery {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly cursor?: RefusalCursor | undefined;
  readonly limit: number;
}

export interface RefusalPage {
  /** Newest first. */
  readonly items: readonly RefusedRequest[];
  readonly next: RefusalCursor | null;
}

/** Which mails. Everything that is named has to be so. */
export interface MailSelection {
  /** Only mails in one of these states. */
  readonly states?: readonly MailState[] | undefined;
  /** Only the mails of this requester. */
  readonly of?: Pick<Requester, 'kind' | 'id'> | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly priority?: Priority | undefined;
  readonly businessReference?: string | undefined;
  readonly businessReferencePrefix?: string | undefined;
  /** With its angle brackets. */
  readonly messageId?: string | undefined;
  readonly text?: MailText | undefined;
  /** Only mails with a recipient that has this failure. */
  readonly failure?: FailureCode | undefined;
  /** Accepted at this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
  /** Accepted before this time. */
  readonly untilMs?: number | undefined;
}

export interface MailQuery extends MailSelection {
  /** By time of acceptance; default `newest`. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Where the page before ended. */
  readonly cursor?: MailCursor | null | undefined;
  readonly limit: number;
}

export interface MailPage {
  /** In the order of the query; fewer than its limit where many mails had to be looked at to find these. */
  readonly mails: readonly Mail[];
  /** null: this is the last page. */
  readonly next: MailCursor | null;
}

export type MailCounts = Readonly<Record<MailRow['state'], number>>;

/** How many mails a selection has. */
export interface MailCount {
  readonly total: number;
  readonly states: Readonly<Record<MailState, number>>;
  /** false: counting has ended early, and there may be more. */
  readonly complete: boolean;
}

/** Times in milliseconds since 1970; `sinceMs` is part of it, `untilMs` is not. */
export interface SubjectQuery {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly limit: number;
}

/** Ids of mails, of the given partitions only. */
export interface DueQuery {
  readonly nowMs: number;
  readonly partitions: readonly number[];
  readonly limit: number;
}

export interface FlowQuery {
  readonly priority: Priority;
  /** After this flow; null: from the first. */
  readonly after: Flow | null;
  readonly nowMs: number;
  /** How many flows are looked at. */
  readonly limit: number;
}

/** The waiting mails of one priority. Times in milliseconds since 1970. */
export interface Backlog {
  readonly due: number;
  readonly later: number;
  /** Since when the oldest due mail is due. */
  readonly oldestDueAtMs: number | undefined;
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
  count(selection: Omit<MailSelection, 'states'>): MailCount;
  /** Waiting mails whose time has come, longest due first; not those behind an unfinished mail of the same ordering key. */
  due(query: DueQuery): readonly string[];
  /** Flows with waiting mails whose time has come, of all partitions. `next` null: there are no more. */
  dueFlows(query: FlowQuery): { readonly flows: readonly Flow[]; readonly next: Flow | null };
  /** The same as `due`, of one flow. */
  dueOf(flow: Flow, query: DueQuery): readonly string[];
  /** Waiting mails whose due time lies further ahead than acceptance or any pause can have put it. */
  misdated(query: DueQuery): readonly string[];
  /** The unfinished mail whose end a mail awaits: the first with its ordering key. */
  ahead(mail: Mail): string | null;
  /** The earliest due time later than the given one. */
  nextDueAt(afterMs: number): number | undefined;
  /** Waiting mails whose `notAfter` has passed. */
  overdue(query: DueQuery): readonly string[];
  nextOverdueAt(afterMs: number): number | undefined;
  /** Mails in one state, oldest acceptance first. */
  inState(state: Mail['state'], partitions: readonly number[], limit: number): readonly string[];
  /** Mails that are held only because sending is switched off, oldest acceptance first. */
  heldByDisabling(partitions: readonly number[], limit: number): readonly string[];
  /** Mails with an unknown outcome whose server is to be asked, and whose time for that has come. */
  toLookUp(query: DueQuery): readonly string[];
  nextLookUpAt(afterMs: number): number | undefined;
  /** Mails with exactly this subject that were accepted within a time. */
  withSubject(subject: string, within: SubjectQuery): readonly Mail[];
  countsByState(): MailCounts;
  /** The waiting mails of all partitions. */
  backlog(nowMs: number): Readonly<Record<Priority, Backlog>>;
  /** What was handed over since a minute (minutes since 1970), oldest first. */
  usageSince(minute: number): readonly UsageBucket[];
  /** What an API key has asked for since a minute; see `limits/quotas.ts`. */
  requesterUsageSince: RequesterUsage;
  /** What became of all mail in a range, and in each step of it. */
  statistics(query: StatisticsQuery): Pick<Statistics, 'totals' | 'steps'>;
  /** Commands in the order of the log. */
  dueCommands(partitions: readonly number[], limit: number): readonly DueCommand[];
  /** Commands about many mails that lie in these partitions and wait to be expanded. */
  dueBulks(partitions: readonly number[]): readonly DueBulk[];
  /** A command about many mails, by the id of its event; undefined where none is known, or no more. */
  action(id: string): MailAction | undefined;
  /** The commands about many mails that are known. */
  actions(query: ActionQuery): ActionPage;
  /** What became of a command, known by the id of its event; undefined while it is not answered. */
  answerTo(mailId: string, commandId: string): CommandAnswer | undefined;
  /** The ids of the commands about a mail that begin like this, answered or not. */
  commandIds(mailId: string, prefix: string): readonly string[];
  refusals(query: RefusalQuery): RefusalPage;
  dueRefusals(partitions: readonly number[], limit: number): readonly DueRefusal[];
  /** What the log has to keep of mails that were accepted before a time, and of commands and refusals. */
  needed(acceptedBeforeMs: number): NeededRecords;
  /**
   * Removes some of what is no longer kept: mails that ended more than 90 days ago, and what belongs to them. Says how many
   * rows; 0: nothing is left to remove.
   */
  prune(nowMs: number): number;
  /** Empties the view, for a replay from the start of the log. */
  reset(): void;
  /** Makes what was folded so far durable; otherwise that happens within a moment. */
  commit(): void;
  /** Can be called twice. */
  close(): void;
}

/** What the view in the meantime does not hold; see `interim-view.ts`. */
export interface LeftOut {
  /** Whether a mail comes with the whole view only, because of its id or of the key of its record. */
  has(id: string, key: string | null): boolean;
  /** A mail has ended. */
  ended(id: string): void;
  /** Something was read of a mail that is left out; the others of its ordering key are from now on. */
  add(id: string, key: string | null): void;
  /** Whether the past is still being read. */
  isScanning(): boolean;
  endScan(): void;
}

/** The cursor as an opaque text for URLs. */
export function writeRefusalCursor({ refusedAtMs, partition, offset }: RefusalCursor): string {
  return Buffer.from(`${refusedAtMs} ${partition} ${offset}`).toString('base64url');
}

/** The cursor of a text, or undefined when it is not one. */
export function readRefusalCursor(text: string): RefusalCursor | undefined {
  const [, refusedAtMs, partition, offset] =
    /^(\d{1,15}) (\d{1,9}) (\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return refusedAtMs === undefined || partition === undefined || offset === undefined
    ? undefined
    : { refusedAtMs: Number(refusedAtMs), partition: Number(partition), offset: Number(offset) };
}
