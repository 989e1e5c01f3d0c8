/**
 * What became of recipients. Several mailers may have written about one mail, for a lease can end at any moment:
 * - `sent` and `rejected` count whoever says so, and whenever.
 * - Anything less ends only the writer's own attempt; a mail stays `sending` while another intent is open.
 * - Of an attempt of an earlier generation only `sent` counts, when it is heard for the first time: nobody gets a second mail.
 */
import { type Attempt, classOf, type RecipientResult } from '@postausgang/contracts';
import { attemptIdentity, type OutcomeEvent, withEndedAttempt } from './mail-event.ts';
import {
  instantMs,
  isFinished,
  hasSeen,
  type Mail,
  type OpenIntent,
  type UnfinishedMail,
  withRecentEventId,
} from './mail.ts';
import { finalState, isCertain, isOpen, mergeRecipients, openRecipients, withCopies } from './recipients.ts';
import { retryDelayMs } from './retry.ts';

/** The mail after news of what became of some of its recipients. */
export function applyOutcome(mail: Mail, event: OutcomeEvent): Mail {
  const identity = attemptIdentity(event);
  if (identity === null) {
    const isOver = isFinished(mail) || mail.state === 'sending' || hasSeen(mail, event.id);
    return isOver ? mail : proceed({ ...mail, recentEventIds: withRecentEventId(mail, event.id) }, event);
  }
  if ((event.data.attempt?.number ?? 0) <= mail.earlierAttempts) {
    return ofEarlierGeneration(mail, event, identity);
  }
  const others = intentsOf(mail).filter((intent) => intent.attempt !== identity);
  const isRepeat = mail.endedAttempts.includes(identity);
  const heard = { ...mail, endedAttempts: withEndedAttempt(mail.endedAttempts, identity) };
  if (isFinished(heard) || isRepeat || others.length > 0) {
    return addCertain(heard, event, others, isRepeat);
  }
  return proceed(heard, event);
}

function ofEarlierGeneration(mail: Mail, event: OutcomeEvent, identity: string): Mail {
  if (mail.endedAttempts.includes(identity)) {
    return mail;
  }
  const recipients = event.data.recipients.filter(({ outcome }) => outcome === 'sent');
  const heard = { ...mail, endedAttempts: withEndedAttempt(mail.endedAttempts, identity) };
  const others = intentsOf(mail).filter((intent) => intent.attempt !== identity);
  return addCertain(heard, { ...event, data: { ...event.data, recipients } } as OutcomeEvent, others, false);
}

function intentsOf(mail: Mail): readonly OpenIntent[] {
  return mail.state === 'sending' ? mail.intents : [];
}

/** News of the only attempt there is. */
function proceed(mail: UnfinishedMail, event: OutcomeEvent): Mail {
  const { attempt } = event.data;
  const newest = attempt === null || attempt.number >= (mail.attempts.at(-1)?.number ?? 0);
  const next = withNews(mail, event, event.data.recipients, []);
  const recipients =
    event.type === 'io.postausgang.mail-failed.v1' ? failOpen(next.recipients, event) : next.recipients;
  const told = { ...next, recipients };
  if (openRecipients(recipients).length > 0) {
    return newest || mail.state === 'sending' ? waitOn(told, event) : told;
  }
  return finish(told, event);
}

/** News beside another open attempt, or after the end: only what is certain, and unknown ones nobody is to send to. */
function addCertain(mail: Mail, event: OutcomeEvent, others: readonly OpenIntent[], isRepeat: boolean): Mail {
  const news = event.data.recipients.filter(({ outcome }) =>
    isRepeat ? isCertain(outcome) : !isOpen(outcome),
  );
  const next = withNews(mail, event, news, others);
  if (isFinished(next)) {
    return { ...next, state: finalState(next.recipients) };
  }
  if (next.recipients.every(({ outcome }) => isCertain(outcome))) {
    return finish(next, event);
  }
  if (others.length > 0) {
    return next.state === 'sending' ? { ...next, intents: others } : next;
  }
  return openRecipients(next.recipients).length > 0 ? next : finish(next, event);
}

function finish(mail: UnfinishedMail, event: OutcomeEvent): Mail {
  const finishedAtMs = instantMs(event.time) ?? mail.acceptedAtMs;
  return { ...mail, state: finalState(mail.recipients), finishedAtMs };
}

function withNews<M extends Mail>(
  mail: M,
  { data }: OutcomeEvent,
  news: readonly RecipientResult[],
  others: readonly OpenIntent[],
): M {
  const decisions = mail.decisions ?? (isFinished(mail) ? null : data.decisions);
  return {
    ...mail,
    messageId: mail.messageId ?? data.messageId,
    decisions,
    attempts: withAttempt(mail.attempts, data.attempt, others),
    recipients: mergeRecipients(withCopies(mail.recipients, decisions), news),
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

/** The trace has one attempt of each number: one the server answered for certain, else an open one, else the first. */
function withAttempt(
  attempts: readonly Attempt[],
  attempt: Attempt | null,
  others: readonly OpenIntent[],
): readonly Attempt[] {
  if (attempt === null) {
    return attempts;
  }
  const isVague = attempt.outcome === 'deferred' || attempt.outcome === 'unknown';
  if (isVague && others.some(({ number }) => number === attempt.number)) {
    return attempts;
  }
  const known = attempts.find(({ number }) => number === attempt.number);
  if (known !== undefined && !tellsMore(attempt, known)) {
    return attempts;
  }
  const rest = attempts.filter((one) => one !== known);
  return [...rest, attempt].toSorted((a, b) => a.number - b.number);
}

function tellsMore(attempt: Attempt, known: Attempt): boolean {
  if (known.endedAt === null) {
    return true;
  }
  const isSure = attempt.outcome !== 'unknown' && attempt.outcome !== known.outcome;
  return isSure && (known.outcome === 'unknown' || known.outcome === 'deferred');
}

/** Some recipients still wait: until the time the event names, or as the schedule says where it names none. */
function waitOn(mail: UnfinishedMail, event: OutcomeEvent): Mail {
  const endedAtMs = instantMs(event.data.attempt?.endedAt) ?? instantMs(event.time) ?? mail.dueAtMs;
  const named = event.type === 'io.postausgang.mail-deferred.v1' ? instantMs(event.data.nextAttemptAt) : null;
  const dueAtMs = named ?? endedAtMs + retryDelayMs(mail.retryCount, 0.5);
  const failure = 'failure' in event.data ? event.data.failure : null;
  // A server that is sent too much says nothing about the mail: its schedule goes on where it was.
  const isCounted = dueAtMs > endedAtMs && (failure === null || classOf(failure.code) !== 'throttled');
  const retryCount = isCounted ? mail.retryCount + 1 : mail.retryCount;
  return mail.state === 'held'
    ? { ...mail, dueAtMs, retryCount }
    : { ...mail, state: 'deferred', dueAtMs, retryCount, failure };
}
