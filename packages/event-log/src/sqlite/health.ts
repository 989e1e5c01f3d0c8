import type { EventLogError } from '../event-log-error.ts';

/** Whether the log takes appends, as far as it was seen. */
export interface SqliteReadiness {
  readonly ready: boolean;
  /** Why not; null where it does. */
  readonly failure: EventLogError | null;
}

export interface Health {
  succeeded(): void;
  /** Hears of each commit that failed. */
  failed(error: EventLogError): void;
  readiness(): SqliteReadiness;
}

const probeEveryMs = 1_000;

/**
 * A log that could not write is asked again by a small commit, when somebody wants to know and not more often than once a
 * second: where all are turned away, nothing else would notice that there is space again.
 */
export function createHealth(probe: () => Promise<unknown>, now: () => number): Health {
  let failure: EventLogError | null = null;
  let probedAtMs = Number.NEGATIVE_INFINITY;
  return {
    succeeded() {
      failure = null;
    },
    failed(error) {
      failure = error;
    },
    readiness() {
      if (failure !== null && now() - probedAtMs >= probeEveryMs) {
        probedAtMs = now();
        // Its end is told like that of any commit.
        probe().catch(() => undefined);
      }
      return { ready: failure === null, failure };
    },
  };
}
