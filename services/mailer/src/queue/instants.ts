/** The last instant RFC 3339 can write. */
const lastInstantMs = 253_402_300_799_999;

/** An RFC 3339 instant in milliseconds since 1970, or null where there is none or it names no real time. */
export function instantMs(instant: string | null | undefined): number | null {
  const parsed = typeof instant === 'string' ? Date.parse(instant) : Number.NaN;
  return Number.isNaN(parsed) || parsed > lastInstantMs ? null : parsed;
}

let last = { timeMs: 0, instant: new Date(0).toISOString() };

/** Milliseconds since 1970 as RFC 3339 in UTC. Under load many mails share a millisecond, so the last one is kept. */
export function toInstant(timeMs: number): string {
  if (timeMs !== last.timeMs) {
    last = { timeMs, instant: new Date(Math.min(timeMs, lastInstantMs)).toISOString() };
  }
  return last.instant;
}
