import { Type } from '@sinclair/typebox';
import type { HttpServer } from '../server-type.ts';

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

export interface HealthSource {
  readonly isReady: () => Promise<Readiness> | Readiness;
  readonly isStopping: () => boolean;
}

export const livePath = '/health/live';
export const readyPath = '/health/ready';

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
