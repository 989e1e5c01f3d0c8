import { RefusedRequestListSchema } from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http-server';
import { readRefusalCursor } from '../view/refusal-cursor.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';
import { RefusedQuerySchema } from './mail-schemas.ts';
import { defaultPageSize, readCursor, readTime } from './page-query.ts';

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
