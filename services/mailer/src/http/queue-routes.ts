import {
  closed,
  finding,
  type FindingCode,
  Instant,
  MailsNamingSenderSchema,
  QueueStatusSchema,
  ResumeQueueSchema,
  StatisticsSchema,
  type StatisticsStep,
  statisticsSteps,
  StringEnum,
} from '@postausgang/contracts';
import { type HttpPlugin, ProblemError } from '@postausgang/http';
import { toInstant } from '@postausgang/mail';
import { within } from '@postausgang/net';
import { type Static, Type } from '@sinclair/typebox';
import { statisticsGrains, type StatisticsQuery } from '../view/statistics.ts';
import { readTime } from './find-mails.ts';
import { appendProblem, type MailRoutesDeps } from './route-deps.ts';

const queueSchema = {
  operationId: 'getQueueStatus',
  summary: 'Get the state of the queue',
  description:
    'The mails that wait, why sending stands still, when it is retried, when the queue will be empty, and the use of ' +
    'each limit. Every mailer answers for all mailers.',
  tags: ['mails'],
  response: { 200: QueueStatusSchema },
};

const resumeSchema = {
  operationId: 'resumeQueue',
  summary: 'End a standstill and try the server again at once',
  description:
    'All mailers forget what they hold against the server, and the next mails show whether it works. A connection test ' +
    'that succeeds, and settings that are saved, also without a change, do the same.',
  tags: ['mails'],
  body: { ...ResumeQueueSchema, examples: [{ reason: 'The mail server is back' }] },
  response: { 200: QueueStatusSchema },
};

const namingSchema = {
  operationId: 'getMailsNamingSender',
  summary: 'Count the mails that wait for a sender',
  description:
    'Mails that are to be sent as this sender of the settings, and have not ended: by their first attempt, or as what they ' +
    'name leads to it now. While there are some, the sender is not deleted. The same on every mailer.',
  tags: ['mails'],
  params: Type.Object({
    id: Type.String({ maxLength: 200, description: 'ID of a sender', examples: ['c81e728d'] }),
  }),
  response: { 200: MailsNamingSenderSchema },
};

const StatisticsQuerySchema = Type.Object(
  {
    from: Type.Optional(Instant({ description: 'Where the range begins. Default: 24 hours before `to`' })),
    to: Type.Optional(Instant({ description: 'Where the range ends. Default: now' })),
    step: Type.Optional(
      StringEnum(statisticsSteps, {
        description:
          'Default: minutes for up to 3 hours, hours for up to 14 days, otherwise days. Minutes are kept for 2 days, hours ' +
          'for 3 months, days for 5 years',
      }),
    ),
  },
  closed,
);

const statisticsSchema = {
  operationId: 'getStatistics',
  summary: 'Get what became of all mail, step by step',
  description:
    'Sums by minute, hour or day of UTC. The range is extended to whole steps, at most 2,000. An end counts when it comes, ' +
    'so a mail that is sent again, or whose unknown outcome is resolved, counts once more. Every mailer answers for all mailers.',
  tags: ['mails'],
  querystring: StatisticsQuerySchema,
  response: { 200: StatisticsSchema },
};

const hourMs = 60 * 60 * 1000;
const mostSteps = 2_000;
/** Steps that are chosen for ranges up to this length. */
const chosenUpToMs = { minute: 3 * hourMs, hour: 14 * 24 * hourMs, day: Number.POSITIVE_INFINITY } as const;

function isKept(step: StatisticsStep, fromMs: number, nowMs: number): boolean {
  const { stepMs, keptMs } = statisticsGrains[step];
  return Math.floor(fromMs / stepMs) * stepMs >= nowMs - keptMs;
}

/** The range in whole steps. Throws `request-invalid` where it is none, or longer than an answer can be. */
function rangeOf(query: Static<typeof StatisticsQuerySchema>, nowMs: number): StatisticsQuery {
  const untilMs = readTime('/to', query.to) ?? nowMs;
  const fromMs = readTime('/from', query.from) ?? untilMs - 24 * hourMs;
  const fits = (step: StatisticsStep): boolean =>
    untilMs - fromMs <= chosenUpToMs[step] && isKept(step, fromMs, nowMs);
  const step = query.step ?? statisticsSteps.find(fits) ?? 'day';
  const { stepMs } = statisticsGrains[step];
  // This moment is part of the range, also where a step begins with it.
  const lastMs = query.to === undefined ? nowMs : untilMs - 1;
  const range = {
    step,
    fromMs: Math.floor(fromMs / stepMs) * stepMs,
    untilMs: (Math.floor(lastMs / stepMs) + 1) * stepMs,
  };
  const pointer = query.step === undefined ? '/from' : '/step';
  if (untilMs <= fromMs) throw refused('/from', 'range-empty');
  if ((range.untilMs - range.fromMs) / stepMs > mostSteps) throw refused(pointer, 'too-many-steps');
  if (!isKept(step, fromMs, nowMs)) throw refused(pointer, 'step-not-kept');
  return range;
}

function refused(pointer: string, code: FindingCode): ProblemError {
  const findings = [finding(pointer, code)];
  return new ProblemError('request-invalid', { detail: 'The finding points into the query.', findings });
}

const defaultTimeoutMs = 5_000;

/** The routes of the queue as a whole, and of what became of all mail. */
export const queueRoutes: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  const { queue, publisher, newId } = deps;
  app.get('/v1/queue', { schema: queueSchema, config: { scopes: ['mail:read'] } }, async () =>
    queue.report(),
  );

  // Whoever may delete a sender may know whether that is possible.
  const namingConfig = { scopes: ['settings:write'], problems: ['history-incomplete'] } as const;
  app.get(
    '/v1/queue/senders/:id/mails',
    { schema: namingSchema, config: namingConfig },
    async ({ params }) => ({
      senderId: params.id,
      waiting: await queue.countNaming(params.id),
    }),
  );

  app.get(
    '/v1/statistics',
    { schema: statisticsSchema, config: { scopes: ['mail:read:all'], problems: ['history-incomplete'] } },
    async ({ query }) => {
      const nowMs = deps.now().getTime();
      const range = rangeOf(query, nowMs);
      return {
        asOf: toInstant(nowMs),
        from: toInstant(range.fromMs),
        to: toInstant(range.untilMs),
        step: range.step,
        ...queue.statistics(range),
      };
    },
  );

  app.post(
    '/v1/queue/resume',
    {
      schema: resumeSchema,
      config: {
        scopes: ['mail:manage'],
        optionalBody: true,
        problems: ['outcome-unknown', 'overloaded', 'log-unavailable', 'log-full'],
      },
    },
    async ({ body, principal }) => {
      const data = { ...body, actor: body?.actor ?? principal.name, requestedBy: principal.id };
      const { position } = await publisher
        .publish('mailQueueResumeRequested', 'queue', data, { id: newId() })
        .catch((error: unknown) => {
          throw appendProblem(error);
        });
      if (!(await within(deps.foldTimeoutMs ?? defaultTimeoutMs, queue.waitFor(position), () => false))) {
        throw new ProblemError('outcome-unknown', { headers: { 'retry-after': '1' } });
      }
      return queue.report();
    },
  );
};
