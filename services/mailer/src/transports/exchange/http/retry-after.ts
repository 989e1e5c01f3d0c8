const longestSeconds = 24 * 3600;

/** The pause of a Retry-After header (RFC 9110 §10.2.3), seconds or a date; undefined when it names none. Pure. */
export function retryAfterSeconds(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d{1,6}$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - nowMs) / 1000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), longestSeconds) : undefined;
}
