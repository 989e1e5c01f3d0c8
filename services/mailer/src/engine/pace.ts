import { classOf, type Failure, failure } from '@postausgang/contracts';
import { toInstant } from '@postausgang/mail';
import { effectiveLimits } from '@postausgang/settings';
import type { Serving, CurrentServing } from '../apply/applier.ts';
import type { Governor } from '../limits/governor.ts';
import { diskFull } from './attempt-end.ts';
import type { Clock, Moment } from './clock.ts';

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
  /** How many sends may begin now: none while the server rests, one as a probe, or any number. */
  allows(nowMs: number): number;
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
  /** Quotas are by the hour or the day: asking more often would only show persistence. */
  quota: { firstMs: 30_000, longestMs: 900_000 },
};

function pausesOf(code: Failure['code']): { readonly firstMs: number; readonly longestMs: number } {
  if (code === 'sending-quota-reached') {
    return pauses.quota;
  }
  return pauses[classOf(code) === 'throttled' ? 'throttled' : 'down'];
}

function pauseMs({ code, retryAfterSeconds }: Failure, failures: number): number {
  if (retryAfterSeconds !== undefined) {
    return retryAfterSeconds * 1000;
  }
  const { firstMs, longestMs } = pausesOf(code);
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
  const isResting = ({ probing, untilMs }: Open, nowMs: number): boolean => probing || nowMs < untilMs;
  return {
    allows(nowMs) {
      return open === null ? Number.POSITIVE_INFINITY : isResting(open, nowMs) ? 0 : 1;
    },
    enter(nowMs) {
      if (open === null) {
        return { probe: false };
      }
      if (isResting(open, nowMs)) {
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

interface PaceDeps {
  readonly serving: Pick<CurrentServing, 'current'>;
  readonly breaker: Breaker;
  readonly governor: Governor;
  readonly clock: Clock;
  /** Whether the log refuses intents for want of space; never where nothing is given. */
  readonly isDiskFull?: (() => boolean) | undefined;
}

interface Resting {
  readonly sinceMs: number | undefined;
  readonly nextProbeAtMs: number | undefined;
  /** Failed probes, or failed tries to build the transport, in a row. */
  readonly failures: number;
}

/** Room within the limits for the mail of a connection test, until it is given back. It does not count as used. */
export type ProbePermit =
  | { readonly ok: true; readonly recipients: number; readonly giveBack: () => void }
  | { readonly ok: false; readonly failure: Failure };

/** Whether mail moves, and why not: the settings, the server, the disk, or a limit. Times are those of the wall clock. */
export interface Pace {
  /** Other settings, or none, are in force. */
  changed(now: Serving): void;
  /** Whether due mail goes out at this moment. */
  isMoving(): boolean;
  /** What is wrong, so that no mail moves, or null. */
  standstill(): Failure | null;
  /** The limit that is reached, or null. */
  limitReached(): Failure | null;
  /** See there. `recipients`: how many are wanted. */
  probePermit(testId: string, recipients: number): ProbePermit;
  /** What mail waits for as a whole: a standstill, or a limit that is reached. */
  waitingFor(): Failure | null;
  /** Since when nothing moves, and when that is looked at again. */
  resting(): Resting;
  /** One look at breaker and limits, for a whole pass. */
  look(at: Moment): PaceNow;
}

export interface PaceNow {
  /** How many attempts may be under way. */
  readonly places: number;
  /** How many may begin, whatever the places: a server that rests gets one as a probe. */
  readonly mayBegin: number;
  /** When mail that rests may go on, as far as that is known. */
  readonly goesOnAtMs: readonly number[];
}

export function createPace({ serving, breaker, governor, clock, isDiskFull }: PaceDeps): Pace {
  const outage = createOutage(clock);

  function onWallClock(monotonicMs: number | undefined): number | undefined {
    return monotonicMs === undefined ? undefined : clock.nowMs() + monotonicMs - clock.monotonicMs();
  }

  function standstill(): Failure | null {
    const now = serving.current();
    if (now.state === 'unavailable') {
      return withRetry(now.failure, onWallClock(outage.nextTryAtMs()));
    }
    const why = breaker.failure();
    if (why === null) {
      return isDiskFull?.() === true ? diskFull : null;
    }
    return withRetry(why, onWallClock(breaker.reopensAtMs()));
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
    outage.changed(now);
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
    probePermit: (testId, wanted) => probePermit({ governor, clock }, testId, wanted, limitReached),
    waitingFor: () => standstill() ?? limitReached(),
    resting() {
      const now = serving.current();
      if (now.state === 'unavailable') {
        const nextProbeAtMs = onWallClock(outage.nextTryAtMs());
        return { sinceMs: outage.sinceMs(), nextProbeAtMs, failures: now.tries?.count ?? 0 };
      }
      const { sinceMs, nextProbeAtMs, failures } = breaker.resting();
      return { sinceMs: onWallClock(sinceMs), nextProbeAtMs: onWallClock(nextProbeAtMs), failures };
    },
    look({ nowMs, monotonicMs }) {
      const { reached, places } = governor.look(nowMs);
      // A rest that is over ends with the next mail that is due; there is nothing to wake for.
      const times = [onWallClock(breaker.reopensAtMs()) ?? 0, reached?.untilMs ?? 0];
      return {
        places,
        mayBegin: breaker.allows(monotonicMs),
        goesOnAtMs: times.filter((atMs) => atMs > nowMs),
      };
    },
  };
}

/** The time in which there is no transport: since when, by the wall clock, and when one is tried again (monotonic). */
function createOutage(clock: Clock) {
  let sinceMs: number | undefined;
  let nextTryAtMs: number | undefined;
  return {
    changed(now: Serving): void {
      const isUnavailable = now.state === 'unavailable';
      sinceMs = isUnavailable ? (sinceMs ?? clock.nowMs()) : undefined;
      const nextInMs = isUnavailable ? (now.tries?.nextInMs ?? null) : null;
      nextTryAtMs = nextInMs === null ? undefined : clock.monotonicMs() + nextInMs;
    },
    sinceMs: () => sinceMs,
    /** A pause that is over is a try that is under way. */
    nextTryAtMs: () =>
      nextTryAtMs !== undefined && nextTryAtMs > clock.monotonicMs() ? nextTryAtMs : undefined,
  };
}

function withRetry(why: Failure, retryAtMs: number | undefined): Failure {
  return retryAtMs === undefined ? why : { ...why, retryAt: toInstant(retryAtMs) };
}

function probePermit(
  { governor, clock }: Pick<PaceDeps, 'governor' | 'clock'>,
  testId: string,
  wanted: number,
  limitReached: () => Failure | null,
): ProbePermit {
  const permit = governor.take(testId, 0, wanted, clock.nowMs());
  const reached = permit === null ? limitReached() : null;
  if (reached !== null) {
    return { ok: false, failure: reached };
  }
  // A mailer without a partition has no share of the limits, and knows nothing of them.
  const recipients = permit?.recipients ?? wanted;
  return { ok: true, recipients, giveBack: () => governor.giveBack(testId) };
}
