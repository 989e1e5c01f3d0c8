import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Type } from '@sinclair/typebox';
import { type Test, test } from 'tap';
import { type HttpRequest, proxyTrustOf } from '@postausgang/http';
import { build, described, type HttpServerOptions } from './fixture.ts';

const asAdmin = { authorization: 'Bearer admin-key' };

/** A server that says whom it takes for the client. */
function echoing(t: Test, options: Partial<HttpServerOptions> = {}) {
  const schema = {
    ...described('who'),
    response: {
      200: Type.Object({
        client: Type.Optional(Type.String()),
        host: Type.String(),
        protocol: Type.String(),
      }),
    },
  };
  return build(
    t,
    (app) => {
      app.get('/who', { config: { scopes: [] }, schema }, async (request: HttpRequest) => ({
        client: request.principal.clientAddress ?? '',
        host: request.host,
        protocol: request.protocol,
      }));
    },
    options,
  );
}

interface Seen {
  readonly client: string;
  readonly host: string;
  readonly protocol: string;
}

async function clientOf(
  t: Test,
  options: Partial<HttpServerOptions>,
  peer: string,
  forwardedFor: string,
): Promise<Seen> {
  const app = await echoing(t, options);
  const headers = {
    ...asAdmin,
    'x-forwarded-for': forwardedFor,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'erp.acme.example',
  };
  return (await app.inject({ url: '/who', headers, remoteAddress: peer })).json<Seen>();
}

const listed = { trustedProxies: ['203.0.113.7', '10.0.0.0/8', '2001:db8:1::/48'] };
const one = { trustedProxyHops: 1 };

test('believes what a proxy says only from one that is trusted, and no further than to the first that is not', async (t) => {
  const cases: readonly (readonly [
    string,
    Partial<HttpServerOptions>,
    peer: string,
    header: string,
    client: string,
  ])[] = [
    ['no proxy', {}, '127.0.0.1', '192.0.2.9', '127.0.0.1'],
    ['one nearby', one, '127.0.0.1', '192.0.2.9', '192.0.2.9'],
    ['one in a private network', one, '172.18.0.3', '192.0.2.9', '192.0.2.9'],
    ['one by IPv6', one, 'fd12::3', '2001:db8::9', '2001:db8::9'],
    ['one, mapped', one, '::ffff:10.0.0.2', '192.0.2.9', '192.0.2.9'],
    ['one, and a client nearby', one, '10.0.0.2', '1.1.1.1, 10.0.0.9', '10.0.0.9'],
    ['one, forged before it', one, '10.0.0.2', '127.0.0.1, 8.8.8.8, 192.0.2.9', '192.0.2.9'],
    ['somebody from outside', one, '198.51.100.1', '192.0.2.9', '198.51.100.1'],
    ['a listed one', listed, '203.0.113.7', '192.0.2.9', '192.0.2.9'],
    ['a listed one, mapped', listed, '::ffff:203.0.113.7', '192.0.2.9', '192.0.2.9'],
    ['a listed one, mapped and in hex', listed, '::ffff:cb00:7107', '192.0.2.9', '192.0.2.9'],
    ['not a listed one', listed, '203.0.113.8', '192.0.2.9', '203.0.113.8'],
    ['nearby is not listed', listed, '127.0.0.1', '192.0.2.9', '127.0.0.1'],
    ['two listed ones', listed, '203.0.113.7', '192.0.2.9, 10.1.2.3', '192.0.2.9'],
    ['three listed ones', listed, '10.0.0.1', '192.0.2.9, 2001:db8:1::5, 10.1.2.3', '192.0.2.9'],
    ['forged before two', listed, '10.0.0.1', '10.0.0.5, 9.9.9.9, 192.0.2.9, 10.1.2.3', '192.0.2.9'],
    ['a mapped client', listed, '10.0.0.1', '::ffff:192.0.2.9', '192.0.2.9'],
    ['with a port', listed, '10.0.0.1', '192.0.2.9:4711', '192.0.2.9'],
    ['by IPv6 with a port', listed, '10.0.0.1', '[2001:db8::9]:4711', '2001:db8::9'],
    ['a proxy with a port', listed, '10.0.0.1', '192.0.2.9, 10.1.2.3:80', '192.0.2.9'],
    ['no address', listed, '10.0.0.1', 'unknown', '10.0.0.1'],
    ['no address either', listed, '10.0.0.1', '192.0.2.9, _hidden', '10.0.0.1'],
    ['all of them proxies', listed, '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
  ];
  for (const [name, options, peer, header, client] of cases) {
    const seen = await clientOf(t, options, peer, header);
    t.equal(seen.client, client, name);
    const isBelieved = client !== peer && header !== 'unknown' && !header.includes('_hidden');
    if (isBelieved) t.match(seen, { protocol: 'https', host: 'erp.acme.example' }, name);
    else if (!header.includes('unknown') && !header.includes('_hidden')) {
      t.match(seen, { protocol: 'http', host: 'localhost:80' }, `${name}: nothing else is believed either`);
    }
  }
});

test('the proxies are read from the variables, and what is none is named', (t) => {
  const trust = (BEHIND_PROXY: boolean, TRUSTED_PROXIES: string) =>
    proxyTrustOf({ BEHIND_PROXY, TRUSTED_PROXIES });
  t.same(trust(false, ''), { trustedProxyHops: 0, trustedProxies: [] });
  t.same(trust(true, ''), { trustedProxyHops: 1, trustedProxies: [] });
  t.same(trust(true, ' 10.0.0.1, fd00::/8 ').trustedProxies, ['10.0.0.1', 'fd00::/8']);
  for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '::1/129', '*', '10.0.0']) {
    t.throws(() => trust(true, `127.0.0.1,${wrong}`), { message: /TRUSTED_PROXIES: "/ }, wrong);
  }
  t.throws(() => trust(false, '127.0.0.1'), { message: /BEHIND_PROXY=true/ });
  t.end();
});

test('a request has exactly one host', async (t) => {
  const app = await echoing(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const statusOf = async (head: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${head}\r\nAuthorization: ${asAdmin.authorization}\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    const isProblem = answer.includes('application/problem+json') && answer.includes('request-malformed');
    return `${answer.slice(9, 12)}${isProblem ? ' request-malformed' : ''}`;
  };
  const get = 'GET /who HTTP/1.1';
  const refused = [
    `${get}\r\nHost: a\r\nHost: b`,
    `${get}\r\nHost: a\r\nHost: a`,
    `${get}\r\nhost: a\r\nX-A: 1\r\nHOST: b`,
    `${get}\r\nX-A: 1`,
    `${get}\r\nHost: a, b`,
    `${get}\r\nHost: a b`,
    `${get}\r\nHost: user@a`,
    `${get}\r\nHost: a/b`,
    `${get}\r\nHost: a:port`,
    `${get}\r\nHost: http://a`,
    `GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b`,
    `GET /nothing HTTP/1.1\r\nX-A: 1`,
    `GET /who HTTP/1.0\r\nHost: a\r\nHost: b`,
  ];
  for (const head of refused) t.equal(await statusOf(head), '400 request-malformed', JSON.stringify(head));
  const taken = [
    'a',
    'mail.acme.example:8080',
    '127.0.0.1:80',
    '[::1]:8080',
    'xn--bcher-kva.example',
    'a_b',
    '',
  ];
  for (const host of taken) t.equal(await statusOf(`${get}\r\nHost: ${host}`), '200', host);
  t.equal(await statusOf('GET /who HTTP/1.0\r\nX-A: 1'), '200', 'HTTP/1.0 knows no host');
});
