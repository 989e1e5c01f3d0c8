import {
  finding,
  MailListSchema,
  type MailState,
  MailStatusSchema,
  QueueStatusSchema,
  RefusedRequestListSchema,
} from '@postausgang/contracts';
import { type HttpServer, ProblemError } from '@postausgang/http';
import { parseInstant } from '@postausgang/settings';
import { readMailCursor, readRefusalCursor } from '../view/mail-view.ts';
import { MailListQuerySchema, MailParamsSchema, RefusedQuerySchema } from './mail-schemas.ts';
import type { MailRoutesDeps } from './route-deps.ts';

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

/** GET /v1/queue. */
export function addQueueStatusRoute(app: HttpServer, { queue }: MailRoutesDeps): void {
  const schema = {
    operationId: 'getQueueStatus',
    summary: 'How the queue stands, and when it will be empty',
    description:
      'What waits, why nothing moves if so, when it is tried again, and how much of each limit is used. Every mailer ' +
      'answers for the mail of all of them.',
    tags: ['mails'],
    response: { 200: QueueStatusSchema },
  };
  app.get('/v1/queue', { schema, config: { scopes: ['mail:read'] as const } }, async () => queue.report());
}

/** GET /v1/refused-mail-requests. */
export function addListRefusedRoute(app: HttpServer, { queue }: MailRoutesDeps): void {
  const schema = {
    operationId: 'listRefusedMailRequests',
    summary: 'Mail requests that were set aside, newest first',
    description:
      'Records of the topic of requests that no mail came from, with the place where they lie and the reason. What is ' +
      'refused over HTTP is answered there and does not stand here.',
    tags: ['mails'],
    querystring: RefusedQuerySchema,
    response: { 200: RefusedRequestListSchema },
  };
  const config = { scopes: ['mail:read'] as const };
  app.get('/v1/refused-mail-requests', { schema, config }, async ({ query }) => {
    const { since, until, cursor, limit = defaultPageSize } = query;
    return queue.refusals({
      sinceMs: readTime('/since', since),
      untilMs: readTime('/until', until),
      cursor: readCursor(cursor, readRefusalCursor),
      limit,
    });
  });
}

/** GET /v1/mails/{id}. */
export function addGetMailRoute(app: HttpServer, { queue }: MailRoutesDeps): void {
  const schema = {
    operationId: 'getMail',
    summary: 'What became of a mail',
    description: 'State, outcome and reply for each recipient, every attempt, and why it was sent this way.',
    tags: ['mails'],
    params: MailParamsSchema,
    response: { 200: MailStatusSchema },
  };
  const config = { scopes: ['mail:read'] as const, problems: ['not-found'] as const };
  app.get('/v1/mails/:id', { schema, config }, async (request) => {
    const mail = queue.status(request.params.id);
    if (mail === undefined) {
      throw new ProblemError('not-found', { detail: 'There is no mail with this id.' });
    }
    return mail;
  });
}

/** GET /v1/mails. */
export function addListMailsRoute(app: HttpServer, { queue }: MailRoutesDeps): void {
  const schema = {
    operationId: 'listMails',
    summary: 'Mails, newest first',
    description:
      'In pages: pass `nextCursor` on as `cursor` until it is null. The mails somebody has to look after are ' +
      '`state=failed,expired,unknown`; `failure` says why, and the reply of the server stands at the recipient.',
    tags: ['mails'],
    querystring: MailListQuerySchema,
    response: { 200: MailListSchema },
  };
  app.get('/v1/mails', { schema, config: { scopes: ['mail:read'] as const } }, async ({ query }) => {
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
}
