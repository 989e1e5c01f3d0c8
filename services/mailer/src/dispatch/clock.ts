/**
 * The time, and one way to wait for it; tests bring their own. Due times are those of the wall clock, which people and
 * other machines know, and which may be set, or stand still with a laptop that sleeps. Pauses are those of the monotonic
 * clock, which only counts.
 */
export interface Clock {
  /** Milliseconds since 1970, by the wall clock. */
  nowMs(): number;
  /** Milliseconds since some moment, by a clock that nobody sets. */
  monotonicMs(): number;
  /** Calls `run` after a while; the returned function prevents that. */
  setTimer(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
