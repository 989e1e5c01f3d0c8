import { EventLogError } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http-server';

/**
 * What to answer when an event could not be appended. Other errors are passed on as they are. `advice` says how to
 * go on where nobody knows whether it was.
 */
export function appendProblem(error: unknown, advice: string): unknown {
  if (!(error instanceof EventLogError)) return error;
  switch (error.code) {
    case 'log-full':
      return new ProblemError('log-full');
    case 'log-overloaded':
      return new ProblemError('overloaded', { headers: { 'retry-after': '1' } });
    case 'log-writer-lost':
      return outcomeUnknown(advice);
    case 'log-closed':
      return new ProblemError('stopping');
    default:
      return new ProblemError('log-unavailable');
  }
}

/** The event is on its way to the log, and nobody knows whether it arrived. */
export function outcomeUnknown(advice: string): ProblemError {
  const detail = `Whether this took effect is not known yet. ${advice}`;
  return new ProblemError('outcome-unknown', { detail, headers: { 'retry-after': '1' } });
}
