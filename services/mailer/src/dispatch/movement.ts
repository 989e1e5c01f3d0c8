import { type Failure, failure } from '@postausgang/contracts';
import { toInstant } from '@postausgang/mail';
import { effectiveLimits } from '@postausgang/settings';
import type { Serving, ServingHolder } from '../apply/serving.ts';
import type { Governor } from '../delivery/governor.ts';
import type { Breaker } from './breaker.ts';
import type { Clock } from './clock.ts';

export interface MovementDeps {
  readonly serving: Pick<ServingHolder, 'current'>;
  readonly breaker: Breaker;
  readonly governor: Governor;
  readonly clock: Clock;
}

interface Resting {
  readonly sinceMs: number | undefined;
  readonly nextProbeAtMs: number | undefined;
  /** Failed probes in a row. */
  readonly failures: number;
}

/** Whether mail moves, and why not: the settings, the server, or a limit. Times are those of the wall clock. */
export interface Movement {
  /** Other settings, or none, are in force. */
  changed(now: Serving): void;
  /** Whether due mail goes out at this moment. */
  isMoving(): boolean;
  /** What is wrong, so that no mail moves, or null. */
  standstill(): Failure | null;
  /** The limit that is reached, or null. */
  limitReached(): Failure | null;
  /** What mail waits for as a whole: a standstill, or a limit that is reached. */
  waitingFor(): Failure | null;
  /** Since when nothing moves, and when that is looked at again. */
  resting(): Resting;
  /** When mail that rests may go on, as far as that is known. */
  goesOnAtMs(nowMs: number): readonly number[];
}

export function createMovement({ serving, breaker, governor, clock }: MovementDeps): Movement {
  let unavailableSinceMs: number | undefined;

  function onWallClock(monotonicMs: number | undefined): number | undefined {
    return monotonicMs === undefined ? undefined : clock.nowMs() + monotonicMs - clock.monotonicMs();
  }

  function standstill(): Failure | null {
    const now = serving.current();
    if (now.state === 'unavailable') {
      return now.failure;
    }
    const why = breaker.failure();
    const probeAtMs = onWallClock(breaker.reopensAtMs());
    return why === null || probeAtMs === undefined ? why : { ...why, retryAt: toInstant(probeAtMs) };
  }

  function limitReached(): Failure | null {
    const reached = serving.current().state === 'active' ? governor.reached(clock.nowMs()) : null;
    if (reached === null) {
      return null;
    }
    const retryAt = reached.untilMs === undefined ? {} : { retryAt: toInstant(reached.untilMs) };
    return { ...failure('rate-limited', reached.limit), ...retryAt };
  }

  function changed(now: Serving): void {
    const isUnavailable = now.state === 'unavailable';
    unavailableSinceMs = isUnavailable ? (unavailableSinceMs ?? clock.nowMs()) : undefined;
    if (now.state === 'active') {
      governor.setLimits(effectiveLimits(now.content), clock.nowMs());
    }
  }
  changed(serving.current());

  return {
    changed,
    isMoving: () => serving.current().state === 'active' && breaker.failure() === null,
    standstill,
    limitReached,
    waitingFor: () => standstill() ?? limitReached(),
    resting() {
      if (serving.current().state === 'unavailable') {
        return { sinceMs: unavailableSinceMs, nextProbeAtMs: undefined, failures: 0 };
      }
      const { sinceMs, nextProbeAtMs, failures } = breaker.resting();
      return { sinceMs: onWallClock(sinceMs), nextProbeAtMs: onWallClock(nextProbeAtMs), failures };
    },
    // A rest that is over ends with the next mail that is due; there is nothing to wake for.
    goesOnAtMs: (nowMs) =>
      [onWallClock(breaker.reopensAtMs()) ?? 0, governor.reached(nowMs)?.untilMs ?? 0].filter(
        (atMs) => atMs > nowMs,
      ),
  };
}
