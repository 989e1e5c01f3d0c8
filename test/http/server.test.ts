import { Writable } from 'node:stream';
import { Type } from '@sinclair/typebox';
import { pino } from 'pino';
import { test } from 'tap';
import { readVariables, serverVariables } from '@postausgang/configuration';
import { problem } from '@postausgang/contracts';
import { ProblemError, requireScopes } from '@postausgang/http';
import {
  asAdmin,
  asReader,
  asWriter,
  build,
  described,
  DoneSchema,
  type HttpServerOptions,
  settingsRoutes,
} from './fixture.ts';

const url = '/v1/outgoing-servers/default';
const putBody = { serverType: 'smtp', enabled: false, smtp: {} };

test('asks for credentials before it reads the body', async (t) => {
  const app = await build(t, settingsRoutes);
  const broken = { 'content-type': 'application/json' };
  for (const authorization of [
    undefined,
    'Basic YTpi',
    'Bearer',
    'Bearer a b',
    'Bearer unknown',
    'Bearer ü',
  ]) {
    const headers = authorization === undefined ? broken : { ...broken, authorization };
    const response = await app.inject({ method: 'PUT', url, headers, payload: '{"broken' });
    t.equal(response.statusCode, 401, authorization ?? 'none');
    t.equal(response.headers['content-type'], 'application/problem+json');
    t.match(response.headers['www-authenticate'], /^Bearer realm="Postausgang"/);
    t.match(response.json(), { type: '/problems/unauthenticated', code: 'unauthenticated', status: 401 });
    t.notMatch(response.body, 'unknown-key');
  }
  t.equal((await app.inject({ url, headers: { authorization: 'bearer  reader-key' } })).statusCode, 200);
});

test('needs every scope of the route, and admin has them all', async (t) => {
  const app = await build(t, settingsRoutes);
  const put = (headers: Record<string, string>) =>
    app.inject({ method: 'PUT', url, headers, payload: putBody });
  const refused = await put(asReader);
  t.equal(refused.statusCode, 403);
  t.match(refused.json(), { code: 'forbidden', detail: 'Missing scope: settings:write' });
  t.match(refused.headers['www-authenticate'], 'error="insufficient_scope", scope="settings:write"');
  t.equal((await put(asWriter)).statusCode, 200);
  t.equal((await put(asAdmin)).statusCode, 200);
});

test('gives handlers the principal, and a check of scopes for what the body asks', async (t) => {
  const schema = { ...described('whoAmI'), response: { 200: Type.Object({ id: Type.String() }) } };
  const app = await build(t, (server) => {
    server.get('/me', { config: { scopes: [] }, schema }, async ({ principal }) => {
      requireScopes(principal, ['settings:write']);
      return { id: principal.id };
    });
    const open = { ...schema, ...described('nobody') };
    server.get('/nobody', { config: { scopes: 'public' }, schema: open }, async ({ principal }) => principal);
  });
  t.same((await app.inject({ url: '/me', headers: asWriter })).json(), { id: 'writer' });
  t.equal((await app.inject({ url: '/me', headers: asReader })).statusCode, 403);
  t.equal(
    (await app.inject({ url: '/nobody', headers: asWriter })).statusCode,
    500,
    'a public route has none',
  );
});

test('limits failed authentications of one client and never a good key', async (t) => {
  let now = 1_000_000;
  const limit = { failedAuthentication: { max: 3, windowMs: 60_000 }, now: () => now };
  const app = await build(t, settingsRoutes, limit);
  const get = (authorization: string, remoteAddress = '192.0.2.1') =>
    app.inject({ url, headers: { authorization }, remoteAddress });
  for (let attempt = 1; attempt <= 3; attempt += 1) t.equal((await get('Bearer wrong')).statusCode, 401);
  now += 15_500;
  const limited = await get('Bearer wrong');
  t.equal(limited.statusCode, 429);
  t.match(limited.json(), { code: 'rate-limited', retriable: true });
  t.equal(limited.headers['retry-after'], '45');
  t.equal((await get('Bearer reader-key')).statusCode, 200);
  t.equal((await get('Bearer wrong', '192.0.2.2')).statusCode, 401);
  now += 44_500;
  t.equal((await get('Bearer wrong')).statusCode, 401, 'a new window');

  for (let attempt = 1; attempt <= 3; attempt += 1) await get('Bearer wrong', `2001:db8:0:1::${attempt}`);
  t.equal((await get('Bearer wrong', '2001:db8:0:1:ffff::9')).statusCode, 429, 'a /64 is one client');
  t.equal((await get('Bearer wrong', '2001:db8:0:2::9')).statusCode, 401);
});

test('believes X-Forwarded-For of as many proxies as are trusted', async (t) => {
  const limit = { failedAuthentication: { max: 1, windowMs: 60_000 } };
  const direct = await build(t, settingsRoutes, limit);
  const proxied = await build(t, settingsRoutes, { ...limit, trustedProxyHops: 1 });
  const forged = (n: number) => ({
    authorization: 'Bearer x',
    'x-forwarded-for': `10.0.0.${n}, 192.0.2.${n}`,
  });
  await direct.inject({ url, headers: forged(1) });
  t.equal((await direct.inject({ url, headers: forged(2) })).statusCode, 429);
  await proxied.inject({ url, headers: forged(1) });
  t.equal((await proxied.inject({ url, headers: forged(2) })).statusCode, 401);
  const sameClient = { ...forged(3), 'x-forwarded-for': '10.9.9.9, 192.0.2.2' };
  t.equal((await proxied.inject({ url, headers: sameClient })).statusCode, 429);
});

test('answers thrown problems with exactly their body, and other errors without internals', async (t) => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const findings = [
    { pointer: '/smtp/port', code: 'port-out-of-range', message: { en: 'e', de: 'd' } },
  ] as const;
  const app = await build(
    t,
    (server) => {
      const route = (id: string) => ({ ...described(id), response: { 200: DoneSchema } });
      const config = { scopes: 'public', problems: ['settings-invalid', 'overloaded'] } as const;
      server.get('/problem', { config, schema: route('problem') }, () => {
        throw new ProblemError('settings-invalid', { detail: 'two', findings });
      });
      server.get('/headers', { config, schema: route('headers') }, () => {
        throw new ProblemError('overloaded', { headers: { 'retry-after': '3' } });
      });
      server.get('/secret', { config, schema: route('secret') }, () => {
        throw Object.assign(new TypeError('It broke'), { code: 'EBROKEN', body: 'hunter2', statusCode: 404 });
      });
      server.get('/undeclared', { config, schema: route('undeclared') }, () => {
        throw new ProblemError('mail-disabled');
      });
      server.get('/strange', { config, schema: route('strange') }, () => Promise.reject(null));
      server.get('/upstream', { config, schema: route('upstream') }, () => {
        throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
      });
    },
    { logger: pino({ level: 'debug' }, sink) },
  );
  const thrown = await app.inject('/problem?password=hunter2');
  t.equal(thrown.statusCode, 422);
  t.same(thrown.json(), problem('settings-invalid', { detail: 'two', findings: [...findings] }));
  t.equal((await app.inject('/headers')).headers['retry-after'], '3');
  for (const path of ['/secret', '/strange', '/undeclared', '/upstream']) {
    const failed = await app.inject({ url: path, headers: { 'x-secret': 'hunter2' } });
    t.equal(failed.statusCode, 500, path);
    t.same(failed.json(), problem('internal-error'), path);
  }
  const log = lines.join('');
  t.match(log, '"code":"EBROKEN"');
  t.match(log, 'does not declare this problem');
  t.notMatch(log, 'hunter2');
  const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'Request');
  t.match(requests[0], { method: 'GET', route: '/problem', status: 422, problem: 'settings-invalid' });
  t.type(requests[0].milliseconds, 'number');
  t.equal(requests[0].requestId, thrown.headers['x-request-id']);
});

test('logs principals by id and health checks quietly', async (t) => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const app = await build(t, settingsRoutes, { logger: pino({ level: 'info' }, sink) });
  await app.inject('/health/live');
  await app.inject({ url, headers: asReader });
  await app.inject('/unknown/hunter2?key=hunter2');
  t.equal(lines.length, 2);
  t.match(JSON.parse(lines[0] ?? ''), {
    principal: 'reader',
    route: '/v1/outgoing-servers/:id',
    status: 200,
  });
  t.match(JSON.parse(lines[1] ?? ''), { status: 404, problem: 'not-found' });
  t.notMatch(lines.join(''), /hunter2|reader-key|default/);
});

test('tells an unknown address from an unknown method', async (t) => {
  const app = await build(t, settingsRoutes);
  for (const path of ['/', '/nothing', `${url}/`, `${url}/more`, '/V1/outgoing-servers/default', '*']) {
    const response = await app.inject({ method: 'POST', url: path, payload: '{"broken', headers: asAdmin });
    t.equal(response.statusCode, 404, path);
    t.match(response.json(), { code: 'not-found' });
  }
  for (const method of ['POST', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'] as const) {
    const response = await app.inject({ method: method as 'POST', url: `${url}?a=b` });
    t.equal(response.statusCode, 405, method);
    t.equal(response.headers.allow, 'GET, HEAD, PUT, OPTIONS');
    t.match(response.json(), { code: 'method-not-allowed' });
  }
  const options = await app.inject({ method: 'OPTIONS', url });
  t.equal(options.statusCode, 204);
  t.equal(options.headers.allow, 'GET, HEAD, PUT, OPTIONS');
  t.equal(options.body, '');
  const head = await app.inject({ method: 'HEAD', url, headers: asReader });
  t.equal(head.statusCode, 200);
  t.equal(head.body, '');
  t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 401);
});

test('keeps the id that a request comes with, where that can stand in a header and in a log', async (t) => {
  const app = await build(t, settingsRoutes);
  const idOf = async (given: string) =>
    (await app.inject({ url, headers: { ...asReader, 'x-request-id': given } })).headers['x-request-id'];
  for (const id of ['erp:4711', '0af7651916cd43dd8448eb211c80319c', 'a/b+c=@d', 'x'.repeat(128)]) {
    t.equal(await idOf(id), id);
  }
  for (const id of ['', 'two words', '"quoted"', '{x}', 'ä', 'x'.repeat(129)]) {
    t.match(await idOf(id), /^[0-9a-f-]{36}$/, JSON.stringify(id));
  }
});

test('sends headers that keep browsers out, an id of its own, and no name of the server', async (t) => {
  const app = await build(t, settingsRoutes);
  const found = await app.inject({
    url,
    headers: { ...asReader, 'x-request-id': 'forged id', 'request-id': 'forged' },
  });
  for (const response of [found, await app.inject('/nothing'), await app.inject('/%zz')]) {
    t.match(response.headers, {
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-request-id': /^[0-9a-f-]{36}$/,
    });
    t.equal(response.headers.server, undefined);
    t.equal(response.headers['x-powered-by'], undefined);
  }
});

test('reports health and metrics to everybody', async (t) => {
  let ready = true;
  const isReady = () => ({ ready, checks: { log: ready ? 'ok' : 'not caught up' } });
  const app = await build(t, settingsRoutes, { isReady });
  t.same((await app.inject('/health/live')).json(), { status: 'ok' });
  t.same((await app.inject('/health/ready')).json(), { ready: true, checks: { log: 'ok' } });
  ready = false;
  const waiting = await app.inject('/health/ready');
  t.equal(waiting.statusCode, 503);
  t.same(waiting.json(), { ready: false, checks: { log: 'not caught up' } });
  t.equal((await app.inject('/health/live')).statusCode, 200);

  await app.inject({ url: '/v1/outgoing-servers/acme-secret', headers: asReader });
  await app.inject('/acme-secret');
  const metrics = await app.inject('/metrics');
  t.match(metrics.headers['content-type'], 'text/plain; version=0.0.4');
  t.match(metrics.body, /_count\{method="GET",route="\/v1\/outgoing-servers\/:id",status="200"\} 1/);
  t.match(metrics.body, /route="unknown",status="404"/);
  t.notMatch(metrics.body, 'acme-secret');
});

test('refuses routes that break a rule', async (t) => {
  const good = { ...described('x'), response: { 200: DoneSchema } };
  const config = { scopes: 'public' } as const;
  const open = Type.Object({
    a: Type.Object({ b: Type.Array(Type.Object({})) }, { additionalProperties: false }),
  });
  const map = Type.Record(Type.String({ pattern: '^a$' }), Type.Number());
  const bad: [Parameters<typeof add>, RegExp][] = [
    [[{ schema: good }], /needs config.scopes/],
    [[{ config, schema: { ...good, operationId: undefined } }], /needs schema.operationId/],
    [[{ config, schema: { ...good, summary: undefined } }], /needs schema.summary/],
    [[{ config, schema: { ...good, tags: [] } }], /needs schema.tags/],
    [[{ config, schema: { ...good, response: undefined } }], /needs schema.response/],
    [[{ config, schema: { ...good, operationId: 'getLiveness' } }], /getLiveness is taken/],
    [
      [{ config, schema: { ...good, headers: Type.Object({ 'If-Match': Type.String() }) } }],
      /header names in lower/,
    ],
    [[{ config, schema: { ...good, body: open } }], /takes unknown fields at \//],
    [[{ config, schema: { ...good, body: { ...open, additionalProperties: false } } }], /at \/a\/b\/items/],
    [[{ config, schema: { ...good, body: map } }], /takes unknown fields at \//],
    [[{ config, schema: { ...good, querystring: Type.Object({}) } }], /takes unknown fields at \//],
  ];
  const app = await build(t);
  const add = (options: object) => app.post('/x', options as object, async () => ({ done: true }));
  for (const [[options], message] of bad) {
    t.throws(() => add(options), { name: 'RouteRuleError', message });
  }
  t.doesNotThrow(() => add({ config, schema: good }));
});

test('without credentials answers the health checks only, unless the operator opens more', async (t) => {
  const statuses = async (options: Partial<HttpServerOptions>, headers = {}) => {
    const app = await build(t, undefined, options);
    const documents = ['/docs', '/docs/', '/problems', '/problems/not-found', '/openapi.json'];
    const urls = ['/health/live', '/health/ready', '/metrics', ...documents];
    const answers = urls.map(async (url) => (await app.inject({ url, headers })).statusCode);
    return Promise.all(answers);
  };
  t.same(await statuses({ anonymousRoutes: '' }), [200, 200, 401, 401, 401, 401, 401, 401]);
  t.same((await statuses({ anonymousRoutes: '' }, asReader)).includes(401), false);
  t.same((await statuses({ anonymousRoutes: 'metrics' })).slice(2), [200, 401, 401, 401, 401, 401]);
  t.same((await statuses({ anonymousRoutes: 'docs' })).slice(2, 3), [401]);
  t.same((await statuses({ anonymousRoutes: 'docs' })).slice(-3), [200, 200, 200]);
  t.equal(readVariables(serverVariables, {}).ANONYMOUS_ROUTES, '');
});
