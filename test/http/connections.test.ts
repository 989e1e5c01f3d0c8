import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Test, test } from 'tap';
import { type HttpServer, listenOn } from '@postausgang/http';
import { asAdmin, build, echo } from './fixture.ts';
import { Type } from '@sinclair/typebox';

const anything = echo(Type.Unknown());

async function listen(app: HttpServer): Promise<number> {
  await listenOn(app, { host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

async function open(t: Test, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const ask = async (socket: Socket, path: string, key?: string): Promise<string> => {
  const authorization = key === undefined ? '' : `Authorization: ${key}\r\n`;
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`);
  const [answer] = await once(socket, 'data');
  return String(answer).slice(9, 12);
};

test('whoever stays silent makes room for others, of the same address too', async (t) => {
  const app = await build(t, anything, {
    connectionLimits: { unprovenPerAddress: 20, unproven: 40 },
    maxConnections: 60,
  });
  const port = await listen(app);
  for (let count = 0; count < 500; count += 1) await open(t, port);
  t.equal(await ask(await open(t, port), '/health/live'), '200', 'health is told');
  t.equal(await ask(await open(t, port), '/openapi.json', asAdmin.authorization), '200', 'and a key works');
  const { promise, resolve } = Promise.withResolvers<number>();
  app.server.getConnections((_error, count) => resolve(count));
  t.ok((await promise) <= 25, 'of the silent ones few are left');
});

test('a connection that was authenticated on stays, however many come', async (t) => {
  const app = await build(t, anything, { connectionLimits: { unprovenPerAddress: 5, unproven: 10 } });
  const port = await listen(app);
  const mine = await open(t, port);
  mine.write(
    `POST /echo HTTP/1.1\r\nHost: a\r\nAuthorization: ${asAdmin.authorization}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  );
  await once(mine, 'data');
  const publicOnly = await open(t, port);
  t.equal(await ask(publicOnly, '/health/live'), '200');
  const ended = once(publicOnly, 'close');
  for (let count = 0; count < 50; count += 1) await open(t, port);
  await ended;
  t.equal(await ask(mine, '/health/live'), '200', 'still there');
});

test('the first head has to come soon, and is asked for with a problem', async (t) => {
  const app = await build(t, anything, { timeouts: { firstHeadMs: 50 } });
  const port = await listen(app);
  const silent = await open(t, port);
  const slow = await open(t, port);
  slow.write('GET /health/live HTTP/1.1\r\nHost:');
  t.match(await text(silent), /^HTTP\/1\.1 408 /);
  t.match(await text(slow), /^HTTP\/1\.1 408 /);
});
