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

/** One look at both clocks. */
export interface Moment {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Notices when the wall clock goes another way than the monotonic one: it was set, or the machine has slept. */
export interface JumpWatch {
  /** Whether the clock has jumped since the last look. */
  hasJumped(at: Moment): boolean;
  /**
   * Whether the time is to be believed. For some minutes after a jump forth it is not: a clock that is wrong by years is
   * often set right soon, and what expires, or is thrown away as old, does not come back.
   */
  isTrusted(at: Moment): boolean;
}

/** Clocks are corrected by a little all the time. */
const noJumpMs = 60_000;
const longJumpMs = 60 * 60 * 1000;
const doubtMs = 10 * 60 * 1000;

export function createJumpWatch(start: Moment): JumpWatch {
  let offsetMs = start.nowMs - start.monotonicMs;
  let trustedFromMs = Number.NEGATIVE_INFINITY;
  return {
    hasJumped({ nowMs, monotonicMs }) {
      const jumpMs = nowMs - monotonicMs - offsetMs;
      if (Math.abs(jumpMs) < noJumpMs) {
        return false;
      }
      offsetMs += jumpMs;
      trustedFromMs = jumpMs >= longJumpMs ? monotonicMs + doubtMs : Number.NEGATIVE_INFINITY;
      return true;
    },
    isTrusted: ({ monotonicMs }) => monotonicMs >= trustedFromMs,
  };
}
