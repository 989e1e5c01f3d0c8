import { test, type Test } from 'tap';
import type { CreatedApiKey, MailStatus, SenderCheck, SenderView } from '@postausgang/contracts';
import { createCertificates } from '../peers/certificates.ts';
import { startAuthority } from '../peers/exchange/authority.ts';
import { startGraphServer } from '../peers/exchange/graph-server.ts';
import { requirePeer } from '../peers/peer.ts';
import { startPostfix } from '../peers/postfix.ts';
import { startScriptedSmtp } from '../peers/scripted-smtp.ts';
import { reply, type Script } from '../peers/smtp-script.ts';
import { waitFor } from '../peers/wait-for.ts';
import { serverPath, startExchangeProduct } from './exchange-product.ts';
import { type ApiAnswer, callApi } from './service-process.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

type Call = StandaloneProcess['call'];

/** What every test asks of a service with senders. */
function senderCalls(call: Call) {
  const viewOf = async (id: string): Promise<SenderView> =>
    (await call('GET', `/v1/senders/${id}`)).body as SenderView;
  return {
    viewOf,
    create: async (address: string, more: object = {}): Promise<string> => {
      const body = { name: address, address, ...more };
      return ((await call('POST', '/v1/senders', { body })).body as SenderView).id;
    },
    check: async (id: string, body: object = {}): Promise<SenderCheck> => {
      const answer = await call('POST', `/v1/senders/${id}/checks`, { body, headers: { prefer: 'wait=30' } });
      return answer.body as SenderCheck;
    },
    /** The events of a check and its answer become visible one after the other. */
    untilState: (id: string, state: SenderView['check']['state']): Promise<SenderView> =>
      waitFor(`the sender to be ${state}`, async () => {
        const view = await viewOf(id);
        return view.check.state === state ? view : undefined;
      }),
  };
}

async function saveServer(call: Call, version: number, smtp: object): Promise<ApiAnswer> {
  return call('PUT', serverPath, {
    headers: { 'if-match': `"${version}"`, prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', encryption: 'none', authentication: 'none', ...smtp },
    },
  });
}

const denied = '550 5.7.60 SMTP; Client does not have permissions to send as this sender';

/** Refuses the senders other than its own only when it has the whole message, as Exchange does. */
function refusing(isDenied: (sender: string) => boolean): Script {
  let sender = '';
  return {
    greeting: reply('220 EX01.acme.example Microsoft ESMTP MAIL Service ready'),
    'mail-from'({ argument }) {
      sender = argument;
      return undefined;
    },
    'end-of-data': () => (isDenied(sender) ? reply(denied) : undefined),
  };
}

async function startExchangeLike(t: Test) {
  const server = await startScriptedSmtp({ script: refusing((sender) => sender === 'sales@acme.example') });
  t.teardown(() => server.stop());
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const { call } = service;
  const signIn = {
    port: server.port,
    authentication: 'password',
    username: 'ACME\\erp',
    password: 'Kanarienvogel-7391-geheim',
    allowCleartextAuthentication: true,
  };
  const saved = await saveServer(call, 0, signIn);
  t.equal(saved.status, 200, saved.text);
  return { server, service, call, signIn, ...senderCalls(call) };
}

test('a server that decides only after the message shows it by a mail to the sender itself', async (t) => {
  const { server, call, signIn, create, check, viewOf, untilState } = await startExchangeLike(t);
  const sales = await create('sales@acme.example', { alwaysCopyTo: [{ address: 'archive@acme.example' }] });
  const invoices = await create('invoices@acme.example');
  t.match((await viewOf(sales)).check, { state: 'unverified', verdict: null, checkedAt: null });

  t.match(await check(sales), { state: 'finished', total: 1, checked: 1, refused: 1 });
  const refused = await untilState(sales, 'refused');
  t.match(refused, {
    check: {
      verdict: 'refused',
      failure: { code: 'sender-refused' },
      reply: denied,
      remedy:
        "Add-ADPermission -Identity (Get-Recipient 'sales@acme.example').DistinguishedName -User 'ACME\\erp' -ExtendedRights 'Send As'",
    },
    warnings: [{ pointer: '/address', code: 'sender-refused' }],
  });
  t.match(await check(invoices), { verified: 1, results: [{ senderId: invoices, verdict: 'verified' }] });
  await untilState(invoices, 'verified');
  const [message, ...others] = server.messages().filter(({ accepted }) => accepted);
  t.strictSame(others, []);
  t.match(message, { sender: 'invoices@acme.example', recipients: ['invoices@acme.example'] });
  t.match(message?.content.toString(), /\r\nAuto-Submitted: auto-generated\r\n/);
  t.match(message?.content.toString(), /^Subject: =\?UTF-8\?Q\?Postausgang=3A_sender_check/m);

  // The right is granted: the same sender, checked again.
  server.use(refusing(() => false));
  await check(sales);
  t.strictSame((await untilState(sales, 'verified')).warnings, []);
  await call('PATCH', `/v1/senders/${sales}`, { headers: { 'if-match': '"1"' }, body: { name: 'Sales' } });
  t.match((await untilState(sales, 'outdated')).check, { verdict: 'verified' });
  await untilState(invoices, 'verified');
  await saveServer(call, 1, { ...signIn, hostname: 'localhost' });
  await untilState(invoices, 'outdated');
});

test('without a mail only the way up to RCPT is tried, and the verdict says so', async (t) => {
  const { server, service, call, create, check, untilState } = await startExchangeLike(t);
  const id = await create('invoices@acme.example');
  const checked = await check(id, { probe: false });
  t.match(checked, { unverified: 1, results: [{ verdict: 'accepted, not verified' }] });
  t.match((await untilState(id, 'unverified')).check, { failure: { code: 'probe-needed' } });
  t.strictSame(server.messages(), []);

  const body = { name: 'tester', scopes: ['connection:test', 'settings:read'] };
  const { key } = (await call('POST', '/v1/api-keys', { body })).body as CreatedApiKey;
  const path = `/v1/senders/${id}/checks`;
  const asTester = (more: object) => callApi(service.api, key, 'POST', path, { ...more });
  t.match((await asTester({ headers: { prefer: 'wait=30' } })).body, {
    results: [{ verdict: 'accepted, not verified' }],
  });
  t.match(await asTester({ body: { probe: true } }), { status: 403, body: { code: 'forbidden' } });
  t.strictSame(server.messages(), []);

  const limited = { name: 'shop', scopes: ['connection:test', 'mail:send'], senderDomains: ['shop.example'] };
  const shop = (await call('POST', '/v1/api-keys', { body: limited })).body as CreatedApiKey;
  t.match(await callApi(service.api, shop.key, 'POST', path), {
    status: 403,
    body: { code: 'sender-not-allowed' },
  });
  t.match(await callApi(service.api, shop.key, 'POST', '/v1/sender-checks'), {
    status: 202,
    body: { total: 0 },
  });
  t.match(await call('POST', '/v1/senders/unknown/checks'), { status: 404 });
});

test('all active senders are checked one after the other, and the progress can be read', async (t) => {
  const { server, service, call, create, viewOf } = await startExchangeLike(t);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'sales', 'c', 'd', 'e', 'f', 'g'])
    ids.push(await create(`${name}@acme.example`));
  await create('old@acme.example', { active: false });
  const started = await call('POST', '/v1/sender-checks');
  t.equal(started.status, 202);
  const { id, total } = started.body as SenderCheck;
  t.equal(total, 8);
  t.equal(started.headers.get('location'), `/v1/sender-checks/${id}`);
  const again = await call('POST', '/v1/sender-checks');
  const finished = await waitFor('the check to finish', async () => {
    const check = (await call('GET', `/v1/sender-checks/${id}`)).body as SenderCheck;
    return check.state === 'finished' ? check : undefined;
  });
  t.match(finished, { checked: 8, verified: 7, refused: 1, unverified: 0 });
  t.strictSame(finished.results.map(({ senderId }) => senderId).toSorted(), ids.toSorted());
  t.ok(again.status === 202, 'a second one is the running one, or comes after it');
  const list = (await call('GET', '/v1/sender-checks')).body as { items: readonly SenderCheck[] };
  t.ok(list.items.some((one) => one.id === id && one.state === 'finished'));
  t.match(await viewOf(ids[2] ?? ''), { check: { state: 'refused' } });
  const metrics = await (await fetch(`${service.api}/metrics`)).text();
  t.match(metrics, /postausgang_senders\{state="refused"\} 1/);
  // What is wrong with the server as a whole is found once.
  const before = server.conversations.length;
  server.use({ greeting: reply('554 5.3.2 closed') });
  const down = await call('POST', '/v1/sender-checks', { headers: { prefer: 'wait=60' } });
  t.match(down.body, { state: 'finished', checked: 8, verified: 0, refused: 0, unverified: 8 });
  t.ok(server.conversations.length < before + ids.length, 'the others are not tried');
  t.match(
    await waitFor('the failure to be known', async () => {
      const view = await viewOf(ids[0] ?? '');
      return view.check.failure === null ? undefined : view;
    }),
    { check: { state: 'verified' } },
  );
});

test('a mail whose sender is refused turns the sender to refused, and warns', async (t) => {
  const { service, call, create, untilState } = await startExchangeLike(t);
  const id = await create('sales@acme.example');
  const body = { to: [{ address: 'kunde@example.com' }], subject: 'Hallo', text: 'Hallo', sender: { id } };
  const { id: mailId } = (await call('POST', '/v1/mails', { body })).body as MailStatus;
  const refused = await untilState(id, 'refused');
  t.match(refused.check, { verdict: 'refused', mailId, failure: { code: 'sender-refused' } });
  t.match(refused.warnings, [{ code: 'sender-refused' }]);
  t.match(service.output(), /the mail server refuses a sender/);
});

test('Postfix with smtpd_sender_login_maps refuses at RCPT, and no mail is needed', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const postfix = await startPostfix({
    settings: {
      smtpd_sender_login_maps: 'inline:{ invoices@acme.example=erp@mail.test }',
      smtpd_sender_restrictions: 'reject_sender_login_mismatch',
    },
  });
  t.teardown(() => postfix.stop());
  const service = await startStandaloneProcess(`${t.testdir()}/data`, {
    NODE_EXTRA_CA_CERTS: postfix.caFile,
  });
  t.teardown(() => service.kill());
  const { call } = service;
  const saved = await saveServer(call, 0, {
    hostname: 'localhost',
    port: postfix.submissionPort,
    encryption: 'starttls',
    authentication: 'password',
    username: postfix.user,
    password: postfix.password,
  });
  t.match(saved.body, { applied: { state: 'applied' } });
  const { create, check, untilState } = senderCalls(call);
  const invoices = await create('invoices@acme.example');
  const chief = await create('chief@acme.example');
  t.match(await check(invoices), { verified: 1 });
  t.match(await check(chief), { refused: 1 });
  await untilState(invoices, 'verified');
  t.match((await untilState(chief, 'refused')).check, {
    failure: { code: 'sender-refused' },
    reply: /^553 5\.7\.1/,
    remedy: null,
  });
  t.strictSame(await postfix.messages(), []);
});

test('a sender that Graph replaces without an error is noticed', async (t) => {
  const certificates = await createCertificates();
  t.teardown(certificates.remove);
  const mailbox = 'erp@acme.example';
  const registration = { tenantId: 'acme.example', clientId: 'app-1', clientSecret: 'Kanarienvogel-4471' };
  const authority = await startAuthority(certificates.server, registration);
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(() => Promise.all([graph.close(), authority.close()]));
  const { service } = await startExchangeProduct(t, certificates);
  const { call } = service;
  const { create, check, untilState } = senderCalls(call);
  const connection = await call('POST', '/v1/exchange-connections', {
    body: {
      name: 'Exchange Online',
      email: mailbox,
      protocol: 'graph',
      cloud: 'custom',
      authorityUrl: authority.url,
      graphUrl: graph.url,
      ...registration,
    },
  });
  const exchange = { connectionId: (connection.body as { id: string }).id };
  await call('PUT', serverPath, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { serverType: 'exchange', enabled: true, senderAddress: { address: mailbox }, exchange },
  });
  const id = await create('sales@acme.example', { mailbox });
  await check(id);
  await untilState(id, 'verified');

  graph.filing.replacesFrom = mailbox;
  await check(id);
  t.match((await untilState(id, 'refused')).check, {
    failure: { code: 'sender-replaced', detail: mailbox },
    remedy:
      "Add-RecipientPermission -Identity 'sales@acme.example' -Trustee 'erp@acme.example' -AccessRights SendAs -Confirm:$false",
  });
  graph.filing.rewritesIds = true;
  t.match(await check(id), { refused: 1 }, 'the copy is found by its subject, too');

  graph.faults.push({ status: 403, body: JSON.stringify({ error: { code: 'ErrorSendAsDenied' } }) });
  t.match(await check(id), { refused: 1 });

  const closed = await create('info@acme.example');
  const denied = (message: string) => ({
    status: 403,
    body: JSON.stringify({ error: { code: 'ErrorAccessDenied', message } }),
  });
  graph.faults.push(denied('Access is denied. Check credentials and try again.'));
  t.match(await check(closed), { refused: 1 });
  t.match((await untilState(closed, 'refused')).check, {
    failure: { code: 'permission-missing' },
    remedy:
      /-App 'app-1' -Role 'Application Mail.Send' -CustomResourceScope 'Postausgang info@acme.example'$/,
  });
  graph.faults.push(denied('[RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.'));
  await check(closed);
  await waitFor('the line for the policy', async () => {
    const { remedy } = (await untilState(closed, 'refused')).check;
    return remedy?.startsWith('Get-ApplicationAccessPolicy') === true ? remedy : undefined;
  });

  graph.forbidReading();
  t.match(await check(id), { unverified: 1, results: [{ verdict: 'accepted, not verified' }] });
  t.match((await untilState(id, 'unverified')).check, { verdict: 'accepted, not verified' });
});
