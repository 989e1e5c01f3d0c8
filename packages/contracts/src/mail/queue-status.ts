import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from '../mailer/failure.ts';
import { Instant, Nullable, StringEnum } from '../schema-helpers.ts';

export const queueStates = ['idle', 'moving', 'limited', 'standstill', 'disabled'] as const;
export type QueueState = (typeof queueStates)[number];

const count = (description: string) => Type.Integer({ minimum: 0, description });
const use = Type.Object({
  limit: Nullable(Type.Integer({ minimum: 1 }), { description: 'null: no limit' }),
  used: count('By all mailers together'),
});

/** How the queue of a server stands, and when it will be empty. */
export const QueueStatusSchema = Type.Object({
  serverId: Type.String(),
  asOf: Instant(),
  state: StringEnum(queueStates, {
    description:
      'idle: nothing is due. limited: a limit is reached. standstill: the server, or the settings, do not work. ' +
      'disabled: sending is switched off',
  }),
  mails: Type.Object({
    due: count('Would go out now'),
    later: count('Wait for their time: a retry, or sendAt'),
    sending: count('Handed over, the reply is missing'),
    held: count('Wait for a release'),
    unknown: count('Wait for a decision: nobody knows whether the server has them'),
  }),
  oldestDueAt: Nullable(Instant(), { description: 'Since when the oldest due mail waits' }),
  standstill: Nullable(
    Type.Object({
      failure: FailureSchema,
      since: Nullable(Instant()),
      nextProbeAt: Nullable(Instant(), { description: 'null: a probe is under way, or none is planned' }),
      failedProbes: count('In a row'),
    }),
    { description: 'As the mailer that answers sees it' },
  ),
  limits: Type.Object({
    maxConnections: use,
    mailsPerMinute: use,
    recipientsPerDay: use,
    reached: Nullable(FailureSchema, {
      description: 'The limit that is reached, and in retryAt when it goes on',
    }),
  }),
  mailsPerMinute: Type.Number({
    minimum: 0,
    description: 'Sent by all mailers, on average of the last ten minutes',
  }),
  emptyAt: Nullable(Instant(), {
    description: 'When what is due now will have gone out, by the limits and the pace; null: nobody can say',
  }),
});
export type QueueStatus = Static<typeof QueueStatusSchema>;
