import type { MailStatus, Problem, QueueStatus, SendingModeView } from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { type CapturedMail, type CapturingSmtpServer, startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const modePath = '/v1/environment/sending-mode';
const target = 'test@qa.example';
const inside = (address: string): boolean => address === target || address.endsWith('@acme.example');
const redirect = { mode: 'redirect', to: [target], keep: ['acme.example'] };

interface Office {
  readonly service: StandaloneProcess;
  readonly server: CapturingSmtpServer;
  /** Every address that the server was asked for. */
  readonly asked: string[];
}

/** A service with a server that says no to an address for as long as it is among the busy ones. */
async function openOffice(t: Test, busy: Set<string> = new Set()): Promise<Office> {
  const asked: string[] = [];
  const server = await startSmtpServer({
    onRcptTo(address) {
      asked.push(address);
      return busy.has(address) ? { code: 450, text: '4.2.1 The mailbox is busy' } : undefined;
    },
  });
  t.teardown(server.stop);
  const service = await startStandaloneProcess(`${t.testdir()}/data`, { INSTALLATION_NAME: 'Testsystem' });
  t.teardown(() => service.kill());
  const saved = await service.call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      copyToSender: 'bcc',
      fromPolicy: { kind: 'any' },
      smtp: { hostname: '127.0.0.1', port: server.port, encryption: 'none', authentication: 'none' },
    },
  });
  t.equal(saved.status, 200);
  return { service, server, asked };
}

const put = ({ call }: StandaloneProcess, body: object) =>
  call('PUT', modePath, { headers: { 'if-match': '*', prefer: 'wait=applied' }, body });

async function send({ call }: StandaloneProcess, more: object): Promise<string> {
  const answer = await call('POST', '/v1/mails', { body: { text: 'Anbei.', ...more } });
  if (answer.status !== 202) throw new Error(answer.text);
  return (answer.body as { id: string }).id;
}

const mailOf = async ({ call }: StandaloneProcess, id: string): Promise<MailStatus> =>
  (await call('GET', `/v1/mails/${id}`)).body as MailStatus;

const inState = (service: StandaloneProcess, id: string, state: string): Promise<MailStatus> =>
  waitFor(`the mail to be ${state}`, async () => {
    const mail = await mailOf(service, id);
    return mail.state === state ? mail : undefined;
  });

const textOf = (mail: CapturedMail | undefined): string => mail?.content.toString('latin1') ?? '';

test('redirected mail reaches the targets and those that are kept, and nobody else', async (t) => {
  const { service, server, asked } = await openOffice(t);
  const saved = await put(service, redirect);
  t.match(saved, { status: 200, body: { ...redirect, version: 1, applied: { state: 'applied' } } });
  t.equal(saved.headers.get('preference-applied'), 'wait=applied');

  const composed = await send(service, {
    to: [{ name: 'Kunde', address: 'kunde@example.com' }, { address: 'pruefung@acme.example' }],
    cc: [{ address: 'chef@example.com' }],
    bcc: [{ address: 'archiv@example.com' }],
    from: { address: 'rechnung@example.com' },
    replyTo: [{ address: 'antwort@example.com' }],
    requestReceipt: true,
    requestDsn: { notify: ['failure'] },
    bounceAddress: 'bounces@example.com',
    subject: 'Rechnung 4711',
    html: '<html><body class="x"><p>Anbei.</p></body></html>',
  });
  const sent = await inState(service, composed, 'sent');
  t.ok(sent.redirected);
  t.same(
    sent.recipients.map(({ address, outcome, deliveredTo }) => [address, outcome, deliveredTo]),
    [
      ['kunde@example.com', 'sent', [target]],
      ['pruefung@acme.example', 'sent', undefined],
      ['chef@example.com', 'sent', [target]],
      ['archiv@example.com', 'sent', [target]],
      ['rechnung@example.com', 'sent', [target]],
    ],
  );
  t.same(
    sent.attempts.map(({ redirected }) => redirected),
    [undefined, 'message'],
  );
  const [kept, redirected] = server.messages;
  t.same(kept?.recipients, ['pruefung@acme.example']);
  t.match(textOf(kept), /^Reply-To: antwort@example\.com\r$/m, 'whoever is kept gets the message as it is');
  t.same(redirected?.recipients, [target]);
  t.same(
    server.messages.map(({ sender }) => sender),
    [target, target],
    'reports stay inside',
  );
  const text = textOf(redirected);
  t.match(text, /^Subject: \[redirected\] Rechnung 4711\r$/m);
  t.match(text, /^To: test@qa\.example\r$/m);
  t.match(text, /^Reply-To: test@qa\.example\r$/m);
  t.match(
    text.replaceAll(/\r\n[ \t]+/g, ' '),
    /^X-Postausgang-Original-To: kunde@example\.com, chef@example\.com, archiv@example\.com, rechnung@example\.com\r$/m,
  );
  t.notMatch(text.split('\r\n\r\n')[0], /^(?:Cc|Disposition-Notification-To):/m);
  t.match(text, 'An / To: kunde@example.com');
  t.match(text, 'Bcc: archiv@example.com, rechnung@example.com');
  t.match(text, /<body class="x"><div/);

  const raw = Buffer.from(
    'From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: fertig\r\n\r\nAnbei.\r\n',
  );
  const path = '/v1/mails?X-Envelope-To=kunde@example.com&X-Envelope-From=bounces@example.com';
  const accepted = await fetch(`${service.api}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${service.key}`, 'content-type': 'message/rfc822' },
    body: raw,
  });
  t.equal(accepted.status, 202, await accepted.clone().text());
  const finished = await inState(service, ((await accepted.json()) as { id: string }).id, 'sent');
  t.match(finished.attempts, [{ redirected: 'envelope' }]);
  const last = server.messages.find((mail) => textOf(mail).includes('Subject: fertig'));
  t.match(textOf(last), /^To: kunde@example\.com\r$/m, 'a finished message stays as it is');
  t.same(last?.recipients, [target]);

  const tested = await service.call('POST', '/v1/outgoing-servers/default/connection-tests', {
    body: { probe: { to: 'me@example.com' } },
    headers: { prefer: 'wait=60' },
  });
  t.match(tested, { status: 200, body: { state: 'ok' } });
  t.ok(server.messages.some((mail) => textOf(mail).includes('connection test')));
  t.same(
    asked.filter((address) => !inside(address)),
    [],
  );
});

test('everybody sees that mail is redirected, and only who names the environment switches to live', async (t) => {
  const { service } = await openOffice(t);
  const headerOf = async (path: string): Promise<string | null> =>
    (await fetch(`${service.api}${path}`)).headers.get('postausgang-sending-mode');
  t.equal(await headerOf('/health/live'), null);
  const mode = await service.call('GET', modePath);
  t.match(mode.body, { version: 0, mode: 'live', applied: { state: 'applied', version: 0 } });
  await put(service, redirect);
  t.equal(await headerOf('/health/live'), 'redirect');
  t.equal(await headerOf('/v1/mails'), 'redirect', 'refused requests are answers, too');
  t.match(await (await fetch(`${service.api}/health/ready`)).text(), '"sendingMode":"redirect"');
  t.match(
    await (await fetch(`${service.api}/metrics`)).text(),
    /^postausgang_sending_mode\{mode="redirect"\} 1$/m,
  );
  t.match((await service.call('GET', '/v1/environment')).body, { sendingMode: 'redirect' });

  for (const environmentName of [undefined, 'testsystem']) {
    const refused = await put(service, { mode: 'live', environmentName });
    t.equal(refused.status, 422);
    t.match((refused.body as Problem).findings, [
      { pointer: '/environmentName', code: 'environment-name-required' },
    ]);
  }
  const reverted = { headers: { 'if-match': '*' }, body: { version: 0 } };
  t.equal((await service.call('POST', `${modePath}/revert`, reverted)).status, 422);
  t.match(await put(service, { mode: 'redirect', to: [] }), {
    status: 422,
    body: { findings: [{ pointer: '/to', code: 'redirect-target-required' }] },
  });
  t.match(await put(service, { mode: 'redirect', to: ['nobody'], keep: ['a b'] }), {
    status: 422,
    body: { findings: [{ pointer: '/to/0' }, { pointer: '/keep/0', code: 'address-or-domain-invalid' }] },
  });
  t.equal((await put(service, { mode: 'live', environmentName: 'Testsystem' })).status, 200);
  t.equal(await headerOf('/health/live'), null);
  const { body } = await service.call('GET', `${modePath}/history`);
  t.match(body, { items: [{ version: 2, differences: [{ pointer: '/mode', to: 'live' }, {}, {}] }, {}] });
});

test('mail that waited comes under the redirect, and back to live it waits for a person', async (t) => {
  const busy = new Set(['kunde@example.com', target]);
  const { service, server, asked } = await openOffice(t, busy);
  const older = await send(service, { to: [{ address: 'kunde@example.com' }], subject: 'alt' });
  t.match(await inState(service, older, 'deferred'), { redirected: false });
  await put(service, redirect);
  const before = asked.length;
  const newer = await send(service, { to: [{ address: 'kunde@example.com' }], subject: 'neu' });
  t.match(await inState(service, newer, 'deferred'), {
    redirected: true,
    recipients: [{ outcome: 'deferred', deliveredTo: [target] }, {}],
  });
  const done = await send(service, { to: [{ address: 'dritter@acme.example' }], subject: 'bleibt' });
  await inState(service, done, 'sent');
  busy.clear();
  const through = await send(service, { to: [{ address: 'kunde@example.com' }], subject: 'durch' });
  await inState(service, through, 'sent');
  t.same(
    asked.slice(before).filter((address) => !inside(address)),
    [],
  );
  // One more that waits, and is due as soon as the server is switched on again.
  const serverPath = '/v1/outgoing-servers/default';
  const switchServer = (enabled: boolean) =>
    service.call('PATCH', serverPath, {
      headers: { 'if-match': '*', prefer: 'wait=applied' },
      body: { enabled, whenDisabled: 'hold' },
    });
  await switchServer(false);
  const late = await send(service, { to: [{ address: 'kunde@example.com' }], subject: 'wartet' });
  t.match(await inState(service, late, 'held'), { heldFor: 'mail-disabled' });
  const live = await put(service, { mode: 'live', environmentName: 'Testsystem' });
  t.equal(live.status, 200);
  await switchServer(true);
  await waitFor('the mail to be held by the change to live', async () =>
    (await mailOf(service, late)).heldFor === 'redirected' ? true : undefined,
  );
  await service.call('POST', `/v1/mails/${late}/release`, { body: {} });
  await inState(service, late, 'sent');
  const waiting = await send(service, { to: [{ address: 'kunde@example.com' }], subject: 'danach' });
  await inState(service, waiting, 'sent');
  const refused = await service.call('POST', `/v1/mails/${through}/resend`, { body: { force: true } });
  t.match(refused, { status: 409, body: { code: 'mail-redirected' } });
  t.equal(server.messages.filter((mail) => mail.recipients.includes('kunde@example.com')).length, 2);
  const confirmed = await service.call('POST', `/v1/mails/${through}/resend`, {
    body: { confirmRedirected: true },
  });
  t.equal(confirmed.status, 200, confirmed.text);
  const reached = await inState(service, through, 'sent');
  t.match(reached, { redirected: false, recipients: [{ outcome: 'sent' }, {}] });
});

test('while mail is held, it is accepted and waits until somebody releases it', async (t) => {
  const { service, server } = await openOffice(t);
  t.match((await put(service, { mode: 'hold' })).body as SendingModeView, { mode: 'hold', version: 1 });
  const [one, other] = await Promise.all(
    ['eins', 'zwei'].map((subject) => send(service, { to: [{ address: 'kunde@example.com' }], subject })),
  );
  for (const id of [one, other]) {
    t.match(await inState(service, id ?? '', 'held'), { heldFor: 'sending-mode' });
  }
  const queue = (await service.call('GET', '/v1/queue')).body as QueueStatus;
  t.equal(queue.mails.held, 2);
  t.same(server.messages, []);
  const released = await service.call('POST', '/v1/mails/release', { body: { filter: {} } });
  t.match(released, { status: 202, body: { matched: 2 } });
  for (const id of [one, other]) await inState(service, id ?? '', 'sent');
});
