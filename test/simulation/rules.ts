import * as mail from '../../packages/mail/src/index.ts';
import { eventIds } from '../../services/mailer/src/engine/event-ids.ts';
import { watchOwnership } from '../../services/mailer/src/engine/lease.ts';
import { plan } from '../../services/mailer/src/engine/plan.ts';

/** The functions of the product that decide. The simulation adds nothing but the order in which they are called. */
export interface Rules {
  readonly mail: Pick<
    typeof mail,
    | 'afterAttempt'
    | 'answersAmong'
    | 'attemptIdentity'
    | 'decideCommand'
    | 'decisionFields'
    | 'defer'
    | 'evolve'
    | 'giveUp'
    | 'interrupted'
    | 'isFinished'
    | 'isWaiting'
    | 'planEnvelope'
  >;
  readonly eventIds: typeof eventIds;
  readonly watchOwnership: typeof watchOwnership;
  readonly plan: typeof plan;
}

export const rules: Rules = { mail, eventIds, watchOwnership, plan };
