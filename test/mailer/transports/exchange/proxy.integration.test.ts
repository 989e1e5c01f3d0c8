import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test, type Test } from 'tap';
import { openExchangeTransport } from '../../../../services/mailer/src/transports/exchange/open.ts';
import { readProxy } from '../../../../services/mailer/src/transports/exchange/proxy.ts';
import { startGraphServer } from '../../../peers/exchange/graph-server.ts';
import { connection, described, mailbox, opened, secretKeys, sending, startWorld } from './fixture.ts';

/** A proxy that tunnels (CONNECT) to what it allows; anything else it refuses. */
async function startProxy(t: Test, allows: (target: string) => boolean, login?: string) {
  const asked: string[] = [];
  const proxy: Server = createServer((_request, response) => response.writeHead(405).end());
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  proxy.on('connect', ({ url = '', headers }, socket) => {
    asked.push(url);
    if (wanted !== undefined && headers['proxy-authorization'] !== wanted) {
      return void socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="acme"\r\n\r\n',
      );
    }
    if (!allows(url)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const port = Number(url.split(':').at(-1));
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target])
      end.on('error', () => [socket, target].forEach((one) => one.destroy()));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.teardown(() => proxy.close());
  return { asked, address: { hostname: '127.0.0.1', port: (proxy.address() as AddressInfo).port } };
}

test('tokens and mail go through the proxy, which is told the name and sees nothing else', async (t) => {
  const world = await startWorld(t);
  const graph = await startGraphServer(world.certificates.server, world.authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(world.authority, { protocol: 'graph', graphUrl: graph.url });
  const { asked, address } = await startProxy(t, () => true);
  const options = { ...world.options, proxy: address };
  const transport = await opened(t, options, content);
  t.match(await transport.send(sending().request), { kind: 'finished', failure: null });
  t.equal(graph.mails.length, 1);
  t.strictSame(new Set(asked), new Set([world.authority.url, graph.url].map((url) => new URL(url).host)));

  const strict = await startProxy(t, (target) => target === new URL(world.authority.url).host);
  const refused = await openExchangeTransport(
    { ...options, proxy: strict.address },
    described(content),
    secretKeys(),
  );
  t.match(refused, { ok: false, failure: { code: 'proxy-failed', detail: /403/ } });
  const nobody = { ...options, proxy: { hostname: '127.0.0.1', port: 1 } };
  t.match(await openExchangeTransport(nobody, described(content), secretKeys()), {
    ok: false,
    failure: { code: 'proxy-failed' },
  });
  const policy = { ...options.policy, allowedPorts: [443] };
  t.match(await openExchangeTransport({ ...options, policy }, described(content), secretKeys()), {
    ok: false,
    failure: { code: 'port-not-allowed' },
  });
});

test('a proxy that wants a sign-in gets it, and one that refuses it is told apart', async (t) => {
  const world = await startWorld(t);
  const graph = await startGraphServer(world.certificates.server, world.authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(world.authority, { protocol: 'graph', graphUrl: graph.url });
  const { address } = await startProxy(t, () => true, 'erp:Kanari@vogel:ü');
  const at = (login: string) => ({
    ...world.options,
    proxy: readProxy(`http://${login}${address.hostname}:${address.port}`, []),
  });
  const transport = await opened(t, at('erp:Kanari%40vogel%3A%C3%BC@'), content);
  t.match(await transport.send(sending().request), { kind: 'finished', failure: null });
  t.ok(
    graph.heads.every((head) => head['proxy-authorization'] === undefined),
    'the server does not see the sign-in at the proxy',
  );
  for (const wrong of ['', 'erp:Kanari@']) {
    const refused = await openExchangeTransport(at(wrong), described(content), secretKeys());
    t.match(refused, { ok: false, failure: { code: 'proxy-sign-in-refused', detail: /407.*Basic realm/ } });
    t.notMatch(JSON.stringify(refused), /Kanari/);
  }
});

test('a server that is an exception is reached without the proxy', async (t) => {
  const world = await startWorld(t);
  const graph = await startGraphServer(world.certificates.server, world.authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(world.authority, { protocol: 'graph', graphUrl: graph.url });
  const { asked, address } = await startProxy(t, () => true);
  for (const exception of ['localhost', '127.0.0.0/8, ::1']) {
    const proxy = readProxy(`http://${address.hostname}:${address.port}`, exception.split(', '));
    const transport = await opened(t, { ...world.options, proxy }, content);
    t.match(await transport.send(sending().request), { kind: 'finished', failure: null });
  }
  t.same(asked, []);
});
