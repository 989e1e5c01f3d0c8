/*
 * Quotas of API keys: how much mail a key may ask for in a minute and in a day.
 *
 * What a key has asked for is a fold over the log (`RequesterUsage`), so a restart forgets nothing and several mailers see
 * the same. What was let pass and is not folded yet is reserved in this process. Mailers that accept mail of one key at the
 * same moment can exceed a quota by what each of them accepts before it has folded the mail of the others.
 *
 * Usage is counted by minutes. The last 60 seconds are what the running minute has, and of the minute before the share
 * that is less than 60 seconds old, as if its mail had been spread evenly. The day is the last 1,440 minutes.
 */
import type { KeyQuotas } from '@postausgang/contracts';
import { minuteOf } from './usage.ts';

/** What mails use of a quota. */
export interface QuotaUsage {
  readonly mails: number;
  readonly recipients: number;
  readonly bytes: number;
}

export interface RequesterMinute extends QuotaUsage {
  /** Minutes since 1970. */
  readonly minute: number;
}

/** What a requester has asked for since a minute, oldest first. */
export type RequesterUsage = (requester: string, sinceMinute: number) => readonly RequesterMinute[];

/** A quota that does not allow a mail now, or never: then nothing is gained by waiting. */
export interface QuotaReached {
  readonly quota: keyof KeyQuotas;
  readonly limit: number;
  readonly retryAfterSeconds: number | null;
}

export interface Reservation {
  /** What is reserved is in the log, or never will be. */
  end(): void;
}

export interface Quotas {
  reserve(
    requester: string,
    quotas: KeyQuotas,
    usage: QuotaUsage,
    nowMs: number,
  ): { readonly ok: true; readonly reservation: Reservation } | ({ readonly ok: false } & QuotaReached);
}

const minuteMs = 60_000;
const minutesOfDay = 1440;

const parts = ['mails', 'recipients', 'bytes'] as const;
type Part = (typeof parts)[number];

export function createQuotas(usageOf: RequesterUsage): Quotas {
  const reserved = new Map<string, Set<RequesterMinute>>();
  return {
    reserve(requester, quotas, usage, nowMs) {
      const minute = minuteOf(nowMs);
      const own = reserved.get(requester) ?? new Set<RequesterMinute>();
      const used = [...usageOf(requester, minute - minutesOfDay + 1), ...own];
      for (const part of parts) {
        const reached = reachedOf(quotas, part, usage[part], used, nowMs);
        if (reached !== undefined) {
          return { ok: false, ...reached };
        }
      }
      const entry = { minute, ...usage };
      reserved.set(requester, own.add(entry));
      const end = (): void => {
        own.delete(entry);
        if (own.size === 0 && reserved.get(requester) === own) {
          reserved.delete(requester);
        }
      };
      return { ok: true, reservation: { end } };
    },
  };
}

function reachedOf(
  quotas: KeyQuotas,
  part: Part,
  wanted: number,
  used: readonly RequesterMinute[],
  nowMs: number,
): QuotaReached | undefined {
  const minuteLimit = quotas[`${part}PerMinute`] ?? null;
  const minuteWaitMs = minuteLimit === null ? 0 : waitOfMinute(used, part, minuteLimit - wanted, nowMs);
  if (minuteLimit !== null && minuteWaitMs !== 0) {
    return reached(`${part}PerMinute`, minuteLimit, minuteWaitMs);
  }
  const dayLimit = quotas[`${part}PerDay`] ?? null;
  const dayWaitMs = dayLimit === null ? 0 : waitOfDay(used, part, dayLimit - wanted, nowMs);
  return dayLimit === null || dayWaitMs === 0 ? undefined : reached(`${part}PerDay`, dayLimit, dayWaitMs);
}

function reached(quota: keyof KeyQuotas, limit: number, waitMs: number): QuotaReached {
  const retryAfterSeconds = Number.isFinite(waitMs) ? Math.max(1, Math.ceil(waitMs / 1000)) : null;
  return { quota, limit, retryAfterSeconds };
}

function sumOf(used: readonly RequesterMinute[], part: Part, isCounted: (minute: number) => boolean): number {
  return used.reduce((sum, one) => (isCounted(one.minute) ? sum + one[part] : sum), 0);
}

/** How long until no more than this is used of the last 60 seconds; 0: now, infinite: never. */
function waitOfMinute(used: readonly RequesterMinute[], part: Part, most: number, nowMs: number): number {
  if (most < 0) {
    return Number.POSITIVE_INFINITY;
  }
  const minute = minuteOf(nowMs);
  const elapsedMs = nowMs - minute * minuteMs;
  const before = sumOf(used, part, (one) => one === minute - 1);
  const current = sumOf(used, part, (one) => one >= minute);
  if (current + (before * (minuteMs - elapsedMs)) / minuteMs <= most) {
    return 0;
  }
  const toFit = (amount: number, room: number): number => Math.ceil(minuteMs * (1 - room / amount));
  return current <= most && before > 0
    ? toFit(before, most - current) - elapsedMs
    : minuteMs - elapsedMs + toFit(current, most);
}

/** The same for the last 1,440 minutes. */
function waitOfDay(used: readonly RequesterMinute[], part: Part, most: number, nowMs: number): number {
  if (most < 0) {
    return Number.POSITIVE_INFINITY;
  }
  let left = sumOf(used, part, () => true);
  for (const one of used.toSorted((a, b) => a.minute - b.minute)) {
    if (left <= most) {
      break;
    }
    left -= one[part];
    if (left <= most) {
      return Math.max(1, (one.minute + minutesOfDay) * minuteMs - nowMs);
    }
  }
  return 0;
}
