import type { HttpServer } from '@postausgang/http-server';
import type { MailRoutesDeps } from './mail-routes-deps.ts';
import { addMailVerbRoutes } from './mail-verb-routes.ts';
import { addQueueStatusRoute } from './queue-status-route.ts';
import { addGetMailRoute, addListMailsRoute } from './read-mail-routes.ts';
import { addListRefusedRoute } from './refused-requests-route.ts';
import { addSendMailRoute } from './send-mail.ts';

/** The routes of `/v1/mails`, and of the requests no mail came from. */
export function registerMailRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  addSendMailRoute(app, deps);
  addGetMailRoute(app, deps);
  addListMailsRoute(app, deps);
  addListRefusedRoute(app, deps);
  addQueueStatusRoute(app, deps);
  addMailVerbRoutes(app, deps);
}
