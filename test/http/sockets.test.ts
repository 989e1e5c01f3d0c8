import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Type } from '@sinclair/typebox';
import { type Test, test } from 'tap';
import type { HttpServer } from '@postausgang/http';
import { waitFor } from '../peers/wait-for.ts';
import { asAdmin, build, described, DoneSchema, echo } from './fixture.ts';

async function listen(app: HttpServer): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

async function open(t: Test, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Everything the server answers to the bytes until it closes the connection. */
async function exchange(t: Test, port: number, bytes: string): Promise<string> {
  const socket = await open(t, port);
  socket.write(bytes);
  return text(socket);
}

function problemIn(answer: string): { code: string } {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
}

const timeouts = { requestMs: 100, headersMs: 100 };

test('answers what never becomes a request with a problem', async (t) => {
  const port = await listen(await build(t));
  const cases: [string, string, RegExp][] = [
    ['request-malformed', 'NONSENSE\r\n\r\n', /^HTTP\/1\.1 400 Bad Request\r\n/],
    ['request-malformed', 'GET / HTTP/1.1\r\nHost: a\r\nBroken\x01: b\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'headers-too-large',
      `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['headers-too-large', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ];
  for (const [code, bytes, head] of cases) {
    const answer = await exchange(t, port, bytes);
    t.match(answer, head);
    t.match(answer, 'Content-Type: application/problem+json\r\n');
    t.equal(problemIn(answer).code, code);
  }
});

test('gives up on slow requests', async (t) => {
  const port = await listen(
    await build(t, echo(Type.Object({}, { additionalProperties: false })), { timeouts }),
  );
  const slowHead = await exchange(t, port, 'GET / HTTP/1.1\r\nHost: a\r\n');
  t.match(slowHead, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  t.equal(problemIn(slowHead).code, 'request-timeout');
  const head = `POST /echo HTTP/1.1\r\nHost: a\r\nAuthorization: ${asAdmin.authorization}\r\n`;
  const slowBody = await exchange(
    t,
    port,
    `${head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`,
  );
  t.match(slowBody, /^HTTP\/1\.1 408 /);
});

test('survives clients that leave in the middle of a body', async (t) => {
  const app = await build(t, echo(Type.Object({}, { additionalProperties: false })));
  const aborted = new Promise<void>((resolve) =>
    app.addHook('onRequestAbort', async (_request) => resolve()),
  );
  const port = await listen(app);
  const socket = await open(t, port);
  const head = `POST /echo HTTP/1.1\r\nHost: a\r\nAuthorization: ${asAdmin.authorization}\r\n`;
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`, () =>
    socket.destroy(),
  );
  await aborted;
  t.equal((await fetch(`http://127.0.0.1:${port}/health/live`)).status, 200);
  t.notMatch(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), 'status="500"');
});

test('reads large bodies whole, whether or not they say their length', async (t) => {
  const schema = {
    ...described('whole'),
    body: Type.Object({ a: Type.String() }, { additionalProperties: false }),
  };
  const app = await build(
    t,
    (server) => {
      const response = { 200: Type.Object({ length: Type.Number(), whole: Type.Boolean() }) };
      server.post(
        '/whole',
        { config: { scopes: [] }, schema: { ...schema, response } },
        async ({ body }) => ({
          length: body.a.length,
          whole: body.a === text,
        }),
      );
    },
    { bodyLimitBytes: 1_000_000 },
  );
  const text = Array.from({ length: 60_000 }, (_, index) => `${index},`).join('');
  const url = `http://127.0.0.1:${await listen(app)}/whole`;
  const headers = { ...asAdmin, 'content-type': 'application/json' };
  const json = JSON.stringify({ a: text });
  const pieces = async function* () {
    for (let at = 0; at < json.length; at += 50_000) yield Buffer.from(json.slice(at, at + 50_000));
  };
  for (const body of [json, ReadableStream.from(pieces())]) {
    const response = await fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    t.same(await response.json(), { length: text.length, whole: true });
  }
});

test('refuses a body over the limit while it still arrives', async (t) => {
  const app = await build(t, echo(Type.Object({}, { additionalProperties: false })), {
    bodyLimitBytes: 1000,
  });
  const port = await listen(app);
  const head = `POST /echo HTTP/1.1\r\nHost: a\r\nAuthorization: ${asAdmin.authorization}\r\n`;
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
  const chunked = `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`;
  const socket = await open(t, port);
  socket.write(chunked);
  // The connection stays open for the rest of the body.
  const [answer] = await once(socket, 'data');
  t.match(String(answer), /^HTTP\/1\.1 413 [^]*body-too-large/);
});

test('a client that sends its whole body first reads the refusal, and one without an end is cut off', async (t) => {
  const bodyLimitBytes = 1_000_000;
  const app = await build(t, echo(Type.Object({}, { additionalProperties: false })), { bodyLimitBytes });
  const port = await listen(app);
  const head = `POST /echo HTTP/1.1\r\nHost: a\r\nAuthorization: ${asAdmin.authorization}\r\n`;
  const announced = 3_000_000;
  for (const round of Array(5).keys()) {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1');
    const errors: unknown[] = [];
    socket.on('error', (error) => errors.push(error));
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${announced}\r\n\r\n`);
    socket.write('x'.repeat(announced));
    // Only now it looks.
    socket.on('data', (text: string) => (answer += text));
    await waitFor('the answer', () => (answer.includes('body-too-large') ? true : undefined));
    socket.write('GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n');
    await waitFor('the next answer', () => (/HTTP\/1\.1 40[14]/.test(answer) ? true : undefined));
    t.match(answer, /^HTTP\/1\.1 413 /, `round ${round}`);
    t.same(errors, []);
    socket.destroy();
  }
  const endless = connect(port, '127.0.0.1');
  endless.on('error', () => undefined).resume();
  endless.write(`${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const closed = new Promise((resolve) => endless.on('close', resolve));
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const writing = setInterval(() => endless.write(chunk.repeat(4)), 1);
  await closed.finally(() => clearInterval(writing));
  t.ok(endless.bytesWritten > bodyLimitBytes, `${endless.bytesWritten} bytes were read`);
});

test('a client that closes the connection after its request reads the refusal of a body that is too large', async (t) => {
  const app = await build(t, echo(Type.Object({}, { additionalProperties: false })), {
    bodyLimitBytes: 5_000_000,
  });
  const port = await listen(app);
  /** More than the buffers of a connection take. */
  const sizeBytes = 19_000_000;
  const body = 'x'.repeat(sizeBytes);
  const length = `Content-Length: ${sizeBytes}\r\n\r\n${body}`;
  const chunked = `Transfer-Encoding: chunked\r\n\r\n${sizeBytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const head = `Host: a\r\nAuthorization: ${asAdmin.authorization}\r\nContent-Type: application/json\r\n`;
  const requests = {
    'HTTP/1.1 with a length': `POST /echo HTTP/1.1\r\nConnection: close\r\n${head}${length}`,
    'HTTP/1.1 in chunks': `POST /echo HTTP/1.1\r\nConnection: close\r\n${head}${chunked}`,
    'HTTP/1.0': `POST /echo HTTP/1.0\r\n${head}${length}`,
  };
  for (const [name, request] of Object.entries(requests)) {
    for (const round of Array(4).keys()) {
      const socket = connect(port, '127.0.0.1');
      // Only when all is written does it look, and it sees whether the connection was reset.
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject).write(request, () => resolve());
      });
      const answer = await text(socket);
      t.match(answer, /^HTTP\/1\.1 413 [^]*body-too-large/, `${name}, round ${round}`);
    }
  }
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function get(port: number, path: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, path, agent, host: '127.0.0.1' }, (response) => {
      const { statusCode: status, headers } = response;
      text(response).then((body) => resolve({ status, headers, body }), reject);
    });
    request.on('error', reject).end();
  });
}

/** Starts to close and waits until the server knows it. */
function closing(app: HttpServer): { readonly begun: Promise<void>; readonly done: () => Promise<void> } {
  const begun = new Promise<void>((resolve) => app.addHook('preClose', async () => resolve()));
  return { begun, done: () => app.close() };
}

/** A route that answers when the test says so. */
function slowRoute() {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const add = (app: HttpServer): void => {
    const schema = { ...described('slow'), response: { 200: DoneSchema } };
    app.get('/slow', { config: { scopes: 'public' }, schema }, async () => {
      arrived.resolve();
      await release.promise;
      return { done: true };
    });
  };
  return { add, arrived: arrived.promise, release: release.resolve };
}

test('closes after the requests in flight, also of clients that keep connections', async (t) => {
  const slow = slowRoute();
  const app = await build(t, slow.add);
  const { begun, done } = closing(app);
  const port = await listen(app);
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  t.equal((await get(port, '/health/live', agent)).headers.connection, 'keep-alive');
  const inFlight = get(port, '/slow', agent);
  await slow.arrived;
  const closed = done();
  await begun;
  slow.release();
  const answer = await inFlight;
  t.same(answer.body, '{"done":true}');
  t.equal(answer.headers.connection, 'close');
  await closed;
  // The port may belong to somebody else by now, so nobody connects to it.
  t.equal(app.server.listening, false);
  t.equal(await promisify(app.server.getConnections.bind(app.server))(), 0);
});

test('refuses what arrives while it closes', async (t) => {
  const slow = slowRoute();
  const app = await build(t, slow.add);
  const { begun, done } = closing(app);
  const port = await listen(app);
  const inFlight = await open(t, port);
  const answerInFlight = text(inFlight);
  inFlight.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await slow.arrived;
  const late = await open(t, port);
  const answerLate = text(late);
  late.write('GET /metrics HTTP/1.1\r\nHost: a\r\n');
  const probe = await open(t, port);
  const answerProbe = text(probe);
  probe.write('GET /health/ready HTTP/1.1\r\nHost: a\r\n');
  await fetch(`http://127.0.0.1:${port}/health/live`);
  const closed = done();
  await begun;
  late.write('\r\n');
  probe.write('\r\n');
  const refused = await answerLate;
  t.match(refused, /^HTTP\/1\.1 503 /);
  t.match(refused, /retry-after: 5\r\n/i);
  t.equal(problemIn(refused).code, 'stopping');
  t.match(await answerProbe, '{"ready":false,"checks":{"log":"ok","server":"stopping"}}');
  slow.release();
  t.match(await answerInFlight, '{"done":true}');
  await closed;
});

test('cuts what hangs when it closes', async (t) => {
  const slow = slowRoute();
  const app = await build(t, slow.add, { timeouts: { closeMs: 20 } });
  const port = await listen(app);
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const hanging = get(port, '/slow', agent);
  hanging.catch(() => {});
  await slow.arrived;
  await app.close();
  await t.rejects(hanging);
  slow.release();
});
