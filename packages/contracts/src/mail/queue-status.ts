import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from '../failures.ts';
import { Instant, NamedObject, Nullable, StringEnum } from '../schemas.ts';
import { type Priority, priorities } from './mail-request.ts';

const queueStates = ['idle', 'moving', 'limited', 'standstill', 'disabled'] as const;
export type QueueState = (typeof queueStates)[number];

const count = (description: string) => Type.Integer({ minimum: 0, description });
const use = NamedObject('LimitUse', {
  limit: Nullable(Type.Integer({ minimum: 1 }), { description: 'null: no limit' }),
  used: count('Used by all mailers together'),
});

const waiting = NamedObject('WaitingMails', {
  due: count('Mails that can be sent now'),
  later: count('Mails that wait for a retry or for `sendAt`'),
  oldestDueAt: Nullable(Instant(), { description: 'When the oldest due one became due' }),
});

/** How the queue of a server stands, and when it will be empty. */
export const QueueStatusSchema = NamedObject('QueueStatus', {
  serverId: Type.String(),
  asOf: Instant(),
  state: StringEnum(queueStates, {
    description:
      'idle: no mail is due. limited: a limit is reached. standstill: the server does not work, or the settings do not. ' +
      'disabled: sending is disabled',
  }),
  mails: Type.Object({
    due: count('Mails that can be sent now'),
    later: count('Mails that wait for a retry or for `sendAt`'),
    sending: count('Mails that are being sent'),
    held: count('Mails that wait for a release'),
    unknown: count('Mails that wait for a decision: it is not known whether the server has them'),
  }),
  priorities: Type.Object(
    Object.fromEntries(priorities.map((priority) => [priority, waiting])) as Record<Priority, typeof waiting>,
    { description: 'The mails that wait, by their priority' },
  ),
  oldestDueAt: Nullable(Instant(), { description: 'When the oldest due mail became due' }),
  standstill: Nullable(
    Type.Object({
      failure: FailureSchema,
      since: Nullable(Instant()),
      nextProbeAt: Nullable(Instant(), { description: 'null: a probe is in progress, or none is scheduled' }),
      failedProbes: count(
        'Consecutive failed attempts to use the server, including attempts to connect under settings that never worked',
      ),
    }),
    { description: 'The state as seen by the mailer that answers' },
  ),
  limits: Type.Object({
    maxConnections: Type.Object({
      limit: Nullable(Type.Integer({ minimum: 1 }), {
        description:
          'What the settings say. null: nothing; each mailer finds the number of its connections itself',
      }),
      used: count('In use by the mailer that answers'),
      allowed: Nullable(Type.Integer({ minimum: 0 }), {
        description:
          'How many the mailer that answers may use now. It grows while mail waits and the server takes it, and ' +
          'comes down when the server objects. null: no server is in service',
      }),
      most: Nullable(Type.Integer({ minimum: 0 }), {
        description:
          'How many it may use at most: by the settings, by the ceiling of the operator (SMTP_CONNECTIONS), and by ' +
          'what the server was seen to allow. null: no server is in service',
      }),
    }),
    mailsPerMinute: use,
    recipientsPerDay: use,
    learned: Type.Object(
      {
        connections: Nullable(Type.Integer({ minimum: 1 })),
        messagesPerSession: Nullable(Type.Integer({ minimum: 1 })),
      },
      { description: 'What the mail server was seen to allow. null: as much as was needed' },
    ),
    reached: Nullable(FailureSchema, {
      description: 'The limit that is reached. `retryAt` is when sending resumes',
    }),
  }),
  mailsPerMinute: Type.Number({
    minimum: 0,
    description: 'Mails sent by all mailers, averaged over the last ten minutes',
  }),
  history: Type.Object(
    {
      state: StringEnum(['reading', 'filling', 'complete'], {
        description:
          'reading: the log is read for what has not ended; mail is accepted, and none is sent. filling: mail is sent; ' +
          'lists lack mails that had ended. complete: everything is known',
      }),
      readEvents: Type.Integer({ minimum: 0, description: 'Events that were read in this state' }),
      totalEvents: Type.Integer({ minimum: 0, description: 'Events that the log had at the start' }),
    },
    {
      description:
        'How much the mailer that answers knows of the past. A start without its view reads the log again',
    },
  ),
  emptyAt: Nullable(Instant(), {
    description:
      'When all mails that are due now will have been sent, estimated from the limits and the pace. null: unknown',
  }),
});
export type QueueStatus = Static<typeof QueueStatusSchema>;
