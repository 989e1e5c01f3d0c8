import type { EffectiveLimits } from '@postausgang/settings';
import { minuteOf, type UsageBucket } from './usage.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const paceMinutes = 10;
/** Mail that has waited so long was not slower to come than to go: then the pace is what the server takes. */
const congestedMs = 2 * minuteMs;

/** What the end of the queue is told from. */
interface Backlog {
  readonly dueMails: number;
  /** Since when the oldest of them waits. */
  readonly oldestDueAtMs: number | undefined;
  readonly limits: EffectiveLimits;
  /** What was handed over in the last 24 hours, by all mailers, oldest first. */
  readonly usage: readonly UsageBucket[];
  readonly nowMs: number;
}

/** Mails a minute, on average of the last ten. */
export function paceOf(usage: readonly UsageBucket[], nowMs: number): number {
  const recent = usage.filter(
    ({ minute }) => minute > minuteOf(nowMs) - paceMinutes && minute <= minuteOf(nowMs),
  );
  const mails = recent.reduce((sum, bucket) => sum + bucket.mails, 0);
  const first = Math.min(minuteOf(nowMs), ...recent.map(({ minute }) => minute));
  return mails / Math.max(1, (nowMs - first * minuteMs) / minuteMs);
}

/** When everything that is due will have gone out, as far as limits and pace tell; null where nothing does. */
export function emptyAtMs(backlog: Backlog): number | null {
  const { dueMails, limits, nowMs, usage } = backlog;
  if (dueMails === 0) {
    return nowMs;
  }
  const rate = expectedRate(backlog);
  if (rate === null) {
    return null;
  }
  const byMinute = nowMs + (dueMails / rate) * minuteMs;
  const { recipientsPerDay } = limits;
  const byDay = recipientsPerDay === null ? nowMs : dayAllowsAtMs(dueMails, recipientsPerDay, usage, nowMs);
  return Math.ceil(Math.max(byMinute, byDay));
}

function expectedRate({ limits, oldestDueAtMs, usage, nowMs }: Backlog): number | null {
  const pace = paceOf(usage, nowMs);
  const limit = limits.mailsPerMinute;
  const isCongested = oldestDueAtMs !== undefined && nowMs - oldestDueAtMs > congestedMs;
  if (pace > 0 && (limit === null || isCongested)) {
    return Math.min(pace, limit ?? Infinity);
  }
  return limit;
}

/** When the recipients of all of them will have had room within the day, which frees what was used a day ago. */
function dayAllowsAtMs(mails: number, limit: number, usage: readonly UsageBucket[], nowMs: number): number {
  const used = usage.reduce((sum, { recipients }) => sum + recipients, 0);
  const sent = usage.reduce((sum, bucket) => sum + bucket.mails, 0);
  const wanted = mails * (sent === 0 ? 1 : used / sent);
  let room = limit - used;
  for (const { minute, recipients } of usage) {
    if (room >= wanted) {
      break;
    }
    room += recipients;
    if (room >= wanted) {
      return (minute + 1) * minuteMs + dayMs;
    }
  }
  return room >= wanted ? nowMs : nowMs + Math.ceil((wanted - room) / limit) * dayMs;
}
