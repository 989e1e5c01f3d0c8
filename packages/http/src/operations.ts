import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import { NamedObject, productVersion } from '@postausgang/contracts';
import { type HttpPlugin, serverPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';
import { openable } from './routes.ts';

/** Whether the service can do its work, and what it looked at: name of the check → `ok` or what is wrong. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

const LiveSchema = NamedObject('Liveness', { status: Type.Literal('ok') });
const ReadySchema = NamedObject('Readiness', {
  ready: Type.Boolean(),
  checks: Type.Record(Type.String(), Type.String(), {
    description: 'The result of each check: ok, or what is wrong',
  }),
});

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the server closes: it still answers what is in flight. */
    isStopping(): boolean;
  }
}

/**
 * Lets `app.close()` end: requests in flight are answered with `connection: close`, since their clients would otherwise
 * keep the server open for as long as a connection may idle. What still hangs after `closeMs` is cut. What arrives in the
 * meantime is refused with `stopping`, health checks apart.
 */
export const gracefulClose = serverPlugin<{ readonly closeMs: number }>(
  'graceful-close',
  ['problems'],
  async (app, { closeMs }) => {
    let stopping = false;
    let cut: NodeJS.Timeout | undefined;
    app.decorate('isStopping', () => stopping);
    app.addHook('preClose', async () => {
      stopping = true;
      cut = setTimeout(() => app.server.closeAllConnections(), closeMs);
    });
    app.addHook('onClose', async () => clearTimeout(cut));
    app.addHook('onRequest', ({ routeOptions }, _reply, done) => {
      if (!stopping || isHealthRoute(routeOptions.url)) done();
      else done(new ProblemError('stopping', { headers: { 'retry-after': '5' } }));
    });
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (stopping) reply.header('connection', 'close');
      done();
    });
  },
);

function isHealthRoute(route: string | undefined): boolean {
  return route?.startsWith('/health/') === true;
}

interface HealthOptions {
  readonly isReady: () => Promise<Readiness> | Readiness;
}

const liveSchema = {
  operationId: 'getLiveness',
  summary: 'Check whether the process is running',
  tags: ['operations'],
  response: { 200: LiveSchema },
};

const readySchema = {
  operationId: 'getReadiness',
  summary: 'Check whether the service is ready',
  tags: ['operations'],
  response: { 200: ReadySchema, 503: ReadySchema },
};

const config = { scopes: 'public' } as const;

/** `/health/live` and `/health/ready`. */
export const health: HttpPlugin<HealthOptions> = async (app, { isReady }) => {
  app.get('/health/live', { config, schema: liveSchema }, async () => ({ status: 'ok' as const }));

  app.get('/health/ready', { config, schema: readySchema }, async (_request, reply) => {
    const { ready, checks } = await isReady();
    const answer = app.isStopping()
      ? { ready: false, checks: { ...checks, server: 'stopping' } }
      : { ready, checks };
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
};

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

const metricsSchema = {
  operationId: 'getMetrics',
  summary: 'Get the metrics in the Prometheus text format',
  tags: ['operations'],
  response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: Type.String() } } } },
};

/**
 * Measures and logs every request, and adds `/metrics`. It holds numbers only, by routes, classes and servers: no mail
 * addresses and no ids.
 */
export const observation = serverPlugin<{ readonly registry: Registry; readonly isOpen: boolean }>(
  'observation',
  ['authentication'],
  async (app, { registry, isOpen }) => {
    const histogram = new Histogram({
      name: 'postausgang_http_request_duration_seconds',
      help: 'Duration of HTTP requests by method, route pattern and status',
      labelNames: ['method', 'route', 'status'],
      buckets: seconds,
      registers: [registry],
    });
    app.addHook('onResponse', (request, reply, done) => {
      histogram.observe(labelsOf(request, reply), reply.elapsedTime / 1000);
      logRequest(request, reply);
      done();
    });
    app.get('/metrics', { config: openable(isOpen), schema: metricsSchema }, async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
    );
  },
);

const VersionSchema = NamedObject('Version', {
  version: Type.String({ description: 'The release', examples: ['0.1.0'] }),
  node: Type.String({ description: 'The release of Node.js', examples: ['v24.0.0'] }),
});

const versionSchema = {
  operationId: 'getVersion',
  summary: 'Get the version of the service',
  tags: ['operations'],
  response: { 200: VersionSchema },
};

/** `/version`. */
export const versionRoute: HttpPlugin<{ readonly version: string; readonly isOpen: boolean }> = async (
  app,
  { version, isOpen },
) => {
  app.get('/version', { config: openable(isOpen), schema: versionSchema }, async () => ({
    version,
    node: process.version,
  }));
};

/** What runs here, how busy it is, and how much memory it takes: the metrics of Node.js and of the process. */
export function addProcessMetrics(registry: Registry, service: string): void {
  // Each look at the event loop wakes the process up; it idles most of the day.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  const build: Gauge<'service' | 'version' | 'node'> = new Gauge({
    name: 'postausgang_build_info',
    help: '1, with the service, its release and that of Node.js',
    labelNames: ['service', 'version', 'node'],
    registers: [registry],
  });
  build.set({ service, version: productVersion, node: process.version }, 1);
}

interface RefusedRecords {
  readonly topic: string;
  readonly proof: string;
  readonly count: number;
}

/** Records of the log that count for nothing because nothing proves who has written them. */
export function addRefusedRecordsMetric(registry: Registry, refused: () => readonly RefusedRecords[]): void {
  const gauge: Gauge<'topic' | 'signature'> = new Gauge({
    name: 'postausgang_log_records_refused',
    help: 'Records of the log without a valid signature since the start, which were stepped over',
    labelNames: ['topic', 'signature'],
    registers: [registry],
    collect() {
      for (const { topic, proof, count } of refused()) {
        gauge.set({ topic, signature: proof }, count);
      }
    },
  });
}

/** Bounded: patterns of routes, never addresses that were asked for. */
function labelsOf({ method, routeOptions }: FastifyRequest, { statusCode }: FastifyReply) {
  return {
    method: methods.has(method) ? method : 'other',
    route: routeOptions.url ?? 'unknown',
    status: `${statusCode}`,
  };
}

/**
 * One line per answered request, made of an allow-list: no headers, no bodies, no addresses that were asked for, and
 * so nothing that would have to be redacted.
 */
function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url;
  const fields = {
    method: request.method,
    route,
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    principal: request.authentication?.principal.id,
    problem: request.answeredProblem ?? undefined,
  };
  if (route === '/metrics' || isHealthRoute(route)) request.log.debug(fields, 'Request');
  else request.log.info(fields, 'Request');
}

/** What keeps the mail of a service from its recipients. */
export interface SendingState {
  /** Why nothing is sent, because the log is not where it was; null where it is. */
  heldFor(): string | null;
  /** `live`, or another sending mode. */
  sendingMode(): string;
}

/** What every answer says of it: nothing where mail goes to its recipients. */
export function sendingHeaders({ heldFor, sendingMode }: SendingState): Readonly<Record<string, string>> {
  const [held, mode] = [heldFor(), sendingMode()];
  return {
    ...(held === null ? {} : { 'postausgang-environment-held': held }),
    ...(mode === 'live' ? {} : { 'postausgang-sending-mode': mode }),
  };
}

/** What `/health/ready` says of it. */
export function sendingChecks({ heldFor, sendingMode }: SendingState): Readonly<Record<string, string>> {
  const mode = sendingMode();
  return { environment: heldFor() ?? 'ok', sendingMode: mode === 'live' ? 'ok' : mode };
}

const sendingModes = ['live', 'redirect', 'hold'];

/** Whether nothing is sent because the log is not where it was, and the sending mode. */
export function addEnvironmentMetric(registry: Registry, { heldFor, sendingMode }: SendingState): void {
  const held: Gauge = new Gauge({
    name: 'postausgang_environment_held',
    help: '1 while nothing is sent because nobody has said what this log is',
    registers: [registry],
    collect: () => held.set(heldFor() === null ? 0 : 1),
  });
  const mode: Gauge<'mode'> = new Gauge({
    name: 'postausgang_sending_mode',
    help: '1 for the sending mode: mail is sent, redirected or held',
    labelNames: ['mode'],
    registers: [registry],
    collect() {
      for (const one of sendingModes) mode.set({ mode: one }, one === sendingMode() ? 1 : 0);
    },
  });
}
