import { test, type Test } from 'tap';
import type { CreatedApiKey, MailStatus, Problem } from '@postausgang/contracts';
import { startNodeSink } from '../peers/node-sink.ts';
import { waitFor } from '../peers/wait-for.ts';
import { callApi } from './service-process.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const inFiveYears = () => new Date(Date.now() + 5 * 365 * 24 * 60 * 60 * 1000).toISOString();

async function setUp(t: Test, first: object = {}) {
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const { call } = service;
  let version = 0;
  const save = async (more: object): Promise<void> => {
    const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
    const body = { enabled: true, serverType: 'smtp', senderAddress: { address: 'erp@acme.example' }, smtp };
    const headers = { 'if-match': `"${version}"`, prefer: 'wait=applied' };
    const saved = await call('PUT', server, { headers, body: { ...body, ...more } });
    if (saved.status !== 200) throw new Error(JSON.stringify(saved.body));
    ({ version } = saved.body as { version: number });
  };
  await save(first);
  const create = async (body: object): Promise<string> =>
    ((await call('POST', '/v1/senders', { body })).body as { id: string }).id;
  const keyWith = async (limits: object): Promise<string> => {
    const scopes = ['mail:send', 'mail:read', 'mail:manage:all', 'connection:test'];
    const answer = await call('POST', '/v1/api-keys', { body: { name: 'module', scopes, ...limits } });
    return (answer.body as CreatedApiKey).key;
  };
  const post = (key: string, body: object) =>
    callApi(service.api, key, 'POST', '/v1/mails', {
      body: { to: [{ address: 'kunde@example.com' }], subject: 'Hallo', text: 'Hallo', ...body },
    });
  const statusOf = async (id: string): Promise<MailStatus> =>
    (await call('GET', `/v1/mails/${id}`)).body as MailStatus;
  const until = (id: string, state: MailStatus['state']): Promise<MailStatus> =>
    waitFor(`the mail to be ${state}`, async () => {
      const status = await statusOf(id);
      return status.state === state ? status : undefined;
    });
  return { sink, service, call, save, create, keyWith, post, until };
}

test('a new installation sends from its domain and its senders only', { timeout: 120_000 }, async (t) => {
  const { call, post, service, create, until, save } = await setUp(t);
  t.match((await call('GET', server)).body, {
    fromPolicy: { kind: 'known-or-domains', domains: [] },
    warnings: [],
  });
  const { key } = service;
  t.equal((await post(key, { from: { address: 'anybody@acme.example' } })).status, 202);
  const foreign = await post(key, { from: { address: 'ceo@stranger.example' } });
  t.equal(foreign.status, 403);
  t.match(foreign.body as Problem, {
    code: 'sender-not-allowed',
    detail: /acme\.example/,
    findings: [{ pointer: '/from/address', code: 'sender-not-allowed' }],
  });
  t.equal((await post(key, { replyTo: [{ address: 'x@stranger.example' }] })).status, 403);
  await create({ name: 'Agency', address: 'ceo@stranger.example' });
  const known = await post(key, { from: { address: 'CEO@stranger.example' } });
  t.equal(known.status, 202);
  await until((known.body as MailStatus).id, 'sent');
  await save({ fromPolicy: { kind: 'any' } });
  t.match((await call('GET', server)).body, { warnings: [{ code: 'from-policy-any' }] });
  t.equal((await post(key, { from: { address: 'x@anywhere.example' } })).status, 202);
  await save({});
  t.match((await call('GET', server)).body, { fromPolicy: { kind: 'any' } }, 'a PUT without it keeps it');
});

test(
  'before there is a default sender, a sender of its own is refused in plain words',
  { timeout: 120_000 },
  async (t) => {
    const { service, post, save, sink, until } = await setUp(t, {
      enabled: false,
      whenDisabled: 'hold',
      senderAddress: null,
    });
    const own = { from: { address: 'me@acme.example' } };
    const early = await post(service.key, own);
    t.match(early, {
      status: 403,
      body: { code: 'sender-not-allowed', detail: /no sender yet: save a sender address/ },
    });
    t.match(await post(service.key, {}), {
      status: 422,
      body: { findings: [{ code: 'sender-address-required' }] },
    });
    await save({});
    const first = await post(service.key, {});
    await until((first.body as MailStatus).id, 'sent');
    t.equal((await post(service.key, own)).status, 202, 'then its domain is allowed');
    await waitFor('both mails at the server', () => (sink.messages.length === 2 ? true : undefined));
  },
);

test(
  'mail from others goes out as the default sender where the server says so',
  { timeout: 120_000 },
  async (t) => {
    const { sink, service, keyWith, post, until } = await setUp(t, { onForeignSender: 'rewrite' });
    const { key } = service;
    const wanted = { name: 'Shop', address: 'shop@stranger.example' };
    const accepted = await post(key, { from: wanted });
    t.equal(accepted.status, 202, accepted.text);
    const sent = await until((accepted.body as MailStatus).id, 'sent');
    t.match(sent.decisions, {
      from: { address: 'erp@acme.example' },
      envelopeFrom: 'erp@acme.example',
      sender: { rule: 'default', senderId: null, replyTo: [wanted], rewrittenFrom: wanted },
    });
    const message = await waitFor('the mail at the server', () => sink.messages[0]);
    const text = message.content.toString('latin1');
    t.match(text, /^From: erp@acme\.example\r$/m);
    t.match(text, /^Reply-To: Shop <shop@stranger\.example>\r$/m);

    const own = await post(key, { from: { address: 'other@acme.example' } });
    const untouched = await until((own.body as MailStatus).id, 'sent');
    t.match(untouched.decisions, { sender: 'explicit', from: { address: 'other@acme.example' } });
    for (const body of [{ bounceAddress: wanted.address }, { replyTo: [wanted] }]) {
      t.equal((await post(key, body)).status, 403, 'only From is replaced');
    }
    const raw = await fetch(`${service.api}/v1/mails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'message/rfc822' },
      body: 'From: shop@stranger.example\r\nTo: kunde@example.com\r\n\r\nHallo\r\n',
    });
    t.equal(raw.status, 403, 'a finished message is not changed');
    const limited = await keyWith({ senderDomains: ['shop.acme.example'] });
    t.equal(
      (await post(limited, { from: wanted })).status,
      403,
      'nor do the limits of a key lead to another sender',
    );
  },
);

test('a key sends as its own senders only, whatever way it tries', { timeout: 120_000 }, async (t) => {
  const { sink, service, call, create, keyWith, post, until } = await setUp(t);
  const own = await create({ name: 'Warehouse', address: 'warehouse@acme.example' });
  const ceo = await create({ name: 'CEO', address: 'ceo@acme.example' });
  const key = await keyWith({ senders: [own] });
  const sent = await post(key, { sender: { id: own } });
  t.equal(sent.status, 202);
  await until((sent.body as MailStatus).id, 'sent');
  const refused = [
    { from: { address: 'ceo@acme.example' } },
    { sender: { id: ceo } },
    {},
    { sender: { id: own }, replyTo: [{ address: 'ceo@acme.example' }] },
  ];
  for (const body of refused) {
    const answer = await post(key, body);
    t.match(answer.body, { code: 'sender-not-allowed', detail: new RegExp(own) }, JSON.stringify(body));
  }
  const raw = (headers: string, query = '') =>
    fetch(`${service.api}/v1/mails${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'message/rfc822' },
      body: `${headers}\r\nTo: kunde@example.com\r\n\r\nHallo\r\n`,
    });
  t.equal((await raw('From: warehouse@acme.example')).status, 202);
  for (const headers of [
    'From: ceo@acme.example',
    'From: warehouse@acme.example\r\nSender: ceo@acme.example',
    'From: warehouse@acme.example\r\nReply-To: ceo@acme.example',
    'From: warehouse@acme.example, ceo@acme.example\r\nSender: warehouse@acme.example',
  ]) {
    t.equal((await raw(headers)).status, 403, headers);
  }
  t.equal((await raw('From: warehouse@acme.example', '?X-Envelope-From=ceo@acme.example')).status, 403);
  const probe = await callApi(service.api, key, 'POST', `${server}/connection-tests`, {
    body: { probe: { to: 'me@acme.example' } },
  });
  t.match(probe.body, { code: 'sender-not-allowed' }, 'the default sender is not among its own');
  const draft = await callApi(service.api, key, 'POST', `${server}/connection-tests`, {
    body: { draft: { senderAddress: { address: 'ceo@acme.example' } }, probe: { to: 'me@acme.example' } },
  });
  t.match(draft.body, { code: 'sender-not-allowed' });
  await waitFor('both mails at the server', () => (sink.messages.length >= 2 ? true : undefined));
  t.strictSame([...new Set(sink.messages.map(({ sender }) => sender))], ['warehouse@acme.example']);
  const ofCeo = await post(service.key, { from: { address: 'ceo@acme.example' } });
  const { id: foreign } = await until((ofCeo.body as MailStatus).id, 'sent');
  const recipients = [{ address: 'kunde@example.com', correctedAddress: 'me@example.com' }];
  const again = await callApi(service.api, key, 'POST', `/v1/mails/${foreign}/resend`, {
    body: { recipients, force: true },
  });
  t.match(again, { status: 403, body: { code: 'sender-not-allowed' } }, 'a resend is a mail of its own');
  t.match(await call('DELETE', `/v1/senders/${own}`, { headers: { 'if-match': '"1"' } }), {
    status: 409,
    body: { code: 'resource-in-use', detail: /api-keys/ },
  });
});

test('what was allowed at acceptance and is not any more is not sent', { timeout: 120_000 }, async (t) => {
  const { sink, call, create, keyWith, post, until, save } = await setUp(t);
  const own = await create({ name: 'Warehouse', address: 'warehouse@acme.example' });
  const key = await keyWith({ senders: [own] });
  const later = await post(key, { sender: { id: own }, sendAt: inFiveYears() });
  const { id } = later.body as MailStatus;
  const free = await keyWith({});
  const other = await post(free, { from: { address: 'other@acme.example' }, sendAt: inFiveYears() });
  const otherId = (other.body as MailStatus).id;
  const headers = { 'if-match': '"1"' };
  t.equal((await call('PATCH', `/v1/senders/${own}`, { headers, body: { active: false } })).status, 200);
  await save({ fromPolicy: { kind: 'known' } });
  for (const one of [id, otherId]) {
    await call('POST', `/v1/mails/${one}/cancel`, { body: {} });
    await call('POST', `/v1/mails/${one}/resend`, { body: {} });
    const failed = await until(one, 'failed');
    t.match(failed.failure, { code: 'sender-not-allowed' });
  }
  t.strictSame(sink.messages, []);
});
