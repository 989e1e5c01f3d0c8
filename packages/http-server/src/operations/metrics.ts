import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import type { HttpServer } from '../server-type.ts';

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
