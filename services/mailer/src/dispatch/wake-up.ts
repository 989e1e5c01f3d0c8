import type { Clock } from './clock.ts';

/** The one timer of the queue. */
export interface WakeUp {
  /** Wakes at this time at the latest. */
  at(timeMs: number | undefined): void;
  cancel(): void;
}

/** A timer of more than 24 days fires at once, and the clock of the machine may be set: look at least every hour. */
const longestSleepMs = 60 * 60 * 1000;

export function createWakeUp(clock: Clock, run: () => void): WakeUp {
  let armedForMs = Number.POSITIVE_INFINITY;
  let disarm = (): void => undefined;
  const fire = (): void => {
    armedForMs = Number.POSITIVE_INFINITY;
    run();
  };
  return {
    at(timeMs) {
      const nowMs = clock.nowMs();
      const wantedMs = Math.min(timeMs ?? Number.POSITIVE_INFINITY, nowMs + longestSleepMs);
      if (wantedMs < armedForMs) {
        disarm();
        armedForMs = wantedMs;
        disarm = clock.setTimer(Math.max(wantedMs - nowMs, 1), fire);
      }
    },
    cancel() {
      disarm();
      armedForMs = Number.NEGATIVE_INFINITY;
    },
  };
}
