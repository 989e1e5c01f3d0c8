import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { type Test, test } from 'tap';
import { NoContent } from '../../packages/http/src/routes.ts';
import { createSessions } from '../../packages/http/src/sessions.ts';
import { readVariables } from '@postausgang/configuration';
import {
  createVouchers,
  firstKnown,
  type HttpServer,
  openSignIn,
  readAccountSettings,
} from '@postausgang/http';
import { standaloneVariables } from '../../services/standalone/src/config.ts';
import { startOpenIdProvider, type TokenChange } from '../peers/openid-provider.ts';
import { createLinkBrowser, type LinkBrowser, signInAtProvider } from './account-browser.ts';
import { asAdmin, asReader, build, described } from './fixture.ts';

const accounts = {
  anna: { name: 'Anna Berger', groups: ['mail-admins', 'everybody'] },
  otto: { name: 'Otto Klein', groups: ['everybody'] },
};

interface OpenOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly provider?: Parameters<typeof startOpenIdProvider>[2];
}

/** A service on loopback and a provider that knows it, and browsers that sign in. */
async function open(t: Test, { variables = {}, provider: options }: OpenOptions = {}) {
  const provider = await startOpenIdProvider(t, accounts, options);
  const now = () => new Date();
  const read = readVariables(standaloneVariables, {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_SCOPES: 'openid profile groups',
    OIDC_SCOPE_CLAIM: 'groups',
    OIDC_SCOPE_MAP: 'mail-admins=settings:read+mail:read:all',
    ...variables,
  });
  const key = new Uint8Array(randomBytes(32));
  const { account, authenticate } = await openSignIn(
    read,
    { sessionKey: key, voucherKeys: { active: key } },
    now,
  );
  const app = await build(t, addWhoAmI, {
    authenticate: firstKnown(async (token) => knownKeys[token], authenticate),
    sessions: createSessions({
      key,
      secure: read.BEHIND_PROXY,
      basePath: read.BASE_PATH,
      idleMs: 60_000,
      longestMs: 600_000,
    }),
    account,
    basePath: read.BASE_PATH,
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const service = `${address}${read.BASE_PATH}`;
  provider.register(read.PUBLIC_URL === '' ? service : read.PUBLIC_URL);
  const begin = async (browser: LinkBrowser, returnTo = '/#/mails'): Promise<string> => {
    const answer = await browser.open(`${service}/v1/session/oidc?returnTo=${encodeURIComponent(returnTo)}`);
    return answer.headers.get('location') ?? `${answer.status}`;
  };
  const callback = `${service}/v1/session/oidc/callback`;
  /** All of a sign-in but the last request: the answer of the provider, as its browser would bring it. */
  const answerFor = async (browser: LinkBrowser, user: string): Promise<string> =>
    signInAtProvider(browser, await begin(browser), user, callback);
  const session = async (browser: LinkBrowser) => {
    const answer = await browser.open(`${service}/v1/session`);
    const body: { session: { endsAt: string } } = JSON.parse(await answer.text());
    return { status: answer.status, body };
  };
  const code = async (browser: LinkBrowser, answer: string) => {
    const response = await browser.open(answer, { accept: 'application/json' });
    if (response.status === 302) return 302;
    const problem: { code: string } = JSON.parse(await response.text());
    return problem.code;
  };
  return { app, provider, service, callback, begin, answerFor, session, code };
}

const knownKeys: Readonly<
  Record<
    string,
    { id: string; name: string; kind: 'api-key'; scopes: ReadonlySet<'admin' | 'settings:read'> }
  >
> = {
  'admin-key': { id: 'k1', name: 'Admin', kind: 'api-key', scopes: new Set(['admin'] as const) },
  'reader-key': { id: 'k2', name: 'Reader', kind: 'api-key', scopes: new Set(['settings:read'] as const) },
};

function addWhoAmI(app: HttpServer): void {
  const schema = { ...described('see'), response: { 204: NoContent('Seen') } };
  app.get('/see', { config: { scopes: ['settings:read'] }, schema }, async (_request, reply) =>
    reply.code(204).send(),
  );
}

test('a person signs in with the account of the company, and is known by name and subject', async (t) => {
  for (const claimsInIdToken of [true, false]) {
    const { service, answerFor, session, provider } = await open(t, { provider: { claimsInIdToken } });
    const browser = createLinkBrowser();
    const answer = await browser.open(await answerFor(browser, 'anna'));
    t.match(answer, { status: 302 });
    t.equal(answer.headers.get('location'), '/#/mails', 'the view that was asked for');
    const set = answer.headers.getSetCookie().join('\n');
    t.match(set, /^postausgang-session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/m);
    t.match(set, /^postausgang-sign-in=; Max-Age=0/m, 'what was kept of the sign-in is gone');
    const { body } = await session(browser);
    t.match(body, {
      kind: 'token',
      id: 'anna',
      name: 'Anna Berger',
      scopes: ['settings:read', 'mail:read', 'mail:read:all'],
    });
    const left = Date.parse(body.session.endsAt) - Date.now();
    t.ok(left > 0 && left <= 600_000, 'the session is bounded');
    t.equal((await browser.open(`${service}/see`)).status, 204);
    const out = await fetch(`${service}/v1/session`, {
      method: 'DELETE',
      headers: { cookie: cookieOf(browser, service), 'sec-fetch-site': 'same-origin' },
    });
    const { continueAt }: { continueAt: string } = JSON.parse(await out.text());
    const end = new URL(continueAt);
    t.equal(end.origin, provider.issuer, 'the provider signs out, too');
    t.equal(end.searchParams.get('post_logout_redirect_uri'), `${service}/`);
    t.equal((await session(browser)).status, 401, 'and the session has ended');
  }
});

const cookieOf = (browser: LinkBrowser, service: string): string =>
  [...(browser.jars.get(new URL(service).origin) ?? [])]
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');

test('a provider without a sign-out ends the session all the same', async (t) => {
  const { service, answerFor, session } = await open(t, { provider: { hasSignOut: false } });
  const browser = createLinkBrowser();
  await browser.open(await answerFor(browser, 'anna'));
  const out = await fetch(`${service}/v1/session`, {
    method: 'DELETE',
    headers: { cookie: cookieOf(browser, service), 'sec-fetch-site': 'same-origin' },
  });
  t.equal(out.status, 204);
  t.equal((await session(browser)).status, 401);
});

test('the answer of the provider counts once, and only in the browser that has asked', async (t) => {
  const { service, answerFor, code, session } = await open(t);
  const browser = createLinkBrowser();
  const answer = await answerFor(browser, 'anna');
  const stranger = createLinkBrowser();
  t.equal(await code(stranger, answer), 'sign-in-not-begun', 'a browser without a sign-in');
  await answerFor(stranger, 'anna');
  t.equal(await code(stranger, answer), 'sign-in-not-begun', 'a browser with another sign-in');
  const kept = cookieOf(browser, service);
  t.equal(await code(browser, answer), 302);
  t.equal(await code(browser, answer), 'sign-in-not-begun', 'once more');
  const replayed = await fetch(answer, { redirect: 'manual', headers: { cookie: kept } });
  t.match(await replayed.json(), { code: 'sign-in-not-begun', status: 403 }, 'with the cookies of before');
  t.notMatch(replayed.headers.get('set-cookie') ?? '', /postausgang-session=./);
  t.equal((await session(stranger)).status, 401);
  const page = await stranger.open(answer);
  t.equal(page.headers.get('location'), '/#/sign-in/sign-in-not-begun', 'a browser is led to the page');
});

/** Parameters on the way to the provider and back, which an attacker in the browser can change. */
const mutable = ['state', 'nonce', 'code_challenge'] as const;
const answered = ['state', 'code', 'iss'] as const;

test('whatever is changed of state, nonce, proof key or code, nobody is signed in', async (t) => {
  const { begin, callback, code, session, service } = await open(t);
  const other = fc.string({
    minLength: 43,
    maxLength: 43,
    unit: fc.constantFrom('a', 'k', 'A', 'Z', '-', '_', '0', '7'),
  });
  const change = fc.oneof(
    fc.record({ where: fc.constant('to'), name: fc.constantFrom(...mutable), value: other }),
    fc.record({ where: fc.constant('from'), name: fc.constantFrom(...answered), value: other }),
    fc.record({ where: fc.constant('twice'), name: fc.constantFrom(...answered), value: other }),
    fc.record({ where: fc.constant('cookie'), name: fc.constant('' as const), value: other }),
  );
  const property = fc.asyncProperty(change, async ({ where, name, value }) => {
    const browser = createLinkBrowser();
    const authorization = new URL(await begin(browser));
    if (where === 'to') authorization.searchParams.set(name, value);
    const answer = new URL(await signInAtProvider(browser, authorization.href, 'anna', callback));
    if (where === 'from') answer.searchParams.set(name, value);
    if (where === 'twice') answer.searchParams.append(name, value);
    if (where === 'cookie') browser.jars.get(new URL(service).origin)?.set('postausgang-sign-in', value);
    const found = await code(browser, answer.href);
    return String(found).startsWith('sign-in-') && (await session(browser)).status === 401;
  });
  await fc.assert(property, { numRuns: 25 });
  t.pass('25 changes');
});

test('each thing that is wrong with the answer has its own code', async (t) => {
  const { provider, answerFor, code, session } = await open(t, { provider: { claimsInIdToken: true } });
  const withClaims =
    (changes: Record<string, unknown>): TokenChange =>
    async (answer) => ({ ...answer, id_token: await provider.sign(answer['id_token'], changes) });
  const cases: readonly [string, TokenChange][] = [
    ['sign-in-issuer-wrong', withClaims({ iss: 'https://id.evil.example' })],
    ['sign-in-audience-wrong', withClaims({ aud: 'another-application' })],
    ['sign-in-audience-wrong', withClaims({ aud: [provider.clientId, 'other'], azp: 'other' })],
    ['sign-in-claim-missing', withClaims({ sub: undefined })],
    ['sign-in-claim-missing', withClaims({ exp: undefined })],
    ['sign-in-claim-missing', withClaims({ nonce: undefined })],
    ['sign-in-token-invalid', withClaims({ nonce: 'another' })],
    ['sign-in-token-invalid', withClaims({ exp: 1 })],
    [
      'sign-in-token-invalid',
      async (answer) => ({ ...answer, id_token: `${String(answer['id_token']).slice(0, -9)}AAAAAAAAA` }),
    ],
    ['sign-in-token-invalid', async ({ id_token: _gone, ...answer }) => answer],
    ['sign-in-without-scopes', withClaims({ groups: ['everybody'], name: 'Anna' })],
  ];
  for (const [index, [expected, change]] of cases.entries()) {
    const browser = createLinkBrowser();
    const answer = await answerFor(browser, expected === 'sign-in-without-scopes' ? 'otto' : 'anna');
    provider.changeTokens(change);
    t.equal(await code(browser, answer), expected, `${index}: ${expected}`);
    provider.changeTokens(undefined);
    t.equal((await session(browser)).status, 401);
  }
});

test('a cancelled sign-in, a stranger to every group and a provider that is gone each say so', async (t) => {
  const { answerFor, code, provider } = await open(t);
  const browser = createLinkBrowser();
  t.equal(await code(browser, await answerFor(browser, '')), 'sign-in-denied');
  t.equal(await code(browser, await answerFor(browser, 'otto')), 'sign-in-without-scopes');
  const gone = await open(t, { variables: { OIDC_ISSUER: 'http://127.0.0.1:1' } });
  const begun = await fetch(`${gone.service}/v1/session/oidc`, { redirect: 'manual' });
  t.match(await begun.json(), { code: 'identity-provider-unavailable', retriable: true });
  const named = await open(t, { variables: { OIDC_ISSUER: `${provider.issuer}/` } });
  const mistaken = await fetch(`${named.service}/v1/session/oidc`, { redirect: 'manual' });
  t.match(await mistaken.json(), { code: 'sign-in-issuer-wrong' });
});

test('nobody is led away from the page, and nobody else says where the page is', async (t) => {
  const { service, app } = await open(t);
  const elsewhere = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/..//evil.example',
    'javascript:alert(1)',
    '/ /evil.example',
    '/\tevil',
    'evil',
    '/v1/mails',
  ];
  for (const returnTo of elsewhere) {
    const answer = await fetch(`${service}/v1/session/oidc?returnTo=${encodeURIComponent(returnTo)}`, {
      redirect: 'manual',
    });
    t.match(await answer.json(), { code: 'request-invalid' }, returnTo);
  }
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', host: 'localhost:1' };
  const forwarded = await app.inject({ url: '/v1/session/oidc', headers });
  const redirect = new URL(String(forwarded.headers.location)).searchParams.get('redirect_uri');
  t.equal(redirect, 'http://localhost:1/v1/session/oidc/callback', 'a header of a proxy counts for nothing');
  const forged = await app.inject({ url: '/v1/session/oidc', headers: { host: 'evil.example' } });
  t.match(forged.json(), { code: 'request-invalid', detail: /PUBLIC_URL/ });
});

test('below a path and behind a proxy, the provider leads to the address that people know', async (t) => {
  const { app } = await open(t, {
    variables: { BEHIND_PROXY: 'true', BASE_PATH: '/mail', PUBLIC_URL: 'https://acme.example/mail' },
  });
  const begun = await app.inject({ url: '/mail/v1/session/oidc', headers: { host: 'inside:8080' } });
  const { searchParams } = new URL(String(begun.headers.location));
  t.equal(searchParams.get('redirect_uri'), 'https://acme.example/mail/v1/session/oidc/callback');
  t.equal(searchParams.get('code_challenge_method'), 'S256');
  t.match(
    begun.headers['set-cookie'],
    /^__Secure-postausgang-sign-in=[\w.-]+; Max-Age=600; Path=\/mail; HttpOnly; Secure; SameSite=Lax$/,
  );
  const failed = await app.inject({
    url: '/mail/v1/session/oidc/callback?state=x',
    headers: { accept: 'text/html' },
  });
  t.equal(failed.headers.location, '/mail/#/sign-in/sign-in-not-begun');
});

test('with OIDC_ONLY a key starts a session only if it may administer', async (t) => {
  const { app, answerFor, session } = await open(t, { variables: { OIDC_ONLY: 'true' } });
  const start = async (credential: string) => {
    const headers = { 'sec-fetch-site': 'same-origin' };
    const answer = await app.inject({ method: 'POST', url: '/v1/session', headers, payload: { credential } });
    return answer.json().code ?? answer.statusCode;
  };
  t.equal(await start('reader-key'), 'sign-in-account-only');
  t.equal(await start('admin-key'), 200, 'for an emergency');
  t.equal(await start('nobody'), 'unauthenticated');
  t.equal((await app.inject({ url: '/see', headers: asReader })).statusCode, 204, 'programs go on as before');
  const browser = createLinkBrowser();
  await browser.open(await answerFor(browser, 'anna'));
  t.equal((await session(browser)).status, 200);
});

test('without a client ID nobody signs in with an account, and what does not fit together is told at once', async (t) => {
  const { app } = await open(t, { variables: { OIDC_CLIENT_ID: '' } });
  for (const url of ['/v1/session/oidc', '/v1/session/oidc/callback?state=a']) {
    t.match((await app.inject({ url, headers: { ...asAdmin, accept: 'application/json' } })).json(), {
      code: 'not-found',
    });
  }
  const wrong: readonly [Record<string, string>, RegExp][] = [
    [{ OIDC_ONLY: 'true' }, /OIDC_ONLY: .*OIDC_CLIENT_ID/],
    [{ OIDC_CLIENT_ID: 'a' }, /OIDC_ISSUER is missing/],
    [{ OIDC_CLIENT_ID: 'a', OIDC_ISSUER: 'https://id.example', BEHIND_PROXY: 'true' }, /PUBLIC_URL: /],
    [{ PUBLIC_URL: 'https://acme.example/mail' }, /PUBLIC_URL: .*BASE_PATH/],
    [{ OIDC_CLIENT_ID: 'a', OIDC_ISSUER: 'https://id.example', OIDC_SCOPES: 'profile' }, /openid is missing/],
    [{ OIDC_CLIENT_SECRET: 'a', OIDC_CLIENT_SECRET_FILE: '/b' }, /only one of the two/],
  ];
  for (const [environment, expected] of wrong) {
    await t.rejects(readAccountSettings(readVariables(standaloneVariables, environment)), {
      message: expected,
    });
  }
});

test('a voucher is accepted by whoever has the keys, until it ends, and nothing else is one', async (t) => {
  let nowMs = Date.now();
  const now = () => new Date(nowMs);
  const [old, active, strange] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
  if (old === undefined || active === undefined || strange === undefined) return;
  const person = {
    id: 'anna',
    name: 'Anna',
    scopes: new Set(['mail:read'] as const),
    senders: { senders: ['a1'], senderDomains: ['acme.example'] },
  };
  const before = await createVouchers({ active: old }, now).issue(person, nowMs + 60_000);
  const mailer = createVouchers({ active, others: [old] }, now);
  t.match(await mailer.authenticate(before), {
    kind: 'token',
    id: 'anna',
    name: 'Anna',
    permissions: { senders: ['a1'], senderDomains: ['acme.example'] },
  });
  const foreign = await createVouchers({ active: strange }, now).issue(person, nowMs + 60_000);
  t.match(await mailer.authenticate(foreign), { refusal: 'token-signature' });
  t.equal(await mailer.authenticate('pa_x'), undefined);
  nowMs += 61_000;
  t.match(await mailer.authenticate(before), { refusal: 'token-expired' });
});
