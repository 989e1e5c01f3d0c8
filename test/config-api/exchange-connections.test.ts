import { test } from 'tap';
import { type Answer, findingsOf, type Service, startService } from './fixture.ts';
import { ifMatch } from './settings-calls.ts';

const path = '/v1/exchange-connections';
const clientSecret = 'Kanarienvogel-5520-geheim';

const graph = {
  name: 'Exchange Online',
  email: 'erp@acme.example',
  protocol: 'graph',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
  clientSecret,
};

const create = ({ call }: Service, body: unknown = graph, headers: Readonly<Record<string, string>> = {}) =>
  call('POST', path, { body, headers });

const locationOf = ({ headers }: Answer): string => String(headers['location']);

test('a connection is created, read, changed, deleted, and comes back', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const created = await create(service);
  t.match(created, {
    status: 201,
    headers: { etag: '"1"' },
    body: { version: 1, name: graph.name, applied: null },
  });
  t.match(created.body, {
    clientSecretSet: true,
    passwordSet: false,
    usedBy: [],
    warnings: [],
    cloud: 'global',
  });
  t.notMatch(created.text, clientSecret);
  const at = locationOf(created);
  t.strictSame((await call('GET', at)).body, created.body);
  t.strictSame((await call('GET', path)).body, { items: [created.body] });

  t.match(await call('PATCH', at, { body: { name: 'x' } }), { status: 428 });
  t.match(await call('PATCH', at, { body: { name: 'x' }, headers: ifMatch(7) }), { status: 412 });
  const patched = await call('PATCH', `${at}?reason=because`, { body: { name: 'B' }, headers: ifMatch(1) });
  t.match(patched, { status: 200, headers: { etag: '"2"' }, body: { name: 'B', clientSecretSet: true } });
  const same = await call('PUT', at, {
    body: { ...graph, name: 'B', clientSecret: undefined },
    headers: ifMatch(2),
  });
  t.match(same, { status: 200, headers: { etag: '"2"' } }, 'a PUT without the secret keeps it');

  t.match(await call('DELETE', at, { headers: ifMatch(2) }), { status: 204 });
  t.match(await call('GET', at), { status: 404, body: { code: 'not-found' } });
  t.match(await call('DELETE', at, { headers: ifMatch(3) }), { status: 404 });
  t.match(await call('PATCH', at, { body: { name: 'x' }, headers: ifMatch(3) }), { status: 404 });
  t.strictSame((await call('GET', path)).body, { items: [] });

  const history = await call('GET', `${at}/history`);
  t.match(history.body, {
    items: [{ operation: 'delete' }, { operation: 'patch', reason: 'because' }, { operation: 'create' }],
  });
  t.match((await call('GET', `${at}/history/3`)).body, { connection: null });
  t.match((await call('GET', `${at}/history/2`)).body, { connection: { name: 'B', version: 2 } });
  t.match((await call('GET', `${at}/diff?from=1&to=2`)).body, { differences: [{ pointer: '/name' }] });
  const back = await call('POST', `${at}/revert`, { body: { version: 1 }, headers: ifMatch(3) });
  t.match(back, { status: 200, body: { version: 4, name: graph.name, clientSecretSet: true, warnings: [] } });
  t.match(await call('GET', `${at}/apply-status`), { status: 200, body: { state: 'no-mailer', version: 4 } });
});

test('a creation under an idempotency key happens once', async (t) => {
  const service = await startService(t);
  const key = { 'idempotency-key': 'connection-1' };
  const [first, second] = await Promise.all([create(service, graph, key), create(service, graph, key)]);
  t.equal(first?.status, 201);
  t.strictSame(second?.body, first?.body);
  t.match(await create(service, { ...graph, name: 'other' }, key), {
    status: 409,
    body: { code: 'idempotency-conflict' },
  });
  const { body } = await service.call('GET', path);
  t.equal((body['items'] as readonly unknown[]).length, 1);
  const keyed = { headers: { ...ifMatch(1), ...key } };
  t.match(
    await service.call('DELETE', locationOf(first), keyed),
    { status: 409 },
    'the key was used for something else',
  );
  const other = { headers: { ...ifMatch(1), 'idempotency-key': 'deletion-1' } };
  t.match(await service.call('DELETE', locationOf(first), other), { status: 204 });
  t.match(await service.call('DELETE', locationOf(first), other), { status: 204 });
});

test('what cannot be used is not saved, and every finding comes at once', async (t) => {
  const service = await startService(t);
  const answer = await create(service, {
    name: 'x',
    protocol: 'graph',
    authentication: 'ntlm',
    tenantId: 'common',
  });
  t.match(answer, { status: 422, body: { code: 'settings-invalid' } });
  t.strictSame(findingsOf(answer).toSorted(), [
    '/authentication authentication-unsupported',
    '/email mailbox-required',
    '/password password-required',
    '/username username-required',
  ]);
  const moved = await create(service);
  const to = await service.call('PATCH', locationOf(moved), {
    body: { tenantId: 'evil.example' },
    headers: ifMatch(1),
  });
  t.strictSame(findingsOf(to), ['/clientSecret secret-required']);
  for (const body of [
    { ...graph, nonsense: 1 },
    { ...graph, ewsUrl: 'http://mail.acme.example' },
    { ...graph, name: '' },
    {},
  ]) {
    t.match(
      await create(service, body),
      { status: 400, body: { code: 'request-invalid' } },
      JSON.stringify(body),
    );
  }
});

test('a secret needs its own scope', async (t) => {
  const service = await startService(t);
  const key = await service.keyWith('settings:read', 'settings:write');
  t.match(await service.call('POST', path, { key, body: graph }), { status: 403 });
  const created = await create(service);
  const at = locationOf(created);
  const change = (body: unknown) => service.call('PATCH', at, { key, body, headers: ifMatch(1) });
  t.match(await change({ clientSecret: null }), { status: 403 });
  t.match(await change({ password: 'x' }), { status: 403 });
  t.match(await change({ name: 'B' }), { status: 200 });
  t.match(await service.call('GET', `${at}/history`, { key }), { status: 403 }, 'and the history too');
});

test('a connection in use stays, and 409 names who uses it', async (t) => {
  const service = await startService(t);
  const created = await create(service);
  const server = {
    serverType: 'exchange',
    enabled: true,
    senderAddress: { address: 'erp@acme.example' },
    exchange: { connectionId: created.body['id'] },
  };
  const serverPath = '/v1/outgoing-servers/default';
  const used = await service.call('PUT', serverPath, { body: server, headers: ifMatch(0) });
  t.match(used, { status: 200, body: { warnings: [], exchange: { connectionId: created.body['id'] } } });
  const refused = await service.call('DELETE', locationOf(created), { headers: ifMatch(1) });
  t.match(refused, {
    status: 409,
    body: { code: 'resource-in-use', detail: 'It is used by outgoing-servers/default.' },
  });
  t.match((await service.call('GET', locationOf(created))).body, {
    usedBy: ['outgoing-servers/default'],
    applied: { state: 'no-mailer' },
  });
  const unknown = { ...server, exchange: { connectionId: 'nonsense' } };
  const answer = await service.call('PUT', serverPath, { body: unknown, headers: ifMatch(1) });
  t.strictSame(findingsOf(answer), ['/exchange/connectionId exchange-connection-unknown']);
});

test('no secret leaves the service, neither over HTTP nor in the log', async (t) => {
  const service = await startService(t);
  const created = await create(service);
  const at = locationOf(created);
  const answers = await Promise.all(
    [at, path, `${at}/history`, `${at}/history/1`, `${at}/diff?from=0&to=1`].map((each) =>
      service.call('GET', each),
    ),
  );
  for (const { text } of answers) t.notMatch(text, clientSecret);
  await service.close();
});
