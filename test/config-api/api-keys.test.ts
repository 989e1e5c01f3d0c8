import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AdminKeyFileError } from '@postausgang/config-api';
import { test } from 'tap';
import { findingsOf, type Service, serverPath, startService } from './fixture.ts';

const path = '/v1/api-keys';
const create = ({ call }: Service, body: unknown) => call('POST', path, { body });
const itemsOf = async ({ call }: Service) =>
  (await call('GET', path)).body['items'] as unknown as { readonly id: string; readonly name: string }[];

test('a key is shown once and does what its scopes say', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const answer = await create(service, { name: 'billing', scopes: ['settings:read'], expiresAt });
  t.equal(answer.status, 201);
  t.match(answer.body, {
    name: 'billing',
    key: /^pa_[\w-]{43}$/,
    createdBy: 'first admin key',
    expiresAt,
    revokedAt: null,
  });
  const { key, ...listed } = answer.body as {
    readonly key: string;
    readonly id: string;
  } & typeof answer.body;
  t.equal(answer.headers['location'], `${path}/${listed.id}`);
  t.equal(answer.headers['cache-control'], 'no-store');
  t.same((await call('GET', `${path}/${listed.id}`)).body, listed);
  t.same((await itemsOf(service)).at(-1), listed);
  t.equal((await call('GET', serverPath, { key })).status, 200);
  t.equal((await call('GET', `${serverPath}/history`, { key })).status, 403);

  const revoked = await call('DELETE', `${path}/${listed.id}`);
  t.equal(revoked.status, 204);
  t.equal(revoked.text, '');
  t.equal((await call('GET', serverPath, { key })).status, 401);
  t.match((await call('GET', `${path}/${listed.id}`)).body, { revokedAt: /^20/ });
  t.equal((await call('DELETE', `${path}/${listed.id}`)).status, 204, 'again is fine');
  for (const method of ['GET', 'DELETE']) t.equal((await call(method, `${path}/unknown`)).status, 404);
});

test('an expired key opens nothing', async (t) => {
  let nowMs = Date.now();
  const service = await startService(t, { now: () => new Date(nowMs) });
  const expiresAt = new Date(nowMs + 1000).toISOString();
  const { body } = await create(service, { name: 'short', scopes: ['settings:read'], expiresAt });
  const key = String(body['key']);
  t.equal((await service.call('GET', serverPath, { key })).status, 200);
  nowMs += 1000;
  t.equal((await service.call('GET', serverPath, { key })).status, 401);
});

test('a key that cannot be is refused with all findings', async (t) => {
  const now = new Date();
  const service = await startService(t, { now: () => now });
  const past = await create(service, { name: 'x', scopes: ['admin'], expiresAt: '2020-02-30T00:00:00Z' });
  t.equal(past.status, 422);
  t.match(past.body, { code: 'api-key-invalid' });
  t.same(findingsOf(past), ['/expiresAt date-invalid']);
  const gone = await create(service, { name: 'x', scopes: ['admin'], expiresAt: now.toISOString() });
  t.same(findingsOf(gone), ['/expiresAt date-in-the-past']);
});

test('the last key that may administer stays, also when two revoke each other at once', async (t) => {
  const service = await startService(t);
  const [first] = await itemsOf(service);
  const refused = await service.call('DELETE', `${path}/${first?.id}`);
  t.equal(refused.status, 409);
  t.match(refused.body, { code: 'last-admin-key' });

  const { body } = await create(service, { name: 'second', scopes: ['admin'] });
  const second = { id: String(body['id']), key: String(body['key']) };
  const answers = await Promise.all([
    service.call('DELETE', `${path}/${second.id}`),
    service.call('DELETE', `${path}/${first?.id}`, { key: second.key }),
  ]);
  t.same(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [204, 409],
  );
});

test('unknown keys, other schemes and foreign tokens are all the same 401', async (t) => {
  const { call, adminKey } = await startService(t);
  const answers = await Promise.all([
    call('GET', serverPath, { key: null }),
    call('GET', serverPath, { key: `pa_${'A'.repeat(43)}` }),
    call('GET', serverPath, { key: `${adminKey}x` }),
    call('GET', serverPath, { key: adminKey.slice(3) }),
    call('GET', serverPath, { key: null, headers: { authorization: `Basic ${adminKey}` } }),
  ]);
  for (const { status, body } of answers)
    t.match({ status, body }, { status: 401, body: { code: 'unauthenticated' } });
});

test('the first start leaves an admin key in a file for the owner only', async (t) => {
  const service = await startService(t);
  const file = join(service.directory, 'admin.key');
  t.match(readFileSync(file, 'utf8'), /^pa_[\w-]{43}\n$/);
  if (process.platform !== 'win32') t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(await itemsOf(service), [{ name: 'first admin key', scopes: ['admin'], createdBy: 'config-api' }]);
  t.equal(await service.api.ensureAdminKey(file), file, 'a second call finds it');
  rmSync(file);
  t.equal(await service.api.ensureAdminKey(file), undefined, 'a removed file stays away');
  t.throws(() => statSync(file));
  writeFileSync(file, 'something else');
  t.equal(await service.api.ensureAdminKey(file), undefined);
  t.equal((await itemsOf(service)).length, 1);
});

test('a crash between the file and the event heals, and a spent key is replaced', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'admin.key');
  const key = `pa_${'B'.repeat(43)}`;
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  let nowMs = Date.now();
  const service = await startService(t, { directory, now: () => new Date(nowMs) });
  t.equal(service.adminKey, key, 'the key of the file became the admin key');
  t.equal((await service.call('GET', serverPath)).status, 200);

  const [first] = await itemsOf(service);
  const expiresAt = new Date(nowMs + 1000).toISOString();
  const { body } = await create(service, { name: 'brief', scopes: ['admin'], expiresAt });
  await service.call('DELETE', `${path}/${first?.id}`, { key: String(body['key']) });
  t.equal(await service.api.ensureAdminKey(file), undefined, 'the key in the file is revoked');
  nowMs += 1000;
  t.equal(await service.api.ensureAdminKey(file), file);
  const replaced = readFileSync(file, 'utf8').trim();
  t.not(replaced, key);
  t.equal((await service.call('GET', serverPath, { key: replaced })).status, 200);
});

test('a file that holds no key stops the first start with a sentence', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'admin.key');
  const start = (): Promise<unknown> => startService(t, { directory }).catch((reason: unknown) => reason);
  writeFileSync(file, `pa_${'B'.repeat(43)}\n`, { mode: 0o644 });
  if (process.platform !== 'win32') {
    t.match(
      await start(),
      { code: 'file-permissions', message: /chmod 600/ },
      'whoever could read it knows it',
    );
  }
  writeFileSync(file, 'hunter2');
  chmodSync(file, 0o600);
  const error = await start();
  t.ok(error instanceof AdminKeyFileError);
  t.match(String(error), file);
  t.notMatch(String(error), 'hunter2');
});

test('keeps in the log who has signed out, for every process', async (t) => {
  const service = await startService(t);
  await service.api.sessionEndings.add('session-1', Date.now() + 60_000);
  t.ok(service.api.sessionEndings.has('session-1'));
  t.notOk(service.api.sessionEndings.has('session-2'));
  const other = await startService(t, { log: service.log, directory: service.directory });
  t.ok(other.api.sessionEndings.has('session-1'));
});
