import { type TSchema, Type } from '@sinclair/typebox';
import { type Test, test } from 'tap';
import { OutgoingServerViewSchema } from '@postausgang/contracts';
import { NoContent } from '@postausgang/http';
import { build, described, type HttpServerOptions, settings } from './fixture.ts';

/** What a client reads when a handler returns the value under the schema. */
async function sent(t: Test, schema: TSchema, value: unknown, options: Partial<HttpServerOptions> = {}) {
  const app = await build(
    t,
    (server) => {
      const route = { ...described('value'), response: { 200: schema } };
      server.get('/value', { config: { scopes: 'public' }, schema: route }, async () => value);
    },
    options,
  );
  const response = await app.inject('/value');
  return response.statusCode === 200 ? response.json() : response.statusCode;
}

test('sends completely what fits the schema', async (t) => {
  t.same(await sent(t, OutgoingServerViewSchema, settings), settings);
  const nullable = Type.Object({ a: Type.Union([Type.String(), Type.Null()]) });
  t.same(await sent(t, nullable, { a: null }), { a: null }, 'null is not ""');
  const short = Type.Object({ a: Type.Number() });
  const long = Type.Object({ a: Type.Number(), b: Type.String() });
  const union = Type.Array(Type.Union([short, long, Type.String(), Type.Null()]));
  const values = [{ a: 1 }, { a: 1, b: 'x' }, 'text', null];
  t.same(await sent(t, union, values), values, 'the first variant that fits loses nothing');
  const map = Type.Record(Type.String(), Type.Array(short));
  t.same(await sent(t, map, { x: [{ a: 1 }] }), { x: [{ a: 1 }] });
  t.same(await sent(t, Type.Object({ from: Type.Unknown() }), { from: { deep: [1] } }), {
    from: { deep: [1] },
  });
  t.same(await sent(t, Type.Object({ a: Type.Optional(Type.Number()) }), { a: undefined }), {});
});

test('sends nothing the schema does not name', async (t) => {
  const withSecrets = { ...settings, password: 'x', smtp: { ...settings.smtp, password: 'hunter2' } };
  t.same(await sent(t, OutgoingServerViewSchema, withSecrets), settings);
  const list = Type.Object({ items: Type.Array(Type.Object({ id: Type.String() })) });
  t.same(await sent(t, list, { items: [{ id: 'a', secret: 1 }] }), { items: [{ id: 'a' }] });
  const named = Type.Record(Type.String({ pattern: '^x-' }), Type.Object({ v: Type.Number() }));
  t.same(await sent(t, named, { 'x-a': { v: 1, w: 2 }, secret: { v: 1 } }), { 'x-a': { v: 1 } });
  const optional = Type.Object({ a: Type.Union([Type.Object({ b: Type.Number() }), Type.Null()]) });
  t.same(await sent(t, optional, { a: { b: 1, secret: 2 } }), { a: { b: 1 } });
});

test('treats a value that does not fit as a failure in tests, and sends what fits in production', async (t) => {
  const schema = Type.Object({ a: Type.String(), b: Type.Optional(Type.String()) });
  t.equal(await sent(t, schema, { b: 'x' }), 500);
  t.equal(await sent(t, schema, { a: { secret: 1 } }), 500);
  t.equal(await sent(t, schema, []), 500);
  const lenient = { strict: false };
  t.same(await sent(t, schema, { a: 'x', b: { secret: 1 } }, lenient), { a: 'x' });
  t.same(await sent(t, schema, [{ secret: 1 }], lenient), null);
});

test('sends no object with a status that has no schema', async (t) => {
  const app = await build(t, (server) => {
    const schema = {
      ...described('value'),
      response: { 200: Type.Object({}), 204: NoContent('Nothing to say') },
    };
    server.get('/:status', { config: { scopes: 'public' }, schema }, async (request, reply) => {
      const status = Number((request.params as { status: string }).status);
      return status === 204 ? reply.code(204).send() : reply.code(status as 200).send({ secret: 1 });
    });
  });
  t.equal((await app.inject('/200')).body, '{}');
  const empty = await app.inject('/204');
  t.equal(empty.statusCode, 204);
  t.equal(empty.body, '');
  t.equal(empty.headers['content-type'], undefined);
  const undeclared = await app.inject('/201');
  t.equal(undeclared.statusCode, 500);
  t.notMatch(undeclared.body, 'secret');
});

test('refuses response schemas it cannot project', async (t) => {
  const both = Type.Intersect([Type.Object({ a: Type.Number() }), Type.Object({ b: Type.Number() })]);
  await t.rejects(sent(t, both, {}), /must not use allOf/);
});
