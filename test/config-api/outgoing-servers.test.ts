import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { revealSecret } from '@postausgang/credentials';
import { smtpPasswordBinding } from '@postausgang/settings';
import { test } from 'tap';
import { completeSettings, findingsOf, password, serverPath, startService } from './fixture.ts';
import { ifMatch, patch, put, revert, storedContent } from './settings-calls.ts';

test('there is a default server that is switched off and has version 0', async (t) => {
  const { call } = await startService(t);
  const answer = await call('GET', serverPath);
  t.equal(answer.status, 200);
  t.equal(answer.headers['etag'], '"0"');
  t.match(answer.body, {
    id: 'default',
    version: 0,
    enabled: false,
    serverType: 'smtp',
    senderAddress: null,
    timeoutSeconds: 60,
    smtp: { hostname: null, port: null, effectivePort: 587, passwordSet: false, passwordSetAt: null },
    applied: { state: 'no-mailer', version: 0, mailers: [] },
    updatedAt: null,
    updatedBy: null,
  });
  t.match((await call('GET', '/v1/outgoing-servers')).body, { items: [{ id: 'default' }] });
  t.equal((await call('GET', serverPath, { headers: { 'if-none-match': '"0"' } })).status, 304);
  t.equal((await call('GET', serverPath, { headers: { 'if-none-match': '"1"' } })).status, 200);
});

test('a PUT saves, seals the password for its server and never shows it', async (t) => {
  const service = await startService(t);
  const answer = await put(service, 0, completeSettings);
  t.equal(answer.status, 200);
  t.equal(answer.headers['etag'], '"1"');
  t.match(answer.body, {
    version: 1,
    enabled: true,
    smtp: { hostname: 'mail.acme.example', passwordSet: true, passwordSetAt: /^20/ },
    warnings: [],
    updatedBy: 'first admin key',
  });
  t.same((await service.call('GET', serverPath)).body, answer.body);
  t.notMatch(answer.text, password);
  const content = await storedContent(service);
  const sealed = content.smtp.password?.sealed;
  if (sealed === undefined) throw new Error('The password is not stored');
  const binding = smtpPasswordBinding('outgoing-servers/default', content.smtp);
  t.equal(revealSecret(await service.opener.open(sealed, binding)), password, 'the mailer can open it');
});

test('a merge patch keeps what it does not name, and null deletes a password', async (t) => {
  const service = await startService(t);
  await put(service, 0, completeSettings);
  const kept = await patch(
    service,
    1,
    { copyToSender: 'bcc' },
    { 'content-type': 'application/merge-patch+json' },
  );
  t.equal(kept.status, 200);
  t.match(kept.body, { version: 2, copyToSender: 'bcc', smtp: { passwordSet: true } });
  const removed = await patch(service, 2, { enabled: false, smtp: { password: null } });
  t.match(removed.body, {
    version: 3,
    smtp: { passwordSet: false, passwordSetAt: null, username: 'erp@acme.example' },
  });
  t.equal((await storedContent(service)).smtp.password, null);
});

test('a PUT without the password keeps it, and a changed host asks for it again', async (t) => {
  const service = await startService(t);
  await put(service, 0, completeSettings);
  const { password: _password, ...smtp } = completeSettings.smtp;
  const same = await put(service, 1, { ...completeSettings, smtp });
  t.match(same.body, { version: 1 }, 'nothing has changed');
  const moved = await put(service, 1, { ...completeSettings, smtp: { ...smtp, hostname: 'evil.example' } });
  t.equal(moved.status, 422);
  t.same(findingsOf(moved), ['/smtp/password secret-required']);
  const off = await patch(service, 1, { enabled: false, smtp: { hostname: 'evil.example' } });
  t.equal(off.status, 200);
  t.match(off.body, { warnings: [{ code: 'secret-required' }], smtp: { passwordSet: true } });
});

test('while sending is off incomplete settings are saved with warnings; switching on names all findings', async (t) => {
  const service = await startService(t);
  const body = {
    serverType: 'smtp',
    enabled: false,
    smtp: { hostname: 'not a host', port: 99999 },
    timeoutSeconds: 1,
  };
  const saved = await put(service, 0, body);
  t.equal(saved.status, 200);
  const codes = [
    '/senderAddress sender-address-required',
    '/timeoutSeconds timeout-out-of-range',
    '/smtp/hostname hostname-invalid',
    '/smtp/port port-out-of-range',
    '/smtp/username username-required',
    '/smtp/password password-required',
  ];
  t.same(findingsOf({ body: { findings: saved.body['warnings'] } }), codes);
  const refused = await patch(service, 1, { enabled: true });
  t.equal(refused.status, 422);
  t.match(refused.body, { code: 'settings-invalid', status: 422, type: '/problems/settings-invalid' });
  t.equal(refused.headers['content-type'], 'application/problem+json');
  t.same(findingsOf(refused), codes);
  t.match(
    (await service.call('GET', serverPath)).body,
    { version: 1, enabled: false },
    'nothing is half applied',
  );
});

test('a masked password is refused even while sending is off', async (t) => {
  const service = await startService(t);
  const answer = await patch(service, 0, { smtp: { password: '*****' } });
  t.equal(answer.status, 422);
  t.same(findingsOf(answer), ['/smtp/password secret-is-a-mask']);
});

test('a change needs If-Match, and the current version in it', async (t) => {
  const service = await startService(t);
  await put(service, 0, completeSettings);
  const { call } = service;
  const body = { copyToSender: 'bcc' };
  const missing = await call('PATCH', serverPath, { body });
  t.equal(missing.status, 428);
  t.match(missing.body, { code: 'precondition-required' });
  for (const version of [0, 2]) {
    const moved = await patch(service, version, body);
    t.equal(moved.status, 412);
    t.equal(moved.headers['etag'], '"1"', 'says what is current');
    t.match(moved.body, { code: 'version-conflict', retriable: false });
  }
  t.equal((await call('PATCH', serverPath, { body, headers: { 'if-match': '"1", "2"' } })).status, 400);
  t.equal((await call('PATCH', serverPath, { body, headers: { 'if-match': '"other"' } })).status, 412);
  const any = await call('PATCH', serverPath, { body, headers: { 'if-match': '*' } });
  t.match(any.body, { version: 2 });
});

test('a change that changes nothing keeps the version', async (t) => {
  const service = await startService(t);
  await put(service, 0, completeSettings);
  const answer = await patch(service, 1, { enabled: true });
  t.equal(answer.status, 200);
  t.equal(answer.headers['etag'], '"1"');
  t.match((await service.call('GET', `${serverPath}/history`)).body, { items: { length: 1 } });
});

test('a change that changes nothing is told to the mailers, once in a while', async (t) => {
  let nowMs = Date.now();
  const told: string[] = [];
  const service = await startService(t, {
    now: () => new Date(nowMs),
    wrapLog: (log) => ({
      ...log,
      append(topic, records) {
        told.push(...records.map(({ headers }) => String(headers['ce_type'])));
        return log.append(topic, records);
      },
    }),
  });
  const confirmed = (): number => told.filter((type) => type.includes('settings-confirmed')).length;
  await put(service, 0, completeSettings);
  for (const _again of [1, 2, 3]) t.equal((await patch(service, 1, { enabled: true })).status, 200);
  t.equal(confirmed(), 1, 'a program that saves all the time');
  nowMs += 10_000;
  t.equal((await patch(service, 1, {})).status, 200);
  t.equal(confirmed(), 2);
  t.equal((await patch(service, 0, {})).status, 412);
  nowMs += 10_000;
  t.equal((await patch(service, 1, { timeoutSeconds: 7 })).status, 200, 'a change is told anyway');
  t.equal(confirmed(), 2);
});

test('the history says who changed what, when and why', async (t) => {
  const service = await startService(t);
  const { call } = service;
  await call('PUT', `${serverPath}?reason=First%20setup`, { body: completeSettings, headers: ifMatch(0) });
  for (const version of [1, 2, 3]) await patch(service, version, { timeoutSeconds: 60 + version });
  const { body } = await call('GET', `${serverPath}/history?limit=3`);
  t.match(body, { items: [{ version: 4 }, { version: 3 }, { version: 2 }], nextCursor: String });
  t.match(body['items'], [
    {
      operation: 'patch',
      reason: null,
      changedBy: { kind: 'api-key', name: 'first admin key', address: '127.0.0.1' },
      differences: [{ pointer: '/timeoutSeconds', from: 62, to: 63, secret: false }],
    },
  ]);
  const rest = await call('GET', `${serverPath}/history?limit=3&cursor=${String(body['nextCursor'])}`);
  t.match(rest.body, { items: [{ version: 1, operation: 'put', reason: 'First setup' }], nextCursor: null });
  const secret = JSON.stringify(rest.body).includes('"/smtp/password","secret":true,"from":null,"to":null');
  t.ok(secret, 'of a password only the fact is shown');

  const third = await call('GET', `${serverPath}/history/3`);
  t.match(third.body, {
    change: { version: 3 },
    settings: { version: 3, timeoutSeconds: 62, smtp: { passwordSet: true } },
  });
  t.match((await call('GET', `${serverPath}/history/0`)).body, {
    change: null,
    settings: { version: 0, enabled: false },
  });
  t.equal((await call('GET', `${serverPath}/history/5`)).status, 404);
  const diff = await call('GET', `${serverPath}/diff?from=1&to=3`);
  t.same(diff.body, {
    from: 1,
    to: 3,
    differences: [{ pointer: '/timeoutSeconds', secret: false, from: 60, to: 62 }],
  });
  t.equal((await call('GET', `${serverPath}/diff?from=1&to=5`)).status, 404);
});

test('a revert is a new version with the old values, the password included', async (t) => {
  const service = await startService(t);
  await put(service, 0, completeSettings);
  await patch(service, 1, { enabled: false, smtp: { hostname: 'other.example', password: null } });
  const answer = await revert(service, 2, { version: 1, reason: 'Wrong server' });
  t.equal(answer.status, 200);
  t.match(answer.body, {
    version: 3,
    enabled: true,
    smtp: { hostname: 'mail.acme.example', passwordSet: true },
  });
  t.match((await service.call('GET', `${serverPath}/history/3`)).body, {
    change: { operation: 'revert', revertedTo: 1, reason: 'Wrong server' },
  });
  t.equal((await revert(service, 2, { version: 1 })).status, 412);
  t.same(findingsOf(await revert(service, 3, { version: 9 })), ['/version version-unknown']);
  t.equal((await service.call('POST', `${serverPath}/revert`, { body: { version: 1 } })).status, 428);
});

test('a password stands in no file, answer or log line', async (t) => {
  const lines: string[] = [];
  const { default: pino } = await import('pino');
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const service = await startService(t, { logger });
  const texts: string[] = [];
  texts.push((await put(service, 0, completeSettings, { 'idempotency-key': 'a' })).text);
  texts.push((await patch(service, 1, { smtp: { password: `${password}2`, port: 'x' } })).text);
  texts.push((await patch(service, 1, { smtp: { password: `${password}3`, username: '' } })).text);
  texts.push((await patch(service, 1, `{"smtp": {"password": "${password}4"`)).text);
  await service.publisher.publish('mailerStarted', 'm', { mailerId: 'm' });
  const draft = { smtp: { password: `${password}5`, port: 0 } };
  texts.push((await service.call('POST', `${serverPath}/connection-tests`, { body: { draft } })).text);
  const valid = { smtp: { password: `${password}6` } };
  texts.push((await service.call('POST', `${serverPath}/connection-tests`, { body: { draft: valid } })).text);
  for (const path of [
    serverPath,
    `${serverPath}/history`,
    `${serverPath}/connection-tests`,
    '/openapi.json',
  ]) {
    texts.push((await service.call('GET', path)).text);
  }
  await service.close();
  const files = readdirSync(service.directory, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const bytes = files.map((file) => readFileSync(join(file.parentPath, file.name)).toString('latin1'));
  const everything = [...texts, ...lines, ...bytes].join('\n');
  const inBase64 = Buffer.from(password).toString('base64').slice(0, 20);
  for (const form of [password, inBase64, Buffer.from(password).toString('hex')])
    t.notOk(everything.includes(form));
  t.ok(everything.includes('mail.acme.example'), 'the search finds what is there');
});

test('refuses the test mailbox where the mailer has none', async (t) => {
  const service = await startService(t);
  const { smtp: _smtp, ...settings } = completeSettings;
  const refused = await put(service, 0, { ...settings, serverType: 'test-mailbox' });
  t.equal(refused.status, 422);
  t.same(findingsOf(refused), ['/serverType test-mailbox-unavailable']);
  const prepared = await put(service, 0, { ...settings, enabled: false, serverType: 'test-mailbox' });
  t.match(prepared.body, { warnings: [{ pointer: '/serverType', code: 'test-mailbox-unavailable' }] });
});
