import { type Static, Type } from '@sinclair/typebox';
import { type FailureCode, failureTexts } from '../failures.ts';
import { Instant, NamedObject, Nullable, StringEnum } from '../schemas.ts';

/** The lengths of a step, shortest first. Days are those of UTC. */
export const statisticsSteps = ['minute', 'hour', 'day'] as const;
export type StatisticsStep = (typeof statisticsSteps)[number];

const count = (description: string) => Type.Integer({ minimum: 0, description });
const milliseconds = (description: string) => Nullable(Type.Integer({ minimum: 0 }), { description });

const counted = {
  accepted: count('Mails accepted'),
  sent: count('Mails whose recipients were all accepted by the server'),
  partlySent: count('Mails that reached only some of their recipients'),
  failed: count('Mails that failed for good'),
  expired: count('Mails whose time ran out'),
  cancelled: count('Mails cancelled'),
  unknown: count('Mails whose outcome became unknown'),
  deferred: count('Attempts after which a mail waits for the next one'),
  waiting: count('Mails queued, deferred or being sent at the end'),
  duration: Type.Object(
    {
      p50Milliseconds: milliseconds('Half of the mails took no longer. null: none was sent'),
      p99Milliseconds: milliseconds('99 of 100 mails took no longer. null: none was sent'),
    },
    {
      $id: 'MailDuration',
      description:
        'From acceptance, or from `sendAt`, until the mail was sent; accurate to 40 %. Resends do not count',
    },
  ),
};

const counts = {
  code: StringEnum(Object.keys(failureTexts) as FailureCode[]),
  count: Type.Integer({ minimum: 1 }),
};
const why = 'Why mails failed, expired, were sent in part, or became unknown; the most frequent first';

/** What became of all mail, step by step. */
export const StatisticsSchema = NamedObject('Statistics', {
  asOf: Instant(),
  from: Instant({ description: 'The beginning of the first step' }),
  to: Instant({ description: 'The end of the last step' }),
  step: StringEnum(statisticsSteps),
  totals: Type.Object(
    {
      ...counted,
      failures: Type.Array(Type.Object({ ...counts, en: Type.String(), de: Type.String() }), {
        description: why,
      }),
    },
    { description: 'The whole range' },
  ),
  steps: Type.Array(
    Type.Object({
      start: Instant(),
      ...counted,
      failures: Type.Array(Type.Object(counts), { description: why }),
    }),
    { description: 'Each step of the range, oldest first, also those in which nothing happened' },
  ),
});
export type Statistics = Static<typeof StatisticsSchema>;
