import { Gauge, type Registry } from 'prom-client';
import type { QueueStatus } from '@postausgang/contracts';
import type { MailQueueStats } from '../engine/queue-answers.ts';

/** For a report the view is written and counted, and `/metrics` is open to everybody. */
const keepReportMs = 5000;

/**
 * What the queue holds, as metrics: how many mails are in which state, and whether the server works, as of now; and how
 * the queue stands, at most five seconds old.
 */
export function addMailMetrics(
  registry: Registry,
  stats: () => MailQueueStats,
  report: () => QueueStatus,
  elapsedMs: () => number = () => performance.now(),
): void {
  addQueueMetrics(registry, keptValue(report, keepReportMs, elapsedMs));
  const registers = [registry];
  const mails = new Gauge({
    name: 'postausgang_mails',
    help: 'Mails by state',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(stats().states)) {
        mails.set({ state }, count);
      }
    },
  });
  addHistoryMetrics(registers, stats);
  const standstill: Gauge = new Gauge({
    name: 'postausgang_mail_standstill',
    help: '1 while mail waits for the server as a whole',
    registers,
    collect: () => standstill.set(stats().standstill === null ? 0 : 1),
  });
  const unreadable: Gauge = new Gauge({
    name: 'postausgang_mail_records_unreadable',
    help: 'Records of the mail topics that could not be read since the start',
    registers,
    collect: () => unreadable.set(stats().unreadable),
  });
}

/** How far the log is read; equal where nothing is left to read. */
function addHistoryMetrics(registers: Registry[], stats: () => MailQueueStats): void {
  const read: Gauge = new Gauge({
    name: 'postausgang_history_read_events',
    help: 'Events of the past that the view of mails has, or that are read for what has not ended',
    registers,
    collect: () => read.set(stats().history.readEvents),
  });
  const all: Gauge = new Gauge({
    name: 'postausgang_history_events',
    help: 'Events of mails that the log had at the start',
    registers,
    collect: () => all.set(stats().history.totalEvents),
  });
}

const limits = ['maxConnections', 'mailsPerMinute', 'recipientsPerDay'] as const;

/** How the queue stands, as metrics. Numbers only: no names, addresses or ids. */
function addQueueMetrics(registry: Registry, report: () => QueueStatus): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: (status: QueueStatus) => number): void => {
    const one: Gauge = new Gauge({ name, help, registers, collect: () => one.set(value(report())) });
  };
  gauge('postausgang_mails_due', 'Mails that would go out now', ({ mails }) => mails.due);
  gauge('postausgang_mail_oldest_due_seconds', 'How long the oldest due mail has waited', oldestDueSeconds);
  gauge(
    'postausgang_mail_throttled',
    '1 while a limit is reached, or the server says it is sent too much',
    isThrottled,
  );
  gauge('postausgang_mail_failed_probes', 'Failed tries in a row while the server does not work', (status) =>
    status.standstill === null ? 0 : status.standstill.failedProbes,
  );
  const used: Gauge<'limit'> = new Gauge({
    name: 'postausgang_limit_used',
    help: 'How much of each limit is used',
    labelNames: ['limit'],
    registers,
    collect() {
      const status = report();
      for (const limit of limits) {
        used.set({ limit }, status.limits[limit].used);
      }
    },
  });
}

function oldestDueSeconds({ oldestDueAt, asOf }: QueueStatus): number {
  return oldestDueAt === null ? 0 : Math.max(0, (Date.parse(asOf) - Date.parse(oldestDueAt)) / 1000);
}

function isThrottled({ state, standstill }: QueueStatus): number {
  return state === 'limited' || standstill?.failure.class === 'throttled' ? 1 : 0;
}

/**
 * A value that is read anew only when the one from before is older than this: for what anybody may ask for, as often as
 * they like, and what costs something to find out.
 *
 * @param elapsedMs a clock that nobody can set
 */
function keptValue<T>(read: () => T, keepMs: number, elapsedMs: () => number): () => T {
  let kept: { readonly value: T; readonly atMs: number } | undefined;
  return () => {
    const nowMs = elapsedMs();
    if (kept === undefined || nowMs - kept.atMs >= keepMs) {
      kept = { value: read(), atMs: nowMs };
    }
    return kept.value;
  };
}
