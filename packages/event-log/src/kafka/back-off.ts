import { setTimeout as sleep } from 'node:timers/promises';

const firstMs = 50;
const longestMs = 2_000;

/** Waits longer after each failure in a row, so that brokers that come back are not overrun. */
export interface BackOff {
  /** Resolves early when the signal says so. */
  wait(signal?: AbortSignal): Promise<void>;
  succeeded(): void;
}

export function createBackOff(): BackOff {
  let failures = 0;
  return {
    async wait(signal) {
      const fullMs = Math.min(firstMs * 2 ** failures, longestMs);
      failures += 1;
      const jitterMs = fullMs * 0.5 * Math.random();
      await pause(fullMs - jitterMs, signal);
    },
    succeeded() {
      failures = 0;
    },
  };
}

/** Waits, or less when the signal says so. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
