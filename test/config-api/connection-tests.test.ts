import { type EventData, readRecord, topics } from '@postausgang/contracts';
import { revealSecret } from '@postausgang/credentials';
import { completeContent, smtpPasswordBinding } from '@postausgang/settings';
import { test } from 'tap';
import {
  completeSettings,
  eventually,
  findingsOf,
  password,
  type Service,
  serverPath,
  startService,
} from './fixture.ts';

const path = `${serverPath}/connection-tests`;
type Requested = EventData<'connectionTestRequested'>;

const steps = [{ name: 'resolve', state: 'ok', milliseconds: 2, detail: '192.0.2.7' } as const];

/** Answers every request for a test like a mailer would. */
async function startMailer({ log, publisher }: Service, answers: boolean): Promise<readonly Requested[]> {
  const requests: Requested[] = [];
  const at = new Date().toISOString();
  await publisher.publish('mailerStarted', 'm1', { mailerId: 'm1' });
  log.follow(topics.connectionTests.name, 'start', async (records) => {
    for (const record of records) {
      const result = readRecord(record);
      if (!result.ok || result.event.type !== 'io.postausgang.connection-test-requested.v1') continue;
      requests.push(result.event.data);
      if (!answers) continue;
      const { testId, resource } = result.event.data;
      const times = { startedAt: at, finishedAt: at };
      const data = { testId, resource, mailerId: 'm1', state: 'ok' as const, ...times, steps: [...steps] };
      void publisher.publish('connectionTestResult', testId, data);
    }
  });
  return requests;
}

const save = ({ call }: Service) =>
  call('PUT', serverPath, { body: { ...completeSettings, enabled: false }, headers: { 'if-match': '"0"' } });

test('without a mailer there is no test', async (t) => {
  const service = await startService(t);
  await save(service);
  const answer = await service.call('POST', path, { body: {} });
  t.equal(answer.status, 503);
  t.match(answer.body, { code: 'no-mailer', retriable: true });
  t.same((await service.call('GET', path)).body, { items: [], nextCursor: null });
});

test('saved settings can be tested while sending is off, and the answer waits for the result', async (t) => {
  const service = await startService(t);
  await save(service);
  const requests = await startMailer(service, true);
  const answer = await service.call('POST', path, { headers: { prefer: 'wait=30' } });
  t.equal(answer.status, 200, 'the body is optional');
  t.equal(answer.headers['preference-applied'], 'wait=30');
  t.match(answer.body, {
    serverId: 'default',
    state: 'ok',
    settingsVersion: 1,
    draft: false,
    probeTo: null,
    mailerId: 'm1',
    requestedBy: 'first admin key',
    steps,
  });
  t.match(requests, [
    { draft: false, settingsVersion: 1, content: { smtp: { hostname: 'mail.acme.example' } } },
  ]);
  t.same((await service.call('GET', `${path}/${String(answer.body['id'])}`)).body, answer.body);
});

test('without a preference, or when time is up, the answer is 202 with the place to look', async (t) => {
  const service = await startService(t);
  await save(service);
  await startMailer(service, false);
  for (const prefer of ['', 'wait=0', 'wait=1', 'respond-async, wait=30']) {
    const answer = await service.call('POST', path, { body: {}, headers: { prefer } });
    t.equal(answer.status, 202);
    t.equal(answer.headers['location'], `${path}/${String(answer.body['id'])}`);
    t.match(answer.body, { state: 'running', steps: [], startedAt: null });
    t.same(
      (await service.call('GET', String(answer.headers['location']))).body,
      answer.body,
      'can be read at once',
    );
  }
  const page = await service.call('GET', `${path}?limit=3`);
  const rest = await service.call('GET', `${path}?limit=3&cursor=${String(page.body['nextCursor'])}`);
  t.match([page.body, rest.body], [{ items: { length: 3 } }, { items: { length: 1 }, nextCursor: null }]);
  const waiting = service.call('POST', path, { body: {}, headers: { prefer: 'wait=30' } });
  await eventually(async () => {
    const { body } = await service.call('GET', path);
    return Array.isArray(body['items']) && body['items'].length === 5;
  });
  await service.app.close();
  t.equal((await waiting).status, 202, 'a closing server waits no longer');
});

test('the password of a draft is sealed for the server of the draft and is not saved', async (t) => {
  const service = await startService(t);
  await save(service);
  const requests = await startMailer(service, true);
  const draft = { smtp: { hostname: 'mail2.acme.example', password: `${password}2` }, senderAddress: null };
  const body = { draft, probe: { to: 'me@acme.example' } };
  const tester = await service.keyWith('connection:test');
  t.match(await service.call('POST', path, { key: tester, body }), {
    status: 403,
    body: { code: 'forbidden', detail: 'Missing scope: mail:send' },
  });
  const { body: narrow } = await service.call('POST', '/v1/api-keys', {
    body: { name: 'narrow', scopes: ['connection:test', 'mail:send'], recipientDomains: ['acme.test'] },
  });
  t.match(await service.call('POST', path, { key: String(narrow['key']), body }), {
    status: 403,
    body: { code: 'recipient-not-allowed', findings: [{ pointer: '/probe/to', code: 'domain-not-allowed' }] },
  });
  const key = await service.keyWith('connection:test', 'mail:send');
  const answer = await service.call('POST', path, {
    key,
    body,
    headers: { prefer: 'wait=30' },
  });
  t.equal(answer.status, 200);
  t.match(answer.body, { draft: true, probeTo: 'me@acme.example', settingsVersion: 1 });
  const content = requests[0] && completeContent(requests[0].content);
  if (!content?.smtp.password) throw new Error('There is no sealed password');
  t.equal(content.senderAddress, null);
  const binding = smtpPasswordBinding('outgoing-servers/default', content.smtp);
  t.equal(revealSecret(await service.opener.open(content.smtp.password.sealed, binding)), `${password}2`);
  t.match((await service.call('GET', serverPath)).body, {
    version: 1,
    smtp: { hostname: 'mail.acme.example' },
  });
});

test('what leaves nothing to test is refused with all findings', async (t) => {
  const service = await startService(t);
  await startMailer(service, true);
  const start = (body: unknown) => service.call('POST', path, { body });
  const empty = await start({});
  t.equal(empty.status, 422);
  t.match(empty.body, { code: 'settings-invalid' });
  t.same(findingsOf(empty), ['/smtp/hostname hostname-required', '/smtp/username username-required']);
  const draft = { smtp: { hostname: 'a b', port: 0, password: '***' } };
  t.same(findingsOf(await start({ draft, probe: { to: 'no address' } })), [
    '/draft/smtp/password secret-is-a-mask',
    '/draft/smtp/hostname hostname-invalid',
    '/draft/smtp/port port-out-of-range',
    '/draft/smtp/username username-required',
    '/probe/to address-invalid',
  ]);
  t.same(findingsOf(await start({ draft: { serverType: 'exchange' } })), [
    '/draft/exchange/connectionId exchange-connection-required',
  ]);
  const ours = { hostname: 'mail.acme.example', username: 'erp', encryption: 'none' };
  const windows = { authentication: 'windows', servicePrincipal: 'SMTPSVC' };
  const unusable = { ...ours, ...windows, trustedCertificateId: 'c' };
  t.same(findingsOf(await start({ draft: { smtp: unusable } })), [
    '/draft/smtp/servicePrincipal service-principal-invalid',
    '/draft/smtp/trustedCertificateId certificate-unknown',
  ]);
  const incomplete = await start({ draft: { smtp: ours, smime: { sign: true } } });
  t.equal(incomplete.status, 202, 'the rest shows in the steps');
});

test('a client that tests too often has to wait, others do not', async (t) => {
  let nowMs = Date.now();
  const limits = { connectionTestsPerMinute: 2 };
  const service = await startService(t, { limits, now: () => new Date(nowMs) });
  await save(service);
  await startMailer(service, true);
  const start = async (key: string) => service.call('POST', path, { key, body: {} });
  const other = await service.keyWith('connection:test');
  t.equal((await start(service.adminKey)).status, 202);
  nowMs += 20_000;
  t.equal((await start(service.adminKey)).status, 202);
  const refused = await start(service.adminKey);
  t.equal(refused.status, 429);
  t.match(refused.body, { code: 'rate-limited' });
  t.equal(refused.headers['retry-after'], '40');
  t.equal((await start(other)).status, 202);
  nowMs += 40_000;
  t.equal((await start(service.adminKey)).status, 202, 'refused requests do not count');
  t.equal((await start(service.adminKey)).status, 429);
});
