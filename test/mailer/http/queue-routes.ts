import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { ContentStoreError } from '@postausgang/content-store';
import type { MailStatus, Scope } from '@postausgang/contracts';
import { createPublisher, type EventLog } from '@postausgang/event-log';
import { createHttpServer, type HttpServer, type Principal } from '@postausgang/http';
import { createSenderBook, type SenderBook } from '@postausgang/settings';
import { mailRoutes } from '../../../services/mailer/src/http/mail-routes.ts';
import { everySender } from '../../settings/sender-content.ts';
import {
  active,
  type Bench,
  createTransport,
  openLog,
  openQueue,
  type ScriptedTransport,
} from '../engine/harness.ts';

const principal = (id: string, scopes: Scope[]): Principal => ({
  id,
  name: `key of ${id}`,
  kind: 'api-key',
  scopes: new Set(scopes),
});
const principals: Record<string, Principal> = {
  manager: principal('manager', ['mail:manage:all', 'mail:read:all', 'mail:send']),
  sender: principal('sender', ['mail:send', 'mail:read']),
  billing: principal('billing', ['mail:send', 'mail:read', 'mail:manage']),
  payroll: principal('payroll', ['mail:send', 'mail:read', 'mail:manage']),
  limited: {
    ...principal('limited', ['mail:send', 'mail:read', 'mail:manage']),
    permissions: {
      quotas: { mailsPerMinute: 3, recipientsPerDay: 10, bytesPerMinute: 1000 },
      recipientDomains: ['acme.example', '*.example.com'],
    },
  },
  narrow: {
    ...principal('narrow', ['mail:send', 'mail:manage:all']),
    permissions: { quotas: null, recipientDomains: ['acme.example'] },
  },
  shop: {
    ...principal('shop', ['mail:send', 'mail:manage:all']),
    permissions: { quotas: null, recipientDomains: null, senderDomains: ['shop.example'] },
  },
  mailing: {
    ...principal('mailing', ['mail:send', 'mail:read']),
    permissions: { quotas: null, recipientDomains: null, priority: 'bulk' },
  },
  clerk: principal('clerk', ['mail:read', 'mail:manage:all']),
  author: principal('author', ['mail:send', 'mail:read', 'mail:content']),
  reader: principal('reader', ['mail:read:all', 'mail:content']),
  admin: principal('admin', ['admin']),
  person: { ...principal('billing', ['mail:send', 'mail:read', 'mail:manage']), kind: 'token' },
};

export interface Answered<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface Setup {
  readonly app: HttpServer;
  readonly bench: Bench;
  readonly log: EventLog;
  readonly directory: string;
  readonly transport: ScriptedTransport;
  call<Body = MailStatus>(
    method: 'GET' | 'POST',
    url: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered<Body>>;
}

/** The routes for mail over a queue. */
export async function openRoutes(
  t: Test,
  log: EventLog,
  bench: Bench,
  foldTimeoutMs = 5000,
  senders: SenderBook = createSenderBook(),
): Promise<HttpServer> {
  const app = await createHttpServer({
    title: 'Test',
    version: '1',
    logger: false,
    strict: true,
    authenticate: async (token) => principals[token],
    isReady: () => ({ ready: true, checks: {} }),
  });
  const now = () => new Date(bench.clock.nowMs());
  await app.register(mailRoutes, {
    publisher: createPublisher(log, { source: '/mailer/other', now, newId: randomUUID }),
    contentStore: { put: () => Promise.reject(new ContentStoreError('content-unavailable', 'none')) },
    queue: bench.queue,
    sendingRules: () => ({
      enabled: true,
      whenDisabled: 'reject',
      ...everySender({ address: 'erp@acme.example' }),
      senders,
    }),
    now,
    newId: randomUUID,
    bodyLimitBytes: 100_000,
    foldTimeoutMs,
  });
  t.teardown(() => app.close());
  return app;
}

/** A queue with a scripted transport, and its routes. */
export async function setUp(t: Test, senders?: SenderBook): Promise<Setup> {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, { log, directory, serving: active(transport) });
  const app = await openRoutes(t, log, bench, undefined, senders);
  return {
    app,
    bench,
    log,
    directory,
    transport,
    async call(method, url, body, headers = {}) {
      const { statusCode, payload } = await app.inject({
        method,
        url,
        headers: { authorization: 'Bearer manager', ...headers },
        ...(body === undefined ? {} : { payload: body }),
      });
      return { status: statusCode, body: JSON.parse(payload) };
    },
  };
}
