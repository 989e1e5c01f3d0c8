import { randomUUID } from 'node:crypto';
import { type Test, test } from 'tap';
import {
  type ConnectionTest,
  type EventData,
  type MailStatus,
  type OutgoingServerView,
  type Problem,
  topics,
} from '@postausgang/contracts';
import { createPublisher, eachEvent, openSqliteLog, startFold } from '@postausgang/event-log';
import { requirePeer } from '../peers/peer.ts';
import { type Postfix, startPostfix } from '../peers/postfix.ts';
import { waitFor } from '../peers/wait-for.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const ifMatch = (version: number) => ({ 'if-match': `"${version}"`, prefer: 'wait=applied' });

function settingsFor(postfix: Postfix) {
  return {
    enabled: true,
    serverType: 'smtp',
    copyToSender: 'bcc',
    senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
    smtp: {
      hostname: 'localhost',
      port: postfix.submissionPort,
      encryption: 'starttls',
      authentication: 'password',
      username: postfix.user,
      password: postfix.password,
    },
  };
}

async function setUp(t: Test): Promise<{ postfix: Postfix; start: () => Promise<StandaloneProcess> }> {
  const postfix = await startPostfix();
  t.teardown(postfix.stop);
  const data = `${t.testdir()}/data`;
  const start = async () => {
    const service = await startStandaloneProcess(data, { NODE_EXTRA_CA_CERTS: postfix.caFile });
    t.teardown(() => service.kill());
    return service;
  };
  return { postfix, start };
}

test('saves, tests and sends through Postfix with STARTTLS and a login', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const { postfix, start } = await setUp(t);
  const service = await start();
  const saved = await service.call('PUT', server, { headers: ifMatch(0), body: settingsFor(postfix) });
  t.match(saved.body, { version: 1, applied: { state: 'applied' }, smtp: { passwordSet: true } });

  const probe = { to: 'admin@acme.example' };
  const answer = await service.call('POST', `${server}/connection-tests`, {
    headers: { prefer: 'wait=30' },
    body: { probe },
  });
  const tested = answer.body as ConnectionTest;
  t.same(
    tested.steps.map(({ name, state }) => `${name} ${state}`),
    'resolve connect greeting tls ehlo authenticate mail-from rcpt-to data probe'
      .split(' ')
      .map((name) => `${name} ok`),
  );
  t.match(tested.steps.find(({ name }) => name === 'tls')?.detail, /^TLSv1\.[23] /);
  await postfix.waitForMessage(({ recipient }) => recipient === probe.to);

  const accepted = await service.call('POST', '/v1/mails', {
    body: {
      to: [{ name: 'Kunde Größ', address: 'kunde@example.com' }],
      bcc: [{ address: 'archiv@acme.example' }],
      subject: 'Rechnung 4711 für Größe',
      text: 'Guten Tag\n.\nAnbei.',
      attachments: [{ filename: 'Rechnung Größe.pdf', contentType: 'application/pdf', content: 'JVBERi0=' }],
      businessReference: 'invoice/4711',
    },
  });
  t.equal(accepted.status, 202);
  const path = accepted.headers.get('location') ?? '';
  const status = await waitFor('an outcome', async () => {
    const { body } = await service.call('GET', path);
    return (body as MailStatus).state === 'sent' ? (body as MailStatus) : undefined;
  });
  t.match(status.attempts, [{ settingsVersion: 1, tls: /^TLSv1\.[23] /, outcome: 'sent' }]);
  t.match(status.decisions, {
    sender: 'default',
    copies: [{ address: 'erp@acme.example', rule: 'copy-to-sender' }],
  });
  for (const { address, reply } of status.recipients) {
    t.match(reply, /^250 2\.0\.0 Ok: queued as /);
    const { text } = await postfix.waitForMessage(({ recipient }) => recipient === address);
    t.match(text, /^From: ACME GmbH <erp@acme.example>$/m);
    t.notMatch(text, /archiv@acme\.example.*\nTo:|^Bcc:/im, 'no blind copy is visible');
  }
  t.same(status.recipients.map(({ address }) => address).toSorted(), [
    'archiv@acme.example',
    'erp@acme.example',
    'kunde@example.com',
  ]);
  t.equal(await service.stop(), 0);
});

test('a wrong password is not put into service, and the hint says so', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const { postfix, start } = await setUp(t);
  const service = await start();
  await service.call('PUT', server, { headers: ifMatch(0), body: settingsFor(postfix) });
  const wrong = await service.call('PATCH', server, {
    headers: ifMatch(1),
    body: { smtp: { password: 'nearly right' } },
  });
  t.match(wrong.body, {
    version: 2,
    applied: {
      state: 'failed',
      mailers: [{ state: 'failed', servingVersion: 1, failure: { code: 'credentials-rejected' } }],
    },
  });
  const sent = await service.call('POST', '/v1/mails', {
    body: { to: [{ address: 'k@example.com' }], subject: 'x' },
  });
  const path = sent.headers.get('location') ?? '';
  const status = await waitFor('an outcome', async () => {
    const { body } = await service.call('GET', path);
    return (body as MailStatus).state === 'sent' ? (body as MailStatus) : undefined;
  });
  t.match(status.attempts, [{ settingsVersion: 1 }], 'the version before keeps serving');
});

test('another host needs the password again', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const { postfix, start } = await setUp(t);
  const service = await start();
  await service.call('PUT', server, { headers: ifMatch(0), body: settingsFor(postfix) });
  const elsewhere = { smtp: { hostname: '127.0.0.1' } };

  const enabled = await service.call('PATCH', server, { headers: ifMatch(1), body: elsewhere });
  t.equal(enabled.status, 422);
  t.match((enabled.body as Problem).findings, [{ pointer: '/smtp/password', code: 'secret-required' }]);
  const disabled = await service.call('PATCH', server, {
    headers: ifMatch(1),
    body: { ...elsewhere, enabled: false },
  });
  t.match((disabled.body as OutgoingServerView).warnings, [
    { pointer: '/smtp/password', code: 'secret-required' },
  ]);
  const answer = await service.call('POST', `${server}/connection-tests`, {
    headers: { prefer: 'wait=30' },
    body: {},
  });
  t.match(
    (answer.body as ConnectionTest).steps.find(({ state }) => state === 'failed'),
    {
      name: 'authenticate',
      hint: { code: 'secret-required' },
    },
  );
});

test('a changed host behind the back of the API opens no connection', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const { postfix, start } = await setUp(t);
  const first = await start();
  await first.call('PUT', server, { headers: ifMatch(0), body: settingsFor(postfix) });
  await first.stop();
  await changeHostInLog(first.dataDirectory);
  const before = await connections(postfix);

  const service = await start();
  const status = await waitFor('the receipt', async () => {
    const { body } = await service.call('GET', `${server}/apply-status`);
    return (body as { state: string }).state === 'pending' ? undefined : body;
  });
  t.match(status, {
    state: 'failed',
    version: 2,
    mailers: [{ state: 'failed', servingVersion: null, failure: { code: 'secret-required' } }],
  });
  t.match((await service.call('GET', server)).body, {
    smtp: { hostname: '127.0.0.1' },
    warnings: [{ pointer: '/smtp/password', code: 'secret-required' }],
  });
  const sent = await service.call('POST', '/v1/mails', {
    body: { to: [{ address: 'k@example.com' }], subject: 'x' },
  });
  const waiting = await service.call('GET', sent.headers.get('location') ?? '');
  t.match(waiting.body, { state: 'queued', attempts: [], waitingFor: { code: 'secret-required' } });
  t.equal(await connections(postfix), before, 'the server has seen no connection');
});

const connections = async (postfix: Postfix) => (await postfix.log()).split(': connect from ').length;

/** Appends a change of the host that keeps the sealed password and even claims the new destination for it. */
async function changeHostInLog(directory: string): Promise<void> {
  const log = await openSqliteLog({
    directory,
    topics: Object.values(topics),
    onError: (error) => {
      throw error;
    },
  });
  const changes: EventData<'settingsChanged'>[] = [];
  const fold = startFold({
    log,
    topic: 'settings',
    state: changes,
    apply: eachEvent((state, event) => {
      if (event.type === 'io.postausgang.settings-changed.v1') state.push(event.data);
    }),
  });
  await fold.caughtUp;
  const [saved] = changes;
  if (saved === undefined) throw new Error('nothing was saved');
  const { content } = saved;
  const publisher = createPublisher(log, { source: '/intruder', now: () => new Date(), newId: randomUUID });
  await publisher.publish('settingsChanged', saved.resource, {
    ...saved,
    expectedVersion: 1,
    content: { ...content, smtp: { ...content.smtp, hostname: '127.0.0.1' } },
  });
  await fold.stop();
  await log.close();
}
