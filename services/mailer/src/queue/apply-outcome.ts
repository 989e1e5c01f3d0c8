import type { Attempt, RecipientResult } from '@postausgang/contracts';
import { retryDelayMs } from '../delivery/retry-schedule.ts';
import { instantMs } from './instants.ts';
import type { OutcomeEvent } from './mail-event.ts';
import { isFinished, type Mail, type UnfinishedMail } from './mail-row.ts';
import { finalState, isOpen, mergeRecipients, openRecipients, withCopies } from './recipients.ts';

/** The mail after news of what became of some of its recipients. */
export function applyOutcome(mail: Mail, event: OutcomeEvent): Mail {
  const { attempt } = event.data;
  if (isRepeat(mail, attempt)) {
    return mail;
  }
  if (isFinished(mail)) {
    const corrected = withNews(mail, event);
    return { ...corrected, state: finalState(corrected.recipients) };
  }
  const newest = attempt === null || attempt.number >= (mail.attempts.at(-1)?.number ?? 0);
  const next = withNews(mail, event);
  if (openRecipients(next.recipients).length > 0) {
    return newest ? waitOn(next, event) : next;
  }
  const finishedAtMs = instantMs(event.time) ?? mail.acceptedAtMs;
  return { ...next, state: finalState(next.recipients), finishedAtMs };
}

/** An attempt ends once; but what is known for certain supersedes an unknown end. */
function isRepeat(mail: Mail, attempt: Attempt | null): boolean {
  if (attempt === null) {
    return isFinished(mail);
  }
  const known = mail.attempts.find(({ number }) => number === attempt.number);
  if (known === undefined || known.endedAt === null) {
    return false;
  }
  return known.outcome !== 'unknown' || attempt.outcome === 'unknown';
}

function withNews<M extends Mail>(mail: M, event: OutcomeEvent): M {
  const { data } = event;
  const decisions = mail.decisions ?? (isFinished(mail) ? null : data.decisions);
  const merged = mergeRecipients(withCopies(mail.recipients, decisions), data.recipients);
  return {
    ...mail,
    messageId: mail.messageId ?? data.messageId,
    decisions,
    attempts: data.attempt === null ? mail.attempts : withAttempt(mail.attempts, data.attempt),
    recipients: event.type === 'io.postausgang.mail-failed.v1' ? failOpen(merged, event) : merged,
  };
}

/** "Failed" leaves nobody waiting, also where its writer did not name everyone. */
function failOpen(
  recipients: readonly RecipientResult[],
  { data }: Extract<OutcomeEvent, { type: 'io.postausgang.mail-failed.v1' }>,
): readonly RecipientResult[] {
  const outcome = data.state === 'expired' ? 'expired' : 'rejected';
  const failed = (one: RecipientResult): RecipientResult => ({ ...one, outcome, failure: data.failure });
  return recipients.map((recipient) => (isOpen(recipient.outcome) ? failed(recipient) : recipient));
}

function withAttempt(attempts: readonly Attempt[], attempt: Attempt): readonly Attempt[] {
  const others = attempts.filter(({ number }) => number !== attempt.number);
  return [...others, attempt].toSorted((a, b) => a.number - b.number);
}

/** Some recipients still wait: until the time the event names, or as the schedule says where it names none. */
function waitOn(mail: UnfinishedMail, event: OutcomeEvent): Mail {
  const endedAtMs = instantMs(event.data.attempt?.endedAt) ?? instantMs(event.time) ?? mail.dueAtMs;
  const named = event.type === 'io.postausgang.mail-deferred.v1' ? instantMs(event.data.nextAttemptAt) : null;
  const dueAtMs = named ?? endedAtMs + retryDelayMs(mail.rounds, 0.5);
  const rounds = dueAtMs > endedAtMs ? mail.rounds + 1 : mail.rounds;
  const failure = 'failure' in event.data ? event.data.failure : null;
  return mail.state === 'held'
    ? { ...mail, dueAtMs, rounds }
    : { ...mail, state: 'deferred', dueAtMs, rounds, failure };
}
