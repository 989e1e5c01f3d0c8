import { classOf, type Failure } from '@postausgang/contracts';

/** Whether a send may tell the breaker something: the probe, or one of many. */
export interface Ticket {
  readonly probe: boolean;
}

/**
 * Keeps mail from running against a server that is down: `server-failed` says nothing about a mail, so all mail waits,
 * and one probe at a time goes out, 1 s later at first, then doubling to 60 s. A server that is sent too much is given the
 * time it asks for; 10 s at first, then doubling to 5 minutes, where it names none.
 */
export interface Breaker {
  /** A ticket for one send, or undefined while the server rests or a probe is under way. All times are monotonic. */
  enter(nowMs: number): Ticket | undefined;
  /** The server as a whole did not work. Says whether that opened the breaker. */
  failed(ticket: Ticket, failure: Failure, nowMs: number): boolean;
  /** The server had an answer for a mail. */
  succeeded(): void;
  /** Nothing was learned about the server. */
  left(ticket: Ticket): void;
  /** Another server, or the same one set up anew. */
  reset(): void;
  /** Why mail rests, or null. */
  failure(): Failure | null;
  /** When the next probe may go. */
  reopensAtMs(): number | undefined;
  /** Since when mail rests, when the next probe may go, and how many have failed. */
  resting(): { sinceMs: number | undefined; nextProbeAtMs: number | undefined; failures: number };
}

const pauses = {
  down: { firstMs: 1000, longestMs: 60_000 },
  throttled: { firstMs: 10_000, longestMs: 300_000 },
};

function pauseMs({ code, retryAfterSeconds }: Failure, failures: number): number {
  if (retryAfterSeconds !== undefined) {
    return retryAfterSeconds * 1000;
  }
  const { firstMs, longestMs } = pauses[classOf(code) === 'throttled' ? 'throttled' : 'down'];
  return Math.min(firstMs * 2 ** (failures - 1), longestMs);
}

interface Open {
  readonly failure: Failure;
  readonly failures: number;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly probing: boolean;
}

/** `random` gives 0 to 1; it spreads the pauses of several mailers by a tenth either way. */
export function createBreaker(random: () => number): Breaker {
  let open: Open | null = null;
  return {
    enter(nowMs) {
      if (open === null) {
        return { probe: false };
      }
      if (open.probing || nowMs < open.untilMs) {
        return undefined;
      }
      open = { ...open, probing: true };
      return { probe: true };
    },
    failed(ticket, failure, nowMs) {
      if (open !== null && !ticket.probe) {
        return false;
      }
      const failures = (open?.failures ?? 0) + 1;
      // Never earlier than the server has asked for.
      const spread = failure.retryAfterSeconds === undefined ? 0.9 + 0.2 * random() : 1 + 0.1 * random();
      open = {
        failure,
        failures,
        sinceMs: open?.sinceMs ?? nowMs,
        untilMs: nowMs + pauseMs(failure, failures) * spread,
        probing: false,
      };
      return true;
    },
    succeeded() {
      open = null;
    },
    left(ticket) {
      if (open !== null && ticket.probe) {
        open = { ...open, probing: false };
      }
    },
    reset() {
      open = null;
    },
    failure: () => open?.failure ?? null,
    reopensAtMs: () => (open === null || open.probing ? undefined : open.untilMs),
    resting: () => ({
      sinceMs: open?.sinceMs,
      nextProbeAtMs: open === null || open.probing ? undefined : open.untilMs,
      failures: open?.failures ?? 0,
    }),
  };
}
