import { topics } from '@postausgang/contracts';
import { test } from 'tap';
import { completeSettings, eventually, serverPath, startService } from './fixture.ts';
import { ifMatch, patch, put, revert, storedContent } from './settings-calls.ts';

test('of 50 changes at once with the same If-Match exactly one wins', async (t) => {
  const service = await startService(t);
  const bodies = Array.from({ length: 50 }, (_, index) => ({ timeoutSeconds: 100 + index }));
  const answers = await Promise.all(bodies.map((body) => patch(service, 0, body)));
  const winners = answers.filter(({ status }) => status === 200);
  t.equal(winners.length, 1);
  t.equal(answers.filter(({ status }) => status === 412).length, 49);
  const { body } = await service.call('GET', serverPath);
  t.same(body, winners[0]?.body);
  t.equal(body['version'], 1);
});

test('two services on one log stay the same, and changes through both count', async (t) => {
  const one = await startService(t);
  const two = await startService(t, { log: one.log, directory: one.directory });
  await put(one, 0, completeSettings);
  let version = 1;
  for (const service of [two, one, two, one]) {
    const answers = await Promise.all(
      [one, two].map((other) => patch(other, version, { timeoutSeconds: 10 + version })),
    );
    t.same(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 412],
      'one of both wins',
    );
    version += 1;
    const answer = await patch(service, version, { timeoutSeconds: 100 + version });
    t.equal(answer.status, 200, 'what the other one saved is known');
    version += 1;
  }
  const paths = [serverPath, `${serverPath}/history`, '/v1/api-keys'];
  for (const path of paths) t.same((await one.call('GET', path)).body, (await two.call('GET', path)).body);
});

test('a new start reads everything back', async (t) => {
  const first = await startService(t);
  await put(first, 0, completeSettings);
  await patch(first, 1, { copyToSender: 'auto' });
  const paths = [serverPath, `${serverPath}/history`, `${serverPath}/history/1`, '/v1/api-keys'];
  const before = await Promise.all(paths.map((path) => first.call('GET', path)));
  await first.close();
  const second = await startService(t, { directory: first.directory });
  t.equal(second.adminKey, first.adminKey);
  const after = await Promise.all(paths.map((path) => second.call('GET', path)));
  t.same(
    after.map(({ body }) => body),
    before.map(({ body }) => body),
  );
});

test('a repetition under the same Idempotency-Key is answered as the first', async (t) => {
  const service = await startService(t);
  const key = { 'idempotency-key': 'setup-1' };
  const first = await put(service, 0, completeSettings, key);
  t.match(first.body, { version: 1 });
  await patch(service, 1, { timeoutSeconds: 90 });
  const again = await put(service, 0, completeSettings, key);
  t.equal(again.status, 200);
  t.equal(again.headers['etag'], '"1"');
  t.same(again.body, { ...first.body, applied: again.body['applied'] });
  t.equal((await put(service, 2, completeSettings, key)).body['version'], 1, 'whatever If-Match says now');

  const other = await put(service, 2, { ...completeSettings, timeoutSeconds: 99 }, key);
  t.equal(other.status, 409);
  t.match(other.body, { code: 'idempotency-conflict' });
  t.equal(
    (await patch(service, 2, { timeoutSeconds: 99 }, key)).status,
    409,
    'another operation is other content',
  );
  const foreign = await service.keyWith('settings:write', 'secrets:write');
  const body = { ...completeSettings, timeoutSeconds: 99 };
  const theirs = await service.call('PUT', serverPath, {
    key: foreign,
    body,
    headers: { ...ifMatch(2), ...key },
  });
  t.equal(theirs.status, 200, 'keys of another client are other keys');

  const restarted = await startService(t, { log: service.log, directory: service.directory });
  t.equal((await put(restarted, 0, completeSettings, key)).body['version'], 1, 'durable');
});

test('repetitions at the same time are one change, and a key that lost may be used again', async (t) => {
  const service = await startService(t);
  const key = { 'idempotency-key': '"k"' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => put(service, 0, completeSettings, key)));
  t.same([...new Set(answers.map(({ status, body }) => `${status} ${String(body['version'])}`))], ['200 1']);
  const late = { 'idempotency-key': 'late' };
  t.equal((await patch(service, 0, { timeoutSeconds: 70 }, late)).status, 412);
  t.equal((await patch(service, 1, { timeoutSeconds: 70 }, late)).status, 200);
  const reverted = await revert(service, 2, { version: 1 }, { 'idempotency-key': 'back' });
  t.same((await revert(service, 2, { version: 1 }, { 'idempotency-key': 'back' })).body, reverted.body);
});

test('an event behind the back of the API with another expectedVersion changes nothing', async (t) => {
  const service = await startService(t);
  const { publisher, log } = service;
  await put(service, 0, completeSettings);
  const before = (await service.call('GET', serverPath)).body;
  const content = await storedContent(service);
  const forged = {
    resource: 'outgoing-servers/default',
    operation: 'put',
    revertedTo: null,
    content: { ...content, smtp: { ...content.smtp, hostname: 'evil.example' } },
    actor: { kind: 'system', id: 'x', name: 'x' },
    reason: null,
  } as const;
  for (const expectedVersion of [0, 2, 7]) {
    await publisher.publish('settingsChanged', forged.resource, { ...forged, expectedVersion });
  }
  await log.append(topics.settings.name, [
    { key: 'x', headers: {}, value: new TextEncoder().encode('garbage') },
  ]);
  t.match((await patch(service, 1, { timeoutSeconds: 61 })).body, {
    version: 2,
    smtp: { hostname: 'mail.acme.example' },
  });
  t.equal(service.api.unreadableRecords(), 1, 'garbage is counted and stepped over');
  t.match(before, { version: 1 });

  await publisher.publish('settingsChanged', forged.resource, { ...forged, expectedVersion: 2 });
  await patch(service, 3, { copyToSender: 'bcc', enabled: false });
  const answer = await service.call('GET', serverPath);
  t.match(answer.body, {
    version: 4,
    smtp: { hostname: 'evil.example' },
    warnings: [{ code: 'secret-required' }],
  });
});

test('apply receipts show in the settings, and Prefer: wait=applied waits for all of them', async (t) => {
  const service = await startService(t);
  const { log, directory, publisher, call } = service;
  const hasty = await startService(t, { log, directory, limits: { appliedWaitMs: 50 } });
  const wait = { prefer: 'wait=applied' };
  const alone = await put(service, 0, completeSettings, wait);
  t.match(alone.body, { applied: { state: 'no-mailer' } });
  t.equal(alone.headers['preference-applied'], undefined);

  const resource = 'outgoing-servers/default';
  const report = (mailerId: string, version: number, state: 'applied' | 'failed') =>
    publisher.publish('settingsApplied', mailerId, {
      mailerId,
      resource,
      version,
      state,
      servingVersion: version,
      failure: null,
    });
  for (const mailerId of ['m1', 'm2'])
    await publisher.publish('mailerStarted', mailerId, { mailerId, leaseMs: 3_600_000 });
  const change = patch(service, 1, { timeoutSeconds: 61 }, wait);
  await report('m1', 2, 'applied');
  await report('m2', 2, 'failed');
  const reported = await change;
  t.equal(reported.headers['preference-applied'], 'wait=applied');
  t.match(reported.body, {
    applied: {
      state: 'failed',
      version: 2,
      mailers: [
        { id: 'm1', state: 'applied' },
        { id: 'm2', state: 'failed' },
      ],
    },
  });

  const late = await patch(hasty, 2, { timeoutSeconds: 62 }, wait);
  t.equal(late.status, 200);
  t.equal(late.headers['preference-applied'], undefined);
  t.match(late.body, { version: 3, applied: { state: 'pending' } });
  await report('m1', 3, 'applied');
  await publisher.publish('mailerStopped', 'm2', { mailerId: 'm2' });
  const settled = await patch(service, 3, { timeoutSeconds: 62 }, wait);
  t.equal(settled.headers['preference-applied'], 'wait=applied');
  t.match((await call('GET', `${serverPath}/apply-status`)).body, {
    state: 'applied',
    version: 3,
    mailers: { length: 1 },
  });

  const waiting = patch(service, 3, { timeoutSeconds: 63 }, wait);
  await hasty.publisher.publish('mailerStarted', 'm3', { mailerId: 'm3', leaseMs: 3_600_000 });
  await eventually(async () => (await hasty.call('GET', serverPath)).body['version'] === 4);
  await service.app.close();
  t.match(
    (await waiting).body,
    { version: 4, applied: { state: 'pending' } },
    'a closing server waits no longer',
  );
});
