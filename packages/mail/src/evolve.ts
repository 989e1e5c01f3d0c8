/**
 * The queue as a fold: a row and an event give the next row. Total: whatever the log holds, nothing throws.
 *
 * Events arrive at least once, and the topics of requests and of events are read independently. So:
 * - An event that came before the request waits in an `awaited` row and is folded after the request.
 * - An attempt is known by its number and writer, everything else by the id of its event; a repeat changes nothing.
 * - A recipient's outcome is final within a generation. Only `unknown` is superseded, once, by `sent` or `rejected`.
 * - A resend opens a new generation for the recipients it names. Of attempts of earlier generations only `sent` counts then.
 * - News of an attempt older than the newest one adds to the trace but moves no due time.
 * - What was decided on another version of the mail changes nothing; see `mail-version.ts`.
 */
import { type EventOf, failure, type RecipientResult } from '@postausgang/contracts';
import { applyOutcome } from './evolve-attempt.ts';
import { attemptIdentity, type EventPlace, type MailEvent, mailIdOf } from './mail-event.ts';
import {
  type AwaitedMail,
  type FinishedMail,
  instantMs,
  isFinished,
  hasSeen,
  isWaiting,
  type Mail,
  type MailRow,
  newMail,
  type RecipientChange,
  recorded,
  type WaitingMail,
} from './mail.ts';
import { isDecidedOn, withVersion } from './mail-version.ts';
import { addressKey, finalState, isOpen, openRecipients, withCopies } from './recipients.ts';

/**
 * What comes after the end of a mail. An outcome is final: a resend does not change it but opens another generation for the
 * recipients it names, and what they had before stays in the history. Only `unknown` is superseded, once.
 */

/** Another generation, for the recipients the event names and no other. */
function requeue(mail: Mail, event: EventOf<'mailRequeued'>): Mail {
  if (!isFinished(mail) || hasSeen(mail, event.id)) {
    return mail;
  }
  const { command, notAfter } = event.data;
  const named = new Map(event.data.recipients.map((one) => [addressKey(one.address), one] as const));
  const changes = mail.recipients.flatMap((before) => {
    const one = named.get(addressKey(before.address));
    return one === undefined ? [] : [{ before, after: pending(before, one.correctedAddress) }];
  });
  const trace = recorded(mail, event, { entry: 'requeued', command, changes });
  return again({ ...mail, ...trace, recipients: applied(mail, changes) }, event.time, notAfter);
}

/** What became of an unknown outcome after all. */
function resolve(mail: Mail, event: EventOf<'mailResolved'>): Mail {
  if (hasSeen(mail, event.id)) {
    return mail;
  }
  const { data, time } = event;
  const named = new Set(data.recipients.map(addressKey));
  const changes = mail.recipients
    .filter(({ address, outcome }) => outcome === 'unknown' && named.has(addressKey(address)))
    .map((before) => ({ before, after: resolved(before, event) }));
  const known = data.witness === undefined ? {} : { detail: data.witness };
  const trace = recorded(mail, event, { entry: 'resolved', command: data.command, ...known, changes });
  const next = { ...mail, ...trace, recipients: applied(mail, changes) };
  if (!isFinished(next) || changes.length === 0) {
    return next;
  }
  return data.outcome === 'not-sent' && data.resend
    ? again(next, time, data.notAfter)
    : { ...next, state: finalState(next.recipients), finishedAtMs: instantMs(time) ?? next.finishedAtMs };
}

/** The server cannot say; from now on it is as under `hold`. */
function endLookup(mail: Mail, event: EventOf<'mailLookupEnded'>): Mail {
  if (hasSeen(mail, event.id)) {
    return mail;
  }
  const trace = recorded(mail, event, {
    entry: 'lookup-ended',
    command: undefined,
    detail: event.data.reason,
  });
  return { ...mail, ...trace, lookupEnded: true };
}

function pending(before: RecipientResult, correctedAddress: string | null): RecipientResult {
  const { address, correctedFrom } = before;
  const original = correctedFrom ?? address;
  return correctedAddress === null
    ? { address, outcome: 'pending', ...(correctedFrom === undefined ? {} : { correctedFrom }) }
    : { address: correctedAddress, outcome: 'pending', correctedFrom: original };
}

function resolved(before: RecipientResult, { data }: EventOf<'mailResolved'>): RecipientResult {
  if (data.outcome === 'not-sent' && data.resend) {
    return pending(before, null);
  }
  const { failure: _failure, ...rest } = before;
  return data.outcome === 'sent'
    ? { ...rest, outcome: 'sent', resolvedBy: data.by }
    : { ...rest, outcome: 'rejected', resolvedBy: data.by, failure: failure('resolved-not-sent') };
}

function applied({ recipients }: Mail, changes: readonly RecipientChange[]): readonly RecipientResult[] {
  const changed = new Map(changes.map(({ before, after }) => [before, after] as const));
  return recipients.map((one) => changed.get(one) ?? one);
}

/** The mail as it waits in its next generation, due at once; its schedule begins anew. */
function again(mail: FinishedMail, time: string, notAfter: string | null): WaitingMail {
  const { finishedAtMs, state: _state, ...facts } = mail;
  const next = {
    ...facts,
    dueAtMs: instantMs(time) ?? finishedAtMs,
    notAfterMs: instantMs(notAfter) ?? mail.notAfterMs,
    retryCount: 0,
    generation: mail.generation + 1,
    earlierAttempts: mail.attempts.at(-1)?.number ?? 0,
    lookupEnded: false,
  };
  return mail.attempts.length === 0
    ? { ...next, state: 'queued' }
    : { ...next, state: 'deferred', failure: null };
}

/** A mail that somebody holds stays so when sending is switched on again. */
function hold(mail: Mail, event: EventOf<'mailHeld'>): Mail {
  const { reason, command } = event.data;
  const isTakenOver = mail.state === 'held' && mail.heldFor === 'mail-disabled' && reason !== 'mail-disabled';
  if ((!isWaiting(mail) && !isTakenOver) || hasSeen(mail, event.id)) {
    return mail;
  }
  const trace = recorded(mail, event, { entry: 'held', command, detail: reason });
  return { ...mail, ...trace, state: 'held', heldFor: reason, holds: mail.holds + 1 };
}

function release(mail: Mail, event: EventOf<'mailReleased'>): Mail {
  const { reason, command, notAfter } = event.data;
  const needsPerson = mail.state === 'held' && mail.heldFor !== 'mail-disabled';
  if (mail.state !== 'held' || hasSeen(mail, event.id) || (needsPerson && reason === 'mail-enabled')) {
    return mail;
  }
  const trace = recorded(mail, event, { entry: 'released', command, detail: reason });
  const released = { ...mail, ...trace, notAfterMs: instantMs(notAfter) ?? mail.notAfterMs };
  return mail.attempts.length === 0
    ? { ...released, state: 'queued' }
    : { ...released, state: 'deferred', failure: null };
}

/** What is being handed over at the moment is not cancelled any more: its own outcome follows. */
function cancel(mail: Mail, event: EventOf<'mailCancelled'>): Mail {
  if ((!isWaiting(mail) && mail.state !== 'held') || hasSeen(mail, event.id)) {
    return mail;
  }
  const changes = mail.recipients
    .filter(({ outcome }) => isOpen(outcome))
    .map((before) => ({ before, after: { ...before, outcome: 'cancelled' as const } }));
  const cancelled = new Map(changes.map(({ before, after }) => [before, after] as const));
  const recipients = mail.recipients.map((one) => cancelled.get(one) ?? one);
  return {
    ...mail,
    ...recorded(mail, event, { entry: 'cancelled', command: event.data.command, changes }),
    recipients,
    state: finalState(recipients),
    finishedAtMs: instantMs(event.time) ?? mail.acceptedAtMs,
  };
}

/** A refusal stands in the trace; that there was nothing to do does not. */
function decline(mail: Mail, event: EventOf<'mailCommandDeclined'>): Mail {
  const { code, command } = event.data;
  return code === null || hasSeen(mail, event.id)
    ? mail
    : { ...mail, ...recorded(mail, event, { entry: 'declined', command, detail: code }) };
}

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

/** The events among these that answer a command; of what was decided on an earlier version nothing counts. */
export function answersAmong(
  row: MailRow | undefined,
  event: MailEvent,
  place: EventPlace,
): readonly MailEvent[] {
  if (event.type === 'io.postausgang.mail-requested.v1') {
    return row?.state === 'awaited' ? accepted(newMail(event, place), row.events) : [];
  }
  return row === undefined || row.state === 'awaited' ? [] : accepted(row, [event]);
}

function accepted(mail: Mail, events: readonly MailEvent[]): readonly MailEvent[] {
  const [event, ...later] = events;
  if (event === undefined) {
    return [];
  }
  const rest = accepted(evolveMail(mail, event), later);
  return 'command' in event.data && event.data.command !== undefined && isDecidedOn(mail, event)
    ? [event, ...rest]
    : rest;
}

function evolveMail(mail: Mail, event: MailEvent): Mail {
  return isDecidedOn(mail, event) ? withVersion(mail, change(mail, event), event) : mail;
}

function change(mail: Mail, event: MailEvent): Mail {
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
  if (
    isFinished(mail) ||
    mail.endedAttempts.includes(identity) ||
    intents.some((one) => one.attempt === identity)
  ) {
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
    recipients: addressedTo(withCopies(mail.recipients, decisions), data),
    attempts: attempts.toSorted((one, other) => one.number - other.number),
    intents: [...intents, { attempt: identity, number, recordedAtMs, accepted: data.recipients }],
  };
}

/** The recipients of an attempt, with the addresses in its envelope where these are others. */
function addressedTo(
  recipients: readonly RecipientResult[],
  { recipients: accepted, deliveredTo }: EventOf<'mailAttemptStarted'>['data'],
): readonly RecipientResult[] {
  const isPlain = deliveredTo === undefined && recipients.every((one) => one.deliveredTo === undefined);
  if (isPlain) return recipients;
  const keys = new Set(accepted.map(addressKey));
  return recipients.map(({ deliveredTo: before, ...one }) => {
    const now = keys.has(addressKey(one.address)) ? deliveredTo : before;
    return now === undefined ? one : { ...one, deliveredTo: now };
  });
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
