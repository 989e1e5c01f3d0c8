import type { Logger } from 'pino';
import type { ApplyStatus } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import {
  applyStatus,
  createMailerStatusState,
  evolveMailerStatus,
  isAnyMailerLive,
} from '@postausgang/settings';
import { createFold, type WaitLimits } from './fold.ts';

/** What the mailers say of the versions of each resource. */
export interface MailerStatus {
  readonly caughtUp: Promise<void>;
  /** See `Fold`. */
  reached(offset: number): Promise<unknown>;
  unreadableRecords(): number;
  /** Whether any mailer is live. */
  isAnyLive(): boolean;
  of(resource: string, version: number): ApplyStatus;
  /** True once every live mailer has applied the version or failed to; false when not in time or none is live. */
  untilReported(resource: string, version: number, limits: WaitLimits): Promise<boolean>;
  stop(): Promise<void>;
}

/** Follows the receipts of the mailers. */
export function followMailerStatus(log: EventLog, logger: Logger, nowMs: () => number): MailerStatus {
  const state = createMailerStatusState();
  const fold = createFold({ log, logger, topic: 'mailerStatus', state, evolve: evolveMailerStatus });
  const of = (resource: string, version: number): ApplyStatus =>
    applyStatus(state, resource, version, nowMs());
  return {
    caughtUp: fold.caughtUp,
    reached: (offset) => fold.reached(offset),
    unreadableRecords: () => fold.unreadableRecords(),
    isAnyLive: () => isAnyMailerLive(state, nowMs()),
    of,
    async untilReported(resource, version, limits) {
      const reported = (): true | undefined => (isReported(of(resource, version)) ? true : undefined);
      if (!isAnyMailerLive(state, nowMs())) return false;
      return (await fold.until(reported, limits)) ?? false;
    },
    stop: () => fold.stop(),
  };
}

function isReported({ mailers }: ApplyStatus): boolean {
  return mailers.length > 0 && mailers.every(({ state }) => state !== 'pending');
}
