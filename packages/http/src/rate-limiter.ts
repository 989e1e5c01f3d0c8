/** At most `max` within any `windowMs`. */
export interface RateLimit {
  readonly max: number;
  readonly windowMs: number;
}

export interface RateLimiter {
  /** Counts a request of the client. If it is one too many: in how many seconds the next one is taken. */
  take(client: string): number | undefined;
}

/** Clients that are remembered; the one that was quiet for the longest time is forgotten first. */
const maxClients = 10_000;

/** A limit for each client in a sliding window. Refused requests do not count. */
export function createRateLimiter({ max, windowMs }: RateLimit, now: () => number): RateLimiter {
  const timesByClient = new Map<string, readonly number[]>();

  const remember = (client: string, times: readonly number[]): void => {
    timesByClient.delete(client);
    timesByClient.set(client, times);
    const [quietest] = timesByClient.keys();
    if (timesByClient.size > maxClients && quietest !== undefined) timesByClient.delete(quietest);
  };

  return {
    take(client) {
      const nowMs = now();
      const recent = (timesByClient.get(client) ?? []).filter((time) => time > nowMs - windowMs);
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= max) {
        return Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000));
      }
      remember(client, [...recent, nowMs]);
      return undefined;
    },
  };
}
