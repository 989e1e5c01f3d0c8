import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { findPrincipal } from './authentication.ts';
import { answeredProblem, ProblemError } from './problems.ts';
import type { HttpServer } from './server-type.ts';

/** Whether the service can do its work, and what it looked at: name of the check → `ok` or what is wrong. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

const LiveSchema = Type.Object({ status: Type.Literal('ok') });
const ReadySchema = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Record(Type.String(), Type.String(), {
    description: 'What was looked at: ok, or what is wrong',
  }),
});

interface HealthSource {
  readonly isReady: () => Promise<Readiness> | Readiness;
  readonly isStopping: () => boolean;
}

const livePath = '/health/live';
const readyPath = '/health/ready';

async function readinessOf({ isReady, isStopping }: HealthSource): Promise<Readiness> {
  const { ready, checks } = await isReady();
  return isStopping() ? { ready: false, checks: { ...checks, server: 'stopping' } } : { ready, checks };
}

export function addHealthRoutes(app: HttpServer, source: HealthSource): void {
  const live = {
    operationId: 'getLiveness',
    summary: 'Whether the process answers',
    tags: ['operations'],
    response: { 200: LiveSchema },
  };
  app.get(livePath, { config: { scopes: 'public' }, schema: live }, async () => ({ status: 'ok' as const }));

  const ready = {
    operationId: 'getReadiness',
    summary: 'Whether the service can do its work',
    tags: ['operations'],
    response: { 200: ReadySchema, 503: ReadySchema },
  };
  app.get(readyPath, { config: { scopes: 'public' }, schema: ready }, async (_request, reply) => {
    const readiness = await readinessOf(source);
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
}

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

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** The histogram of request durations. Labels are bounded: patterns of routes, never addresses that were asked for. */
export function createRequestMetrics(registry: Registry) {
  const histogram = new Histogram({
    name: 'postausgang_http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets: seconds,
    registers: [registry],
  });
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const labels = {
      method: methods.has(request.method) ? request.method : 'other',
      route: request.routeOptions.url ?? 'unknown',
      status: `${reply.statusCode}`,
    };
    histogram.observe(labels, reply.elapsedTime / 1000);
  };
}

/** `/metrics` needs no credentials: it holds numbers only, no names, addresses or ids. */
export function addMetricsRoute(app: HttpServer, registry: Registry): void {
  const schema = {
    operationId: 'getMetrics',
    summary: 'Metrics in the text format of Prometheus',
    tags: ['operations'],
    response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: Type.String() } } } },
  };
  app.get('/metrics', { config: { scopes: 'public' }, schema }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}

function isProbe(route: string | undefined): boolean {
  return route === '/metrics' || route?.startsWith('/health/') === true;
}

/**
 * One line per answered request, made of an allow-list: no headers, no bodies, no addresses that were asked for, and
 * so nothing that would have to be redacted.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url;
  const fields = {
    method: request.method,
    route,
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    principal: findPrincipal(request)?.id,
    problem: answeredProblem(request),
  };
  if (isProbe(route)) request.log.debug(fields, 'Request');
  else request.log.info(fields, 'Request');
}
