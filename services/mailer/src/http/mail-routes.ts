import {
  closed,
  Instant,
  type MailStatus,
  MailStatusSchema,
  RefusedRequestListSchema,
} from '@postausgang/contracts';
import { type HttpPlugin, ProblemError } from '@postausgang/http';
import { Type } from '@sinclair/typebox';
import { readRefusalCursor } from '../view/mail-view.ts';
import { bulkMailVerbs } from './bulk-verbs.ts';
import { findMails, readCursor, readTime } from './find-mails.ts';
import { mailContent } from './mail-content.ts';
import { requireMail } from './mail-owner.ts';
import { mailVerbs } from './mail-verbs.ts';
import { queueRoutes } from './queue-routes.ts';
import { answeringQueue, MailParamsSchema, type MailRoutesDeps } from './route-deps.ts';
import { sendMail } from './send-mail.ts';

const RefusedQuerySchema = Type.Object(
  {
    since: Type.Optional(Instant({ description: 'Only requests that were rejected at this time or later' })),
    until: Type.Optional(Instant({ description: 'Only requests that were rejected before this time' })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the previous page' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

const defaultPageSize = 50;

const statusExample: MailStatus = {
  id: '8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11',
  messageId: '<8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11@acme.example>',
  state: 'sent',
  priority: 'normal',
  businessReference: 'invoice/4711',
  metadata: { client: '100' },
  subject: 'Rechnung 4711',
  from: 'rechnung@acme.example',
  attachments: ['rechnung.pdf'],
  requestedBy: null,
  acceptedAt: '2026-11-23T08:15:00Z',
  nextAttemptAt: null,
  heldFor: null,
  redirected: false,
  notAfter: '2026-11-28T08:15:00Z',
  failure: null,
  recipients: [{ address: 'kunde@example.com', outcome: 'sent', reply: '250 2.0.0 Ok: queued as 4WxYz1' }],
  attempts: [],
  decisions: null,
  waitingFor: null,
  waitsForMailId: null,
  sendAt: null,
  round: 1,
  history: [],
};

const getSchema = {
  operationId: 'getMail',
  summary: 'Get the status of a mail',
  description:
    'The state, the outcome and reply for each recipient, every attempt, and the decisions made when the mail was sent.',
  tags: ['mails'],
  params: MailParamsSchema,
  response: { 200: { ...MailStatusSchema, examples: [statusExample] } },
};

const refusedSchema = {
  operationId: 'listRefusedMailRequests',
  summary: 'List rejected mail requests, newest first',
  description:
    'Records of the topic of mail requests that did not become a mail, with their position and the reason. Requests ' +
    'that are refused over HTTP are not listed here.',
  tags: ['mails'],
  querystring: RefusedQuerySchema,
  response: { 200: RefusedRequestListSchema },
};

const config = { scopes: ['mail:read'] } as const;
/** The records belong to nobody who has a key. */
const refusedConfig = { scopes: ['mail:read:all'], problems: ['history-incomplete'] } as const;

/** The routes of `/v1/mails`, of the queue, and of the requests no mail came from. */
export const mailRoutes: HttpPlugin<MailRoutesDeps> = async (app, given) => {
  const queue = answeringQueue(given.queue);
  const deps = { ...given, queue };
  await app.register(sendMail, deps);
  await app.register(mailVerbs, deps);
  await app.register(queueRoutes, deps);
  await app.register(bulkMailVerbs, deps);
  await app.register(findMails, deps);
  await app.register(mailContent, deps);

  app.get(
    '/v1/mails/:id',
    { schema: getSchema, config: { ...config, problems: ['not-found', 'history-incomplete'] } },
    async (request) => {
      const { id } = requireMail(queue.find(request.params.id), request.principal, 'mail:read');
      const status = queue.status(id);
      if (status === undefined) {
        throw new ProblemError('not-found');
      }
      return status;
    },
  );

  app.get(
    '/v1/refused-mail-requests',
    { schema: refusedSchema, config: refusedConfig },
    async ({ query }) => {
      const { since, until, cursor, limit = defaultPageSize } = query;
      return queue.refusals({
        sinceMs: readTime('/since', since),
        untilMs: readTime('/until', until),
        cursor: readCursor(cursor, readRefusalCursor),
        limit,
      });
    },
  );
};
