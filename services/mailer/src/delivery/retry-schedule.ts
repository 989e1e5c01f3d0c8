const minuteMs = 60 * 1000;
const firstPauseMs = 5 * minuteMs;
const longestPauseMs = 67 * minuteMs;

/**
 * The pause before the next attempt: 5 minutes, doubling to 67 (RFC 5321 §4.5.4.1 wants patience, and more of it with
 * time). `rounds` is how often the mail was put off already; `jitter` (0 to 1) spreads it by a tenth either way.
 */
export function retryDelayMs(rounds: number, jitter: number): number {
  const pauseMs = Math.min(firstPauseMs * 2 ** rounds, longestPauseMs);
  return Math.round(pauseMs * (0.9 + 0.2 * jitter));
}
