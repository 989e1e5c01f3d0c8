import {
  closed,
  finding,
  Instant,
  Line,
  MailListSchema,
  type MailState,
  MailStatusSchema,
  mailStates,
  RefusedRequestListSchema,
} from '@postausgang/contracts';
import { type HttpPlugin, ProblemError } from '@postausgang/http';
import { parseInstant } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';
import { readMailCursor, readRefusalCursor } from '../view/mail-view.ts';
import { bulkMailVerbs } from './bulk-verbs.ts';
import { readableRequester, requireMail } from './mail-owner.ts';
import { mailVerbs } from './mail-verbs.ts';
import { queueRoutes } from './queue-routes.ts';
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
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the previous page' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

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
    const detail = 'Use the nextCursor of the previous page. The finding points into the query.';
    throw new ProblemError('request-invalid', { detail, findings: [finding('/cursor', 'wrong-format')] });
  }
  return cursor;
}

const listSchema = {
  operationId: 'listMails',
  summary: 'List mails, newest first',
  description:
    'The list has pages: pass `nextCursor` as `cursor` until it is null. Mails that need attention have ' +
    '`state=failed,expired,unknown`. `failure` gives the reason, and `recipients` contains the replies of the server. ' +
    'Without `mail:read:all` the list contains only mails that the caller requested.',
  tags: ['mails'],
  querystring: MailListQuerySchema,
  response: { 200: MailListSchema },
};

const getSchema = {
  operationId: 'getMail',
  summary: 'Get the status of a mail',
  description:
    'The state, the outcome and reply for each recipient, every attempt, and the decisions made when the mail was sent.',
  tags: ['mails'],
  params: MailParamsSchema,
  response: { 200: MailStatusSchema },
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
const refusedConfig = { scopes: ['mail:read:all'] } as const;

/** The routes of `/v1/mails`, of the queue, and of the requests no mail came from. */
export const mailRoutes: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  const { queue } = deps;
  await app.register(sendMail, deps);
  await app.register(mailVerbs, deps);
  await app.register(queueRoutes, deps);
  await app.register(bulkMailVerbs, deps);

  app.get('/v1/mails', { schema: listSchema, config }, async ({ query, principal }) => {
    const { state, businessReference, since, until, cursor, limit = defaultPageSize } = query;
    return queue.list({
      states: state?.split(',') as MailState[] | undefined,
      businessReference,
      requestedBy: readableRequester(principal),
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
