/**
 * Lets the embedded log forget what is too old, every hour: requests and events as long as the variables say, of the state of
 * mailers the newest, settings never. What a mail that waits still needs is kept.
 *
 * A wrong clock must not forget. The log takes its newest record for the latest time there is. Beyond that, a clock that
 * was set, or is far from the last record of an earlier run, is believed when it has gone on for a day.
 */
import { topics } from '@postausgang/contracts';
import { EventLogError, type SqliteLog, type TopicRetention } from '@postausgang/event-log';
import type { ServiceProcess } from '@postausgang/http';
import type { Mailer } from '@postausgang/mailer';

interface ForgettingOptions {
  readonly log: Pick<SqliteLog, 'forget' | 'lastRecordMs'>;
  /** Complete. */
  readonly mailer: Pick<Mailer, 'needed'>;
  readonly requestsMs: number;
  readonly eventsMs: number;
  readonly logger: Pick<ServiceProcess['logger'], 'info' | 'warn'>;
  /** The clocks of the system, unless given. */
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
}

export interface Forgetting {
  /** Forgets what is too old now. */
  look(): Promise<void>;
  /** What is under way ends with the log. */
  stop(): void;
}

const minuteMs = 60 * 1000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export function startForgetting(options: ForgettingOptions): Forgetting {
  const { log, logger, nowMs = Date.now, monotonicMs = () => performance.now() } = options;
  const isBelieved = createClockGuard(log.lastRecordMs, { nowMs: nowMs(), monotonicMs: monotonicMs() });
  let timer = setTimeout(again, minuteMs).unref();
  let isStopped = false;

  async function look(): Promise<void> {
    const now = { nowMs: nowMs(), monotonicMs: monotonicMs() };
    if (!isBelieved(now)) return;
    try {
      const { files, freedBytes } = await log.forget({
        retention: retentionAt(options, now.nowMs),
        nowMs: now.nowMs,
      });
      if (files > 0) logger.info({ files, freedBytes }, 'the log has forgotten old records');
    } catch (error) {
      const code = error instanceof EventLogError ? error.code : undefined;
      logger.warn({ err: error, code }, 'old records could not be forgotten; trying again in an hour');
    }
  }
  function again(): void {
    void look().then(() => {
      if (!isStopped) timer = setTimeout(again, hourMs).unref();
    });
  }
  return {
    look,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Begins when the mailer knows what still waits. The result ends it. */
export function forgetWhenComplete(
  options: Omit<ForgettingOptions, 'mailer'> & { readonly mailer: Pick<Mailer, 'needed' | 'complete'> },
): () => void {
  let forgetting: Forgetting | undefined;
  let isStopped = false;
  options.mailer.complete.then(
    () => {
      if (!isStopped) forgetting = startForgetting(options);
    },
    () => undefined,
  );
  return () => {
    isStopped = true;
    forgetting?.stop();
  };
}

interface Moment {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** A service may have been off for a week. */
const longestGapMs = 7 * dayMs;
const steadyMs = dayMs;

/** Whether the time is to be believed. To be asked at each look. */
export function createClockGuard(lastRecordMs: number | null, start: Moment): (now: Moment) => boolean {
  const isFar = lastRecordMs !== null && Math.abs(start.nowMs - lastRecordMs) > longestGapMs;
  let doubtedUntilMs = isFar ? start.monotonicMs + steadyMs : Number.NEGATIVE_INFINITY;
  let last = start;
  return (now) => {
    const jumpedMs = now.nowMs - last.nowMs - (now.monotonicMs - last.monotonicMs);
    last = now;
    if (Math.abs(jumpedMs) > hourMs) {
      doubtedUntilMs = now.monotonicMs + steadyMs;
    }
    return now.monotonicMs >= doubtedUntilMs;
  };
}

/** The same times as those of the topics in Kafka, unless the variables say others. */
function retentionAt({ mailer, requestsMs, eventsMs }: ForgettingOptions, nowMs: number) {
  const { requests: offsets, mailIds: subjects } = mailer.needed(
    nowMs - Math.min(requestsMs, eventsMs) + dayMs,
  );
  const { settings, mailerStatus, connectionTests, mailRequests, mailEvents } = topics;
  return new Map<string, TopicRetention>([
    [settings.name, { kind: 'forever' }],
    [mailerStatus.name, { kind: 'newest' }],
    [connectionTests.name, { kind: 'time', ms: eventsMs }],
    [mailRequests.name, { kind: 'time', ms: requestsMs, offsets }],
    [mailEvents.name, { kind: 'time', ms: eventsMs, subjects }],
  ]);
}
