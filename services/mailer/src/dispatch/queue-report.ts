import type { Failure, QueueState, QueueStatus } from '@postausgang/contracts';
import { toInstant } from '@postausgang/mail';
import { effectiveLimits } from '@postausgang/settings';
import type { ServingHolder } from '../apply/serving.ts';
import { minuteOf } from '../delivery/day-use.ts';
import { emptyAtMs, paceOf } from '../delivery/empty-at.ts';
import type { Governor } from '../delivery/governor.ts';
import type { MailView } from '../view/mail-view.ts';
import type { Dispatcher } from './dispatcher.ts';

export interface QueueReportDeps {
  readonly view: Pick<MailView, 'countsByState' | 'backlog' | 'usageSince'>;
  readonly serving: Pick<ServingHolder, 'current'>;
  readonly governor: Pick<Governor, 'used'>;
  readonly dispatcher: Pick<Dispatcher, 'standstill' | 'resting' | 'limitReached' | 'sending'>;
}

const dayMs = 24 * 60 * 60 * 1000;

/** How the queue stands at this moment. */
export function reportQueue(deps: QueueReportDeps, nowMs: number): QueueStatus {
  const { view, serving, dispatcher } = deps;
  const { serverId, content } = serving.current();
  const states = view.countsByState();
  const { due, oldestDueAtMs } = view.backlog(nowMs);
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
      later: Math.max(0, states.queued + states.deferred - due),
      sending: states.sending,
      held: states.held,
      unknown: states.unknown,
    },
    oldestDueAt: instantOrNull(oldestDueAtMs),
    standstill: standstillOf(dispatcher),
    limits: { ...limitUse(deps, nowMs), reached: dispatcher.limitReached() },
    mailsPerMinute: Math.round(paceOf(usage, nowMs) * 10) / 10,
    emptyAt: isKnown ? toInstant(end) : null,
  };
}

function stateOf({ serving, dispatcher }: QueueReportDeps, due: number): QueueState {
  if (serving.current().state === 'disabled') {
    return 'disabled';
  }
  if (dispatcher.standstill() !== null) {
    return 'standstill';
  }
  if (due === 0) {
    return 'idle';
  }
  return dispatcher.limitReached() === null ? 'moving' : 'limited';
}

function standstillOf({ standstill, resting }: QueueReportDeps['dispatcher']): QueueStatus['standstill'] {
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

function limitUse({ serving, governor, dispatcher }: QueueReportDeps, nowMs: number) {
  const limits = effectiveLimits(serving.current().content);
  const { mails, recipients } = governor.used(nowMs);
  return {
    maxConnections: { limit: limits.maxConnections, used: dispatcher.sending() },
    mailsPerMinute: { limit: limits.mailsPerMinute, used: mails },
    recipientsPerDay: { limit: limits.recipientsPerDay, used: recipients },
  };
}

function instantOrNull(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : toInstant(timeMs);
}
