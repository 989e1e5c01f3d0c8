import { test } from 'tap';
import type { TestMailboxBehavior, TestMailboxView } from '@postausgang/contracts';
import { waitFor } from '../peers/wait-for.ts';
import { callApi } from './service-process.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const serverPath = '/v1/outgoing-servers/default';
const settings = {
  enabled: true,
  serverType: 'test-mailbox',
  senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
};
const good: TestMailboxBehavior = {
  rejectRecipients: [],
  deferRecipients: [],
  delaySeconds: 0,
  afterMessage: 'accept',
};

const ifMatch = (version: number) => ({ 'if-match': `"${version}"`, prefer: 'wait=applied' });

/** A service as it is without any variable that allows a mail server. */
const start = (directory: string): Promise<StandaloneProcess> =>
  startStandaloneProcess(directory, { ALLOW_LOOPBACK_MAIL_SERVERS: 'false', ALLOWED_MAIL_PORTS: '25' });

async function useMailbox(service: StandaloneProcess): Promise<void> {
  const saved = await service.call('PUT', serverPath, { body: settings, headers: ifMatch(0) });
  if (saved.status !== 200) throw new Error(saved.text);
}

async function send(service: StandaloneProcess, mail: object = {}): Promise<string> {
  const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.', ...mail };
  const answer = await service.call('POST', '/v1/mails', { body });
  if (answer.status !== 202) throw new Error(answer.text);
  return (answer.body as { id: string }).id;
}

interface Status {
  readonly state: string;
  readonly messageId: string;
  readonly recipients: readonly { address: string; outcome: string }[];
}

const inState = (service: StandaloneProcess, id: string, ...states: readonly string[]): Promise<Status> =>
  waitFor(`mail ${id} to be ${states.join(' or ')}`, async () => {
    const status = (await service.call('GET', `/v1/mails/${id}`)).body as Status;
    return states.includes(status.state) ? status : undefined;
  });

async function mailbox(service: StandaloneProcess): Promise<TestMailboxView> {
  return (await service.call('GET', '/v1/test-mailbox')).body as TestMailboxView;
}

/** An answer that is no JSON. */
async function fetchBytes(
  service: StandaloneProcess,
  path: string,
): Promise<{ text: string; headers: Headers }> {
  const response = await fetch(`${service.api}${path}`, {
    headers: { authorization: `Bearer ${service.key}` },
  });
  return { text: await response.text(), headers: response.headers };
}

const behave = (service: StandaloneProcess, behavior: Partial<TestMailboxBehavior>) =>
  service.call('PUT', '/v1/test-mailbox/behavior', { body: { ...good, ...behavior } });

test('mail arrives in the test mailbox without any mail server', async (t) => {
  const service = await start(t.testdir());
  t.teardown(() => service.kill());
  await useMailbox(service);
  const tested = await service.call('POST', `${serverPath}/connection-tests`, {
    body: { probe: { to: 'me@acme.example' } },
    headers: { prefer: 'wait=30' },
  });
  t.match(tested.body, { state: 'ok' }, 'the connection test takes the same way');

  const html = '<p>Guten Tag <img src="cid:logo"><script>alert(1)</script>';
  const logo = { filename: 'lögo.png', contentType: 'image/png', content: 'iVBORw0KGgo=', contentId: 'logo' };
  const id = await send(service, {
    html,
    bcc: [{ address: 'akte@acme.example' }],
    subject: 'Grüße',
    attachments: [logo],
  });
  const { messageId } = await inState(service, id, 'sent');
  const arrived = (await mailbox(service)).messages.find((one) => one.messageId === messageId);
  t.match(arrived, {
    subject: 'Grüße',
    sender: 'erp@acme.example',
    recipients: ['kunde@example.com', 'akte@acme.example'],
  });
  const path = `/v1/test-mailbox/messages/${arrived?.id}`;
  const message = await service.call('GET', path);
  t.match(message.body, {
    text: /Anbei/,
    hasHtml: true,
    attachments: [{ filename: 'lögo.png', sizeBytes: 8 }],
  });
  t.match((await fetchBytes(service, `${path}/raw`)).text, /^Subject: =\?UTF-8/m);
  const shown = await fetchBytes(service, `${path}/html`);
  t.match(shown.text, 'data:image/png;base64,iVBORw0KGgo=');
  const policy = shown.headers.get('content-security-policy') ?? '';
  for (const rule of ["default-src 'none'", "frame-ancestors 'self'", 'sandbox'])
    t.ok(policy.split('; ').includes(rule), rule);
  const attachment = await fetchBytes(service, `${path}/attachments/1`);
  t.match(attachment.headers.get('content-disposition'), "attachment; filename*=UTF-8''l%C3%B6go.png");
  t.equal(attachment.headers.get('content-type'), 'application/octet-stream');
  for (const missing of [`${path}/attachments/2`, '/v1/test-mailbox/messages/none', `${path}x/raw`])
    t.equal((await service.call('GET', missing)).status, 404, missing);

  t.equal((await service.call('DELETE', '/v1/test-mailbox/messages')).status, 204);
  t.same((await mailbox(service)).messages, []);
  t.equal(await service.stop(), 0, 'the mailbox does not keep the service from stopping');
});

test('a mailbox that misbehaves shows each outcome of a mail', async (t) => {
  const service = await start(t.testdir());
  t.teardown(() => service.kill());
  await useMailbox(service);
  const to = [{ address: 'kunde@example.com' }, { address: 'Einkauf@Partner.example' }];
  const outcomes = ({ recipients }: Status): string[] => recipients.map(({ outcome }) => outcome);

  await behave(service, { rejectRecipients: ['partner.example'] });
  t.same(outcomes(await inState(service, await send(service, { to }), 'partly-sent')), ['sent', 'rejected']);
  await behave(service, { rejectRecipients: ['*'] });
  t.same(outcomes(await inState(service, await send(service), 'failed')), ['rejected']);
  await behave(service, { deferRecipients: ['einkauf@partner.example'] });
  t.same(outcomes(await inState(service, await send(service, { to }), 'deferred')), ['sent', 'deferred']);
  await behave(service, { afterMessage: 'reject' });
  t.same(outcomes(await inState(service, await send(service), 'failed')), ['rejected']);
  await behave(service, { afterMessage: 'defer' });
  t.same(outcomes(await inState(service, await send(service), 'deferred')), ['deferred']);

  const before = (await mailbox(service)).messages.length;
  await behave(service, { afterMessage: 'drop' });
  t.same(outcomes(await inState(service, await send(service), 'unknown')), ['unknown']);
  t.equal((await mailbox(service)).messages.length, before + 1, 'what is unknown was in fact delivered');
  await behave(service, { delaySeconds: 300 });
  await inState(service, await send(service), 'sending');

  const wrong = await service.call('PUT', '/v1/test-mailbox/behavior', { body: { delaySeconds: 301 } });
  t.equal(wrong.status, 400);
  t.match((await mailbox(service)).behavior, { ...good, delaySeconds: 300 }, 'nothing of it counts');
});

test('only those who may read all mail see the messages', async (t) => {
  const service = await start(t.testdir());
  t.teardown(() => service.kill());
  const keyWith = async (...scopes: readonly string[]): Promise<string> => {
    const { body } = await service.call('POST', '/v1/api-keys', { body: { name: 'module', scopes } });
    return (body as { key: string }).key;
  };
  const status = async (method: string, path: string, key: string, body?: object): Promise<number> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await fetch(`${service.api}${path}`, { method, headers, ...sent })).status;
  };
  const own = await keyWith('mail:send', 'mail:read', 'mail:manage', 'settings:read');
  const reader = await keyWith('mail:read:all');
  for (const path of ['/v1/test-mailbox', '/v1/test-mailbox/messages/x', '/v1/test-mailbox/messages/x/raw'])
    t.equal(await status('GET', path, own), 403, path);
  t.equal(await status('GET', '/v1/test-mailbox', reader), 200);
  t.equal(await status('PUT', '/v1/test-mailbox/behavior', reader, good), 403);
  t.equal(await status('DELETE', '/v1/test-mailbox/messages', reader), 403);
});

test('the probe of a connection test uses the quotas of its key like any mail, also after a restart', async (t) => {
  const directory = t.testdir();
  const first = await start(directory);
  t.teardown(() => first.kill());
  await useMailbox(first);
  const scopes = ['connection:test', 'mail:send', 'mail:read'];
  const created = await first.call('POST', '/v1/api-keys', {
    body: { name: 'erp', scopes, quotas: { mailsPerDay: 2 } },
  });
  const { key } = created.body as { readonly key: string };
  const call = ({ api }: StandaloneProcess, path: string, body: object) =>
    callApi(api, key, 'POST', path, { body, headers: { prefer: 'wait=30' } });
  const probe = (service: StandaloneProcess) =>
    call(service, `${serverPath}/connection-tests`, { probe: { to: 'me@acme.example' } });
  const post = async (service: StandaloneProcess) => {
    const answer = await call(service, '/v1/mails', {
      to: [{ address: 'kunde@example.com' }],
      subject: 'Rechnung',
      text: 'Anbei.',
    });
    return answer.status;
  };
  t.match((await probe(first)).body, { state: 'ok' });
  t.equal(await post(first), 202);
  t.equal(await post(first), 429, 'the probe counts');
  await first.stop();

  const second = await start(directory);
  t.teardown(() => second.kill());
  t.equal(await post(second), 429);
  const failed = { name: 'probe', state: 'failed', hint: { code: 'key-quota-reached' } };
  for (const attempt of [1, 2]) {
    const { state, steps } = (await probe(second)).body as { state: string; steps: readonly object[] };
    t.match([state, steps.at(-1)], ['failed', failed], `probe ${attempt}`);
  }
  t.match(
    (await call(second, `${serverPath}/connection-tests`, {})).body,
    { state: 'ok' },
    'without a probe',
  );
  const probes = (await mailbox(second)).messages.filter(({ subject }) =>
    subject?.includes('connection test'),
  );
  t.same(probes, []);
});
