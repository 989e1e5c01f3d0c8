import { ContentStoreError, type ContentStoreErrorCode } from '@postausgang/content-store';
import type { ProblemCode } from '@postausgang/contracts';
import { EventLogError, problemCodeOf } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http-server';

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
