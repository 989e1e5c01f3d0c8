import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { type Test, test } from 'tap';
import { tokenAuthentication } from '@postausgang/http';
import { listenOnLoopback } from '../peers/loopback-server.ts';

const nowMs = Date.parse('2026-11-25T08:00:00Z');
const nowSeconds = nowMs / 1000;

/** A provider on loopback: discovery, keys, and tokens signed with them. */
async function startProvider(t: Test) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  let published: object[] = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }];
  const asked: string[] = [];
  let broken = false;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = request.url === '/jwks' ? { keys: published } : { issuer, jwks_uri: `${issuer}/jwks` };
    response.writeHead(broken ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  const { port, close } = await listenOnLoopback(server);
  t.teardown(close);
  const issuer = `http://127.0.0.1:${port}`;
  const claims = { iss: issuer, aud: 'postausgang', sub: 'anna', iat: nowSeconds, exp: nowSeconds + 300 };
  const sign = (changes: JWTPayload = {}, key = privateKey, kid = 'one') =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
  return {
    issuer,
    claims,
    sign,
    asked,
    publish: (keys: object[]) => (published = keys),
    fail: () => (broken = true),
  };
}

const variables = {
  OIDC_AUDIENCE: 'postausgang',
  OIDC_JWKS_URL: '',
  OIDC_SCOPE_CLAIM: 'scope',
  OIDC_SCOPE_MAP: '',
};

function authenticationFor(issuer: string, changes: Partial<typeof variables> = {}) {
  const authenticate = tokenAuthentication(
    { OIDC_ISSUER: issuer, ...variables, ...changes },
    () => new Date(nowMs),
  );
  if (authenticate === undefined) throw new Error('no issuer');
  return authenticate;
}

test('a token of the provider tells who somebody is and what they may do', async (t) => {
  const { issuer, sign, asked } = await startProvider(t);
  const authenticate = authenticationFor(issuer);
  const token = await sign({ scope: 'openid settings:read mail:read', preferred_username: 'anna.b' });
  const principal = await authenticate(token);
  t.match(principal, { kind: 'token', id: 'anna', name: 'anna.b', expiresAtMs: (nowSeconds + 300) * 1000 });
  t.same([...(principal?.scopes ?? [])], ['settings:read', 'mail:read']);
  await Promise.all([authenticate(token), authenticate(await sign({ scope: 'admin' }))]);
  t.same(asked, ['/.well-known/openid-configuration', '/jwks'], 'the keys are kept');
});

test('roles and groups are mapped, and then nothing else counts', async (t) => {
  const { issuer, sign } = await startProvider(t);
  const scopesOf = async (changes: Partial<typeof variables>, claims: JWTPayload) => [
    ...((await authenticationFor(issuer, changes)(await sign(claims)))?.scopes ?? []),
  ];
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

test('a token that is not exactly right belongs to nobody', async (t) => {
  const { issuer, sign, claims } = await startProvider(t);
  const authenticate = authenticationFor(issuer);
  const { privateKey: foreign } = await generateKeyPair('ES256');
  const tokens = {
    'another issuer': await sign({ iss: 'https://evil.example' }),
    'another audience': await sign({ aud: 'another-service' }),
    expired: await sign({ exp: nowSeconds - 60 }),
    'not valid yet': await sign({ nbf: nowSeconds + 120 }),
    'for ever': await sign({ exp: undefined as never }),
    'without a time': await sign({ iat: undefined as never }),
    'without a subject': await sign({ sub: undefined as never }),
    'a subject with a line break': await sign({ sub: 'a\nb' }),
    'a foreign key': await sign({}, foreign),
    'an unknown key': await sign({}, foreign, 'two'),
    unsigned: new UnsecuredJWT(claims).encode(),
    'a shared secret': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(new TextEncoder().encode('0123456789abcdef0123456789abcdef')),
    'no token': 'a.b.c',
    'an API key': `pa_${'x'.repeat(43)}`,
  };
  for (const [name, token] of Object.entries(tokens)) t.equal(await authenticate(token), undefined, name);
});

test('a provider that cannot be asked is not the fault of the token', async (t) => {
  const provider = await startProvider(t);
  provider.fail();
  const authenticate = authenticationFor(provider.issuer);
  await t.rejects(authenticate(await provider.sign()), { code: 'identity-provider-unavailable' });
});
