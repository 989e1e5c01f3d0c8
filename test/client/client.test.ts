/* How the client treats answers that a service gives seldom: a server on loopback gives them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { test } from 'tap';
import { createCall, createClient, ifMatch, PostausgangProblem } from '@postausgang/client';
import { listenOnLoopback } from '../peers/loopback-server.ts';

type Teardown = { teardown(work: () => unknown): void };
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const problem = (response: ServerResponse, status: number, code: string, headers = {}): void => {
  const body = { code, status, title: code, retriable: status === 503 };
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify(body));
};
const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** Answers the requests one after the other; the last handler answers all further ones. */
async function serve(t: Teardown, ...handlers: readonly [Handler, ...Handler[]]) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(seen.length, handlers.length - 1)] ?? handlers[0];
    seen.push(request);
    request.resume().once('end', () => handler(request, response));
  });
  const { port, close } = await listenOnLoopback(server);
  t.teardown(() => {
    server.closeAllConnections();
    return close();
  });
  return { url: `http://127.0.0.1:${port}/base/`, seen };
}

const mail = { subject: 'Rechnung 4711' };
const keysOf = (seen: readonly IncomingMessage[]) =>
  new Set(seen.map(({ headers }) => headers['idempotency-key']));

test('a request that is refused for now is sent again with the same key, after the pause asked for', async (t) => {
  const { url, seen } = await serve(
    t,
    (_, response) => problem(response, 503, 'log-unavailable', { 'retry-after': '0' }),
    (_, response) => problem(response, 429, 'rate-limited', { 'retry-after': new Date(0).toUTCString() }),
    (_, response) => json(response, { id: 'm1' }),
  );
  const { send } = createClient({ url, key: async () => 'secret' });
  t.match(await send(mail), { id: 'm1' });
  t.equal(seen.length, 3);
  t.equal(keysOf(seen).size, 1);
  t.match(seen[0], { url: '/base/v1/mails', headers: { authorization: 'Bearer secret' } });
  await send(mail, 'invoice-4711-v1');
  t.equal(seen.at(-1)?.headers['idempotency-key'], 'invoice-4711-v1');
  await send(mail);
  t.equal(keysOf(seen).size, 3, 'another call has another key');
});

test('the tries and the longest pause are bounds', async (t) => {
  const later = (seconds: number): Handler => {
    return (_, response) => problem(response, 503, 'log-unavailable', { 'retry-after': `${seconds}` });
  };
  const busy = await serve(t, later(0));
  const refused = { code: 'log-unavailable', status: 503, retriable: true };
  await t.rejects(createCall({ url: busy.url, tries: 3 })('GET /v1/queue', {}), refused);
  t.equal(busy.seen.length, 3);
  const long = await serve(t, later(3600));
  await t.rejects(createCall({ url: long.url })('GET /v1/queue', {}), refused);
  t.equal(long.seen.length, 1);
});

test('what was refused for good is thrown at once, with its findings', async (t) => {
  const findings = [{ pointer: '/to', code: 'required', message: { de: 'fehlt', en: 'is missing' } }];
  const { url, seen } = await serve(t, (_, response) => {
    response.writeHead(422, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ code: 'mail-invalid', status: 422, detail: 'No recipient', findings }));
  });
  const error = await createClient({ url })
    .send(mail)
    .catch((thrown: unknown) => thrown);
  t.ok(error instanceof PostausgangProblem);
  t.match(error, { code: 'mail-invalid', status: 422, message: 'No recipient', findings, retriable: false });
  t.equal(seen.length, 1);
});

test('a request without an answer is sent again only if that cannot do harm', async (t) => {
  const cut: Handler = (_, response) => void response.socket?.destroy();
  const { url, seen } = await serve(t, cut);
  const call = createCall({ url, tries: 2, maxPauseMs: 1 });
  await t.rejects(call('GET /v1/queue', {}), { code: 'offline', status: 0 });
  t.equal(seen.length, 2);
  await t.rejects(call('POST /v1/mails', { body: mail }), { code: 'offline' });
  t.equal(seen.length, 4);
  await t.rejects(call('POST /v1/api-keys', { body: { name: 'erp', scopes: ['mail:send'] } }), {
    code: 'offline',
  });
  t.equal(seen.length, 5, 'a second key would be created');
});

test('paths, queries, bodies and headers go as the operations take them', async (t) => {
  const { url, seen } = await serve(t, (_, response) => json(response, {}));
  const call = createCall({ url });
  await call('GET /v1/mails/{id}', { path: { id: 'a/b' } });
  await call('GET /v1/mails', { query: { state: 'failed', q: '', limit: 5 } });
  await call('POST /v1/mails/raw', {
    query: { 'X-Envelope-To': ['a@acme.example', 'b@acme.example'] },
    body: new TextEncoder().encode('Subject: Rechnung\r\n\r\n'),
  });
  await call('PATCH /v1/senders/{id}', {
    path: { id: 's1' },
    body: { active: false },
    headers: ifMatch(3),
  });
  t.match(
    seen.map((request) => request.url),
    [
      '/base/v1/mails/a%2Fb',
      '/base/v1/mails?state=failed&limit=5',
      '/base/v1/mails/raw?X-Envelope-To=a%40acme.example&X-Envelope-To=b%40acme.example',
      '/base/v1/senders/s1',
    ],
  );
  t.match(
    seen.map(({ headers }) => headers['content-type']),
    [undefined, undefined, 'message/rfc822', 'application/merge-patch+json'],
  );
  t.equal(seen[3]?.headers['if-match'], '"3"');
});

test('what is no answer of the service is unreadable', async (t) => {
  const { url } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
  });
  await t.rejects(createCall({ url })('GET /v1/queue', {}), {
    code: 'unreadable',
    message: '<h1>Sign in</h1>',
  });
});

test('an outcome is awaited without the event stream too, and until the signal says otherwise', async (t) => {
  const states = ['queued', 'sending', 'sent'];
  const { url, seen } = await serve(t, (request, response) => {
    if (request.url?.includes('/events') === true) problem(response, 403, 'forbidden');
    else json(response, { id: 'm1', state: states.length > 1 ? states.shift() : states[0] });
  });
  t.match(await createClient({ url }).outcome('m1'), { state: 'sent' });
  t.equal(
    seen.filter((request) => request.url?.includes('/events')).length,
    1,
    'what is forbidden is asked once',
  );
  const held = await serve(t, (_, response) => json(response, { id: 'm1', state: 'held' }));
  const signal = AbortSignal.timeout(50);
  await t.rejects(createClient({ url: held.url }).outcome('m1', { signal }), { name: 'TimeoutError' });
});
