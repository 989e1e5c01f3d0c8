import type { HttpServer } from '@postausgang/http-server';
import type { MailRoutesDeps } from './mail-routes-deps.ts';
import { addGetMailRoute, addListMailsRoute } from './read-mail-routes.ts';
import { addSendMailRoute } from './send-mail-route.ts';

/** The routes of `/v1/mails`. */
export function registerMailRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  addSendMailRoute(app, deps);
  addGetMailRoute(app, deps);
  addListMailsRoute(app, deps);
}
