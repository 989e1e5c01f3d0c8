import type { Decisions, Failure } from '@postausgang/contracts';
import type { Position, Publisher } from '@postausgang/event-log';
import type { MailOutcome, WaitingMail } from '@postausgang/mail';
import type { InlineMailRequested, MailSecurity } from '@postausgang/message';
import type { Serving } from '../apply/applier.ts';
import type { MailView } from '../view/mail-view.ts';
import type { Clock } from './clock.ts';
import type { Payloads } from './payloads.ts';

export type ActiveServing = Extract<Serving, { state: 'active' }>;

/** The message of a mail: the same bytes for the same request, decisions and time of acceptance. */
export interface ComposedMessage {
  readonly message: Uint8Array;
  readonly messageId: string;
}

export interface AttemptDeps {
  readonly publisher: Publisher;
  readonly payloads: Pick<Payloads, 'load'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Rejects, or gives null, when no message can be made of the request. */
  readonly compose: (
    request: InlineMailRequested,
    decisions: Decisions,
    mail: WaitingMail,
  ) => ComposedMessage | null | Promise<ComposedMessage | null>;
  /** Signs and encrypts what the settings say is to be. */
  readonly security: MailSecurity;
  /** What is wrong with a request that nobody has checked yet, or null. */
  readonly checkRequest: (request: InlineMailRequested) => string | null;
  /** See `Acting`. */
  readonly epochOf: (mail: WaitingMail) => number | undefined;
  readonly view: Pick<MailView, 'get'>;
  /**
   * Resolves when the intent at this position, and so every intent before it, is folded: then the row tells whether
   * somebody else was earlier. Rejects when that takes too long for the final dot to be sent at all.
   */
  readonly intentFolded: (intent: Position) => Promise<void>;
  /** Names this run of the mailer in the ids of its events; another run has another one. */
  readonly runId: string;
}

export type AttemptEnd =
  | {
      readonly kind: 'outcome';
      readonly outcome: MailOutcome;
      readonly eventId: string;
      /** What it has told about the server as a whole. */
      readonly server?: Failure;
    }
  | { readonly kind: 'refused'; readonly detail: string }
  /** By an event that this names, before the intent. */
  | { readonly kind: 'called-off'; readonly eventId: string }
  /** Says nothing about the mail. */
  | { readonly kind: 'server-failed'; readonly failure: Failure }
  /** Something of ours was not ready; the mail is as it was. */
  | { readonly kind: 'postponed'; readonly reason: unknown };
