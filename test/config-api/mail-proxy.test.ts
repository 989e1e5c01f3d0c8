import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Test, test } from 'tap';
import { createHttpServer, type Principal } from '@postausgang/http';
import { mailProxy } from '../../services/config-api/src/mail-proxy.ts';
import { listenOnLoopback } from '../peers/loopback-server.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A mailer that tells what it was asked, behind a server that proxies to it. */
async function open(t: Test, { isSilent = false } = {}) {
  const seen: Seen[] = [];
  const left = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const mailer = createServer((request, response) => {
    if (isSilent) {
      arrived.resolve();
      response.once('close', left.resolve);
      return;
    }
    void text(request).then((body) => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body });
      response.writeHead(202, {
        'content-type': 'application/json',
        location: '/v1/mails/7',
        'content-disposition': 'attachment; filename="mails.csv"',
        'set-cookie': 'x=1',
      });
      response.end('{"id":"7"}');
    });
  });
  const { port, close } = await listenOnLoopback(mailer);
  t.teardown(close);
  const principal: Principal = { kind: 'api-key', id: 'k', name: 'K', scopes: new Set() };
  const app = await createHttpServer({
    title: 'Test',
    version: '1.0.0',
    logger: false,
    authenticate: async (token) => (token === 'key' ? principal : undefined),
    isReady: () => ({ ready: true, checks: {} }),
  });
  t.teardown(() => app.close());
  await app.register(mailProxy, { mailerUrl: `http://127.0.0.1:${port}` });
  return { app, seen, close, arrived: arrived.promise, left: left.promise };
}

const authorization = 'Bearer key';

test('a request about mails goes to the mailer with the key of the one who asks', async (t) => {
  const { app, seen } = await open(t);
  const headers = {
    authorization,
    cookie: 'secret=1',
    'x-strange': '1',
    'idempotency-key': 'a1',
    'content-type': 'application/json; charset=utf-8',
  };
  const payload = JSON.stringify({ subject: 'Grüße' });
  const answer = await app.inject({ method: 'POST', url: '/v1/mails?x=1', headers, payload });
  t.match(answer, { statusCode: 202, payload: '{"id":"7"}' });
  t.match(answer.headers, { location: '/v1/mails/7', 'content-type': /json/ });
  t.equal(answer.headers['set-cookie'], undefined);
  t.match(seen[0], { method: 'POST', url: '/v1/mails?x=1', body: payload });
  t.match(seen[0]?.headers, {
    authorization,
    'idempotency-key': 'a1',
    cookie: undefined,
    'x-strange': undefined,
    'x-request-id': answer.headers['x-request-id'],
  });
  await app.inject({ method: 'GET', url: '/v1/mails/7', headers: { authorization } });
  await app.inject({ method: 'POST', url: '/v1/mails/7/release', headers: { authorization } });
  t.match(seen.slice(1), [
    { method: 'GET', url: '/v1/mails/7' },
    { method: 'POST', url: '/v1/mails/7/release', body: '' },
  ]);
});

test('the search, the counts, the export, the refused requests and the statistics go to the mailer', async (t) => {
  const { app, seen } = await open(t);
  const urls = [
    '/v1/mails?q=rechnung',
    '/v1/mails/counts?q=rechnung',
    '/v1/mails.csv?q=rechnung',
    '/v1/refused-mail-requests',
    '/v1/statistics?step=hour',
  ];
  for (const url of urls) {
    const { headers } = await app.inject({ url, headers: { authorization } });
    t.equal(headers['content-disposition'], 'attachment; filename="mails.csv"');
  }
  t.match(
    seen,
    urls.map((url) => ({ method: 'GET', url })),
  );
});

test('nothing else goes there', async (t) => {
  const { app, seen } = await open(t);
  t.equal((await app.inject({ url: '/v1/mails' })).statusCode, 401);
  for (const url of ['/v1/mails/../api-keys', '/v1/mails/%2e%2e/api-keys', '/v1/mailsx', '/v1/mails/..']) {
    t.equal((await app.inject({ url, headers: { authorization } })).statusCode, 404, url);
  }
  t.same(seen, []);
  const paths = Object.keys((await app.inject('/openapi.json')).json().paths);
  t.notOk(
    paths.some((path) => path.startsWith('/v1/mails')),
    'the document of the mailer has them',
  );
});

test('a mailer that is away is a problem of its own', async (t) => {
  const { app, close } = await open(t);
  await close();
  const answer = await app.inject({ url: '/v1/mails', headers: { authorization } });
  t.equal(answer.statusCode, 503);
  t.match(answer.json(), { code: 'no-mailer', detail: /MAILER_URL/ });
});

test('a caller that leaves waits for no mailer any longer', async (t) => {
  for (const body of [undefined, '{"subject": "Hallo"}']) {
    const { app, arrived, left } = await open(t, { isSilent: true });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const leave = new AbortController();
    const request = fetch(`${address}/v1/mails`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      signal: leave.signal,
      ...(body === undefined ? {} : { body }),
    });
    await arrived;
    leave.abort();
    await t.rejects(request, { name: 'AbortError' });
    await left;
  }
});
