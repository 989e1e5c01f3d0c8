import { MailListSchema, type MailState, MailStatusSchema } from '@postausgang/contracts';
import { type HttpServer, ProblemError } from '@postausgang/http-server';
import { readMailCursor } from '../view/mail-cursor.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';
import { MailListQuerySchema, MailParamsSchema } from './mail-schemas.ts';
import { defaultPageSize, readCursor, readTime } from './page-query.ts';

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
