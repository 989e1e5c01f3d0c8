import {
  closed,
  finding,
  Instant,
  Line,
  MailListSchema,
  type MailState,
  MailStatusSchema,
  mailStates,
  QueueStatusSchema,
  RefusedRequestListSchema,
} from '@postausgang/contracts';
import { type HttpPlugin, ProblemError } from '@postausgang/http';
import { parseInstant } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';
import { readMailCursor, readRefusalCursor } from '../view/mail-view.ts';
import { mailVerbs } from './mail-verbs.ts';
import { MailParamsSchema, type MailRoutesDeps } from './route-deps.ts';
import { sendMail } from './send-mail.ts';

const MailListQuerySchema = Type.Object(
  {
    state: Type.Optional(
      Type.String({
        pattern: `^(${mailStates.join('|')})(,(${mailStates.join('|')}))*$`,
        description: 'Only mails in one of these states, separated by commas',
        examples: ['failed,expired,unknown'],
      }),
    ),
    businessReference: Type.Optional(Line(200, { description: 'Only mails with exactly this reference' })),
    since: Type.Optional(Instant({ description: 'Only mails accepted at this time or later' })),
    until: Type.Optional(Instant({ description: 'Only mails accepted before this time' })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

const RefusedQuerySchema = Type.Object(
  {
    since: Type.Optional(Instant({ description: 'Only what was refused at this time or later' })),
    until: Type.Optional(Instant({ description: 'Only what was refused before this time' })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

const defaultPageSize = 50;

/** A time of the query, in milliseconds since 1970. Throws `request-invalid` for a day that does not exist. */
function readTime(pointer: string, text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const timeMs = parseInstant(text);
  if (timeMs === undefined) {
    const findings = [finding(pointer, 'date-invalid')];
    throw new ProblemError('request-invalid', { detail: 'The finding points into the query.', findings });
  }
  return timeMs;
}

/** The cursor of the query. Throws `request-invalid` where `read` does not know it. */
function readCursor<Cursor>(
  text: string | undefined,
  read: (text: string) => Cursor | undefined,
): Cursor | undefined {
  if (text === undefined) {
    return undefined;
  }
  const cursor = read(text);
  if (cursor === undefined) {
    const detail = 'Take the cursor from nextCursor of the page before. The finding points into the query.';
    throw new ProblemError('request-invalid', { detail, findings: [finding('/cursor', 'wrong-format')] });
  }
  return cursor;
}

const listSchema = {
  operationId: 'listMails',
  summary: 'Mails, newest first',
  description:
    'In pages: pass `nextCursor` on as `cursor` until it is null. The mails somebody has to look after are ' +
    '`state=failed,expired,unknown`; `failure` says why, and the reply of the server stands at the recipient.',
  tags: ['mails'],
  querystring: MailListQuerySchema,
  response: { 200: MailListSchema },
};

const getSchema = {
  operationId: 'getMail',
  summary: 'What became of a mail',
  description: 'State, outcome and reply for each recipient, every attempt, and why it was sent this way.',
  tags: ['mails'],
  params: MailParamsSchema,
  response: { 200: MailStatusSchema },
};

const refusedSchema = {
  operationId: 'listRefusedMailRequests',
  summary: 'Mail requests that were set aside, newest first',
  description:
    'Records of the topic of requests that no mail came from, with the place where they lie and the reason. What is ' +
    'refused over HTTP is answered there and does not stand here.',
  tags: ['mails'],
  querystring: RefusedQuerySchema,
  response: { 200: RefusedRequestListSchema },
};

const queueSchema = {
  operationId: 'getQueueStatus',
  summary: 'How the queue stands, and when it will be empty',
  description:
    'What waits, why nothing moves if so, when it is tried again, and how much of each limit is used. Every mailer ' +
    'answers for the mail of all of them.',
  tags: ['mails'],
  response: { 200: QueueStatusSchema },
};

const config = { scopes: ['mail:read'] } as const;

/** The routes of `/v1/mails`, of the queue, and of the requests no mail came from. */
export const mailRoutes: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  const { queue } = deps;
  await app.register(sendMail, deps);
  await app.register(mailVerbs, deps);

  app.get('/v1/mails', { schema: listSchema, config }, async ({ query }) => {
    const { state, businessReference, since, until, cursor, limit = defaultPageSize } = query;
    return queue.list({
      states: state?.split(',') as MailState[] | undefined,
      businessReference,
      sinceMs: readTime('/since', since),
      untilMs: readTime('/until', until),
      cursor: readCursor(cursor, readMailCursor),
      limit,
    });
  });

  app.get(
    '/v1/mails/:id',
    { schema: getSchema, config: { ...config, problems: ['not-found'] } },
    async (request) => {
      const mail = queue.status(request.params.id);
      if (mail === undefined) {
        throw new ProblemError('not-found', { detail: 'There is no mail with this id.' });
      }
      return mail;
    },
  );

  app.get('/v1/refused-mail-requests', { schema: refusedSchema, config }, async ({ query }) => {
    const { since, until, cursor, limit = defaultPageSize } = query;
    return queue.refusals({
      sinceMs: readTime('/since', since),
      untilMs: readTime('/until', until),
      cursor: readCursor(cursor, readRefusalCursor),
      limit,
    });
  });

  app.get('/v1/queue', { schema: queueSchema, config }, async () => queue.report());
};
