import type { EventOf } from '@postausgang/contracts';
import type { OutcomeEvent } from './mail-event.ts';

/** More attempts than can end between an event and its repeat. */
const maxEnded = 32;

/**
 * What tells attempts apart. Two mailers that followed each other may both have written an attempt 1, so the number is
 * not enough: the part of the event id that all events of one attempt share names its writer as well.
 */
export function attemptIdentity(event: EventOf<'mailAttemptStarted'> | OutcomeEvent): string | null {
  const { attempt, mailId } = event.data;
  if (attempt === null) {
    return null;
  }
  return /^(.+\/attempt-\d+)\/[^/]+$/.exec(event.id)?.[1] ?? `${mailId}/attempt-${attempt.number}`;
}

/** The ended attempts with one more. */
export function withEnded(ended: readonly string[], identity: string): readonly string[] {
  return ended.includes(identity) ? ended : [...ended, identity].slice(-maxEnded);
}
