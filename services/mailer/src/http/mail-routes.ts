import type { HttpServer } from '@postausgang/http';
import { addMailVerbRoutes } from './mail-verbs.ts';
import { addGetMailRoute, addListMailsRoute, addListRefusedRoute, addQueueStatusRoute } from './read-mail.ts';
import type { MailRoutesDeps } from './route-deps.ts';
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
