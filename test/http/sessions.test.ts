import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import type { Scope } from '@postausgang/contracts';
import { type Principal, ProblemError, type SessionEndings } from '@postausgang/http';
import { createSessions, openSessionKey } from '../../packages/http/src/sessions.ts';
import { build, described, DoneSchema } from './fixture.ts';

const origin = { 'sec-fetch-site': 'same-origin' };

interface OpenOptions {
  readonly key?: Uint8Array;
  readonly secure?: boolean;
  readonly endings?: SessionEndings;
}

/** A server with sessions, and what a browser does with it. */
async function open(
  t: Test,
  { key = new Uint8Array(randomBytes(32)), secure = false, endings }: OpenOptions = {},
) {
  let nowMs = Date.parse('2026-11-25T08:00:00Z');
  const keys = new Map<string, Principal>([
    ['k', { kind: 'api-key', id: 'k1', name: 'Anna', scopes: new Set<Scope>(['settings:read']) }],
    ['admin', { kind: 'api-key', id: 'k2', name: 'Admin', scopes: new Set<Scope>(['admin']) }],
  ]);
  const sessions = createSessions({
    key,
    secure,
    endings,
    idleMs: 60_000,
    longestMs: 600_000,
    now: () => nowMs,
  });
  const addRoutes: Parameters<typeof build>[1] = (app) => {
    const schema = { ...described('act'), response: { 200: DoneSchema } };
    app.post('/act', { config: { scopes: ['settings:read'] }, schema }, async () => ({ done: true }));
  };
  const authenticate = async (token: string) => keys.get(token);
  const app = await build(t, addRoutes, { sessions, authenticate, anonymousRoutes: '' });
  const jar = new Map<string, string>();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ') || undefined;
  const call = async (method: string, url: string, headers: Record<string, string> = {}, body?: unknown) => {
    const response = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(jar.size === 0 ? {} : { cookie: `other=1; ${cookie()}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const written = [response.headers['set-cookie'] ?? []].flat();
    for (const line of written) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (line.includes('Max-Age=0')) jar.delete(name);
      else jar.set(name, value);
    }
    const set = written.join('\n');
    return { status: response.statusCode, set, body: response.payload === '' ? {} : response.json() };
  };
  const signIn = (credential: string) => call('POST', '/v1/session', origin, { credential });
  return { app, keys, key, call, signIn, pass: (ms: number) => (nowMs += ms), cookie, jar };
}

test('a key is exchanged for a cookie that scripts cannot read and other sites do not get', async (t) => {
  const { signIn, call } = await open(t);
  t.match(await call('GET', '/v1/session'), { status: 401, body: { code: 'unauthenticated' } });
  const answer = await signIn('k');
  t.match(answer, {
    status: 200,
    body: { kind: 'api-key', id: 'k1', name: 'Anna', scopes: ['settings:read'] },
  });
  t.match(answer.set, /^postausgang-session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/);
  t.notMatch(answer.set, Buffer.from('"k"').toString('base64url'), 'the key cannot be read in it');
  t.match(await call('GET', '/v1/session'), {
    body: { session: { idleUntil: '2026-11-25T08:01:00.000Z', endsAt: '2026-11-25T08:10:00.000Z' } },
  });
  const byHeader = await call('GET', '/v1/session', { authorization: 'Bearer admin' });
  t.match(byHeader.body, { id: 'k2', session: null }, 'a header counts more than a cookie');
  t.ok(byHeader.body.scopes.includes('mail:manage'), 'admin is told as everything it includes');
});

test('behind a proxy the cookie is for TLS and this host alone', async (t) => {
  const { signIn } = await open(t, { secure: true });
  t.match(
    (await signIn('k')).set,
    /^__Host-postausgang-session=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
});

test('a wrong key starts no session, and too many are slowed down', async (t) => {
  const { signIn } = await open(t);
  t.match(await signIn('nobody'), { status: 401, set: '' });
  for (let count = 0; count < 19; count += 1) await signIn('nobody');
  t.match(await signIn('nobody'), { status: 429 });
});

test('a request that another page has caused is refused', async (t) => {
  const { signIn, call } = await open(t);
  await signIn('k');
  const act = async (headers: Record<string, string>) => {
    const { status, body } = await call('POST', '/act', headers);
    return body.code ?? status;
  };
  t.equal(await act(origin), 200);
  t.equal(
    await act({ origin: 'http://mail.example:8080', host: 'mail.example:8080' }),
    200,
    'an older browser',
  );
  t.equal(await act({ origin: 'http://evil.example', host: 'mail.example:8080' }), 'cross-site-request');
  t.equal(await act({ origin: 'null' }), 'cross-site-request');
  t.equal(await act({}), 'cross-site-request', 'nobody says where it comes from');
  for (const site of ['cross-site', 'same-site', 'none']) {
    t.equal(await act({ 'sec-fetch-site': site }), 'cross-site-request', site);
  }
  t.equal(await act({ 'sec-fetch-site': 'cross-site', authorization: 'Bearer k' }), 200, 'no cookie is used');
  const out = await call('DELETE', '/v1/session', { 'sec-fetch-site': 'cross-site' });
  t.match(out, { status: 403 }, 'nobody is signed out from elsewhere');
  const strange = await call('POST', '/v1/session', { 'sec-fetch-site': 'cross-site' }, { credential: 'k' });
  t.match(strange, { status: 403, set: '' }, 'nor signed in');
});

test('a session ends: signed out, idle, too old, or with its key', async (t) => {
  const { signIn, call, pass, keys, cookie } = await open(t);
  const status = async () => (await call('GET', '/v1/session')).status;

  await signIn('k');
  const kept = cookie() ?? '';
  t.match(await call('DELETE', '/v1/session', origin), { status: 204, set: /Max-Age=0/ });
  t.equal((await call('GET', '/v1/session', { cookie: kept })).status, 401, 'a copy of the cookie is no use');

  await signIn('k');
  pass(59_000);
  t.equal(await status(), 200, 'reading it renews it');
  pass(59_000);
  t.equal(await status(), 200);
  pass(60_000);
  t.equal(await status(), 401, 'idle');

  await signIn('k');
  for (let minute = 0; minute < 11; minute += 1) {
    pass(54_000);
    await status();
  }
  pass(6_000);
  t.equal(await status(), 401, 'ten minutes are over');

  await signIn('k');
  keys.delete('k');
  t.equal(await status(), 401, 'the key was revoked');
});

test('a browser that asks for Swagger UI without a session is sent to the sign-in', async (t) => {
  const { app, signIn, cookie } = await open(t);
  const accept = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8';
  for (const url of ['/docs', '/docs/']) {
    const sent = await app.inject({ url, headers: { accept } });
    t.match(sent, { statusCode: 303, headers: { location: '/' } });
    t.equal((await app.inject({ url })).statusCode, 401, 'a program gets the problem');
  }
  await signIn('k');
  const shown = await app.inject({ url: '/docs', headers: { accept, cookie: cookie() ?? '' } });
  t.match(shown, { statusCode: 200, payload: /swagger/i });
});

test('sessions outlive a restart under the same key, and not under another one', async (t) => {
  const first = await open(t);
  await first.signIn('k');
  const cookie = first.cookie() ?? '';
  const again = await open(t, { key: first.key });
  t.equal((await again.call('GET', '/v1/session', { cookie })).status, 200);
  const other = await open(t);
  t.equal((await other.call('GET', '/v1/session', { cookie })).status, 401);
  const broken = `${cookie.slice(0, -2)}AA`;
  t.equal((await again.call('GET', '/v1/session', { cookie: broken })).status, 401);
});

test('the key of the sessions lies in a file of its owner', async (t) => {
  const directory = t.testdir();
  const path = join(directory, 'below', 'session.key');
  const keys = await Promise.all([openSessionKey(path), openSessionKey(path)]);
  t.same(keys[0], keys[1], 'two processes make one');
  t.equal(keys[0].byteLength, 32);
  if (process.platform !== 'win32') t.equal(statSync(path).mode & 0o777, 0o600);
  t.same(await openSessionKey(path), keys[0]);
  t.notMatch(readFileSync(path, 'utf8'), /\s\S/);
  mkdirSync(join(directory, 'bad'));
  const bad = join(directory, 'bad', 'session.key');
  writeFileSync(bad, 'hunter2', { mode: 0o600 });
  await t.rejects(openSessionKey(bad), { name: 'SessionKeyFileError', message: /Remove it/ });
});

test('a sign-out counts in every process that shares the sessions, and after a restart', async (t) => {
  const kept = new Map<string, number>();
  const endings: SessionEndings = {
    has: (id) => kept.has(id),
    add: async (id, endsAtMs) => void kept.set(id, endsAtMs),
  };
  const first = await open(t, { endings });
  await first.signIn('k');
  const cookie = first.cookie() ?? '';
  const other = await open(t, { key: first.key, endings });
  const statusAt = async ({ call }: typeof other) => (await call('GET', '/v1/session', { cookie })).status;
  t.equal(await statusAt(other), 200);
  t.equal((await first.call('DELETE', '/v1/session', origin)).status, 204);
  t.equal(await statusAt(other), 401);
  t.equal(await statusAt(await open(t, { key: first.key, endings })), 401);
  t.same([...kept.values()], [Date.parse('2026-11-25T08:10:00Z')], 'until it would have ended anyway');
});

test('says when a sign-out could not be kept, and no longer accepts the cookie here', async (t) => {
  const add = () => Promise.reject(new ProblemError('log-unavailable'));
  const { signIn, call, cookie } = await open(t, { endings: { has: () => false, add } });
  await signIn('k');
  const kept = cookie() ?? '';
  t.match(await call('DELETE', '/v1/session', origin), {
    status: 503,
    set: /Max-Age=0/,
    body: { code: 'log-unavailable' },
  });
  t.equal((await call('GET', '/v1/session', { cookie: kept })).status, 401);
});

/** A token as Entra ID writes it for somebody in so many groups: its size is that of the groups. */
function tokenWithGroups(count: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'anna', scp: 'access', groups: Array.from({ length: count }, () => randomUUID()) };
  return [part({ typ: 'JWT', alg: 'RS256' }), part(claims), randomBytes(256).toString('base64url')].join('.');
}

test('a token with many groups starts a session, which ends like any other', async (t) => {
  const incompressible = `${randomBytes(6000).toString('base64url')}.${randomBytes(6000).toString('base64url')}.x`;
  const tokens = [30, 60, 100, 150, 200].map(tokenWithGroups);
  for (const token of [...tokens, 'x'.repeat(16_384), incompressible]) {
    const kept = new Map<string, number>();
    const endings: SessionEndings = {
      has: (id) => kept.has(id),
      add: async (id, endsAtMs) => void kept.set(id, endsAtMs),
    };
    const { key, keys, signIn, call, jar, cookie, pass } = await open(t, { endings });
    const principal: Principal = { kind: 'token', id: 'anna', name: 'Anna', scopes: new Set(['admin']) };
    keys.set(token, principal);
    t.match(await signIn(token), { status: 200, body: { id: 'anna' } }, `${token.length} characters`);
    for (const [name, value] of jar) t.ok(name.length + value.length < 4000, 'a browser keeps each cookie');
    const copy = cookie() ?? '';
    t.notMatch(copy, token.slice(-40), 'the token cannot be read in it');
    pass(30_000);
    t.match(await call('GET', '/v1/session'), { status: 200, body: { id: 'anna' } }, 'renewed');

    const again = await open(t, { key, endings });
    again.keys.set(token, principal);
    t.equal((await again.call('GET', '/v1/session', { cookie: copy })).status, 200, 'after a restart');
    const pieces = copy.split('; ');
    if (pieces.length > 1) {
      const halves = [pieces.slice(1), pieces.slice(0, -1), [...pieces.slice(0, -1), `${pieces.at(-1)}A`]];
      for (const half of halves) {
        const broken = { cookie: half.join('; ') };
        t.equal((await call('GET', '/v1/session', broken)).status, 401, 'not in parts');
      }
    }
    t.equal((await call('DELETE', '/v1/session', origin)).status, 204);
    t.same([...jar.keys()], [], 'nothing is left');
    t.equal((await again.call('GET', '/v1/session', { cookie: copy })).status, 401, 'a copy is no use');

    await signIn(token);
    t.match(await signIn('k'), { status: 200, body: { id: 'k1' } });
    t.equal(jar.size, 1, 'a shorter session leaves nothing of a longer one');
    t.match(await call('GET', '/v1/session'), { status: 200, body: { id: 'k1' } });
    await signIn(token);
    keys.delete(token);
    t.equal((await call('GET', '/v1/session')).status, 401, 'the token has expired');
  }
});

test('a token of 200 groups needs few cookies, so that proxies let them pass', async (t) => {
  const { keys, signIn, cookie } = await open(t);
  const token = tokenWithGroups(200);
  t.ok(token.length > 10_000);
  keys.set(token, { kind: 'token', id: 'anna', name: 'Anna', scopes: new Set<Scope>() });
  await signIn(token);
  t.ok((cookie() ?? '').length < 8_000, 'below the 8 kB for one header that proxies have by default');
});

test('takes a bearer token of 16 kB, in a header or at the sign-in, and says when one is longer', async (t) => {
  const { app, keys } = await open(t);
  const token = 'x'.repeat(16_384);
  keys.set(token, { kind: 'token', id: 'anna', name: 'Anna', scopes: new Set(['admin']) });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const session = (credential: string) =>
    fetch(`${address}/v1/session`, { headers: { authorization: `Bearer ${credential}` } });
  t.equal((await session(token)).status, 200);
  t.equal((await session(`${token}${'x'.repeat(4_000)}`)).status, 431);
  const started = await fetch(`${address}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ credential: `${token}x` }),
  });
  t.match(await started.json(), {
    code: 'request-invalid',
    findings: [{ pointer: '/credential', code: 'too-long' }],
  });
});
