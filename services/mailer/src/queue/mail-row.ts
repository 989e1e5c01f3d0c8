import type {
  Attempt,
  Decisions,
  Failure,
  HeldReason,
  HistoryEntry,
  OnUnknown,
  RecipientResult,
} from '@postausgang/contracts';
import type { MailEvent } from './mail-event.ts';

/** Where the request of a mail lies in the topic of requests. */
export interface RequestPosition {
  readonly partition: number;
  readonly offset: number;
}

/** What is known of a mail whatever state it is in. Times in milliseconds since 1970. */
export interface MailFacts {
  readonly id: string;
  readonly request: RequestPosition;
  /** The key of the request's record; every event of the mail is appended with it. */
  readonly key: string;
  readonly acceptedAtMs: number;
  /** What still waits then expires. */
  readonly notAfterMs: number;
  /** Not before this time, as it was asked for. */
  readonly sendAtMs: number | null;
  readonly orderingKey: string | null;
  /** What the request asked for; null: what the settings say at the first attempt. See `unknownPolicy`. */
  readonly onUnknown: OnUnknown | null;
  readonly businessReference: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly subject: string | null;
  readonly messageId: string | null;
  readonly payloadDigest: string | null;
  /** To, Cc and Bcc without repeats, and the copies once decided, each with what became of it. */
  readonly recipients: readonly RecipientResult[];
  /** Ascending by number, one of each. An open one (`endedAt` null) has its intent in the log and no outcome. */
  readonly attempts: readonly Attempt[];
  /** The identities of the last attempts whose outcome was told, to know their repeats. */
  readonly ended: readonly string[];
  /** Fixed by the first attempt. */
  readonly decisions: Decisions | null;
  /** How often a retry was put off; it decides the length of the next pause. */
  readonly rounds: number;
  /** How often the mail was held. */
  readonly holds: number;
  /** The ids of the last events that are no attempt, to know their repeats. */
  readonly marks: readonly string[];
  /** 1, and one more with each resend. */
  readonly round: number;
  /** The number of the last attempt of the rounds before this one. */
  readonly earlierAttempts: number;
  /** The server was asked what became of an unknown outcome and could not say. */
  readonly lookupEnded: boolean;
  /** Oldest first, the last 50. */
  readonly history: readonly HistoryEntry[];
}

/** Not tried yet. `dueAtMs` is the acceptance, or `sendAt`. */
export interface QueuedMail extends MailFacts {
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
export interface DeferredMail extends MailFacts {
  readonly state: 'deferred';
  readonly dueAtMs: number;
  readonly failure: Failure | null;
}

/** Waits for a release; then it goes on as due as it was. */
export interface HeldMail extends MailFacts {
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

/** A mail that may be taken in hand once it is due. */
export type WaitingMail = QueuedMail | DeferredMail;

export function isWaiting(row: MailRow): row is WaitingMail {
  return row.state === 'queued' || row.state === 'deferred';
}

export function isFinished(row: MailRow): row is FinishedMail {
  return row.state !== 'awaited' && 'finishedAtMs' in row;
}
