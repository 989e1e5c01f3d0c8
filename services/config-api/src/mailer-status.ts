import type { ApplyStatus } from '@postausgang/contracts';
import type { Fold, WaitLimits } from '@postausgang/event-log';
import { applyStatus, isAnyMailerLive, type MailerStatusState } from '@postausgang/settings';

/** What the mailers say of the versions of each resource. */
export interface MailerStatus {
  /** Whether any mailer is live. */
  isAnyLive(): boolean;
  of(resource: string, version: number): ApplyStatus;
  /** True once every live mailer has applied the version or failed to; false when not in time or none is live. */
  untilReported(resource: string, version: number, limits: WaitLimits): Promise<boolean>;
}

/** Looks at the receipts of the mailers. */
export function createMailerStatus(
  { state, until }: Pick<Fold<MailerStatusState>, 'state' | 'until'>,
  nowMs: () => number,
): MailerStatus {
  const isAnyLive = (): boolean => isAnyMailerLive(state, nowMs());
  const of = (resource: string, version: number): ApplyStatus =>
    applyStatus(state, resource, version, nowMs());
  return {
    isAnyLive,
    of,
    async untilReported(resource, version, limits) {
      if (!isAnyLive()) return false;
      const reported = await until(() => isReported(of(resource, version)) || undefined, limits);
      return reported ?? false;
    },
  };
}

function isReported({ mailers }: ApplyStatus): boolean {
  return mailers.length > 0 && mailers.every(({ state }) => state !== 'pending');
}
