import { type TSchema, Type } from '@sinclair/typebox';
import type { Test } from 'tap';
import { OutgoingServerPutSchema, OutgoingServerViewSchema, type Scope } from '@postausgang/contracts';
import { createHttpServer, type HttpServer, type Principal } from '@postausgang/http';
import { initialState, outgoingServerKind, versionView } from '@postausgang/settings';

function principal(id: string, ...scopes: Scope[]): Principal {
  return { id, name: `The ${id} key`, kind: 'api-key', scopes: new Set(scopes) };
}

const principals: Readonly<Record<string, Principal>> = {
  'reader-key': principal('reader', 'settings:read'),
  'writer-key': principal('writer', 'settings:read', 'settings:write'),
  'admin-key': principal('admin', 'admin'),
};

export const asReader = { authorization: 'Bearer reader-key' };
export const asWriter = { authorization: 'Bearer writer-key' };
export const asAdmin = { authorization: 'Bearer admin-key' };

export type HttpServerOptions = Parameters<typeof createHttpServer>[0];

/** A server of a test, closed with it. Routes are added before it is ready. */
export async function build(
  t: Test,
  addRoutes: (app: HttpServer) => void = () => {},
  options: Partial<HttpServerOptions> = {},
): Promise<HttpServer> {
  const app = await createHttpServer({
    title: 'Test',
    version: '1.0.0',
    logger: false,
    strict: true,
    authenticate: async (token) => principals[token],
    isReady: () => ({ ready: true, checks: { log: 'ok' } }),
    ...options,
  });
  t.teardown(() => app.close());
  addRoutes(app);
  return app;
}

/** What every route has to say and most tests do not care about. */
export function described(operationId: string) {
  return { operationId, summary: operationId, tags: ['test'] };
}

export const DoneSchema = Type.Object({ done: Type.Boolean() });

/** `POST /echo` takes a body of the schema and answers `{done: true}`. */
export function echo(body: TSchema, url = '/echo') {
  return (app: HttpServer): void => {
    const schema = { ...described(`echo${url.replaceAll('/', '-')}`), body, response: { 200: DoneSchema } };
    app.post(url, { config: { scopes: [] }, schema }, async () => ({ done: true }));
  };
}

/** A small service: settings that are read and put. */
export function settingsRoutes(app: HttpServer): void {
  const read = { ...described('getServer'), response: { 200: OutgoingServerViewSchema } };
  app.get(
    '/v1/outgoing-servers/:id',
    { config: { scopes: ['settings:read'], problems: ['not-found'] }, schema: read },
    async () => settings,
  );
  const write = { ...read, ...described('putServer'), body: OutgoingServerPutSchema };
  app.put(
    '/v1/outgoing-servers/:id',
    {
      config: {
        scopes: ['settings:read', 'settings:write'],
        problems: ['settings-invalid', 'version-conflict'],
      },
      schema: write,
    },
    async () => settings,
  );
}

const neverSaved = versionView(initialState(outgoingServerKind, 'outgoing-servers/default'), 0)?.settings;
if (neverSaved === undefined) throw new Error('a server always has a version 0');

export const settings = {
  ...neverSaved,
  version: 43,
  enabled: true,
  smtp: { ...neverSaved.smtp, hostname: 'mail.acme.example', authentication: 'none' as const },
  warnings: [],
  applied: { state: 'applied' as const, version: 43, mailers: [] },
};
