import type { Clock } from './clock.ts';

export interface PersistOptions {
  readonly clock: Clock;
  /** Whether it need not be tried any more: it was durable after all, or the queue has stopped. */
  readonly isOver: () => boolean;
  /** Hears of each failed try. */
  readonly onFailed: (error: unknown) => void;
}

const firstPauseMs = 100;
const longestPauseMs = 10_000;

/** Publishes until it is durable. An outcome must not be lost, whatever the log is going through. */
export async function persist(publish: () => Promise<unknown>, options: PersistOptions): Promise<void> {
  const { clock, isOver, onFailed } = options;
  for (let pauseMs = firstPauseMs; !isOver(); pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await publish();
      return;
    } catch (error) {
      onFailed(error);
      await new Promise<void>((resolve) => void clock.setTimer(pauseMs, resolve));
    }
  }
}
