import type { ContentStore } from '@postausgang/content-store';
import type { Address, WhenDisabled } from '@postausgang/contracts';
import type { Publisher } from '@postausgang/event-log';
import type { MailQueue } from '../engine/queue.ts';

/** What the settings in force say about new mail. */
export interface SendingRules {
  readonly enabled: boolean;
  readonly whenDisabled: WhenDisabled;
  readonly defaultSender: Address | null;
}

/** What the routes for mail need from the rest of the mailer. */
export interface MailRoutesDeps {
  readonly publisher: Publisher;
  /** Takes what is too large for the log. */
  readonly contentStore: Pick<ContentStore, 'put'>;
  readonly queue: Pick<
    MailQueue,
    'find' | 'status' | 'list' | 'waitFor' | 'answerTo' | 'commandIds' | 'refusals' | 'report'
  >;
  readonly sendingRules: () => SendingRules;
  readonly now: () => Date;
  /** A new id, of a mail or a command. */
  readonly newId: () => string;
  /** Largest body of a request. */
  readonly bodyLimitBytes: number;
  /** How far ahead a mail may be scheduled, where the log does not keep requests for ever. */
  readonly longestWaitMs?: number | undefined;
  /** How long a request with an idempotency key waits for its own record, and a verb for its answer; default 5 s. */
  readonly foldTimeoutMs?: number;
}
