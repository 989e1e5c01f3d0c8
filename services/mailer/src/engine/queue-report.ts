import type { Failure, QueueState, QueueStatus } from '@postausgang/contracts';
import { toInstant } from '@postausgang/mail';
import { effectiveLimits } from '@postausgang/settings';
import type { CurrentServing } from '../apply/applier.ts';
import { emptyAtMs, paceOf } from '../limits/empty-at.ts';
import type { ConnectionPace } from '../limits/connections.ts';
import type { Governor } from '../limits/governor.ts';
import { minuteOf } from '../limits/usage.ts';
import type { Backlog, MailView } from '../view/mail-view.ts';
import type { Executor } from './executor.ts';
import type { Pace } from './pace.ts';

export interface QueueReportDeps {
  readonly view: Pick<MailView, 'countsByState' | 'backlog' | 'usageSince'>;
  readonly serving: Pick<CurrentServing, 'current'>;
  readonly governor: Pick<Governor, 'used' | 'places'>;
  readonly connections: Pick<ConnectionPace, 'now'>;
  readonly pace: Pick<Pace, 'standstill' | 'resting' | 'limitReached'>;
  readonly executor: Pick<Executor, 'sending'>;
  readonly history: () => QueueStatus['history'];
}

const dayMs = 24 * 60 * 60 * 1000;

/** How the queue stands at this moment. */
export function reportQueue(deps: QueueReportDeps, nowMs: number): QueueStatus {
  const { view, serving, pace } = deps;
  const { serverId, content } = serving.current();
  const states = view.countsByState();
  const waiting = view.backlog(nowMs);
  const { due, later, oldestDueAtMs } = total(Object.values(waiting));
  const usage = view.usageSince(minuteOf(nowMs - dayMs));
  const state = stateOf(deps, due);
  const limits = effectiveLimits(content);
  const end = emptyAtMs({ dueMails: due, oldestDueAtMs, limits, usage, nowMs });
  const isKnown = state !== 'standstill' && (state !== 'disabled' || due === 0) && end !== null;
  return {
    serverId,
    asOf: toInstant(nowMs),
    state,
    mails: {
      due,
      later,
      sending: states.sending,
      held: states.held,
      unknown: states.unknown,
    },
    priorities: {
      urgent: waitingOf(waiting.urgent),
      normal: waitingOf(waiting.normal),
      bulk: waitingOf(waiting.bulk),
    },
    oldestDueAt: instantOrNull(oldestDueAtMs),
    standstill: standstillOf(pace),
    limits: { ...limitUse(deps, nowMs), learned: learnedFrom(serving), reached: pace.limitReached() },
    mailsPerMinute: Math.round(paceOf(usage, nowMs) * 10) / 10,
    history: deps.history(),
    emptyAt: isKnown ? toInstant(end) : null,
  };
}

function total(backlogs: readonly Backlog[]): Backlog {
  const times = backlogs.flatMap(({ oldestDueAtMs }) => oldestDueAtMs ?? []);
  return {
    due: backlogs.reduce((sum, { due }) => sum + due, 0),
    later: backlogs.reduce((sum, { later }) => sum + later, 0),
    oldestDueAtMs: times.length === 0 ? undefined : Math.min(...times),
  };
}

function waitingOf({ due, later, oldestDueAtMs }: Backlog) {
  return { due, later, oldestDueAt: instantOrNull(oldestDueAtMs) };
}

function stateOf({ serving, pace }: QueueReportDeps, due: number): QueueState {
  if (serving.current().state === 'disabled') {
    return 'disabled';
  }
  if (pace.standstill() !== null) {
    return 'standstill';
  }
  if (due === 0) {
    return 'idle';
  }
  return pace.limitReached() === null ? 'moving' : 'limited';
}

function standstillOf({ standstill, resting }: QueueReportDeps['pace']): QueueStatus['standstill'] {
  const failure: Failure | null = standstill();
  if (failure === null) {
    return null;
  }
  const { sinceMs, nextProbeAtMs, failures } = resting();
  return {
    failure,
    since: instantOrNull(sinceMs),
    nextProbeAt: instantOrNull(nextProbeAtMs),
    failedProbes: failures,
  };
}

function limitUse(deps: QueueReportDeps, nowMs: number) {
  const { serving, governor, executor } = deps;
  const limits = effectiveLimits(serving.current().content);
  const { mails, recipients } = governor.used(nowMs);
  return {
    maxConnections: {
      limit: limits.maxConnections,
      used: executor.sending(),
      ...connectionsOf(deps, nowMs),
    },
    mailsPerMinute: { limit: limits.mailsPerMinute, used: mails },
    recipientsPerDay: { limit: limits.recipientsPerDay, used: recipients },
  };
}

/** How many connections this mailer may have at this moment, and how many at most. */
function connectionsOf({ serving, connections, governor }: QueueReportDeps, nowMs: number) {
  const now = serving.current();
  if (now.state !== 'active') {
    return { allowed: null, most: null };
  }
  const share = governor.places(nowMs);
  const most = Math.min(now.transport.capacity, share);
  return { allowed: Math.min(connections.now(now), share), most };
}

function learnedFrom(serving: QueueReportDeps['serving']) {
  const now = serving.current();
  const learned = now.state === 'active' ? now.transport.learned?.() : undefined;
  return {
    connections: learned?.connections ?? null,
    messagesPerSession: learned?.messagesPerSession ?? null,
  };
}

function instantOrNull(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : toInstant(timeMs);
}
