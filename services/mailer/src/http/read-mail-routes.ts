import { finding, MailListSchema, MailStatusSchema } from '@postausgang/contracts';
import { type HttpServer, ProblemError } from '@postausgang/http-server';
import { parseInstant } from '@postausgang/settings';
import { type MailCursor, readMailCursor } from '../view/mail-cursor.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';
import { MailListQuerySchema, MailParamsSchema } from './mail-schemas.ts';

const defaultPageSize = 50;

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
    description: 'In pages: pass `nextCursor` on as `cursor` until it is null.',
    tags: ['mails'],
    querystring: MailListQuerySchema,
    response: { 200: MailListSchema },
  };
  app.get('/v1/mails', { schema, config: { scopes: ['mail:read'] as const } }, async ({ query }) => {
    const { state, businessReference, since, cursor, limit = defaultPageSize } = query;
    return queue.list({
      state,
      businessReference,
      sinceMs: readSince(since),
      cursor: readCursor(cursor),
      limit,
    });
  });
}

function readSince(since: string | undefined): number | undefined {
  if (since === undefined) {
    return undefined;
  }
  const sinceMs = parseInstant(since);
  if (sinceMs === undefined) {
    const findings = [finding('/since', 'date-invalid')];
    throw new ProblemError('request-invalid', { detail: 'The finding points into the query.', findings });
  }
  return sinceMs;
}

function readCursor(text: string | undefined): MailCursor | undefined {
  if (text === undefined) {
    return undefined;
  }
  const cursor = readMailCursor(text);
  if (cursor === undefined) {
    const detail = 'Take the cursor from nextCursor of the page before. The finding points into the query.';
    throw new ProblemError('request-invalid', { detail, findings: [finding('/cursor', 'wrong-format')] });
  }
  return cursor;
}
