import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Scope, topics } from '@postausgang/contracts';
import {
  type ConfigApi,
  type ConfigApiLimits,
  createConfigApi,
  type EnvironmentOptions,
} from '@postausgang/config-api';
import { createPublisher, type EventLog, openSqliteLog, type Publisher } from '@postausgang/event-log';
import { createHttpServer, type HttpServer } from '@postausgang/http';
import { createOpener, createSealer, openKeyRing, type Opener } from '@postausgang/credentials';
import pino, { type Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Test } from 'tap';

export interface CallOptions {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ServiceOptions {
  readonly directory?: string;
  /** Follows the log of another service instead of opening one. */
  readonly log?: EventLog;
  /** What the service appends through; the log itself where nothing is given. */
  readonly wrapLog?: (log: EventLog) => EventLog;
  readonly limits?: Partial<ConfigApiLimits>;
  /** Where the log lies; it is not judged where nothing is given. */
  readonly environment?: EnvironmentOptions;
  readonly now?: () => Date;
  readonly logger?: Logger;
}

export interface Service {
  readonly directory: string;
  readonly log: EventLog;
  readonly publisher: Publisher;
  readonly api: ConfigApi;
  readonly app: HttpServer;
  readonly opener: Opener;
  readonly adminKey: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A new key with these scopes. */
  keyWith(...scopes: readonly Scope[]): Promise<string>;
  close(): Promise<void>;
}

export const serverPath = '/v1/outgoing-servers/default';
export const password = 'Kanarienvogel-7391-geheim';

/** Settings that can be switched on. */
export const completeSettings = {
  serverType: 'smtp',
  enabled: true,
  senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
  smtp: { hostname: 'mail.acme.example', username: 'erp@acme.example', password },
};

const silent = pino({ level: 'silent' });

async function openLog(directory: string): Promise<EventLog> {
  return openSqliteLog({
    directory,
    topics: Object.values(topics),
    onError(error) {
      throw error;
    },
  });
}

/** The whole config-api over the embedded log, without a socket. */
export async function startService(t: Test, options: ServiceOptions = {}): Promise<Service> {
  const {
    directory = t.testdir(),
    wrapLog = (log) => log,
    now = () => new Date(),
    logger = silent,
  } = options;
  const log = options.log ?? (await openLog(directory));
  if (options.log === undefined) t.teardown(() => log.close());
  const keyRing = await openKeyRing(join(directory, 'keys'));
  const newId = randomUUID;
  const ownLog = wrapLog(log);
  const ownPublisher = createPublisher(ownLog, { source: '/config-api', now, newId });
  const sealer = createSealer(keyRing.publicKeys);
  const { limits = {}, environment } = options;
  const api = createConfigApi({
    log: ownLog,
    publisher: ownPublisher,
    sealer,
    now,
    newId,
    logger,
    limits,
    ...(environment === undefined ? {} : { environment }),
  });
  await api.ready;
  await api.environment?.known;
  const registry = new Registry();
  api.addMetrics(registry);
  const app = await createHttpServer({
    registry,
    title: 'config-api',
    version: '1.0.0',
    logger,
    authenticate: api.authenticate,
    isReady: () => ({ ready: api.isReady(), checks: {} }),
    strict: true,
    failedAuthentication: { max: 1000, windowMs: 60_000 },
  });
  await api.registerRoutes(app);
  let closed: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    await app.close();
    await api.stop();
    if (options.log === undefined) await log.close();
  };
  const close = (): Promise<void> => (closed ??= closeAll());
  t.teardown(close);

  const keyFile = join(directory, 'admin.key');
  // The folder of a test is removed before its teardown, so a start that failed is closed at once.
  await api.ensureAdminKey(keyFile).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const adminKey = (await readFile(keyFile, 'utf8')).trim();

  const call = async (
    method: string,
    path: string,
    { key = adminKey, body, headers = {} }: CallOptions = {},
  ) => {
    const isText = typeof body === 'string' || Buffer.isBuffer(body);
    const response = await app.inject({
      method: method as 'GET',
      url: path,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: isText ? body : JSON.stringify(body) }),
    });
    const isJson = String(response.headers['content-type'] ?? '').includes('json');
    const parsed = isJson && response.payload !== '' ? JSON.parse(response.payload) : {};
    return { status: response.statusCode, headers: response.headers, text: response.payload, body: parsed };
  };

  return {
    directory,
    log,
    publisher: createPublisher(log, { source: '/tests', now, newId }),
    api,
    app,
    opener: createOpener(keyRing),
    adminKey,
    call,
    async keyWith(...scopes) {
      const { body } = await call('POST', '/v1/api-keys', {
        body: { name: scopes.join(' ').slice(0, 100), scopes },
      });
      return String(body['key']);
    },
    close,
  };
}

/** Waits for a fact. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await nextTurn();
}

/** The codes and pointers of a problem's findings. */
export function findingsOf({ body }: Pick<Answer, 'body'>): string[] {
  const findings = body['findings'];
  if (!Array.isArray(findings)) return [];
  return findings.map(
    (one: { readonly pointer: string; readonly code: string }) => `${one.pointer} ${one.code}`,
  );
}
