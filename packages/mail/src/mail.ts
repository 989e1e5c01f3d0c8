import type {
  AnsweredCommand,
  Attempt,
  CloudEvent,
  Decisions,
  EventOf,
  Failure,
  HeldReason,
  HistoryEntry,
  MailRequested,
  OnUnknown,
  Priority,
  RecipientResult,
  Requester,
} from '@postausgang/contracts';
import type { EventPlace, MailEvent } from './mail-event.ts';
import { described, requestedRecipients } from './recipients.ts';
import { requesterOf, sourceRequester } from './requester.ts';

/** Where the request of a mail lies in the topic of requests. */
export interface RequestPosition {
  readonly partition: number;
  readonly offset: number;
}

/** What is known of a mail whatever state it is in. Times in milliseconds since 1970. */
interface MailFacts {
  readonly id: string;
  readonly request: RequestPosition;
  /** See `homeOf`; absent where the request lies there. */
  readonly home?: number;
  /** The key of the request's record; every event of the mail is appended with it. */
  readonly key: string;
  /** The `source` of the module that asked for the mail over Kafka; absent where a service has accepted it. */
  readonly producer?: string;
  readonly acceptedAtMs: number;
  /** What still waits then expires. */
  readonly notAfterMs: number;
  /** Not before this time, as it was asked for. */
  readonly sendAtMs: number | null;
  readonly orderingKey: string | null;
  /** What the request asked for; null: what the settings say at the first attempt. See `unknownPolicy`. */
  readonly onUnknown: OnUnknown | null;
  /** Absent: normal. */
  readonly priority?: Exclude<Priority, 'normal'>;
  readonly businessReference: string | null;
  /** The trace that the request came with. Every event about the mail goes on with it. */
  readonly traceparent?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly subject: string | null;
  /** The sender that the request names; absent where it names none. `decisions` says who it was in the end. */
  readonly from?: string;
  /** The sender of the settings that the request names, by its keys; absent where it names none. */
  readonly askedSender?: string;
  /** The file names of the attachments; absent where there are none, or where the request does not tell them. */
  readonly attachments?: readonly string[];
  /** Whose mail it is: who sees it, commands it, and whose ordering keys it has. */
  readonly requestedBy: Requester | null;
  readonly messageId: string | null;
  readonly payloadDigest: string | null;
  /** To, Cc and Bcc without repeats, and the copies once decided, each with what became of it. */
  readonly recipients: readonly RecipientResult[];
  /** Ascending by number, one of each. An open one (`endedAt` null) has its intent in the log and no outcome. */
  readonly attempts: readonly Attempt[];
  /** The identities of the last attempts whose outcome was told, to know their repeats. */
  readonly endedAttempts: readonly string[];
  /** Fixed by the first attempt. */
  readonly decisions: Decisions | null;
  /** How often a retry was put off; it decides the length of the next pause. */
  readonly retryCount: number;
  /** How often the mail was held. */
  readonly holds: number;
  /** The ids of the last events that are no attempt, to know their repeats. */
  readonly recentEventIds: readonly string[];
  /** 1, and one more with each event that changes what decisions go by; see `mail-version.ts`. */
  readonly version: number;
  /** 1, and one more with each resend. */
  readonly generation: number;
  /** The number of the last attempt of the generation before this one. */
  readonly earlierAttempts: number;
  /** The server was asked what became of an unknown outcome and could not say. */
  readonly lookupEnded: boolean;
  /** Oldest first, the last 50. */
  readonly history: readonly HistoryEntry[];
}

/** Not tried yet. `dueAtMs` is the acceptance, or `sendAt`. */
interface QueuedMail extends MailFacts {
  readonly state: 'queued';
  readonly dueAtMs: number;
}

/** A recorded intent without an outcome: the server has, or may have, the message for the `accepted` recipients. */
export interface OpenIntent {
  /** The identity of the attempt. */
  readonly attempt: string;
  readonly number: number;
  readonly recordedAtMs: number;
  readonly accepted: readonly string[];
}

/** One intent is open; more of them only where a mailer lost its lease in the middle of an attempt. */
export interface SendingMail extends MailFacts {
  readonly state: 'sending';
  readonly dueAtMs: number;
  /** In the order of the log. */
  readonly intents: readonly OpenIntent[];
}

/** Tried, and some recipients still wait. */
interface DeferredMail extends MailFacts {
  readonly state: 'deferred';
  readonly dueAtMs: number;
  readonly failure: Failure | null;
}

/** Waits for a release; then it goes on as due as it was. */
interface HeldMail extends MailFacts {
  readonly state: 'held';
  readonly heldFor: HeldReason;
  readonly dueAtMs: number;
}

export type FinalState = 'sent' | 'partly-sent' | 'failed' | 'expired' | 'cancelled' | 'unknown';

/** No recipient is left waiting. */
export interface FinishedMail extends MailFacts {
  readonly state: FinalState;
  readonly finishedAtMs: number;
}

export type UnfinishedMail = QueuedMail | SendingMail | DeferredMail | HeldMail;

/** A mail whose request has been folded. */
export type Mail = UnfinishedMail | FinishedMail;

/** Events of a mail whose request has not been folded: the two topics are read independently of each other. */
export interface AwaitedMail {
  readonly state: 'awaited';
  readonly id: string;
  readonly firstSeenMs: number;
  readonly events: readonly MailEvent[];
}

/** One row per mail id: a union on `state`. */
export type MailRow = Mail | AwaitedMail;

/** A mail that may be taken once it is due. */
export type WaitingMail = QueuedMail | DeferredMail;

export function isWaiting(row: MailRow): row is WaitingMail {
  return row.state === 'queued' || row.state === 'deferred';
}

export function isFinished(row: MailRow): row is FinishedMail {
  return row.state !== 'awaited' && 'finishedAtMs' in row;
}

/** A repeat is written again soon after, so it is among the last. */
const maxRecentEventIds = 32;

/** Whether an event that is no attempt was folded into this mail already. */
export function hasSeen({ recentEventIds }: Pick<Mail, 'recentEventIds'>, id: string): boolean {
  return recentEventIds.includes(id);
}

/** The recentEventIds with one more. */
export function withRecentEventId(
  { recentEventIds }: Pick<Mail, 'recentEventIds'>,
  id: string,
): readonly string[] {
  return [...recentEventIds, id].slice(-maxRecentEventIds);
}

const maxEntries = 50;
const maxRecipients = 100;

/** A recipient before and after something that is no attempt. */
export interface RecipientChange {
  readonly before: RecipientResult;
  readonly after: RecipientResult;
}

interface Happened {
  readonly entry: HistoryEntry['entry'];
  readonly command: AnsweredCommand | undefined;
  readonly detail?: string;
  readonly changes?: readonly RecipientChange[];
}

/** The trace and the recentEventIds of a mail after an event that is no attempt. */
export function recorded(
  mail: Mail,
  { id, time }: Pick<CloudEvent, 'id' | 'time'>,
  { entry, command, detail, changes = [] }: Happened,
): Pick<Mail, 'history' | 'recentEventIds'> {
  const happened: HistoryEntry = {
    at: time,
    entry,
    verb: command?.verb ?? null,
    actor: command?.actor ?? null,
    requestedBy: command?.requestedBy ?? null,
    reason: command?.reason ?? null,
    detail: detail ?? null,
    recipients: changes.slice(0, maxRecipients).map(recipientOf),
  };
  return {
    history: [...mail.history, happened].slice(-maxEntries),
    recentEventIds: withRecentEventId(mail, id),
  };
}

function recipientOf({ before, after }: RecipientChange): HistoryEntry['recipients'][number] {
  return {
    address: before.address,
    before: before.outcome,
    after: after.outcome,
    ...(after.address === before.address ? {} : { correctedAddress: after.address }),
    ...(before.reply === undefined ? {} : { reply: before.reply }),
  };
}

/** The last instant RFC 3339 can write. */
const lastInstantMs = 253_402_300_799_999;

/** An RFC 3339 instant in milliseconds since 1970, or null where there is none or it names no real time. */
export function instantMs(instant: string | null | undefined): number | null {
  const parsed = typeof instant === 'string' ? Date.parse(instant) : Number.NaN;
  return Number.isNaN(parsed) || parsed > lastInstantMs ? null : parsed;
}

let last = { timeMs: 0, instant: new Date(0).toISOString() };

/** Milliseconds since 1970 as RFC 3339 in UTC. Under load many mails share a millisecond, so the last one is kept. */
export function toInstant(timeMs: number): string {
  if (timeMs !== last.timeMs) {
    last = { timeMs, instant: new Date(Math.min(timeMs, lastInstantMs)).toISOString() };
  }
  return last.instant;
}

/**
 * What a mail request is to the row that has its id. `repeat`: the same content again, nothing is sent twice.
 * `conflict`: other content under a used id.
 */
type RequestVerdict = 'new' | 'repeat' | 'conflict';

/** Compares by payload digest; whoever folds gives requests that came without one the digest of their content. */
export function judgeRequest(row: MailRow | undefined, request: MailRequested): RequestVerdict {
  if (row === undefined || row.state === 'awaited') {
    return 'new';
  }
  return row.payloadDigest === (request.payloadDigest ?? null) ? 'repeat' : 'conflict';
}

/** What becomes of an unknown outcome: as the first attempt has decided. Old decisions say nothing of it. */
export function unknownPolicy(
  { onUnknown }: Pick<MailFacts, 'onUnknown'>,
  decisions: Decisions | null,
): OnUnknown {
  return decisions?.onUnknown ?? onUnknown ?? 'hold';
}

/** A server may show a message only a moment after it has taken it. */
const firstLookUpMs = 60_000;

/** When the server is to be asked what became of an unknown outcome; null: it is not. */
export function lookUpAtMs(mail: Mail): number | null {
  return mail.state === 'unknown' && !mail.lookupEnded && unknownPolicy(mail, mail.decisions) === 'reconcile'
    ? mail.finishedAtMs + firstLookUpMs
    : null;
}

/** How long a mail waits when it does not say so itself (RFC 5321 §4.5.4.1: at least 4 to 5 days). */
export const defaultLifetimeMs = 5 * 24 * 60 * 60 * 1000;

/** The row of a mail whose request has just been folded. */
export function newMail(event: EventOf<'mailRequested'>, place: EventPlace): QueuedMail {
  const { data, time } = event;
  const acceptedAtMs = instantMs(time) ?? 0;
  const sendAtMs = instantMs(data.sendAt);
  return {
    state: 'queued',
    id: data.id,
    request: { partition: place.partition, offset: place.offset },
    ...(place.home === undefined ? {} : { home: place.home }),
    key: place.key ?? data.orderingKey ?? data.id,
    ...(place.producer === undefined || place.producer === null ? {} : { producer: place.producer }),
    acceptedAtMs,
    dueAtMs: sendAtMs ?? acceptedAtMs,
    notAfterMs: instantMs(data.notAfter) ?? Math.max(acceptedAtMs, sendAtMs ?? 0) + defaultLifetimeMs,
    sendAtMs,
    orderingKey: data.orderingKey ?? null,
    onUnknown: data.onUnknown ?? null,
    ...(data.priority === 'urgent' || data.priority === 'bulk' ? { priority: data.priority } : {}),
    ...described(event),
    requestedBy: place.producer ? sourceRequester(place.producer) : requesterOf(event),
    messageId: data.messageId ?? null,
    payloadDigest: data.payloadDigest ?? null,
    recipients: requestedRecipients(data).map((address) => ({ address, outcome: 'pending' })),
    attempts: [],
    endedAttempts: [],
    decisions: null,
    retryCount: 0,
    holds: 0,
    recentEventIds: [],
    version: 1,
    generation: 1,
    earlierAttempts: 0,
    lookupEnded: false,
    history: [],
  };
}

/**
 * The partition whose owner acts on a mail: that of its key, in whichever the request lies. So requests of one id have one
 * owner, though a module with a partitioner of its own has spread them.
 */
export function homeOf({ home, request }: Pick<Mail, 'home' | 'request'>): number {
  return home ?? request.partition;
}

/** Whether a request lets its mail expire before it may be sent: over HTTP it is refused, from the log it may come. */
export function hasNoTime({ state, generation, sendAtMs, notAfterMs }: Mail): boolean {
  return state === 'queued' && generation === 1 && sendAtMs !== null && notAfterMs <= sendAtMs;
}

/** When the waiting of a mail ends: at once where it can never be sent. */
export function endsAtMs(mail: Mail): number {
  return hasNoTime(mail) ? mail.acceptedAtMs : mail.notAfterMs;
}
