import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AdminKeyFileError } from '@postausgang/config-api';
import { topics } from '@postausgang/contracts';
import { eachEvent, EventLogError, startFold } from '@postausgang/event-log';
import { test } from 'tap';
import { waitFor } from '../peers/wait-for.ts';
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

test('lists when a key was used, and writes it once a day, whichever process was asked', async (t) => {
  const startedAtMs = Date.now();
  let nowMs = startedAtMs;
  const now = () => new Date(nowMs);
  const service = await startService(t, { now });
  const other = await startService(t, { log: service.log, directory: service.directory, now });
  const { body } = await create(service, { name: 'billing', scopes: ['settings:read'] });
  const [key, id] = [String(body['key']), String(body['id'])];
  const lastUsed = async ({ call }: Service) => (await call('GET', `${path}/${id}`)).body['lastUsedAt'];
  const usedAt = (who: Service, atMs: number) =>
    waitFor('the use of the key', async () =>
      (await lastUsed(who)) === new Date(atMs).toISOString() ? true : undefined,
    );
  const written = async (): Promise<number> => (await usesIn(service)).filter((one) => one === id).length;
  t.equal(body['lastUsedAt'], null);
  t.equal(await lastUsed(other), null, 'nobody has used it');
  t.equal((await service.call('GET', serverPath, { key: `pa_${'A'.repeat(43)}` })).status, 401);

  for (let request = 0; request < 20; request += 1) await service.call('GET', serverPath, { key });
  for (const one of [service, other]) await usedAt(one, startedAtMs);
  t.equal(await written(), 1);
  nowMs += 24 * 60 * 60 * 1000 - 1;
  t.equal((await other.call('GET', `${serverPath}/history`, { key })).status, 403, 'a use all the same');
  await service.call('GET', serverPath, { key });
  t.equal(await written(), 1, 'not yet a day, for both');
  nowMs += 1;
  await other.call('GET', serverPath, { key });
  await usedAt(service, nowMs);
  await service.call('GET', serverPath, { key });
  t.equal(await written(), 2);
  const restarted = await startService(t, { log: service.log, directory: service.directory, now });
  await restarted.call('GET', serverPath, { key });
  await usedAt(restarted, nowMs);
  t.equal(await written(), 2);
});

/** The keys whose use the log holds, once for each record. */
async function usesIn({ log, publisher }: Service): Promise<readonly string[]> {
  const uses: string[] = [];
  const { position } = await publisher.publish('mailerStopped', 'end', { mailerId: 'end' });
  const fold = startFold({
    log,
    topic: 'mailerStatus',
    state: uses,
    apply: eachEvent((all, { type, data }) => {
      if (type === 'io.postausgang.api-key-used.v1') all.push(data.keyId);
    }),
  });
  await fold.reached(position);
  await fold.stop();
  return uses;
}

test('a use of a key that cannot be written keeps no request waiting', async (t) => {
  const used: string[] = [];
  const service = await startService(t, {
    wrapLog: (log) => ({
      ...log,
      append(topic, records) {
        if (topic !== topics.mailerStatus.name) return log.append(topic, records);
        used.push(...records.map(({ key }) => key));
        return Promise.reject(new EventLogError('log-full', 'no room'));
      },
    }),
  });
  t.equal((await service.call('GET', path)).status, 200);
  t.match((await service.call('GET', path)).body, { items: [{ lastUsedAt: null }] });
  t.equal(new Set(used).size, 1);
  t.equal(used.length, 1, 'nor is it tried with every request');
});
