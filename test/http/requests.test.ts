import { type TSchema, Type } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { test } from 'tap';
import { finding, OutgoingServerPatchSchema, OutgoingServerPutSchema } from '@postausgang/contracts';
import { addJsonParser, completeBody, type HttpServer, RawBody } from '@postausgang/http';
import type { LiftedJson } from '../../packages/http/src/body.ts';
import { createMatcher } from '../../packages/http/src/validation.ts';
import { asAdmin, build, described, DoneSchema, echo } from './fixture.ts';

const json = { 'content-type': 'application/json' };
const closed = { additionalProperties: false } as const;

function sender(app: HttpServer, path = '/echo') {
  return (payload: string | Buffer, headers: Record<string, string> = json) =>
    app.inject({ method: 'POST', url: path, payload, headers: { ...asAdmin, ...headers } });
}

/** The findings of a refused body as `pointer code`. */
async function findingsFor(app: HttpServer, body: unknown, path = '/echo'): Promise<string[]> {
  const response = await sender(app, path)(JSON.stringify(body));
  if (response.statusCode === 200) return [];
  const { code, findings } = response.json();
  if (code !== 'request-invalid') throw new Error(`${code}`);
  return findings.map((one: { pointer: string; code: string }) => `${one.pointer} ${one.code}`);
}

test('refuses bodies that cannot be read', async (t) => {
  const app = await build(t, echo(Type.Object({ a: Type.Optional(Type.Unknown()) }, closed)));
  const send = sender(app);
  const bad: Record<string, string | Buffer> = {
    malformed: '{"a": 1',
    garbage: 'a=1',
    'own __proto__': '{"a": {"__proto__": {"x": 1}}}',
    'escaped __proto__': '{"a": {"\\u005f_proto__": 1}}',
    'constructor.prototype': '{"constructor": {"prototype": {"x": 1}}}',
    'broken UTF-8': Buffer.from('{"a": "\xff"}', 'latin1'),
    'a lone surrogate': '{"a": ["\\uD83D"]}',
    'a lone surrogate as key': '{"a": {"x\\udc00": 1}}',
  };
  for (const [name, payload] of Object.entries(bad)) {
    const response = await send(payload);
    t.equal(response.statusCode, 400, name);
    t.equal(response.headers['content-type'], 'application/problem+json', name);
    t.match(response.json(), { code: 'request-malformed', detail: String }, name);
  }
  t.equal(({} as Record<string, unknown>)['x'], undefined);
  for (const payload of ['{"a": "\\ud83d\\ude00"}', '{"a": "\\\\ud83d"}', '\uFEFF{"a": "ä"}']) {
    t.equal((await send(payload)).statusCode, 200, payload);
  }
});

/** Some JSON, and whether a name or half a character in it is refused. */
interface Judged {
  readonly json: string;
  readonly isRefused: boolean;
  readonly names: readonly string[];
}

test('refuses forbidden names and half characters wherever and however they are written', async (t) => {
  const app = await build(t, echo(Type.Unknown()));
  const leaf = fc.constantFrom<Judged>(
    { json: '1', isRefused: false, names: [] },
    { json: '"__proto__ \\"__proto__\\": ü"', isRefused: false, names: [] },
    { json: '"\\u00fc\\ud83d\\ude00"', isRefused: false, names: [] },
    { json: '"\\uD83D"', isRefused: true, names: [] },
  );
  const name = fc.constantFrom('a', '__proto__', 'constructor', 'prototype');
  const { value } = fc.letrec<{ value: Judged; field: [string, boolean, Judged]; object: Judged }>((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, leaf, tie('object')),
    field: fc.tuple(name, fc.boolean(), tie('value')),
    object: fc.uniqueArray(tie('field'), { selector: ([key]) => key, maxLength: 3 }).map(judgeObject),
  }));
  await fc.assert(
    fc.asyncProperty(value, async ({ json: payload, isRefused }) => {
      const { statusCode } = await sender(app)(payload);
      return statusCode === (isRefused ? 400 : 200);
    }),
    { numRuns: 300 },
  );
});

/** An independent judgement of an object by its fields: name, whether that is written with an escape, value. */
function judgeObject(fields: readonly [string, boolean, Judged][]): Judged {
  const texts = fields.map(([key, isEscaped, { json: inner }]) => {
    const code = key.charCodeAt(0).toString(16).padStart(4, '0');
    return `"${isEscaped ? `\\u${code}${key.slice(1)}` : key}" : ${inner}`;
  });
  const isRefused = fields.some(
    ([key, , inner]) =>
      inner.isRefused || key === '__proto__' || (key === 'constructor' && inner.names.includes('prototype')),
  );
  return { json: `{${texts.join(',')}}`, isRefused, names: fields.map(([key]) => key) };
}

test('matches patterns as expressions do', async () => {
  const pattern = fc.constantFrom('^[^\\u0000]*$', '^[^\\u00fc]*$', '^[^\\ud83d]*$', '^[^ab]*$', '^a*$');
  const unit = fc.constantFrom('a', 'ü', '\0', '\n', '\ud83d', '🎉');
  fc.assert(
    fc.property(pattern, fc.string({ unit, maxLength: 5 }), (source, text) => {
      return createMatcher(source, 'u').test(text) === new RegExp(source, 'u').test(text);
    }),
    { numRuns: 500 },
  );
});

test('keeps the patterns of one schema apart', async (t) => {
  const forbidden = ['\\u0000', '\\u00fc', '\\ud83d'];
  const pattern = Object.fromEntries(
    forbidden.map((one) => [one, { type: 'string', pattern: `^[^${one}]*$` }]),
  );
  const validate = new Ajv({ code: { regExp: createMatcher } }).compile({
    type: 'object',
    properties: pattern,
  });
  t.ok(validate({ '\\u0000': 'ü', '\\u00fc': '\0' }));
  for (const one of forbidden) t.notOk(validate({ [one]: JSON.parse(`"${one}"`) }), one);
});

test('refuses media types a route does not read', async (t) => {
  const body = Type.Object({}, closed);
  const app = await build(t, (server) => {
    echo(body)(server);
    addJsonParser(server, 'application/merge-patch+json');
    server.addContentTypeParser('message/rfc822', { parseAs: 'buffer' }, (_request, bytes, done) =>
      done(null, bytes),
    );
    const content = {
      'application/json': { schema: body },
      'message/rfc822': { schema: RawBody('A message') },
    };
    const schema = { ...described('mail'), body: { content }, response: { 200: DoneSchema } };
    server.post('/mail', { config: { scopes: [] }, schema }, async () => ({ done: true }));
    const patch = {
      ...described('patch'),
      body,
      consumes: ['application/merge-patch+json'],
      response: { 200: DoneSchema },
    };
    server.patch('/patch', { config: { scopes: [] }, schema: patch }, async () => ({ done: true }));
  });
  for (const type of [
    'text/plain',
    'application/xml',
    'message/rfc822',
    'application/merge-patch+json',
    'json',
    '',
  ]) {
    const response = await sender(app)('{}', { 'content-type': type });
    t.equal(response.statusCode, 415, type);
    t.match(response.json(), { code: 'media-type-unsupported' }, type);
    t.equal(response.headers.accept, 'application/json');
  }
  const compressed = await sender(app)('{}', { ...json, 'content-encoding': 'gzip' });
  t.equal(compressed.statusCode, 415);
  t.equal(compressed.headers['accept-encoding'], 'identity');
  t.equal((await sender(app)('{}', { 'content-type': 'Application/JSON; charset=utf-8' })).statusCode, 200);
  t.equal((await sender(app, '/mail')('From: a\r\n', { 'content-type': 'message/rfc822' })).statusCode, 200);
  t.equal((await sender(app, '/mail')('{}')).statusCode, 200);
  t.equal((await sender(app, '/mail')('{"a":1}')).statusCode, 400, 'each type has its schema');
  t.equal(
    (await sender(app, '/mail')('{}', { 'content-type': 'application/merge-patch+json' })).statusCode,
    415,
  );
  const patched = { method: 'PATCH', url: '/patch', payload: '{}' } as const;
  const merge = { ...asAdmin, 'content-type': 'application/merge-patch+json' };
  t.equal((await app.inject({ ...patched, headers: merge })).statusCode, 200);
  t.equal((await app.inject({ ...patched, headers: { ...asAdmin, ...json } })).statusCode, 415);
});

test('limits bodies, and lets a route raise its limit', async (t) => {
  const body = Type.Object({ a: Type.String() }, closed);
  const app = await build(
    t,
    (server) => {
      echo(body)(server);
      const schema = { ...described('large'), body, response: { 200: DoneSchema } };
      server.post('/large', { config: { scopes: [] }, schema, bodyLimit: 500 }, async () => ({ done: true }));
    },
    { bodyLimitBytes: 100 },
  );
  const payload = JSON.stringify({ a: 'x'.repeat(200) });
  const refused = await sender(app)(payload);
  t.equal(refused.statusCode, 413);
  t.match(refused.json(), { code: 'body-too-large', detail: 'The limit is 100 bytes.' });
  t.equal((await sender(app, '/large')(payload)).statusCode, 200);
  for (const length of ['3', '300']) {
    const wrong = await sender(app, '/large')(payload, { ...json, 'content-length': length });
    t.equal(wrong.statusCode, 400, `${payload.length} bytes announced as ${length}`);
  }
});

test('parses what a route takes out of JSON beforehand as if it had not', async (t) => {
  const schema = { ...described('lift'), body: Type.Object({ a: Type.String() }, closed) };
  const seen: unknown[] = [];
  const liftJson = (bytes: Buffer): LiftedJson => ({
    json: Buffer.from(bytes.toString().replace('long', '?')),
    fits: (body) => JSON.stringify(body) === '{"a":"?"}',
    complete: (body) => ({ ...body, a: 'long' }),
  });
  const app = await build(t, (server) => {
    const response = { 200: DoneSchema };
    server.post(
      '/lift',
      { config: { scopes: [], liftJson }, schema: { ...schema, response } },
      async (request) => {
        seen.push(request.body, completeBody(request, request.body), request.receivedJson?.bytes.toString());
        return { done: true };
      },
    );
  });
  const send = sender(app, '/lift');
  t.equal((await send('{"a":"long"}')).statusCode, 200);
  t.same(seen.splice(0), [{ a: '?' }, { a: 'long' }, '{"a":"long"}']);
  t.equal((await send('{"a":"long long"}')).statusCode, 200);
  t.same(seen.splice(0), [{ a: 'long long' }, { a: 'long long' }, '{"a":"long long"}'], 'it did not fit');
  t.equal((await send('{"a":"long"')).statusCode, 400);
  t.equal((await send('{"a":"\xff long"}')).statusCode, 200);
});

test('wants a body where one is needed, and none where none is taken', async (t) => {
  const app = await build(t, (server) => {
    echo(Type.Object({ a: Type.Optional(Type.Number()) }, closed))(server);
    const response = { 200: Type.Object({ body: Type.Unknown() }) };
    const body = Type.Object({ a: Type.Optional(Type.Number()) }, closed);
    const config = { scopes: [], optionalBody: true };
    server.post(
      '/optional',
      { config, schema: { ...described('optional'), body, response } },
      async (request) => ({
        body: request.body,
      }),
    );
    server.post(
      '/none',
      { config: { scopes: [] }, schema: { ...described('none'), response } },
      async () => ({
        body: null,
      }),
    );
  });
  const post = (path: string, headers = {}, payload?: string) =>
    app.inject({
      method: 'POST',
      url: path,
      headers: { ...asAdmin, ...headers },
      ...(payload ? { payload } : {}),
    });
  for (const headers of [{}, json]) {
    const missing = await post('/echo', headers);
    t.equal(missing.statusCode, 400);
    t.same(missing.json().findings, [finding('', 'required')]);
    t.same((await post('/optional', headers)).json(), { body: {} });
    t.equal((await post('/none', headers)).statusCode, 200);
  }
  t.same((await post('/optional', json, '{"a":1}')).json(), { body: { a: 1 } });
  t.same((await post('/optional', json, 'null')).json().findings, [
    finding('', 'wrong-type', { type: 'object' }),
  ]);
  t.equal((await post('/none', json, '{}')).statusCode, 200);
  t.match((await post('/none', json, '{"a":1}')).json(), {
    code: 'request-invalid',
    detail: /must not have a body/,
  });
});

test('tells each wrong value once, with its pointer', async (t) => {
  const app = await build(t, (server) => {
    echo(OutgoingServerPutSchema)(server);
    echo(OutgoingServerPatchSchema, '/patch')(server);
  });
  const put = (change: object) =>
    findingsFor(app, { serverType: 'smtp', enabled: false, smtp: {}, ...change });
  t.same(await put({}), []);
  t.same(await findingsFor(app, []), [' wrong-type']);
  t.same(await findingsFor(app, 'text'), [' wrong-type']);
  t.same(await findingsFor(app, {}), ['/serverType required']);
  t.same(await put({ serverType: 5 }), ['/serverType wrong-type']);
  t.same(await put({ serverType: 'imap', unknown: 1 }), ['/serverType unknown-value']);
  t.same(await findingsFor(app, { serverType: 'smtp' }), ['/enabled required', '/smtp required']);
  t.same(await put({ 'a/b~c': 1 }), ['/a~1b~0c unknown-field']);
  t.same(await put({ enabled: 'true' }), ['/enabled wrong-type'], 'nothing is coerced');
  t.same(await put({ enabled: null }), ['/enabled wrong-type']);
  t.same(await put({ timeoutSeconds: '60' }), ['/timeoutSeconds wrong-type']);
  t.same(await put({ timeoutSeconds: 6.5 }), ['/timeoutSeconds wrong-type']);
  t.same(await put({ copyToSender: 'always' }), ['/copyToSender unknown-value']);
  t.same(
    await put({ copyToSender: 1 }),
    ['/copyToSender wrong-type'],
    'once, though the list of values fails too',
  );
  t.same(await put({ smtp: [] }), ['/smtp wrong-type']);
  t.same(await put({ senderAddress: 'a@b' }), ['/senderAddress wrong-type'], 'nullable');
  t.same(await put({ senderAddress: {} }), ['/senderAddress/address required']);
  t.same(await put({ senderAddress: { address: 1, x: 1 } }), [
    '/senderAddress/x unknown-field',
    '/senderAddress/address wrong-type',
  ]);
  t.same(await put({ senderAddress: null }), []);
  const smtp = { hostname: 'a\nb', port: '25', username: 'x'.repeat(321), passwort: 'y' };
  t.same((await put({ smtp })).toSorted(), [
    '/smtp/hostname control-character',
    '/smtp/passwort unknown-field',
    '/smtp/port wrong-type',
    '/smtp/username too-long',
  ]);
  t.same(await put({ smtp: { hostname: '\u2028'.repeat(300) } }), ['/smtp/hostname control-character']);
  const patch = { smtp: { encryption: 'tls', authentication: 7 }, smime: { sign: 'yes', encrypt: null } };
  t.same(await findingsFor(app, patch, '/patch'), [
    '/smtp/authentication wrong-type',
    '/smtp/encryption unknown-value',
    '/smime/sign wrong-type',
  ]);
});

test('knows the code of every rule', async (t) => {
  const rules: Record<string, [TSchema, unknown, string]> = {
    length: [Type.String({ minLength: 2 }), 'a', '/v too-short'],
    both: [Type.String({ maxLength: 2, pattern: '^[^\\u0000]*$' }), '\0\0\0', '/v control-character'],
    format: [Type.String({ pattern: '^a$' }), 'b', '/v wrong-format'],
    minimum: [Type.Number({ minimum: 5 }), 4, '/v out-of-range'],
    maximum: [Type.Number({ exclusiveMaximum: 5 }), 5, '/v out-of-range'],
    literal: [Type.Literal('a'), 'b', '/v unknown-value'],
    many: [Type.Array(Type.Number(), { maxItems: 1 }), [1, 2], '/v too-many'],
    few: [Type.Array(Type.Number(), { minItems: 1 }), [], '/v too-few'],
    twice: [Type.Array(Type.String(), { uniqueItems: true }), ['a', 'b', 'a'], '/v/2 duplicate-entry'],
    properties: [Type.Object({}, { ...closed, minProperties: 1 }), {}, '/v too-few'],
  };
  for (const [name, [schema, value, expected]] of Object.entries(rules)) {
    const app = await build(t, echo(Type.Object({ v: schema }, closed)));
    t.same(await findingsFor(app, { v: value }), [expected], name);
  }
  const key = '^[^\\u0000-\\u001F]*$';
  const map = Type.Record(Type.String({ pattern: key }), Type.String(), {
    ...closed,
    propertyNames: { maxLength: 3 },
  });
  const app = await build(t, echo(Type.Object({ map }, closed)));
  t.same(await findingsFor(app, { map: { abc: 'x' } }), []);
  t.same(await findingsFor(app, { map: { abcd: 'x', 'a\n': 'x', a: 1 } }), [
    '/map/abcd too-long',
    '/map/a\n control-character',
    '/map/a wrong-type',
  ]);
});

test('reduces nested unions to the variant that was meant', async (t) => {
  const small = Type.Object({ kind: Type.Literal('small'), size: Type.Number() }, closed);
  const large = Type.Object({ kind: Type.Literal('large'), sizes: Type.Array(Type.Number()) }, closed);
  const union = Type.Union([Type.Null(), Type.Union([small, large]), Type.String({ maxLength: 1 })]);
  const app = await build(t, echo(Type.Object({ list: Type.Array(union) }, closed)));
  const list = [
    null,
    'a',
    { kind: 'small', size: 1 },
    'ab',
    { kind: 'large', sizes: [1, 'x'] },
    true,
    { kind: 'small' },
  ];
  t.same(await findingsFor(app, { list }), [
    '/list/3 too-long',
    '/list/4/sizes/1 wrong-type',
    '/list/5 wrong-type',
    '/list/6/size required',
  ]);
});

test('bounds the findings of hostile bodies', async (t) => {
  const item = Type.Object({ a: Type.Number() }, closed);
  const app = await build(t, echo(Type.Object({ list: Type.Array(item, { maxItems: 10 }) }, closed)));
  const many = (await sender(app)(JSON.stringify({ list: Array.from({ length: 5000 }, () => 1) }))).json();
  t.equal(many.findings.length, 100);
  t.match(many.detail, 'Only the first 100 findings are listed.');
  const huge = (
    await sender(app)(JSON.stringify({ list: Array.from({ length: 40_000 }, () => ({ b: 1 })) }))
  ).json();
  t.same(huge.findings, [finding('/list', 'too-many', { maxItems: 10 })]);
  t.match(huge.detail, 'only the first finding is listed');
});

test('reads query and path as text, and says where its findings point', async (t) => {
  const app = await build(t, (server) => {
    const querystring = Type.Object(
      {
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        state: Type.Optional(Type.Array(Type.String(), { maxItems: 2 })),
        all: Type.Optional(Type.Boolean()),
      },
      closed,
    );
    const params = Type.Object({ version: Type.Integer({ minimum: 1 }) });
    const headers = Type.Object({ 'x-size': Type.Optional(Type.Integer()) });
    const response = { 200: Type.Object({ query: Type.Unknown(), params: Type.Unknown() }) };
    const schema = { ...described('list'), querystring, params, headers, response };
    server.get('/list/:version', { config: { scopes: [] }, schema }, async ({ query, params: path }) => ({
      query,
      params: path,
    }));
    server.get(
      '/plain',
      { config: { scopes: [] }, schema: { ...described('plain'), response: { 200: DoneSchema } } },
      async () => ({
        done: true,
      }),
    );
  });
  const get = async (url: string, headers = {}) =>
    (await app.inject({ url, headers: { ...asAdmin, ...headers } })).json();
  t.same(await get('/list/4?limit=5&state=held&all=true'), {
    query: { limit: 5, state: ['held'], all: true },
    params: { version: 4 },
  });
  t.same((await get('/list/4?state=a&state=b')).query, { state: ['a', 'b'] });
  const wrong = await get('/list/4?limit=0&limt=1&__proto__=1');
  t.match(wrong, { code: 'request-invalid', detail: 'The findings point into the query.' });
  t.same(wrong.findings, [
    finding('/limt', 'unknown-field'),
    finding('/__proto__', 'unknown-field'),
    finding('/limit', 'out-of-range', { minimum: 1 }),
  ]);
  t.same((await get('/list/4?limit=1&limit=2')).findings, [
    finding('/limit', 'wrong-type', { type: 'integer' }),
  ]);
  t.same((await get('/list/4?limit=1e')).findings, [finding('/limit', 'wrong-type', { type: 'integer' })]);
  t.match(await get('/list/x'), {
    detail: /the path/,
    findings: [{ pointer: '/version', code: 'wrong-type' }],
  });
  t.match(await get('/list/4', { 'x-size': 'big' }), {
    detail: /the headers/,
    findings: [{ pointer: '/x-size' }],
  });
  t.match(
    await get('/plain?a=1'),
    { findings: [{ pointer: '/a', code: 'unknown-field' }] },
    'without a schema too',
  );
  t.match(await get('/list/%zz'), { code: 'request-malformed' });
  t.match(await get(`/list/${'9'.repeat(600)}`), { code: 'uri-too-long' });
});

test('answers every body with success or findings, one per pointer', async (t) => {
  const app = await build(t, echo(OutgoingServerPatchSchema));
  const field = fc.constantFrom(
    'smtp',
    'enabled',
    'senderAddress',
    'hostname',
    'port',
    'address',
    'encryption',
    'x',
  );
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom(null, true, 5, 'none', 'a\nb', []),
      tie('object'),
    ),
    object: fc.dictionary(field, tie('document'), { maxKeys: 5 }),
  }));
  const property = fc.asyncProperty(document, async (body) => {
    const found = await findingsFor(app, body);
    const pointers = found.map((text) => text.split(' ')[0]);
    return new Set(pointers).size === pointers.length;
  });
  await t.resolves(fc.assert(property, { numRuns: 100 }));
});
