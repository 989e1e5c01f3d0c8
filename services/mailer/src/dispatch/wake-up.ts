import type { Clock } from './clock.ts';

/** The one timer of the queue. */
export interface WakeUp {
  /** Wakes at this time of the wall clock at the latest. */
  at(timeMs: number | undefined): void;
  cancel(): void;
}

/** A timer of more than 24 days fires at once, and the clock of the machine may be set: look every few minutes. */
const longestSleepMs = 5 * 60 * 1000;

export function createWakeUp(clock: Clock, run: () => void): WakeUp {
  let armedForMs = Number.POSITIVE_INFINITY;
  let disarm = (): void => undefined;
  const fire = (): void => {
    armedForMs = Number.POSITIVE_INFINITY;
    run();
  };
  return {
    at(timeMs) {
      const untilMs = (timeMs ?? Number.POSITIVE_INFINITY) - clock.nowMs();
      const delayMs = Math.min(Math.max(untilMs, 1), longestSleepMs);
      const wantedMs = clock.monotonicMs() + delayMs;
      if (wantedMs < armedForMs) {
        disarm();
        armedForMs = wantedMs;
        disarm = clock.setTimer(delayMs, fire);
      }
    },
    cancel() {
      disarm();
      armedForMs = Number.NEGATIVE_INFINITY;
    },
  };
}
