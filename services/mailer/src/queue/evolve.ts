/**
 * The queue as a fold: a row and an event give the next row. Total: whatever the log holds, nothing throws.
 *
 * Events arrive at least once, and the topics of requests and of events are read independently. So:
 * - An event that came before the request waits in an `awaited` row and is folded after the request.
 * - An attempt is known by its number and writer, everything else by the id of its event; a repeat changes nothing.
 * - A recipient's outcome is final within a round. Only `unknown` is superseded, once, by `sent` or `rejected`.
 * - A resend opens a new round for the recipients it names. Of attempts of earlier rounds only `sent` counts then.
 * - News of an attempt older than the newest one adds to the trace but moves no due time.
 */
import { type EventOf, failure } from '@postausgang/contracts';
import { applyOutcome } from './apply-outcome.ts';
import { cancel, decline, hold, release } from './apply-verbs.ts';
import { endLookup, requeue, resolve } from './apply-rounds.ts';
import { attemptIdentity } from './attempt-identity.ts';
import { instantMs } from './instants.ts';
import { type EventPlace, type MailEvent, mailIdOf } from './mail-event.ts';
import { type AwaitedMail, isFinished, type Mail, type MailRow } from './mail-row.ts';
import { newMail } from './new-mail.ts';
import { finalState, openRecipients, withCopies } from './recipients.ts';

/** More events than a mail whose request is gone can reasonably have. */
const maxAwaitedEvents = 100;

/** The row after an event about the same mail. Stays undefined only for an event that names no mail. */
export function evolve(row: MailRow | undefined, event: MailEvent, place: EventPlace): MailRow | undefined {
  if (event.type === 'io.postausgang.mail-requested.v1') {
    return request(row, event, place);
  }
  if (row === undefined || row.state === 'awaited') {
    return awaitRequest(row, event);
  }
  return evolveMail(row, event);
}

function request(row: MailRow | undefined, event: EventOf<'mailRequested'>, place: EventPlace): MailRow {
  if (row === undefined) {
    return newMail(event, place);
  }
  return row.state === 'awaited' ? row.events.reduce<Mail>(evolveMail, newMail(event, place)) : row;
}

function awaitRequest(row: AwaitedMail | undefined, event: MailEvent): AwaitedMail | undefined {
  const id = mailIdOf(event);
  if (id === null || (row !== undefined && row.events.length >= maxAwaitedEvents)) {
    return row;
  }
  const firstSeenMs = row?.firstSeenMs ?? instantMs(event.time) ?? 0;
  return { state: 'awaited', id, firstSeenMs, events: [...(row?.events ?? []), event] };
}

function evolveMail(mail: Mail, event: MailEvent): Mail {
  switch (event.type) {
    case 'io.postausgang.mail-requested.v1':
      return mail;
    case 'io.postausgang.mail-attempt-started.v1':
      return startAttempt(mail, event);
    case 'io.postausgang.mail-sent.v1':
    case 'io.postausgang.mail-deferred.v1':
    case 'io.postausgang.mail-failed.v1':
    case 'io.postausgang.mail-outcome-unknown.v1':
      return applyOutcome(mail, event);
    case 'io.postausgang.mail-held.v1':
      return hold(mail, event);
    case 'io.postausgang.mail-released.v1':
      return release(mail, event);
    case 'io.postausgang.mail-cancelled.v1':
      return cancel(mail, event);
    case 'io.postausgang.mail-requeued.v1':
      return requeue(mail, event);
    case 'io.postausgang.mail-resolved.v1':
      return resolve(mail, event);
    case 'io.postausgang.mail-lookup-ended.v1':
      return endLookup(mail, event);
    case 'io.postausgang.mail-command-declined.v1':
      return decline(mail, event);
    case 'io.postausgang.mail-refused.v1':
      return refuse(mail, event);
    default:
      return event satisfies never;
  }
}

/** The intents of several writers stand side by side until each has its outcome. */
function startAttempt(mail: Mail, event: EventOf<'mailAttemptStarted'>): Mail {
  const { data, time } = event;
  const { number } = data.attempt;
  const identity = attemptIdentity(event) ?? '';
  const intents = mail.state === 'sending' ? mail.intents : [];
  if (isFinished(mail) || mail.ended.includes(identity) || intents.some((one) => one.attempt === identity)) {
    return mail;
  }
  const decisions = mail.decisions ?? data.decisions;
  const recordedAtMs = instantMs(time) ?? mail.acceptedAtMs;
  const attempts = [
    ...mail.attempts.filter((one) => one.number !== number),
    { ...data.attempt, endedAt: null, outcome: null },
  ];
  return {
    ...mail,
    state: 'sending',
    messageId: mail.messageId ?? data.messageId,
    decisions,
    recipients: withCopies(mail.recipients, decisions),
    attempts: attempts.toSorted((one, other) => one.number - other.number),
    intents: [...intents, { attempt: identity, number, recordedAtMs, accepted: data.recipients }],
  };
}

/** Sets aside the request this mail came from; the refusal of another record with its id does not concern it. */
function refuse(mail: Mail, { time, data }: EventOf<'mailRefused'>): Mail {
  const concerned =
    data.request.partition === mail.request.partition && data.request.offset === mail.request.offset;
  if (!concerned || isFinished(mail)) {
    return mail;
  }
  const open = new Set(openRecipients(mail.recipients));
  const why = failure('message-uncomposable', data.detail);
  const recipients = mail.recipients.map((recipient) =>
    open.has(recipient) ? { ...recipient, outcome: 'rejected' as const, failure: why } : recipient,
  );
  const finishedAtMs = instantMs(time) ?? mail.acceptedAtMs;
  return { ...mail, recipients, state: finalState(recipients), finishedAtMs };
}
