/**
 * What comes after the end of a mail. An outcome is final: a resend does not change it but opens another round for the
 * recipients it names, and what they had before stays in the history. Only `unknown` is superseded, once.
 */
import { type EventOf, failure, type RecipientResult } from '@postausgang/contracts';
import { recorded, type RecipientChange } from './history.ts';
import { instantMs } from './instants.ts';
import { isFinished, type FinishedMail, type Mail, type WaitingMail } from './mail-row.ts';
import { isMarked } from './marks.ts';
import { addressKey, finalState } from './recipients.ts';

/** Another round, for the recipients the event names and no other. */
export function requeue(mail: Mail, event: EventOf<'mailRequeued'>): Mail {
  if (!isFinished(mail) || isMarked(mail, event.id)) {
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
export function resolve(mail: Mail, event: EventOf<'mailResolved'>): Mail {
  if (isMarked(mail, event.id)) {
    return mail;
  }
  const { data, time } = event;
  const named = new Set(data.recipients.map(addressKey));
  const changes = mail.recipients
    .filter(({ address, outcome }) => outcome === 'unknown' && named.has(addressKey(address)))
    .map((before) => ({ before, after: resolved(before, event) }));
  const trace = recorded(mail, event, { entry: 'resolved', command: data.command, changes });
  const next = { ...mail, ...trace, recipients: applied(mail, changes) };
  if (!isFinished(next) || changes.length === 0) {
    return next;
  }
  return data.outcome === 'not-sent' && data.resend
    ? again(next, time, data.notAfter)
    : { ...next, state: finalState(next.recipients), finishedAtMs: instantMs(time) ?? next.finishedAtMs };
}

/** The server cannot say; from now on it is as under `hold`. */
export function endLookup(mail: Mail, event: EventOf<'mailLookupEnded'>): Mail {
  if (isMarked(mail, event.id)) {
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

/** The mail as it waits in its next round, due at once; its schedule begins anew. */
function again(mail: FinishedMail, time: string, notAfter: string | null): WaitingMail {
  const { finishedAtMs, state: _state, ...facts } = mail;
  const next = {
    ...facts,
    dueAtMs: instantMs(time) ?? finishedAtMs,
    notAfterMs: instantMs(notAfter) ?? mail.notAfterMs,
    rounds: 0,
    round: mail.round + 1,
    earlierAttempts: mail.attempts.at(-1)?.number ?? 0,
    lookupEnded: false,
  };
  return mail.attempts.length === 0
    ? { ...next, state: 'queued' }
    : { ...next, state: 'deferred', failure: null };
}
