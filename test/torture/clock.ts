const preload = new URL('clock-ahead.ts', import.meta.url).href;

/** The environment of a service whose clock is ahead. */
export const clockAhead = (aheadMs: number): Record<string, string> =>
  aheadMs === 0 ? {} : { NODE_OPTIONS: `--import=${preload}`, CLOCK_AHEAD_MS: String(aheadMs) };
