import { QueueStatusSchema, ResumeQueueSchema } from '@postausgang/contracts';
import { type HttpPlugin, ProblemError } from '@postausgang/http';
import { within } from '@postausgang/net';
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
  body: ResumeQueueSchema,
  response: { 200: QueueStatusSchema },
};

const defaultTimeoutMs = 5_000;

/** The routes of the queue as a whole. */
export const queueRoutes: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  const { queue, publisher, newId } = deps;
  app.get('/v1/queue', { schema: queueSchema, config: { scopes: ['mail:read'] } }, async () =>
    queue.report(),
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
