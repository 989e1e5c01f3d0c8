import { createServer } from 'node:http';
import { createPrivateKey } from 'node:crypto';
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import pino from 'pino';
import { type Test, test } from 'tap';
import { tokenRefusalTexts } from '@postausgang/contracts';
import { tokenAuthentication } from '@postausgang/http';
import { listenOnLoopback } from '../peers/loopback-server.ts';
import { build, described, DoneSchema } from './fixture.ts';
import { accessTokens, otherTokens } from './token-shapes.ts';

const nowMs = Date.parse('2026-11-25T08:00:00Z');
const nowSeconds = nowMs / 1000;
const maxAgeMinutes = 90;

interface Signing {
  readonly typ?: string | undefined;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A real provider on loopback: discovery, keys, and tokens signed with them. */
async function startProvider(t: Test) {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('ES256', { kid: 'one' });
  await server.start(undefined, '127.0.0.1');
  t.teardown(() => server.stop());
  const { url } = server.issuer;
  if (url === undefined) throw new Error('no address');
  const claims = {
    iss: url,
    aud: 'postausgang',
    sub: 'anna',
    iat: nowSeconds,
    exp: nowSeconds + 300,
    scope: '',
  };
  const sign = (changes: JWTPayload = {}, { typ = 'at+jwt', header = {} }: Signing = {}): Promise<string> =>
    server.issuer.buildToken({
      scopesOrTransform(head, payload) {
        Object.assign(payload, { nbf: undefined }, claims, changes);
        Object.assign(head, typ === 'none' ? {} : { typ }, header);
      },
    });
  return { server, issuer: url, claims, sign };
}

const variables = {
  OIDC_AUDIENCE: 'postausgang',
  OIDC_JWKS_URL: '',
  OIDC_MAX_TOKEN_AGE_MINUTES: maxAgeMinutes,
  OIDC_SCOPE_CLAIM: 'scope',
  OIDC_SCOPE_MAP: '',
  OIDC_SENDER_MAP: '',
};

function authenticationFor(issuer: string, changes: Partial<typeof variables> = {}) {
  const authenticate = tokenAuthentication(
    { OIDC_ISSUER: issuer, ...variables, ...changes },
    () => new Date(nowMs),
  );
  if (authenticate === undefined) throw new Error('no issuer');
  return async (token: string) => {
    const found = await authenticate(token);
    if (found === undefined) return { refusal: 'unknown' };
    return 'refusal' in found ? found : { ...found, scopes: [...found.scopes] };
  };
}

test('a token of the provider tells who somebody is and what they may do', async (t) => {
  const { server, issuer, sign } = await startProvider(t);
  const asked: string[] = [];
  const requests = createServer((request, response) => {
    asked.push(request.url ?? '');
    server.service.requestHandler(request, response);
  });
  const authenticate = authenticationFor(issuer);
  const token = await sign({ scope: 'openid settings:read mail:read', preferred_username: 'anna.b' });
  t.match(await authenticate(token), {
    kind: 'token',
    id: 'anna',
    name: 'anna.b',
    scopes: ['settings:read', 'mail:read'],
    expiresAtMs: (nowSeconds + 300) * 1000,
  });
  const { port, close } = await listenOnLoopback(requests);
  t.teardown(close);
  server.issuer.url = `http://127.0.0.1:${port}`;
  const counted = authenticationFor(server.issuer.url);
  const own = { iss: server.issuer.url, scope: 'admin' };
  await counted(await sign(own));
  await Promise.all([counted(await sign(own)), counted(await sign(own))]);
  t.same(asked, ['/.well-known/openid-configuration', '/jwks'], 'the keys are kept');
  await counted(await sign({ ...own, iss: 'https://evil.example' }, { header: { kid: 'foreign' } }));
  t.equal(asked.length, 2, 'for a token of another issuer nobody is asked for keys');
});

test('roles and groups are mapped, and then nothing else counts', async (t) => {
  const { issuer, sign } = await startProvider(t);
  const scopesOf = async (changes: Partial<typeof variables>, claims: JWTPayload) => {
    const found = await authenticationFor(issuer, changes)(await sign(claims));
    return 'scopes' in found ? found.scopes : found.refusal;
  };
  const map = {
    OIDC_SCOPE_CLAIM: 'realm_access.roles',
    OIDC_SCOPE_MAP: 'mail-admin=admin, erp=mail:send+mail:read',
  };
  t.same(await scopesOf(map, { realm_access: { roles: ['erp', 'admin', 7] } }), ['mail:send', 'mail:read']);
  t.same(await scopesOf(map, { realm_access: { roles: ['mail-admin'] } }), ['admin']);
  t.same(await scopesOf(map, { scope: 'admin' }), []);
  const dotted = { OIDC_SCOPE_CLAIM: 'https://erp.example/roles', OIDC_SCOPE_MAP: 'x=mail:send' };
  t.same(await scopesOf(dotted, { 'https://erp.example/roles': ['x'] }), ['mail:send']);
  t.throws(() => authenticationFor(issuer, { OIDC_SCOPE_MAP: 'erp=everything' }), {
    message: /OIDC_SCOPE_MAP/,
  });
  t.equal(
    tokenAuthentication({ OIDC_ISSUER: '', ...variables }, () => new Date(nowMs)),
    undefined,
  );
});

test('the groups of a token say whom it may send as', async (t) => {
  const { issuer, sign } = await startProvider(t);
  const authenticate = authenticationFor(issuer, {
    OIDC_SCOPE_CLAIM: 'groups',
    OIDC_SCOPE_MAP: 'shop=mail:send, office=mail:send, boss=mail:send, guest=mail:send',
    OIDC_SENDER_MAP: 'shop=@Shop.Acme.Example+c81e728d, office=default, boss=*, dept=@a.example+@b.example',
  });
  const sendersOf = async (...groups: readonly string[]) => {
    const found = await authenticate(await sign({ groups: [...groups] }));
    return 'permissions' in found ? found.permissions : undefined;
  };
  const nothingElse = { quotas: null, recipientDomains: null };
  t.strictSame(await sendersOf('shop'), {
    ...nothingElse,
    senders: ['c81e728d'],
    senderDomains: ['shop.acme.example'],
  });
  t.strictSame(await sendersOf('shop', 'office', 'other'), {
    ...nothingElse,
    senders: ['c81e728d', 'default'],
    senderDomains: ['shop.acme.example'],
  });
  t.equal(await sendersOf('shop', 'boss'), undefined, 'all of them');
  t.strictSame(await sendersOf('guest'), { ...nothingElse, senders: [], senderDomains: [] }, 'nobody');
  const unlimited = authenticationFor(issuer, { OIDC_SCOPE_MAP: 'erp=mail:send' });
  t.notOk('permissions' in (await unlimited(await sign({ scope: 'erp' }))));
  for (const wrong of ['shop', 'shop=', '=default', 'shop=a@b.example', 'shop=@', 'shop=a++b']) {
    t.throws(
      () => authenticationFor(issuer, { OIDC_SENDER_MAP: wrong }),
      { message: /OIDC_SENDER_MAP/ },
      wrong,
    );
  }
});

test('access tokens of all providers sign in, and no other token of theirs does', async (t) => {
  const { issuer, sign } = await startProvider(t);
  const authenticate = authenticationFor(issuer);
  for (const { name, typ = 'none', claims } of accessTokens) {
    t.match(await authenticate(await sign({ scope: undefined, ...claims }, { typ })), { id: 'anna' }, name);
  }
  for (const { name, typ = 'none', claims } of otherTokens) {
    const found = await authenticate(await sign({ scope: undefined, ...claims }, { typ }));
    t.match(found, { refusal: 'token-not-access' }, name);
  }
});

test('a refused token says why by a code, in the problem and in the log, and nothing of itself', async (t) => {
  const { server, issuer, sign, claims } = await startProvider(t);
  const { privateKey: foreign } = await generateKeyPair('ES256');
  const header = { alg: 'ES256', typ: 'at+jwt' };
  const by = (key: typeof foreign, kid: string) =>
    new SignJWT(claims).setProtectedHeader({ ...header, kid }).sign(key);
  const ownKey = server.issuer.keys.get('one');
  if (ownKey === undefined) throw new Error('no key');
  const critical = new SignJWT(claims)
    .setProtectedHeader({ ...header, kid: 'one', crit: ['x'], x: 1 })
    .sign(createPrivateKey({ key: { ...ownKey }, format: 'jwk' }), { crit: { x: true } });
  const shared = new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(new TextEncoder().encode('0123456789abcdef0123456789abcdef'));
  const broken = `${(await sign()).slice(0, -8)}AAAAAAAA`;
  const tokens: readonly (readonly [name: string, code: string, token: string])[] = [
    ['another issuer', 'token-issuer', await sign({ iss: 'https://evil.example' })],
    ['another audience', 'token-audience', await sign({ aud: ['another', 'and-another'] })],
    ['expired', 'token-expired', await sign({ exp: nowSeconds - 60 })],
    ['not valid yet', 'token-not-yet-valid', await sign({ nbf: nowSeconds + 120 })],
    ['from the future', 'token-issued-in-future', await sign({ iat: nowSeconds + 60 })],
    ['too old', 'token-too-old', await sign({ iat: nowSeconds - maxAgeMinutes * 60 - 60 })],
    ['never ends, and too old', 'token-too-old', await sign({ iat: 0, exp: 2 ** 50 })],
    ...(await Promise.all(
      (['iss', 'aud', 'sub', 'exp', 'iat'] as const).map(
        async (claim) => [claim, 'token-claim-missing', await sign({ [claim]: undefined })] as const,
      ),
    )),
    ['a time in words', 'token-claim-invalid', await sign({ exp: 'never' as never })],
    ['a subject with a line break', 'token-claim-invalid', await sign({ sub: 'a\nb' })],
    ['a subject that is too long', 'token-claim-invalid', await sign({ sub: 'x'.repeat(201) })],
    ['a foreign key', 'token-signature', await by(foreign, 'one')],
    ['an unknown key', 'token-key-unknown', await by(foreign, 'two')],
    ['a broken signature', 'token-signature', broken],
    ['unsigned', 'token-algorithm', new UnsecuredJWT(claims).encode()],
    ['a shared secret', 'token-algorithm', await shared],
    ['an extension', 'token-header-unknown', await critical],
    ['an ID token', 'token-not-access', await sign({ nonce: 'n' }, { typ: 'JWT' })],
    ['no token', 'token-malformed', 'a.b.c'],
    ['an encrypted token', 'token-malformed', 'a.b.c.d.e'],
    ['too long', 'token-too-long', await sign({ groups: 'g'.repeat(13_000) })],
  ];
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const authenticate = tokenAuthentication({ OIDC_ISSUER: issuer, ...variables }, () => new Date(nowMs));
  if (authenticate === undefined) throw new Error('no issuer');
  const app = await build(
    t,
    (routes) => {
      const schema = { ...described('act'), response: { 200: DoneSchema } };
      routes.get('/act', { config: { scopes: [] }, schema }, async () => ({ done: true }));
    },
    { authenticate, logger, failedAuthentication: { max: 1000, windowMs: 60_000 } },
  );
  const ask = (token: string) =>
    app.inject({ method: 'GET', url: '/act', headers: { authorization: `Bearer ${token}` } });
  for (const [name, code, token] of tokens) {
    lines.length = 0;
    const response = await ask(token);
    t.match([response.statusCode, response.json()], [401, { code: 'unauthenticated', reason: code }], name);
    t.match(response.headers['www-authenticate'], `error="invalid_token", error_description="${code}"`);
    const logged = lines.map((line): Record<string, unknown> => JSON.parse(line));
    t.match(
      logged.filter(({ msg }) => msg === 'Access token refused'),
      [{ level: 30, code }],
      `${name} in the log`,
    );
    const said = lines.join('') + response.payload;
    for (const content of [token, 'anna', 'evil.example', 'and-another']) t.notMatch(said, content, name);
  }
  const codes = new Set(tokens.map(([, code]) => code));
  const ofProvider = ['token-provider-mismatch', 'token-provider-unavailable'];
  t.same([...codes, ...ofProvider].toSorted(), Object.keys(tokenRefusalTexts).toSorted(), 'every code');
  t.equal((await ask(await sign())).statusCode, 200);
  t.match((await ask(`pa_${'x'.repeat(43)}`)).json(), { code: 'unauthenticated', reason: undefined });

  lines.length = 0;
  for (let count = 0; count < 100; count += 1) await ask('a.b.c');
  t.ok(lines.filter((line) => line.includes('Access token refused')).length <= 20, 'the log is not filled');
});

test('clocks may differ a little, and the age of a token bounds its life', async (t) => {
  const { issuer, sign } = await startProvider(t);
  const authenticate = authenticationFor(issuer);
  t.match(await authenticate(await sign({ iat: nowSeconds + 20 })), { id: 'anna' });
  t.match(await authenticate(await sign({ exp: nowSeconds - 20 })), { id: 'anna' });
  const iat = nowSeconds - 60;
  const endless = await authenticate(await sign({ iat, exp: 2 ** 50 }));
  t.match(endless, { expiresAtMs: (iat + maxAgeMinutes * 60) * 1000 });
});

test('a provider that cannot be asked is not the fault of the token', async (t) => {
  const { server, issuer, sign } = await startProvider(t);
  const token = await sign();
  await server.stop();
  t.teardown(() => server.start());
  t.match(await authenticationFor(issuer)(token), { refusal: 'token-provider-unavailable' });
});

test('the discovery document has to name the issuer that is configured', async (t) => {
  const { issuer, sign, claims } = await startProvider(t);
  let document: object = {};
  const other = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  const { port, close } = await listenOnLoopback(other);
  t.teardown(close);
  const named = `http://127.0.0.1:${port}`;
  const jwks = { jwks_uri: `${issuer}/jwks` };
  const token = await sign({ iss: named });
  for (const wrong of [issuer, `${named}/`, named.toUpperCase(), undefined, '', 7, [named]]) {
    document = { ...jwks, issuer: wrong };
    t.match(await authenticationFor(named)(token), { refusal: 'token-provider-mismatch' }, String(wrong));
  }
  document = { issuer: named };
  t.match(await authenticationFor(named)(token), { refusal: 'token-provider-unavailable' }, 'no keys');
  document = { ...jwks, issuer: named };
  t.match(await authenticationFor(named)(token), { id: 'anna' });
  t.match(await authenticationFor(named)(await sign(claims)), { refusal: 'token-issuer' });

  document = { ...jwks, issuer: named, access_token_issuer: 'http://adfs.example/services/trust' };
  const ofAdfs = await sign({ iss: 'http://adfs.example/services/trust' });
  t.match(await authenticationFor(named)(ofAdfs), { id: 'anna' }, 'AD FS names another one in access tokens');

  document = {};
  const withoutDiscovery = authenticationFor(named, { OIDC_JWKS_URL: jwks.jwks_uri });
  t.match(await withoutDiscovery(token), { id: 'anna' }, 'the operator has named the keys himself');
  t.match(await withoutDiscovery(ofAdfs), { refusal: 'token-issuer' });
});
