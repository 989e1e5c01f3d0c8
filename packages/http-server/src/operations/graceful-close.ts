import type { FastifyRequest } from 'fastify';
import type { HttpServer } from '../server-type.ts';
import { ProblemError } from '../problems/problem-error.ts';
import { livePath, readyPath } from './health-routes.ts';

export interface GracefulClose {
  readonly isStopping: () => boolean;
  /** Refuses with `stopping` what arrives while the server closes, health checks apart. */
  readonly refuseWhileStopping: (request: FastifyRequest) => void;
}

/**
 * Lets `app.close()` end: requests in flight are answered with `connection: close`, or their clients would keep the
 * server open for as long as a connection may idle; what still hangs after `closeMs` is cut.
 */
export function addGracefulClose(app: HttpServer, closeMs: number): GracefulClose {
  let stopping = false;
  let cut: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    stopping = true;
    cut = setTimeout(() => app.server.closeAllConnections(), closeMs);
  });
  app.addHook('onClose', async () => clearTimeout(cut));
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close');
    done();
  });
  return {
    isStopping: () => stopping,
    refuseWhileStopping({ routeOptions }) {
      if (!stopping || routeOptions.url === livePath || routeOptions.url === readyPath) return;
      throw new ProblemError('stopping', { headers: { 'retry-after': '5' } });
    },
  };
}
