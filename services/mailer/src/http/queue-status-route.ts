import { QueueStatusSchema } from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http-server';
import type { MailRoutesDeps } from './mail-routes-deps.ts';

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
