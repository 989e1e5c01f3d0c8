/*
 * What became of all mail, by minutes, hours and days: sums of what each event counts (see `countedOf`). Each step is kept for
 * its own time, so the table stays small however much mail there is. Every mailer folds all partitions, so each answers for all.
 */
import type { DatabaseSync } from 'node:sqlite';
import {
  failure,
  type FailureCode,
  failureTexts,
  type Statistics,
  type StatisticsStep,
} from '@postausgang/contracts';
import {
  countedOf,
  countedOfRow,
  durationAt,
  type Mail,
  type MailCounted,
  type MailRow,
  type RowChange,
  toInstant,
} from '@postausgang/mail';
import { pruneSome } from './pruning.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long each step is, and how long it is kept. */
export const statisticsGrains = {
  minute: { stepMs: minuteMs, keptMs: 2 * dayMs },
  hour: { stepMs: hourMs, keptMs: 93 * dayMs },
  day: { stepMs: dayMs, keptMs: 5 * 366 * dayMs },
} as const satisfies Record<StatisticsStep, { readonly stepMs: number; readonly keptMs: number }>;

const grains = Object.values(statisticsGrains);

/** Times in milliseconds since 1970, both at the border of a step. */
export interface StatisticsQuery {
  readonly step: StatisticsStep;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface StatisticsTable {
  /** Counts what an event has changed. */
  add(change: RowChange): void;
  /** `waitingNow`: how many mails are queued, deferred or being sent at this moment. */
  read(query: StatisticsQuery, waitingNow: number): Pick<Statistics, 'totals' | 'steps'>;
  /** Removes some of what is no longer kept; how many. */
  prune(nowMs: number): number;
  /** Writes what was counted since the last call; before a commit. */
  flush(): void;
  /** Takes back what is only in memory. */
  forget(): void;
}

export const statisticsSchema = `
  CREATE TABLE statistics (
    step_ms INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    measure TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (step_ms, start_ms, measure)
  ) STRICT, WITHOUT ROWID;`;

const upsert = `
  INSERT INTO statistics VALUES (?, ?, ?, ?)
  ON CONFLICT (step_ms, start_ms, measure) DO UPDATE SET count = count + excluded.count`;
const before = grains
  .map(({ stepMs, keptMs }) => `step_ms = ${stepMs} AND start_ms < ?1 - ${keptMs}`)
  .join(' OR ');

type Sums = Map<string, number>;

function addTo(sums: Sums, name: string, by: number): void {
  sums.set(name, (sums.get(name) ?? 0) + by);
}

/** Adds up by measure and minute what was counted, and writes it into each step. */
function counter(database: DatabaseSync, nowMs: () => number) {
  const write = database.prepare(upsert);
  const unwritten: Sums = new Map();
  return {
    add({ atMs, measure, by }: MailCounted): void {
      addTo(unwritten, `${Math.floor(atMs / minuteMs)} ${measure}`, by);
    },
    flush(): void {
      if (unwritten.size === 0) return;
      const now = nowMs();
      for (const { stepMs, keptMs } of grains) {
        const sums: Sums = new Map();
        for (const [key, by] of unwritten) {
          const [minute = '', measure = ''] = key.split(' ');
          const start = Math.floor((Number(minute) * minuteMs) / stepMs) * stepMs;
          // A view that is filled from a long log would write years of minutes only to remove them.
          if (start >= now - keptMs) addTo(sums, `${start} ${measure}`, by);
        }
        for (const [key, by] of sums) {
          const [start, measure = ''] = key.split(' ');
          if (by !== 0) write.run(stepMs, Number(start), measure, by);
        }
      }
      unwritten.clear();
    },
    forget: () => unwritten.clear(),
  };
}

/** @param nowMs tells what is too old to be written; without it, everything is. */
export function statisticsTable(
  database: DatabaseSync,
  nowMs: () => number = () => Number.NEGATIVE_INFINITY,
): StatisticsTable {
  const counts = counter(database, nowMs);
  const select = database.prepare(
    'SELECT start_ms, measure, count FROM statistics WHERE step_ms = ? AND start_ms >= ? AND start_ms < ?',
  );
  const waitingAfter = database.prepare(
    "SELECT coalesce(sum(count), 0) AS count FROM statistics WHERE step_ms = ? AND start_ms >= ? AND measure = 'waiting'",
  );
  const remove = database.prepare(pruneSome('statistics', 'step_ms, start_ms, measure', before));
  return {
    add: (change) => countedOf(change).forEach(counts.add),
    read({ step, fromMs, untilMs }, waitingNow) {
      counts.flush();
      const { stepMs } = statisticsGrains[step];
      const byStart = new Map<number, Sums>();
      for (const row of select.all(stepMs, fromMs, untilMs)) {
        const start = Number(row['start_ms']);
        const sums: Sums = byStart.get(start) ?? new Map();
        byStart.set(start, sums.set(String(row['measure']), Number(row['count'])));
      }
      const since = Number(waitingAfter.get(stepMs, untilMs)?.['count']);
      return stepsOf({ stepMs, fromMs, untilMs }, byStart, waitingNow - since);
    },
    prune: (now) => Number(remove.run(now).changes),
    flush: counts.flush,
    forget: counts.forget,
  };
}

/** Counts what the mails of a view that had no statistics tell of themselves. */
export function addStatistics(database: DatabaseSync): void {
  database.exec(statisticsSchema);
  const counts = counter(database, () => Number.NEGATIVE_INFINITY);
  for (const { row } of database.prepare("SELECT row FROM mails WHERE state <> 'awaited'").iterate()) {
    const mail = JSON.parse(String(row)) as MailRow;
    if (isMail(mail)) countedOfRow(mail).forEach(counts.add);
  }
  counts.flush();
}

const isMail = (row: MailRow): row is Mail => row.state !== 'awaited';

interface Range {
  readonly stepMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What waited at the end of a step is what waits now without what came since; so the steps are read from the last. */
function stepsOf(
  { stepMs, fromMs, untilMs }: Range,
  byStart: ReadonlyMap<number, Sums>,
  waitingAtEnd: number,
): Pick<Statistics, 'totals' | 'steps'> {
  const none: Sums = new Map();
  const totals: Sums = new Map();
  const steps: Statistics['steps'] = [];
  let waiting = waitingAtEnd;
  for (let start = untilMs - stepMs; start >= fromMs; start -= stepMs) {
    const sums = byStart.get(start) ?? none;
    steps.push({ start: toInstant(start), ...described(sums, waiting) });
    waiting -= sums.get('waiting') ?? 0;
    sums.forEach((count, measure) => addTo(totals, measure, count));
  }
  const { failures, ...counted } = described(totals, waitingAtEnd);
  const explained = failures.map(({ code, count }) => {
    const { en, de } = failure(code);
    return { code, count, en, de };
  });
  return { totals: { ...counted, failures: explained }, steps: steps.toReversed() };
}

function described(sums: Sums, waiting: number): Omit<Statistics['steps'][number], 'start'> {
  const of = (measure: string): number => sums.get(measure) ?? 0;
  const buckets = new Map(named(sums, 'duration:').map(([bucket, count]) => [Number(bucket), count]));
  return {
    accepted: of('accepted'),
    sent: of('sent'),
    partlySent: of('partly-sent'),
    failed: of('failed'),
    expired: of('expired'),
    cancelled: of('cancelled'),
    unknown: of('unknown'),
    deferred: of('deferred'),
    waiting: Math.max(0, waiting),
    duration: { p50Milliseconds: durationAt(buckets, 0.5), p99Milliseconds: durationAt(buckets, 0.99) },
    // A later release may have counted codes that this one does not know.
    failures: named(sums, 'failure:')
      .filter(([code]) => Object.hasOwn(failureTexts, code))
      .map(([code, count]) => ({ code: code as FailureCode, count }))
      .toSorted((one, other) => other.count - one.count || one.code.localeCompare(other.code)),
  };
}

function named(sums: Sums, prefix: string): readonly (readonly [name: string, count: number])[] {
  return [...sums]
    .filter(([measure]) => measure.startsWith(prefix))
    .map(([measure, count]) => [measure.slice(prefix.length), count]);
}
