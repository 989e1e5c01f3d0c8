/**
 * What is counted of mails, as a fold: each event about a mail adds a few counts at the time of the event. Counts of the same
 * measure add up over mails, minutes and days, so that a roll-up of any step is a sum.
 *
 * - An end is counted when it comes. A mail that is sent again, or whose unknown outcome is resolved, ends once more.
 * - Repeats count nothing: they change no version of their mail.
 * - `waiting` is counted by differences; its sum up to a time is what waited then.
 */
import type { FailureCode } from '@postausgang/contracts';
import { evolve } from './evolve.ts';
import type { EventPlace, MailEvent } from './mail-event.ts';
import {
  type FinalState,
  instantMs,
  isFinished,
  isWaiting,
  type Mail,
  type MailRow,
  newMail,
} from './mail.ts';
import { failureOf } from './status.ts';

/** `failure:` is followed by a code of a failure, `duration:` by the number of a bucket; see `durationBucket`. */
export type MailMeasure =
  'accepted' | 'waiting' | 'deferred' | FinalState | `failure:${FailureCode}` | `duration:${number}`;

/** `by` is negative where something ends. */
export interface MailCounted {
  readonly atMs: number;
  readonly measure: MailMeasure;
  readonly by: number;
}

/** A row before and after an event about its mail. */
export interface RowChange {
  readonly before: MailRow | undefined;
  readonly event: MailEvent;
  readonly place: EventPlace;
  readonly after: MailRow | undefined;
}

/** What an event adds. Events that wait for the request of their mail count when it comes, each at its own time. */
export function countedOf({ before, event, place, after }: RowChange): readonly MailCounted[] {
  if (after === undefined || after.state === 'awaited' || after === before) {
    return [];
  }
  if (before !== undefined && before.state !== 'awaited') {
    return changed(before, event, after);
  }
  if (event.type !== 'io.postausgang.mail-requested.v1') {
    return [];
  }
  let mail: Mail = newMail(event, place);
  const counted = [...accepted(mail)];
  for (const earlier of before?.events ?? []) {
    const next = evolve(mail, earlier, place);
    if (next !== undefined && next.state !== 'awaited') {
      counted.push(...changed(mail, earlier, next));
      mail = next;
    }
  }
  return counted;
}

/** What a row tells of all that was counted of its mail, for a view that has not counted before: its last end only. */
export function countedOfRow(mail: Mail): readonly MailCounted[] {
  const { acceptedAtMs } = mail;
  if (isFinished(mail)) {
    return [...accepted(mail), { atMs: mail.finishedAtMs, measure: 'waiting', by: -1 }, ...ended(mail)];
  }
  return isQueued(mail) ? accepted(mail) : [{ atMs: acceptedAtMs, measure: 'accepted', by: 1 }];
}

function accepted({ acceptedAtMs }: Mail): readonly MailCounted[] {
  return [
    { atMs: acceptedAtMs, measure: 'accepted', by: 1 },
    { atMs: acceptedAtMs, measure: 'waiting', by: 1 },
  ];
}

/** Held mail does not wait for the server but for a person. */
function isQueued(mail: Mail): boolean {
  return isWaiting(mail) || mail.state === 'sending';
}

function changed(before: Mail, event: MailEvent, after: Mail): readonly MailCounted[] {
  const atMs = instantMs(event.time) ?? after.acceptedAtMs;
  const waiting = Number(isQueued(after)) - Number(isQueued(before));
  const isDeferred = event.type === 'io.postausgang.mail-deferred.v1' && after.version !== before.version;
  return [
    ...(waiting === 0 ? [] : [{ atMs, measure: 'waiting', by: waiting } as const]),
    ...(isDeferred ? [{ atMs, measure: 'deferred', by: 1 } as const] : []),
    ...(isFinished(after) && after.state !== before.state ? ended(after, atMs) : []),
  ];
}

function ended(
  mail: Extract<Mail, { state: FinalState }>,
  atMs: number = mail.finishedAtMs,
): readonly MailCounted[] {
  const { state, generation } = mail;
  const isDelivered = state === 'sent' || state === 'partly-sent';
  const failure = state === 'sent' || state === 'cancelled' ? null : failureOf(mail);
  const bucket = durationBucket(atMs - Math.max(mail.acceptedAtMs, mail.sendAtMs ?? 0));
  return [
    { atMs, measure: state, by: 1 },
    ...(failure === null ? [] : [{ atMs, measure: `failure:${failure.code}`, by: 1 } as const]),
    // What is sent again says nothing of how long mail takes.
    ...(isDelivered && generation === 1 ? [{ atMs, measure: `duration:${bucket}`, by: 1 } as const] : []),
  ];
}

const firstBoundMs = 10;
const lastBucket = 60;

/** Each bucket of durations ends at √2 times the end of the one before; the first ends at 10 ms, the last has no end. */
export function durationBucket(durationMs: number): number {
  const bucket = Math.ceil(2 * Math.log2(Math.max(durationMs, firstBoundMs) / firstBoundMs));
  return Math.min(bucket, lastBucket);
}

function boundMs(bucket: number): number {
  return bucket < 0 ? 0 : firstBoundMs * 2 ** (bucket / 2);
}

/**
 * The duration that a share of all mails does not exceed, in whole milliseconds; null where there is none. Within a bucket
 * durations are taken as spread evenly, so the answer is within 42 % of the exact one.
 */
export function durationAt(buckets: ReadonlyMap<number, number>, share: number): number | null {
  const total = [...buckets.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) {
    return null;
  }
  let missing = share * total;
  for (const [bucket, count] of [...buckets].toSorted(([one], [other]) => one - other)) {
    if (count >= missing) {
      const [from, to] = [boundMs(bucket - 1), boundMs(bucket)];
      return Math.round(from + ((to - from) * missing) / count);
    }
    missing -= count;
  }
  return Math.round(boundMs(lastBucket));
}
