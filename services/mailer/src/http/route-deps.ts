import { type ContentStore, ContentStoreError, type ContentStoreErrorCode } from '@postausgang/content-store';
import type { Address, ProblemCode, WhenDisabled } from '@postausgang/contracts';
import { EventLogError, problemCodeOf, type Publisher } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http';
import type { MailQueue } from '../engine/queue.ts';

const storeProblems = {
  'content-full': 'store-full',
  'content-missing': 'store-unavailable',
  'content-corrupt': 'store-unavailable',
  'content-unavailable': 'store-unavailable',
  'store-closed': 'stopping',
} as const satisfies Record<ContentStoreErrorCode, ProblemCode>;

/** What to answer when a mail, or its large content, could not be made durable. Errors of other kinds stay what they are. */
export function appendProblem(error: unknown): unknown {
  if (error instanceof ContentStoreError) {
    return new ProblemError(storeProblems[error.code]);
  }
  if (!(error instanceof EventLogError)) {
    return error;
  }
  const code = problemCodeOf(error);
  if (code === 'outcome-unknown') {
    return acceptanceUnknown();
  }
  return new ProblemError(code, code === 'overloaded' ? { headers: { 'retry-after': '1' } } : {});
}

/** The request is in the log, or on its way there, and what became of it is not known here. */
export function acceptanceUnknown(): ProblemError {
  const detail =
    'Whether the mail was accepted is not known yet. With an Idempotency-Key it is safe to repeat the request.';
  return new ProblemError('outcome-unknown', { detail, headers: { 'retry-after': '1' } });
}

/**
 * A value that is read anew only when the one from before is older than this: for what anybody may ask for, as often as
 * they like, and what costs something to find out.
 *
 * @param elapsedMs a clock that nobody can set
 */
export function keptValue<T>(read: () => T, keepMs: number, elapsedMs: () => number): () => T {
  let kept: { readonly value: T; readonly atMs: number } | undefined;
  return () => {
    const nowMs = elapsedMs();
    if (kept === undefined || nowMs - kept.atMs >= keepMs) {
      kept = { value: read(), atMs: nowMs };
    }
    return kept.value;
  };
}

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
