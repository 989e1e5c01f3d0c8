import type { ApplyStatus, EventOf, MailerApplyState, PostausgangEvent } from '@postausgang/contracts';
import type { Verdict } from '../verdict.ts';

/** The newest receipt of a mailer for one resource. */
export type ApplyReport = Pick<
  EventOf<'settingsApplied'>['data'],
  'version' | 'state' | 'servingVersion' | 'failure'
> & {
  readonly reportedAt: string;
};

/** Live mailer (started and not stopped) to resource to its newest receipt. The fold changes the maps in place. */
export type MailerStatusState = Map<string, Map<string, ApplyReport>>;

export function createMailerStatusState(): MailerStatusState {
  return new Map();
}

/**
 * Folds one event of the mailer status. A start resets what the mailer has reported; receipts of a mailer that is not
 * live, and receipts for an older version than its newest, are ignored. Total.
 */
export function evolveMailerStatus(state: MailerStatusState, event: PostausgangEvent): Verdict {
  switch (event.type) {
    case 'io.postausgang.mailer-started.v1':
      state.set(event.data.mailerId, new Map());
      return 'accepted';
    case 'io.postausgang.mailer-stopped.v1':
      return state.delete(event.data.mailerId) ? 'accepted' : 'ignored';
    case 'io.postausgang.settings-applied.v1':
      return addReport(state, event);
    default:
      return 'ignored';
  }
}

/** How far a version of a resource has come. A mailer that uses a newer version has applied the older one too. */
export function applyStatus(state: MailerStatusState, resource: string, version: number): ApplyStatus {
  const mailers = [...state]
    .map(([mailerId, reports]) => mailerState(mailerId, reports.get(resource), version))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { state: overallState(mailers), version, mailers };
}

function addReport(state: MailerStatusState, { time, data }: EventOf<'settingsApplied'>): Verdict {
  const reports = state.get(data.mailerId);
  const newest = reports?.get(data.resource);
  if (reports === undefined || (newest !== undefined && newest.version > data.version)) return 'ignored';
  const { version, state: result, servingVersion, failure } = data;
  reports.set(data.resource, { version, state: result, servingVersion, failure, reportedAt: time });
  return 'accepted';
}

function mailerState(id: string, report: ApplyReport | undefined, version: number): MailerApplyState {
  if (report === undefined) {
    return { id, version: 0, state: 'pending', servingVersion: null, failure: null, reportedAt: null };
  }
  return { id, ...report, state: report.version < version ? 'pending' : stateFor(report, version) };
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
