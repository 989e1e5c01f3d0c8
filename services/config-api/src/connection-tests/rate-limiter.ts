/** At most `requests` within any `windowMs`. */
export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

export interface RateLimiter {
  /** Counts a request of the client; if it is one too many, after how many seconds the next one is taken. */
  take(client: string): number | undefined;
}

/** A limit per client in a sliding window. Refused requests do not count. */
export function createRateLimiter({ requests, windowMs }: RateLimit, now: () => number): RateLimiter {
  const timesByClient = new Map<string, readonly number[]>();

  function forgetOld(nowMs: number): void {
    for (const [client, times] of timesByClient) {
      const recent = times.filter((time) => time > nowMs - windowMs);
      if (recent.length === 0) timesByClient.delete(client);
      else timesByClient.set(client, recent);
    }
  }

  return {
    take(client) {
      const nowMs = now();
      forgetOld(nowMs);
      const times = timesByClient.get(client) ?? [];
      const [oldest] = times;
      if (oldest !== undefined && times.length >= requests) {
        return Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000));
      }
      timesByClient.set(client, [...times, nowMs]);
      return undefined;
    },
  };
}
