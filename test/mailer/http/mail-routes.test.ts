import { hash, randomUUID } from 'node:crypto';
import { type Test, test } from 'tap';
import { type ContentStore, ContentStoreError, openDirectoryStore } from '@postausgang/content-store';
import {
  failure,
  type MailList,
  type MailStatus,
  type Problem,
  type Scope,
  topics,
} from '@postausgang/contracts';
import {
  createPublisher,
  eachEvent,
  type EventLog,
  EventLogError,
  openSqliteLog,
  startFold,
} from '@postausgang/event-log';
import { createHttpServer, type HttpServer, type Principal } from '@postausgang/http';
import { defaultContent } from '@postausgang/settings';
import { createCurrentServing } from '../../../services/mailer/src/apply/applier.ts';
import { systemClock } from '../../../services/mailer/src/engine/clock.ts';
import { createMailQueue } from '../../../services/mailer/src/engine/queue.ts';
import { mailRoutes } from '../../../services/mailer/src/http/mail-routes.ts';
import type { MailRoutesDeps, SendingRules } from '../../../services/mailer/src/http/route-deps.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { noSecurity } from '../../message/smime/no-security.ts';
import { everySender } from '../../settings/sender-content.ts';

const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Hallo', text: 'Guten Tag' };
const raw =
  'From: rechnung@acme.example\r\nTo: kunde@example.com\r\nBcc: archiv@acme.example\r\n\r\nGuten Tag\r\n';
const enabled: SendingRules = {
  enabled: true,
  whenDisabled: 'reject',
  ...everySender({ name: 'ACME', address: 'erp@acme.example' }),
};

const principals: Record<string, Principal> = {
  sender: principal('sender', ['mail:send', 'mail:read']),
  other: principal('other', ['mail:send', 'mail:read']),
  reader: principal('reader', ['mail:read:all']),
};

function principal(id: string, scopes: Scope[]): Principal {
  return { id, name: id, kind: 'api-key', scopes: new Set(scopes) };
}

interface Setup {
  readonly app: HttpServer;
  readonly log: EventLog;
  readonly contentStore: ContentStore;
  readonly requests: () => readonly MailRequestedData[];
  rules: SendingRules;
  /** The one clock of a test: the routes, the publishers and the queue go by it. */
  readonly time: { now: Date };
}
type MailRequestedData = Record<string, unknown>;

/** The routes over the embedded log, with its follower and its view. */
async function setUp(
  t: Test,
  overrides: Partial<MailRoutesDeps> = {},
  queueOverrides: Partial<MailRoutesDeps['queue']> = {},
): Promise<Setup> {
  const directory = t.testdir({ log: {}, view: {} });
  const contentStore = await openDirectoryStore(`${directory}/content`);
  const log = await openSqliteLog({
    directory: `${directory}/log`,
    topics: Object.values(topics),
    onError: (error) => t.fail(error.message),
  });
  const view = openMailView({ directory: `${directory}/view` });
  const requests: MailRequestedData[] = [];
  const fold = startFold({
    log,
    topic: 'mailRequests',
    state: requests,
    apply: eachEvent((state, event) => void state.push(event.data as MailRequestedData)),
  });
  const unavailable = failure('connection-refused');
  const time = { now: new Date('2026-11-23T08:16:00Z') };
  const now = (): Date => time.now;
  const queue = createMailQueue({
    log,
    view,
    contentStore,
    publisher: createPublisher(log, { source: '/mailer', now, newId: randomUUID }),
    serving: createCurrentServing({
      state: 'unavailable',
      serverId: 'default',
      content: defaultContent,
      failure: unavailable,
    }),
    clock: { ...systemClock, nowMs: () => now().getTime() },
    random: () => 0.5,
    runId: 'run-1',
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onFailure: (error) => t.error(error),
    compose: () => null,
    security: noSecurity,
    checkRequest: () => [],
  });
  await queue.ready;
  const app = await createHttpServer({
    title: 'Test',
    version: '1',
    logger: false,
    strict: true,
    authenticate: async (token) => principals[token],
    isReady: () => ({ ready: true, checks: {} }),
  });
  let count = 0;
  const setup: Setup = {
    app,
    log,
    contentStore,
    requests: () => requests,
    rules: enabled,
    time,
  };
  await app.register(mailRoutes, {
    publisher: createPublisher(log, {
      source: '/mailer',
      now,
      newId: () => `event-${(count += 1)}`,
    }),
    contentStore,
    queue: { ...queue, ...queueOverrides },
    sendingRules: () => setup.rules,
    now,
    newId: () => `mail-${(count += 1)}`,
    bodyLimitBytes: 100_000,
    ...overrides,
  });
  t.teardown(async () => {
    await app.close();
    await fold.stop();
    await queue.stop(0);
    await log.close();
    view.close();
  });
  return setup;
}

interface PostOptions {
  readonly key?: string;
  readonly as?: string;
  readonly type?: string;
  readonly query?: string;
  readonly path?: string;
}

function post(
  { app }: Setup,
  body: string | object,
  { key, as = 'sender', type, query = '', path = '/v1/mails' }: PostOptions = {},
) {
  const contentType = type ?? (typeof body === 'string' ? 'message/rfc822' : 'application/json');
  return app.inject({
    method: 'POST',
    url: `${path}${query}`,
    headers: {
      authorization: `Bearer ${as}`,
      'content-type': contentType,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function get({ app }: Setup, url: string, as = 'reader') {
  return app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${as}` } });
}

/** Status and code of a problem, and its findings as `code at pointer`. */
function refusal(response: { statusCode: number; json: () => Problem }): unknown[] {
  const { code, findings = [] } = response.json();
  return [response.statusCode, code, ...findings.map((one) => `${one.code} at ${one.pointer}`)];
}

/** Waits until the view has the mail. */
async function statusOf(setup: Setup, location: unknown): Promise<MailStatus> {
  for (;;) {
    const response = await get(setup, String(location));
    if (response.statusCode === 200) {
      return response.json();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('accepts a mail and tells its status', async (t) => {
  const setup = await setUp(t);
  const response = await post(setup, {
    ...mail,
    businessReference: 'invoice/4711',
    metadata: { client: '100' },
  });
  t.equal(response.statusCode, 202);
  t.same(response.json(), { id: 'mail-1', messageId: '<mail-1@acme.example>', state: 'queued' });
  t.equal(response.headers.location, '/v1/mails/mail-1');
  t.match(await statusOf(setup, response.headers.location), {
    id: 'mail-1',
    messageId: '<mail-1@acme.example>',
    state: 'queued',
    subject: 'Hallo',
    businessReference: 'invoice/4711',
    metadata: { client: '100' },
    acceptedAt: '2026-11-23T08:16:00.000Z',
    recipients: [{ address: 'kunde@example.com', outcome: 'pending' }],
    attempts: [],
    decisions: null,
  });
  t.match(setup.requests()[0], {
    ...mail,
    id: 'mail-1',
    requestedBy: { kind: 'api-key', id: 'sender', name: 'sender' },
    payloadDigest: 'mail-1',
  });
});

test('takes the same request under the same key once', async (t) => {
  const setup = await setUp(t);
  const first = await post(setup, mail, { key: 'invoice-4711-v1' });
  t.equal(first.statusCode, 202);
  setup.rules = { ...enabled, enabled: false };
  const { text, subject, to } = mail;
  const again = await post(setup, { text, subject, to, cc: [] }, { key: '"invoice-4711-v1"' });
  t.equal(again.statusCode, 202, 'also when sending was switched off in between');
  t.same(again.json(), first.json());
  t.equal(again.headers.location, first.headers.location);
  t.equal(setup.requests().length, 1);
  setup.rules = enabled;
  t.same(refusal(await post(setup, { ...mail, text: 'anders' }, { key: 'invoice-4711-v1' })), [
    409,
    'idempotency-conflict',
  ]);
  const foreign = await post(setup, { ...mail, text: 'anders' }, { key: 'invoice-4711-v1', as: 'other' });
  t.equal(foreign.statusCode, 202, 'the key of another principal is another key');
  t.not(foreign.json<MailStatus>().id, first.json<MailStatus>().id);
  t.same(refusal(await post(setup, mail, { key: '"' })), [
    400,
    'request-invalid',
    'wrong-format at /idempotency-key',
  ]);
});

test('lets the log decide between first requests that come at the same time', async (t) => {
  const setup = await setUp(t);
  const bodies = [mail, mail, { ...mail, text: 'anders' }, mail];
  const responses = await Promise.all(bodies.map((body) => post(setup, body, { key: 'k' })));
  t.same(
    responses.map(({ statusCode }) => statusCode),
    [202, 202, 409, 202],
  );
  t.equal(
    new Set(responses.flatMap((one) => (one.statusCode === 202 ? [one.json<MailStatus>().id] : []))).size,
    1,
  );
  const list = (await get(setup, '/v1/mails')).json<MailList>();
  t.equal(list.items.length, 1);
});

test('keeps an accepted mail accepted when its time has passed', async (t) => {
  const setup = await setUp(t);
  const timed = { ...mail, notAfter: '2026-11-23T09:00:00Z' };
  const first = await post(setup, timed, { key: 'k' });
  setup.time.now = new Date('2026-11-23T10:00:00Z');
  t.same((await post(setup, timed, { key: 'k' })).json(), first.json());
  t.same(refusal(await post(setup, timed, { key: 'l' })), [
    422,
    'mail-invalid',
    'date-in-the-past at /notAfter',
  ]);
});

test('refuses or takes new mail while sending is off, as the settings say', async (t) => {
  const setup = await setUp(t);
  setup.rules = { ...enabled, enabled: false };
  t.same(refusal(await post(setup, mail)), [409, 'mail-disabled']);
  t.same(refusal(await post(setup, mail, { key: 'k' })), [409, 'mail-disabled']);
  t.same(refusal(await post(setup, raw)), [409, 'mail-disabled']);
  t.equal(setup.requests().length, 0);
  setup.rules = { ...setup.rules, whenDisabled: 'hold' };
  t.equal((await post(setup, mail, { key: 'k' })).statusCode, 202);
});

test('tells everything that is wrong with a mail, and accepts nothing of it', async (t) => {
  const setup = await setUp(t);
  setup.rules = { ...enabled, defaultSender: null };
  const wrong = { to: [{ address: 'a b' }], cc: [{ address: 'c@' }], headers: { Bcc: 'x@y.example' } };
  t.same(refusal(await post(setup, wrong)), [
    422,
    'mail-invalid',
    'sender-address-required at /from',
    'address-invalid at /to/0/address',
    'address-invalid at /cc/0/address',
    'header-not-allowed at /headers/Bcc',
  ]);
  t.equal((await post(setup, { ...mail, from: { address: 'own@acme.example' } })).statusCode, 202);
});

test('refuses what has not the form of a mail', async (t) => {
  const setup = await setUp(t);
  const attachment = { filename: 'a', contentType: 'text/plain', content: 1, path: '/etc/passwd' };
  const wrong = {
    to: 'x',
    subject: 'a\r\nBcc: b',
    attachments: [attachment],
    html: { path: '/etc/passwd' },
    raw: 'x',
  };
  const [status, code, ...findings] = refusal(await post(setup, wrong));
  t.same([status, code], [400, 'request-invalid']);
  t.same(
    new Set(findings),
    new Set([
      'control-character at /subject',
      'unknown-field at /attachments/0/path',
      'unknown-field at /raw',
      'wrong-type at /attachments/0/content',
      'wrong-type at /html',
      'wrong-type at /to',
    ]),
  );
  const malformed = (body: string) => post(setup, body, { type: 'application/json' });
  t.same(refusal(await malformed('{"to":[],"__proto__":{}}')), [400, 'request-malformed']);
  t.same(refusal(await malformed('{"to":')), [400, 'request-malformed']);
  t.same(refusal(await malformed('')), [400, 'request-invalid', 'required at ']);
  t.same(refusal(await post(setup, mail, { type: 'text/plain' })), [415, 'media-type-unsupported']);
  t.same(refusal(await post(setup, { ...mail, text: 'x'.repeat(100_000) })), [413, 'body-too-large']);
  t.same(refusal(await post(setup, `${raw}${'x'.repeat(100_000)}`)), [413, 'body-too-large']);
  t.equal(setup.requests().length, 0);
});

test('asks for the scope of each route', async (t) => {
  const setup = await setUp(t);
  t.same(refusal(await post(setup, mail, { as: 'reader' })), [403, 'forbidden']);
  t.same(refusal(await post(setup, mail, { as: 'nobody' })), [401, 'unauthenticated']);
  t.same(refusal(await get(setup, '/v1/mails', 'nobody')), [401, 'unauthenticated']);
  t.same(refusal(await get(setup, '/v1/mails/mail-1', 'nobody')), [401, 'unauthenticated']);
});

test('takes a finished message', async (t) => {
  const setup = await setUp(t);
  const query =
    '?businessReference=r1&orderingKey=o&X-Envelope-From=bounce%40acme.example&notAfter=2026-12-01T00:00:00Z';
  const response = await post(setup, raw, { query });
  t.same(response.json(), { id: 'mail-1', messageId: '<mail-1@acme.example>', state: 'queued' });
  const status = await statusOf(setup, response.headers.location);
  t.same(
    status.recipients.map(({ address }) => address),
    ['kunde@example.com', 'archiv@acme.example'],
  );
  t.equal(status.businessReference, 'r1');
  const [requested] = setup.requests();
  t.match(requested, {
    envelope: { from: 'bounce@acme.example' },
    orderingKey: 'o',
    notAfter: '2026-12-01T00:00:00Z',
  });
  t.equal(
    Buffer.from(String(requested?.['raw']), 'base64').toString(),
    'Message-ID: <mail-1@acme.example>\r\nDate: Mon, 23 Nov 2026 08:16:00 +0000\r\n' +
      'From: rechnung@acme.example\r\nTo: kunde@example.com\r\n\r\nGuten Tag\r\n',
  );
});

test('takes a finished message once per key, though its Date is added anew', async (t) => {
  const setup = await setUp(t);
  const first = await post(setup, raw, { key: 'k' });
  setup.time.now = new Date('2026-11-23T09:00:00Z');
  t.same((await post(setup, raw, { key: 'k' })).json(), first.json());
  t.same(refusal(await post(setup, `${raw}.`, { key: 'k' })), [409, 'idempotency-conflict']);
  const elsewhere = await post(setup, raw, { key: 'k', query: '?X-Envelope-To=x%40d.example' });
  t.same(refusal(elsewhere), [409, 'idempotency-conflict']);
});

test('refuses a finished message that cannot be sent, and a query that is not for it', async (t) => {
  const setup = await setUp(t);
  t.same(refusal(await post(setup, 'no message')), [422, 'mail-invalid', 'message-malformed at ']);
  t.same(refusal(await post(setup, raw, { query: '?X-Envelope-To=a&X-Envelope-To=b%40c.example' })), [
    422,
    'mail-invalid',
    'address-invalid at /X-Envelope-To/0',
  ]);
  t.same(refusal(await post(setup, raw, { query: '?sendAt=2026-02-30T00:00:00Z' })), [
    422,
    'mail-invalid',
    'date-invalid at /sendAt',
  ]);
  t.same(refusal(await post(setup, raw, { query: '?subject=x' })), [
    400,
    'request-invalid',
    'unknown-field at /subject',
  ]);
  t.same(refusal(await post(setup, mail, { query: '?orderingKey=x' })), [
    400,
    'request-invalid',
    'unknown-field at /orderingKey',
  ]);
  t.same(refusal(await post(setup, '')), [400, 'request-invalid', 'required at ']);
});

test('tells what is wrong with form and content of a mail at once, with what is wanted', async (t) => {
  const setup = await setUp(t);
  const wrong = {
    to: [{ address: 'nobody' }],
    subject: 5,
    sendAt: 'tomorrow',
    notAfter: '2026-02-30T00:00:00Z',
    onUnknown: 'guess',
    attachments: [{ filename: 'a', contentType: 'pdf', content: 'JVBERi0xLjQK' }],
    colour: 1,
  };
  const { findings = [] } = (await post(setup, wrong)).json<Problem>();
  t.same(
    findings
      .toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1))
      .map(({ pointer, code, params }) => [pointer, code, params]),
    [
      ['/attachments/0/contentType', 'content-type-invalid', { format: 'media-type' }],
      ['/colour', 'unknown-field', undefined],
      ['/notAfter', 'date-invalid', { format: 'date-time' }],
      ['/onUnknown', 'unknown-value', { allowed: ['hold', 'resend', 'reconcile'] }],
      ['/sendAt', 'wrong-format', { format: 'date-time' }],
      ['/subject', 'wrong-type', { type: 'string' }],
      ['/to/0/address', 'address-invalid', { format: 'email' }],
    ],
  );
  const broken = { ...mail, subject: 5, attachments: [{ filename: 'a', contentType: 'a/b', content: 7 }] };
  t.same(refusal(await post(setup, broken)), [
    400,
    'request-invalid',
    'wrong-type at /subject',
    'wrong-type at /attachments/0/content',
  ]);
});

test('takes finished messages, and nothing else, on a path of their own', async (t) => {
  const setup = await setUp(t);
  const path = '/v1/mails/raw';
  const query = '?businessReference=r1&X-Envelope-From=bounce%40acme.example';
  const first = await post(setup, raw, { key: 'k', query, path });
  t.equal(first.statusCode, 202);
  t.equal(first.headers.location, `/v1/mails/${first.json<MailStatus>().id}`);
  t.match(setup.requests()[0], { envelope: { from: 'bounce@acme.example' }, businessReference: 'r1' });
  t.same((await post(setup, raw, { key: 'k', query })).json(), first.json(), 'both paths take the same mail');
  t.same(refusal(await post(setup, mail, { path })), [415, 'media-type-unsupported']);
  t.same(refusal(await post(setup, '', { path })), [400, 'request-invalid', 'required at ']);
  t.same(refusal(await post(setup, raw, { path, query: '?subject=x' })), [
    400,
    'request-invalid',
    'unknown-field at /subject',
  ]);
});

test('lists mails in pages, newest first', async (t) => {
  const setup = await setUp(t);
  for (const [index, businessReference] of ['a', 'b', 'a'].entries()) {
    setup.time.now = new Date(Date.UTC(2026, 10, 23, index));
    await post(setup, { ...mail, businessReference }, { key: `k${index}` });
  }
  const list = async (query: string) => (await get(setup, `/v1/mails${query}`)).json<MailList>();
  const hours = ({ items }: MailList) => items.map(({ acceptedAt }) => new Date(acceptedAt).getUTCHours());
  t.same(hours(await list('')), [2, 1, 0]);
  t.same(hours(await list('?businessReference=a')), [2, 0]);
  t.same(hours(await list('?state=queued&since=2026-11-23T01:00:00Z')), [2, 1]);
  t.same(hours(await list('?state=sent')), []);
  const page = await list('?limit=2');
  t.same(hours(page), [2, 1]);
  const next = await list(`?limit=2&cursor=${page.nextCursor}`);
  t.same([hours(next), next.nextCursor], [[0], null]);
  for (const [query, finding] of Object.entries({
    'limit=0': 'out-of-range at /limit',
    'limit=201': 'out-of-range at /limit',
    'state=gone': 'wrong-format at /state',
    'since=yesterday': 'wrong-format at /since',
    'since=2026-02-30T00:00:00Z': 'date-invalid at /since',
    'cursor=x': 'wrong-format at /cursor',
    'page=2': 'unknown-field at /page',
  })) {
    t.same(refusal(await get(setup, `/v1/mails?${query}`)), [400, 'request-invalid', finding]);
  }
});

test('answers the same for every id it does not know', async (t) => {
  const setup = await setUp(t);
  for (const id of ['mail-1', '..%2f', '%00', 'x'.repeat(300)]) {
    t.same(refusal(await get(setup, `/v1/mails/${id}`)), [404, 'not-found']);
  }
});

test('says what is the matter with the log', async (t) => {
  const codes = {
    'log-full': [507, 'log-full'],
    'log-overloaded': [503, 'overloaded'],
    'log-unavailable': [503, 'log-unavailable'],
    'log-outcome-unknown': [503, 'outcome-unknown'],
    'log-writer-lost': [503, 'outcome-unknown'],
    'log-closed': [503, 'stopping'],
  } as const;
  let code: keyof typeof codes = 'log-full';
  const publish = () => Promise.reject(new EventLogError(code, 'no'));
  const setup = await setUp(t, { publisher: { publish } });
  for (code of Object.keys(codes) as (keyof typeof codes)[]) {
    t.same(refusal(await post(setup, mail)), codes[code]);
  }
});

test('says that nothing is known when the view does not come to the record in time', async (t) => {
  const setup = await setUp(t, { foldTimeoutMs: 10 }, { waitFor: () => new Promise(() => {}) });
  t.same(refusal(await post(setup, mail, { key: 'k' })), [503, 'outcome-unknown']);
});

test('describes its operations for manual testing', async (t) => {
  const { app } = await setUp(t);
  await app.ready();
  const { paths } = (await app.inject('/openapi.json')).json();
  const { requestBody, parameters, responses, operationId } = paths['/v1/mails'].post;
  t.equal(operationId, 'sendMail');
  t.same(Object.keys(requestBody.content), ['application/json'], '/v1/mails/raw has the other');
  t.equal(requestBody.content['application/json'].schema.$ref, '#/components/schemas/MailRequest');
  t.same(Object.keys(requestBody.content['application/json'].examples), ['example1', 'example2', 'example3']);
  t.ok(
    parameters.some(
      ({ name, in: where }: Record<string, string>) => where === 'header' && name === 'idempotency-key',
    ),
  );
  t.match(responses, {
    202: {},
    400: {},
    401: {},
    403: {},
    409: {},
    413: {},
    415: {},
    422: {},
    429: {},
    503: {},
    507: {},
  });
  t.match(paths['/v1/mails'].get.responses, { 200: {}, 400: {}, 401: {}, 403: {} });
  t.match(paths['/v1/mails/{id}'].get.responses, { 200: {}, 404: {} });
});

const large = Buffer.alloc(256 * 1024 + 1, 'Anlage Anlage\r\n');
const withLarge = {
  ...mail,
  attachments: [
    { filename: 'klein.pdf', contentType: 'application/pdf', content: 'JVBERi0=' },
    { filename: 'groß.pdf', contentType: 'application/pdf', content: large.toString('base64') },
  ],
};

test('keeps large content in the content store, durable before the answer', async (t) => {
  const setup = await setUp(t, { bodyLimitBytes: 1_000_000 });
  t.equal((await post(setup, withLarge, { key: 'k' })).statusCode, 202);
  const sha256 = hash('sha256', large, 'hex');
  const [small, big] = withLarge.attachments;
  t.same(setup.requests()[0]?.['attachments'], [
    small,
    { filename: big?.filename, contentType: big?.contentType, sha256, sizeBytes: large.length },
  ]);
  t.same(await setup.contentStore.get(sha256), large);

  const message = `${raw}${large.toString('latin1')}\r\n`;
  t.equal((await post(setup, message)).statusCode, 202);
  const { rawSha256, rawSizeBytes, ...rest } = setup.requests()[1] ?? {};
  t.notOk('raw' in rest);
  const stored = Buffer.from(await setup.contentStore.get(String(rawSha256))).toString('latin1');
  t.match(stored, /^Message-ID: <.+>\r\nDate: .+\r\nFrom: rechnung@acme.example\r\n/);
  t.ok(stored.endsWith(message.slice(-1000)));
  t.equal(rawSizeBytes, stored.length);
});

test('accepts nothing while large content cannot be stored', async (t) => {
  const down: Pick<ContentStore, 'put'> = {
    put: () =>
      Promise.reject(new ContentStoreError('content-unavailable', 'The content store does not work')),
  };
  const contentStore = { ...down };
  const setup = await setUp(t, { bodyLimitBytes: 1_000_000, contentStore });
  t.same(refusal(await post(setup, withLarge, { key: 'k' })), [503, 'store-unavailable']);
  t.equal((await post(setup, mail)).statusCode, 202, 'small mail needs no store');
  contentStore.put = setup.contentStore.put;
  const first = await post(setup, withLarge, { key: 'k' });
  t.equal(first.statusCode, 202);
  contentStore.put = down.put;
  t.same((await post(setup, withLarge, { key: 'k' })).json(), first.json(), 'a repeat stores nothing');
  t.equal(setup.requests().length, 2);
});

test('the state of the queue is told, to those who may read mail', async (t) => {
  const { app } = await setUp(t);
  const answer = await app.inject({ url: '/v1/queue', headers: { authorization: 'Bearer reader' } });
  t.equal(answer.statusCode, 200);
  t.match(answer.json(), {
    serverId: 'default',
    state: 'standstill',
    mails: { due: 0, later: 0 },
    standstill: { failure: { code: 'connection-refused' } },
    limits: { mailsPerMinute: { limit: null, used: 0 }, reached: null },
    emptyAt: null,
  });
  t.equal((await app.inject({ url: '/v1/queue' })).statusCode, 401);
});
