/** What GET answers can be sent back with PUT: it is taken, and changes nothing. */
import {
  exchangeConnectionFields,
  type FieldTable,
  outgoingServerFields,
  placedFields,
  type PlacedField,
  senderFields,
} from '@postausgang/contracts';
import fc from 'fast-check';
import { test } from 'tap';
import { completeSettings, findingsOf, type Service, serverPath, startService } from './fixture.ts';
import { ifMatch } from './settings-calls.ts';

const connection = {
  name: 'Exchange Online',
  email: 'erp@acme.example',
  protocol: 'graph',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
  clientSecret: 'Kanarienvogel-5520-geheim',
};
const sender = { name: 'Erika Muster', address: 'e.muster@acme.example' };

/** A place of each kind of settings that has a PUT, with what it holds. */
async function placesOf(service: Service): Promise<readonly (readonly [string, FieldTable])[]> {
  const { call } = service;
  const made = async (path: string, body: unknown): Promise<string> =>
    String((await call('POST', path, { body })).headers['location']);
  await call('PUT', serverPath, { body: completeSettings, headers: ifMatch(0) });
  return [
    [serverPath, outgoingServerFields],
    [await made('/v1/exchange-connections', connection), exchangeConnectionFields],
    [await made('/v1/senders', sender), senderFields],
  ];
}

/** Some values of the fields that have few, as a merge patch of what does not have to be usable. */
function patches(table: FieldTable): fc.Arbitrary<object> {
  const few = placedFields(table).flatMap((field): [PlacedField, readonly unknown[]][] => {
    const values: unknown = field.schema['enum'];
    if (Array.isArray(values)) return [[field, values]];
    return field.schema['type'] === 'boolean' && field.name !== 'enabled' ? [[field, [true, false]]] : [];
  });
  const choices = few.map(([{ part, name }, values]) =>
    fc
      .constantFrom(...values)
      .map((value) => (part === null ? { [name]: value } : { [part]: { [name]: value } })),
  );
  return fc.oneof(fc.constant({}), ...choices);
}

test('what GET answers can be sent back with PUT, and changes nothing', async (t) => {
  const service = await startService(t);
  const { call } = service;
  for (const [path, table] of await placesOf(service)) {
    const anyPatch = { body: { enabled: false }, headers: { 'if-match': '*' } };
    if (table === outgoingServerFields) await call('PATCH', path, anyPatch);
    await fc.assert(
      fc.asyncProperty(patches(table), async (body) => {
        await call('PATCH', path, { body, headers: { 'if-match': '*' } });
        const { body: read, headers } = await call('GET', path);
        const etag = String(headers['etag']);
        const answer = await call('PUT', path, { body: read, headers: { 'if-match': etag } });
        t.equal(answer.status, 200, `${path} ${answer.text}`);
        t.equal(answer.headers['etag'], etag, 'the version stays');
        t.same(answer.body, read);
      }),
      { numRuns: 40 },
    );
  }
});

test('what is ignored may say anything, and what nobody knows is refused', async (t) => {
  const service = await startService(t);
  const { call } = service;
  for (const [path] of await placesOf(service)) {
    const { body: read } = await call('GET', path);
    const stale = { ...read, version: 'x', updatedBy: 7, warnings: null };
    const taken = await call('PUT', path, { body: stale, headers: { 'if-match': '*' } });
    t.match(taken, { status: 200, body: read }, path);
    const unknown = await call('PUT', path, { body: { ...read, colour: 1 }, headers: { 'if-match': '*' } });
    t.equal(unknown.status, 400);
    t.same(findingsOf(unknown), ['/colour unknown-field']);
  }
  const created = await call('POST', '/v1/senders', { body: { ...sender, version: 1 } });
  t.same(findingsOf(created), ['/version unknown-field'], 'a creation has nothing to send back');
});
