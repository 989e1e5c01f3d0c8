import { type Scope, scopes } from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { test } from 'tap';
import { pageRequest, withCursor } from '../../services/config-api/src/routes/schemas.ts';
import { completeSettings, findingsOf, serverPath, startService } from './fixture.ts';

const json = 'application/json';
const problem = (status: number, code: string, ...findings: string[]) => ({ status, code, findings });
const invalid = (...findings: string[]) => problem(400, 'request-invalid', ...findings);

const bodies: readonly [string, unknown, ReturnType<typeof problem>][] = [
  [
    'an unknown field',
    { smtp: { host: 'x' }, colour: 1 },
    invalid('/colour unknown-field', '/smtp/host unknown-field'),
  ],
  ['a read-only field', { version: 3 }, invalid('/version unknown-field')],
  ['a text for a number', { timeoutSeconds: '60' }, invalid('/timeoutSeconds wrong-type')],
  ['a number for a switch', { enabled: 1 }, invalid('/enabled wrong-type')],
  ['null where there is no default', { enabled: null }, invalid('/enabled wrong-type')],
  ['an unknown value', { copyToSender: 'cc' }, invalid('/copyToSender unknown-value')],
  ['a control character', { smtp: { hostname: 'a\r\nb' } }, invalid('/smtp/hostname control-character')],
  [
    'a control character in a password',
    { smtp: { password: 'a\u0000' } },
    invalid('/smtp/password control-character'),
  ],
  ['an empty password', { smtp: { password: '' } }, invalid('/smtp/password too-short')],
  ['an over-long value', { smtp: { hostname: 'a'.repeat(254) } }, invalid('/smtp/hostname too-long')],
  [
    'an over-long name',
    { senderAddress: { name: 'a'.repeat(201), address: 'a@b.c' } },
    invalid('/senderAddress/name too-long'),
  ],
  ['a list', [], invalid(' wrong-type')],
  ['null', 'null', invalid(' wrong-type')],
  ['__proto__', '{"__proto__": {"enabled": true}}', problem(400, 'request-malformed')],
  [
    'constructor.prototype',
    '{"constructor": {"prototype": {"enabled": true}}}',
    problem(400, 'request-malformed'),
  ],
  ['no JSON', '{"enabled": ', problem(400, 'request-malformed')],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), problem(400, 'request-malformed')],
  ['an over-large body', { smtp: { hostname: 'a'.repeat(70_000) } }, problem(413, 'body-too-large')],
];

test('a bad body is refused with a stable code and every finding, and nothing is half applied', async (t) => {
  const { call } = await startService(t);
  const headers = { 'if-match': '"0"' };
  for (const [name, body, expected] of bodies) {
    const answer = await call('PATCH', serverPath, { body, headers });
    t.same(
      { status: answer.status, code: answer.body['code'], findings: findingsOf(answer) },
      expected,
      name,
    );
    t.equal(answer.headers['content-type'], 'application/problem+json');
  }
  t.match((await call('GET', serverPath)).body, { version: 0 });
});

test('a PUT names the findings of the variant that was meant', async (t) => {
  const { call } = await startService(t);
  const put = async (body: unknown) =>
    findingsOf(await call('PUT', serverPath, { body, headers: { 'if-match': '"0"' } }));
  t.same(await put({ enabled: false, smtp: {} }), ['/serverType required']);
  t.same(await put({ serverType: 'imap', enabled: false }), ['/serverType unknown-value']);
  t.same(await put({ serverType: 'smtp', smtp: { port: 'x' } }), [
    '/enabled required',
    '/smtp/port wrong-type',
  ]);
  const nameless = { serverType: 'smtp', enabled: false, smtp: {}, senderAddress: { name: 'a' } };
  t.same(await put(nameless), ['/senderAddress/address required']);
});

test('media types, methods, ids and queries that are not known are refused', async (t) => {
  const { call } = await startService(t);
  const headers = { 'if-match': '"0"' };
  const codeOf = async (method: string, path: string, options = {}) => {
    const { status, body } = await call(method, path, options);
    return `${status} ${String(body['code'])}`;
  };
  const typed = (type: string) => ({ body: '{}', headers: { ...headers, 'content-type': type } });
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'application/jsonx',
  ]) {
    t.equal(await codeOf('PATCH', serverPath, typed(type)), '415 media-type-unsupported');
  }
  t.equal(
    await codeOf('PUT', serverPath, typed('application/merge-patch+json')),
    '415 media-type-unsupported',
  );
  t.equal((await call('PATCH', serverPath, typed(`${json}; charset=utf-8`))).status, 200);
  t.equal(await codeOf('PUT', serverPath, { headers }), '400 request-invalid');
  t.equal(await codeOf('POST', serverPath, { body: {} }), '405 method-not-allowed');

  const patch = { body: { enabled: false }, headers };
  const revert = { body: { version: 0 }, headers };
  t.equal(
    await codeOf('PUT', '/v1/outgoing-servers/other', { body: completeSettings, headers }),
    '404 not-found',
  );
  t.equal(await codeOf('PATCH', '/v1/outgoing-servers/other', patch), '404 not-found');
  t.equal(await codeOf('POST', '/v1/outgoing-servers/other/revert', revert), '404 not-found');
  t.equal(await codeOf('POST', '/v1/outgoing-servers/other/connection-tests', { body: {} }), '404 not-found');
  const reads = [
    '',
    '/history',
    '/history/1',
    '/diff?from=0&to=0',
    '/apply-status',
    '/connection-tests',
    '/connection-tests/1',
  ];
  for (const read of reads)
    t.equal(await codeOf('GET', `/v1/outgoing-servers/other${read}`), '404 not-found', read);
  t.equal(await codeOf('GET', `${serverPath}/connection-tests/1`), '404 not-found');
  t.equal(await codeOf('GET', '/v1/nothing'), '404 not-found');

  const bad = [
    '/history/x',
    '/history/-1',
    '/history?limit=0',
    '/history?limit=201',
    '/history?cursor=x',
    '/diff?from=1',
  ];
  for (const read of [...bad, '/diff?from=a&to=2', '/connection-tests?cursor=!', '?colour=1']) {
    t.equal(await codeOf('GET', `${serverPath}${read}`), '400 request-invalid', read);
  }
  t.equal(await codeOf('PATCH', `${serverPath}?reason=${'a'.repeat(501)}`, patch), '400 request-invalid');
  t.equal(await codeOf('PATCH', `${serverPath}?reason=a%0Ab`, patch), '400 request-invalid');
  const longKey = { ...patch, headers: { ...headers, 'idempotency-key': 'a'.repeat(201) } };
  t.equal(await codeOf('PATCH', serverPath, longKey), '400 request-invalid');
});

test('bad keys and tests are refused', async (t) => {
  const { call } = await startService(t);
  const create = async (body: unknown) => findingsOf(await call('POST', '/v1/api-keys', { body }));
  t.same(await create({}), ['/name required', '/scopes required']);
  t.same(await create({ name: 'a\n', scopes: [] }), ['/name control-character', '/scopes too-few']);
  t.same(await create({ name: '', scopes: ['root'], key: 'x' }), [
    '/key unknown-field',
    '/name too-short',
    '/scopes/0 unknown-value',
  ]);
  t.same(await create({ name: 'a', scopes: ['admin'], expiresAt: 'soon' }), ['/expiresAt wrong-format']);
  const start = async (body: unknown) =>
    findingsOf(await call('POST', `${serverPath}/connection-tests`, { body }));
  t.same(await start({ draft: { smtp: { port: 1.5 } }, probe: {} }), [
    '/draft/smtp/port wrong-type',
    '/probe/to required',
  ]);
  t.same(await start({ probe: { to: 'a@b\r\nc' } }), ['/probe/to control-character']);
});

type Route = readonly [method: string, path: string, needed: readonly Scope[], body?: unknown];

const secret = { smtp: { password: 'x' } };
const routes: readonly Route[] = [
  ['GET', '/v1/outgoing-servers', ['settings:read']],
  ['GET', serverPath, ['settings:read']],
  ['GET', `${serverPath}/apply-status`, ['settings:read']],
  ['PUT', serverPath, ['settings:write'], { serverType: 'smtp', enabled: false, smtp: {} }],
  ['PUT', serverPath, ['settings:write', 'secrets:write'], { serverType: 'smtp', enabled: false, ...secret }],
  ['PATCH', serverPath, ['settings:write'], {}],
  ['PATCH', serverPath, ['settings:write', 'secrets:write'], secret],
  ['PATCH', serverPath, ['settings:write', 'secrets:write'], { smtp: { password: null } }],
  ['POST', `${serverPath}/revert`, ['settings:write'], { version: 0 }],
  ['GET', `${serverPath}/history`, ['audit:read']],
  ['GET', `${serverPath}/history/0`, ['audit:read']],
  ['GET', `${serverPath}/diff?from=0&to=0`, ['audit:read']],
  ['POST', `${serverPath}/connection-tests`, ['connection:test'], { draft: secret }],
  ['GET', `${serverPath}/connection-tests`, ['connection:test']],
  ['GET', `${serverPath}/connection-tests/1`, ['connection:test']],
  ['POST', '/v1/api-keys', ['admin'], { name: 'a', scopes: ['admin'] }],
  ['GET', '/v1/api-keys', ['admin']],
  ['GET', '/v1/api-keys/1', ['admin']],
  ['DELETE', '/v1/api-keys/1', ['admin']],
];

test('every route refuses a key that lacks one of its scopes, and says which', async (t) => {
  const { call, keyWith } = await startService(t);
  for (const [method, path, needed, body] of routes) {
    const name = `${method} ${path} ${JSON.stringify(body)}`;
    const options = { ...(body === undefined ? {} : { body }), headers: { 'if-match': '"0"' } };
    t.equal((await call(method, path, { ...options, key: null })).status, 401, name);
    for (const lacking of needed) {
      const key = await keyWith(...scopes.filter((scope) => scope !== lacking && scope !== 'admin'));
      const answer = await call(method, path, { ...options, key });
      t.match(
        answer,
        { status: 403, body: { code: 'forbidden', detail: `Missing scope: ${lacking}` } },
        name,
      );
    }
    const key = needed.includes('admin') ? undefined : await keyWith(...needed);
    const allowed = await call(method, path, { ...options, ...(key === undefined ? {} : { key }) });
    t.notOk([401, 403].includes(allowed.status), `${name} ${allowed.status}`);
  }
});

test('the OpenAPI document is valid and describes every route with its statuses', async (t) => {
  const { call } = await startService(t);
  const { body } = await call('GET', '/openapi.json', { key: null });
  const result = await new Validator().validate(body);
  t.same(result.errors ?? [], []);
  const { paths } = body as unknown as { paths: Record<string, Record<string, { responses: object }>> };
  const statuses = Object.keys(paths['/v1/outgoing-servers/{id}']?.['patch']?.responses ?? {});
  for (const status of [
    '200',
    '400',
    '401',
    '403',
    '404',
    '409',
    '412',
    '413',
    '415',
    '422',
    '428',
    '503',
    '507',
  ])
    t.ok(statuses.includes(status), status);
});

test('reads back its own cursors and nothing else', async (t) => {
  const { nextCursor } = withCursor({ nextCursor: 'settings/43' });
  const cursor = String(nextCursor);
  t.match(cursor, /^[A-Za-z0-9_-]+$/);
  t.same(pageRequest({ cursor, limit: 5 }), { cursor: 'settings/43', limit: 5 });
  t.same(pageRequest({}), { cursor: null, limit: 50 });
  t.same(withCursor({ nextCursor: null }), { nextCursor: null });
  const cursorOf = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
  const foreign = [
    '',
    'x',
    '%%%',
    `${cursor}=`,
    `${cursor}A`,
    cursorOf({ at: 1 }),
    cursorOf('x'.repeat(2000)),
  ];
  for (const text of foreign) {
    const details = { findings: [{ pointer: '/cursor', code: 'wrong-format' }] };
    t.throws(() => pageRequest({ cursor: text }), { code: 'request-invalid', details }, text.slice(0, 20));
  }
  const total = fc.property(fc.string(), (text) => {
    try {
      pageRequest({ cursor: text });
      return false;
    } catch (error) {
      return error instanceof ProblemError;
    }
  });
  t.doesNotThrow(() => fc.assert(total));
});

test('what is wrong with the form and with the content is told at once, with what is wanted', async (t) => {
  const { call } = await startService(t);
  const smtp = {
    ...completeSettings.smtp,
    hostname: 'not a host',
    port: 99_999,
    encryption: 'ssl',
    timeout: 3,
  };
  const body = {
    ...completeSettings,
    smtp,
    timeoutSeconds: '60',
    senderAddress: { address: 'nobody' },
  };
  const answer = await call('PUT', serverPath, { body, headers: { 'if-match': '"0"' } });
  t.match(answer, { status: 400, body: { code: 'request-invalid' } });
  const findings = answer.body['findings'] as { pointer: string; code: string; params?: object }[];
  t.same(
    findings
      .toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1))
      .map(({ pointer, code, params }) => [pointer, code, params]),
    [
      ['/senderAddress/address', 'address-invalid', { format: 'email' }],
      ['/smtp/encryption', 'unknown-value', { allowed: ['none', 'starttls', 'implicit'] }],
      ['/smtp/hostname', 'hostname-invalid', { format: 'hostname' }],
      ['/smtp/port', 'port-out-of-range', { minimum: 1, maximum: 65_535 }],
      ['/smtp/timeout', 'unknown-field', undefined],
      ['/timeoutSeconds', 'wrong-type', { type: 'integer' }],
    ],
  );
  const sender = await call('POST', '/v1/senders', {
    body: { name: 5, address: 'x', for: { kind: 'purpose', key: 1 } },
  });
  t.same(findingsOf(sender).toSorted(), [
    '/address address-invalid',
    '/for/key wrong-type',
    '/name wrong-type',
  ]);
  const unknownType = await call('PUT', serverPath, {
    body: { serverType: 'fax' },
    headers: { 'if-match': '"0"' },
  });
  t.match(unknownType.body['findings'], [
    {
      pointer: '/serverType',
      code: 'unknown-value',
      params: { allowed: ['smtp', 'exchange', 'test-mailbox'] },
    },
  ]);
});
