import { EventLogError } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http-server';

/** What to answer when a mail could not be appended. Errors of other kinds stay what they are. */
export function appendProblem(error: unknown): unknown {
  if (!(error instanceof EventLogError)) {
    return error;
  }
  switch (error.code) {
    case 'log-full':
      return new ProblemError('log-full');
    case 'log-overloaded':
      return new ProblemError('overloaded', { headers: { 'retry-after': '1' } });
    case 'log-writer-lost':
      return acceptanceUnknown();
    case 'log-closed':
      return new ProblemError('stopping');
    default:
      return new ProblemError('log-unavailable');
  }
}

/** The request is in the log, or on its way there, and what became of it is not known here. */
export function acceptanceUnknown(): ProblemError {
  const detail =
    'Whether the mail was accepted is not known yet. With an Idempotency-Key it is safe to repeat the request.';
  return new ProblemError('outcome-unknown', { detail, headers: { 'retry-after': '1' } });
}
