import { EventLogError, problemCodeOf } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http-server';

/**
 * What to answer when an event could not be appended. Other errors are passed on as they are. `advice` says how to
 * go on where nobody knows whether it was.
 */
export function appendProblem(error: unknown, advice: string): unknown {
  if (!(error instanceof EventLogError)) return error;
  const code = problemCodeOf(error);
  if (code === 'outcome-unknown') return outcomeUnknown(advice);
  return new ProblemError(code, code === 'overloaded' ? { headers: { 'retry-after': '1' } } : {});
}

/** The event is on its way to the log, and nobody knows whether it arrived. */
export function outcomeUnknown(advice: string): ProblemError {
  const detail = `Whether this took effect is not known yet. ${advice}`;
  return new ProblemError('outcome-unknown', { detail, headers: { 'retry-after': '1' } });
}
