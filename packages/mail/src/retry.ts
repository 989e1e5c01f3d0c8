const minuteMs = 60 * 1000;
const firstPauseMs = 5 * minuteMs;
const longestPauseMs = 67 * minuteMs;

/** What a server that says "too much" is given where it names no time. */
const throttledPauseMs = 5 * minuteMs;

/**
 * The pause before the next attempt: 5 minutes, doubling to 67 (RFC 5321 §4.5.4.1 wants patience, and more of it with
 * time). `retryCount` is how often the mail was retried already; `jitter` (0 to 1) spreads it by a tenth either way.
 */
export function retryDelayMs(retryCount: number, jitter: number): number {
  const pauseMs = Math.min(firstPauseMs * 2 ** retryCount, longestPauseMs);
  return Math.round(pauseMs * (0.9 + 0.2 * jitter));
}

/** The pause before the next attempt after a server was sent too much: the one it has asked for, up to a tenth longer. */
export function throttledDelayMs(retryAfterSeconds: number | undefined, jitter: number): number {
  const pauseMs = retryAfterSeconds === undefined ? throttledPauseMs : retryAfterSeconds * 1000;
  return Math.round(pauseMs * (1 + 0.1 * jitter));
}

/** Nothing expires early: what would be tried after `notAfter` waits until then. */
export function lastMomentMs({ notAfterMs }: { readonly notAfterMs: number }, attemptAtMs: number): number {
  return Math.min(attemptAtMs, notAfterMs);
}
