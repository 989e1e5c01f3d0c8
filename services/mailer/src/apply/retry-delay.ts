const firstMs = 1000;
const longestMs = 60_000;

/**
 * The pause before the n-th next try to build a transport, n from 0: 1 s doubling to 60 s. `random` is 0 to 1; it
 * spreads the tries of several mailers by a tenth either way.
 */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.min(firstMs * 2 ** attempt, longestMs) * (0.9 + 0.2 * random);
}
