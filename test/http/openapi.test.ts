import { Validator } from '@seriousme/openapi-schema-validator';
import { Type } from '@sinclair/typebox';
import { test } from 'tap';
import {
  ConnectionTestRequestSchema,
  ConnectionTestSchema,
  OutgoingServerPutSchema,
} from '@postausgang/contracts';
import { type HttpServer, NoContent, RawBody } from '@postausgang/http';
import { build, described, settingsRoutes } from './fixture.ts';

async function documentOf(app: HttpServer) {
  const response = await app.inject('/openapi.json');
  return response.json();
}

test('publishes a valid OpenAPI 3.1 document', async (t) => {
  const app = await build(t, (server) => {
    settingsRoutes(server);
    const response = {
      200: ConnectionTestSchema,
      202: ConnectionTestSchema,
      304: NoContent('The client has it already'),
    };
    const querystring = Type.Object(
      { limit: Type.Optional(Type.Integer({ description: 'Page size', examples: [20] })) },
      { additionalProperties: false },
    );
    const schema = { ...described('getTest'), querystring, response };
    server.get('/v1/connection-tests/:id', { config: { scopes: ['settings:read'] }, schema }, async () => {
      throw new Error('Not called');
    });
  });
  const document = await documentOf(app);
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  t.ok(valid, JSON.stringify(errors));
  t.equal(document.openapi, '3.1.0');
  t.match(document.info, { title: 'Test', version: '1.0.0' });
  t.equal(document.components.securitySchemes.bearer.scheme, 'bearer');
});

test('calls the schemas of the contracts by their names, once each', async (t) => {
  const { components, paths } = await documentOf(await build(t, settingsRoutes));
  const put = paths['/v1/outgoing-servers/{id}'].put;
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  t.same(put.requestBody.content['application/json'].schema, ref('OutgoingServerPut'));
  t.same(put.responses[200].content['application/json'].schema, ref('OutgoingServerView'));
  t.same(put.responses[412], { $ref: '#/components/responses/VersionConflict' });
  const { content } = components.responses.VersionConflict;
  t.same(content['application/problem+json'].schema, ref('Problem'));
  t.same(components.schemas.OutgoingServerView.properties.warnings.items, ref('Finding'));
  t.same(components.schemas.OutgoingServerView.properties.applied, ref('ApplyStatus'));
  t.same(components.schemas.OutgoingServerPut.oneOf, [
    ref('OutgoingServerPutSmtp'),
    ref('OutgoingServerPutExchange'),
    ref('OutgoingServerPutTestMailbox'),
  ]);
  t.same(components.schemas.OutgoingServerPut.discriminator, {
    propertyName: 'serverType',
    mapping: {
      smtp: '#/components/schemas/OutgoingServerPutSmtp',
      exchange: '#/components/schemas/OutgoingServerPutExchange',
      'test-mailbox': '#/components/schemas/OutgoingServerPutTestMailbox',
    },
  });
  t.equal(components.schemas.OutgoingServerPutSmtp.properties.serverType.const, 'smtp');
  t.same(components.schemas.Address.properties.name.examples, ['ACME GmbH'], 'examples are kept');
  t.same(components.schemas.OutgoingServerSmime.properties.certificateId.examples, [null]);
  t.notOk('MailStatus' in components.schemas, 'what is not used is left out');
  t.notMatch(JSON.stringify(components), /def-\d/);
});

test('says of each operation what it needs and how it can fail', async (t) => {
  const { paths, components } = await documentOf(await build(t, settingsRoutes));
  const { get, put } = paths['/v1/outgoing-servers/{id}'];
  t.same(put.security, [{ bearer: ['settings:read', 'settings:write'] }]);
  t.same(
    Object.keys(put.responses).map(Number),
    [200, 400, 401, 403, 408, 412, 413, 414, 415, 422, 429, 431, 500, 503],
  );
  const { description } = components.responses.SettingsInvalid;
  t.match(description, '`settings-invalid`: Settings are invalid');
  t.equal(put.responses[200].description, 'OK');
  t.same(Object.keys(get.responses).map(Number), [200, 400, 401, 403, 404, 408, 414, 429, 431, 500, 503]);
  t.same(paths['/health/live'].get.security, []);
  const ids = Object.values(paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    (item) => Object.values(item).map(({ operationId }) => operationId),
  );
  t.equal(new Set(ids).size, ids.length);
  t.notOk(ids.includes('undefined'));
});

test('describes optional bodies, maps and several media types, and calls what has no name by its operation', async (t) => {
  const app = await build(t, (server) => {
    const content = {
      'application/json': { schema: ConnectionTestRequestSchema },
      'message/rfc822': { schema: RawBody('A finished message (RFC 5322)') },
    };
    const schema = { ...described('sendMail'), body: { content }, response: { 202: NoContent('Accepted') } };
    server.post('/v1/mails', { config: { scopes: ['mail:send'] }, schema }, async (_request, reply) =>
      reply.code(202).send(),
    );
    const map = Type.Record(Type.String(), Type.Number(), { additionalProperties: false });
    const body = Type.Object({ map: Type.Optional(map) }, { additionalProperties: false });
    const optional = { ...described('optional'), body };
    const response = { 200: NoContent('Done') };
    const config = { scopes: [], optionalBody: true };
    server.post('/optional', { config, schema: { ...optional, response } }, async (_request, reply) =>
      reply.send(),
    );
  });
  const document = await documentOf(app);
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  t.ok(valid, JSON.stringify(errors));
  const { content, required } = document.paths['/v1/mails'].post.requestBody;
  t.same(Object.keys(content), ['application/json', 'message/rfc822']);
  t.same(content['application/json'].schema, { $ref: '#/components/schemas/ConnectionTestRequest' });
  t.equal(required, true);
  const optional = document.paths['/optional'].post;
  t.equal(optional.requestBody.required, false);
  t.same(optional.requestBody.content['application/json'].schema, {
    $ref: '#/components/schemas/OptionalRequest',
  });
  const { map } = document.components.schemas.OptionalRequest.properties;
  t.same(map.additionalProperties, { type: 'number' });
});

test('shows the example of a body and still calls it by its name', async (t) => {
  const example = { serverType: 'smtp', enabled: false, smtp: {} };
  const app = await build(t, (server) => {
    const body = { ...OutgoingServerPutSchema, examples: [example] };
    const schema = { ...described('put'), body, response: { 204: NoContent('Done') } };
    server.put('/server', { config: { scopes: [] }, schema }, async (_request, reply) =>
      reply.code(204).send(),
    );
  });
  const { paths } = await documentOf(app);
  const content = paths['/server'].put.requestBody.content['application/json'];
  t.same(content.example, example);
  t.same(content.schema, { $ref: '#/components/schemas/OutgoingServerPut' });
});

test('refuses two schemas of one name', async (t) => {
  const app = await build(t, (server) => {
    for (const [name, type] of Object.entries({ first: Type.String(), second: Type.Number() })) {
      const response = { 200: Type.Object({ value: type }, { $id: 'Value' }) };
      const route = { ...described(name), response };
      server.get(`/${name}`, { config: { scopes: 'public' }, schema: route }, async () => ({}) as never);
    }
  });
  const answer = await app.inject('/openapi.json');
  t.equal(answer.statusCode, 500);
});

test('serves Swagger UI from here alone', async (t) => {
  const app = await build(t, settingsRoutes);
  const page = await app.inject('/docs');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], 'text/html');
  t.match(page.headers['content-security-policy'], "default-src 'none'; script-src 'self';");
  t.notMatch(page.body, /https?:\/\//);
  t.notMatch(page.body, /<script>|onload=/);
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  t.ok(assets.length >= 5);
  for (const path of assets) t.equal((await app.inject(path)).statusCode, 200, path);
  const [url = ''] = assets;
  const { etag } = (await app.inject(url)).headers;
  t.equal((await app.inject({ url, headers: { 'if-none-match': String(etag) } })).statusCode, 304);
  const specification = await app.inject('/docs/json');
  t.same(specification.json(), (await app.inject('/openapi.json')).json());
  t.equal((await app.inject('/docs/static/../../package.json')).statusCode, 404);
  const nothing = await app.inject('/docs/nothing');
  t.equal(nothing.statusCode, 404);
  t.match(nothing.json(), { code: 'not-found' });
});
