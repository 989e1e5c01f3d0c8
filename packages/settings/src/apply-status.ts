/*
 * Which mailers are live, and which version of the settings each of them uses.
 *
 * A mailer that is killed cannot say so. Where there are several, each says again and again that it is alive, and counts
 * as live only so long after it was last heard of. All of it lies in a compacted topic: of the start and the signs of
 * life only the newest record stays, and it may come after the receipts of its run, never after those of a later one.
 * Therefore receipts name their run, and are kept until the mailer is heard of.
 */
import {
  type ApplyStatus,
  type EventOf,
  type MailerApplyState,
  type PostausgangEvent,
  withClass,
} from '@postausgang/contracts';
import { parseInstant } from './formats.ts';
import type { Verdict } from './resource.ts';
import { sendingModeResource } from './sending-mode.ts';

/** The newest receipt of a mailer for one resource. */
type ApplyReport = Pick<
  EventOf<'settingsApplied'>['data'],
  'version' | 'state' | 'servingVersion' | 'failure'
> & {
  readonly reportedAt: string;
};

/** What is known of the newest run of a mailer. The fold changes it in place. */
interface MailerRun {
  /** Undefined where the start named none. */
  readonly runId: string | undefined;
  /** Milliseconds since 1970. Infinity: until it stops; -Infinity: only receipts were seen so far. */
  liveUntilMs: number;
  /** Resource to its newest receipt. */
  readonly reports: Map<string, ApplyReport>;
}

/** Mailer id to its newest run. The fold changes the map in place. */
export type MailerStatusState = Map<string, MailerRun>;

export function createMailerStatusState(): MailerStatusState {
  return new Map();
}

/**
 * Folds one event of the mailer status. A start resets what the mailer has reported. Ignored are receipts of a mailer
 * that is not there, those of another run, and those for an older version than its newest. Total.
 */
export function evolveMailerStatus(state: MailerStatusState, event: PostausgangEvent): Verdict {
  switch (event.type) {
    case 'io.postausgang.mailer-started.v1':
      if (event.data.leaseMs === undefined) endOthersWithoutLease(state);
      state.set(event.data.mailerId, newRun(event.data.runId, liveUntilMs(event)));
      return 'accepted';
    case 'io.postausgang.mailer-alive.v1':
      return heardOf(state, event);
    case 'io.postausgang.mailer-stopped.v1':
      return stopped(state, event);
    case 'io.postausgang.settings-applied.v1':
      return addReport(state, event);
    default:
      return 'ignored';
  }
}

/** Whether any mailer is live at this time. */
export function isAnyMailerLive(state: MailerStatusState, nowMs: number): boolean {
  return state.values().some((run) => isLive(run, nowMs));
}

/**
 * How far a version of a resource has come with the mailers that are live at this time. A mailer that uses a newer
 * version has applied the older one too.
 */
export function applyStatus(
  state: MailerStatusState,
  resource: string,
  version: number,
  nowMs: number,
): ApplyStatus {
  const mailers = [...state]
    .filter(([, run]) => isLive(run, nowMs))
    .map(([id, { reports }]) =>
      beginsWith(resource, version) && !reports.has(resource)
        ? { ...unreported(id), state: 'applied' as const, servingVersion: version }
        : mailerState(id, reports.get(resource), version),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { state: overallState(mailers), version, mailers };
}

/** Without a lease there is one process with the log to itself: whoever starts has outlived the one before. */
function endOthersWithoutLease(state: MailerStatusState): void {
  for (const [mailerId, { liveUntilMs: untilMs }] of state) {
    if (untilMs === Infinity) state.delete(mailerId);
  }
}

function newRun(runId: string | undefined, untilMs: number): MailerRun {
  return { runId, liveUntilMs: untilMs, reports: new Map() };
}

function isLive(run: MailerRun, nowMs: number): boolean {
  return nowMs < run.liveUntilMs;
}

function liveUntilMs({ time, data }: EventOf<'mailerStarted' | 'mailerAlive'>): number {
  return data.leaseMs === undefined ? Infinity : (parseInstant(time) ?? -Infinity) + data.leaseMs;
}

function heardOf(state: MailerStatusState, event: EventOf<'mailerAlive'>): Verdict {
  const { mailerId, runId } = event.data;
  const run = state.get(mailerId);
  if (run?.runId === runId) run.liveUntilMs = liveUntilMs(event);
  else state.set(mailerId, newRun(runId, liveUntilMs(event)));
  return 'accepted';
}

function stopped(state: MailerStatusState, { data }: EventOf<'mailerStopped'>): Verdict {
  const { mailerId, runId } = data;
  if (runId !== undefined && state.get(mailerId)?.runId !== runId) return 'ignored';
  return state.delete(mailerId) ? 'accepted' : 'ignored';
}

function addReport(state: MailerStatusState, { time, data }: EventOf<'settingsApplied'>): Verdict {
  const run = runOfReport(state, data);
  const newest = run?.reports.get(data.resource);
  if (run === undefined || (newest !== undefined && newest.version > data.version)) return 'ignored';
  const { version, state: result, servingVersion, failure } = data;
  run.reports.set(data.resource, {
    version,
    state: result,
    servingVersion,
    failure: withClass(failure),
    reportedAt: time,
  });
  return 'accepted';
}

function runOfReport(
  state: MailerStatusState,
  { mailerId, runId }: EventOf<'settingsApplied'>['data'],
): MailerRun | undefined {
  const known = state.get(mailerId);
  if (known !== undefined && known.runId === runId) return known;
  const mayBeHeardOfLater = known === undefined || known.liveUntilMs === -Infinity;
  if (runId === undefined || !mayBeHeardOfLater) return undefined;
  const run = newRun(runId, -Infinity);
  state.set(mailerId, run);
  return run;
}

/** While nobody has saved a sending mode, mailers send live from their start on, and have nothing to report. */
const beginsWith = (resource: string, version: number): boolean =>
  version === 0 && resource === sendingModeResource;

const unreported = (id: string): MailerApplyState => ({
  id,
  version: 0,
  state: 'pending',
  servingVersion: null,
  failure: null,
  reportedAt: null,
});

function mailerState(id: string, report: ApplyReport | undefined, version: number): MailerApplyState {
  if (report === undefined) return unreported(id);
  return report.version < version
    ? { id, ...report, state: 'pending', failure: null }
    : { id, ...report, state: stateFor(report, version) };
}

// A version that failed says nothing about an older one: that one may be what is served now.
function stateFor(report: ApplyReport, version: number): 'applied' | 'failed' {
  const servesNewer = report.version > version && (report.servingVersion ?? -1) >= version;
  return report.state === 'applied' || servesNewer ? 'applied' : 'failed';
}

function overallState(mailers: readonly MailerApplyState[]): ApplyStatus['state'] {
  if (mailers.length === 0) return 'no-mailer';
  if (mailers.some(({ state }) => state === 'failed')) return 'failed';
  return mailers.some(({ state }) => state === 'pending') ? 'pending' : 'applied';
}
