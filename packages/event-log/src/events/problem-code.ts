import type { ProblemCode } from '@postausgang/contracts';
import type { EventLogError } from '../event-log-error.ts';

/** The problem a client of the REST API is told when an event could not be appended. */
export function problemCodeOf({ code }: EventLogError): ProblemCode {
  switch (code) {
    case 'log-full':
      return 'log-full';
    case 'log-overloaded':
      return 'overloaded';
    case 'log-writer-lost':
    case 'log-outcome-unknown':
      return 'outcome-unknown';
    case 'log-closed':
      return 'stopping';
    case 'append-too-large':
      return 'body-too-large';
    default:
      return 'log-unavailable';
  }
}
