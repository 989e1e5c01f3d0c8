import { test } from 'tap';
import type { MailStatus, QueueStatus } from '@postausgang/contracts';
import { startNodeSink } from '../peers/node-sink.ts';
import { startScriptedSmtp } from '../peers/scripted-smtp.ts';
import { reply } from '../peers/smtp-script.ts';
import { freePort } from '../peers/free-port.ts';
import { waitFor } from '../peers/wait-for.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const changes = 20;

test('under load every mail is sent with one version of the settings, never a mixture', async (t) => {
  const sinks = [await startNodeSink({ capture: true }), await startNodeSink({ capture: true })] as const;
  sinks.forEach(({ stop }) => t.teardown(stop));
  const service = await startStandaloneProcess(`${t.testdir()}/data`, { LOG_LEVEL: 'warn' });
  t.teardown(() => service.kill());
  const save = (version: number) =>
    service.call('PUT', server, {
      headers: { 'if-match': `"${version}"`, prefer: 'wait=applied' },
      body: {
        enabled: true,
        serverType: 'smtp',
        senderAddress: { address: `erp@server-${(version + 1) % 2}.example` },
        smtp: {
          hostname: '127.0.0.1',
          port: sinks[(version + 1) % 2 === 0 ? 0 : 1].port,
          encryption: 'none',
          authentication: 'none',
        },
      },
    });
  t.match(await save(0), { status: 200 });

  const ids: string[] = [];
  let isChanging = true;
  const client = async () => {
    while (isChanging) {
      const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
      const { status, body: accepted } = await service.call('POST', '/v1/mails', { body });
      if (status !== 202) t.fail(`a mail was answered with ${status}`);
      ids.push((accepted as MailStatus).id);
    }
  };
  const clients = [client(), client(), client()];
  for (let version = 1; version <= changes; version += 1) {
    t.match((await save(version)).body, { version: version + 1, applied: { state: 'applied' } });
  }
  isChanging = false;
  await Promise.all(clients);
  await waitFor('all mails at the servers', () =>
    sinks[0].counts().messages + sinks[1].counts().messages >= ids.length ? true : undefined,
  );

  const mixtures = sinks.flatMap(({ messages }, number) =>
    messages.filter(
      ({ sender, content }) =>
        sender !== `erp@server-${number}.example` ||
        !content.toString('latin1').includes(`From: erp@server-${number}.example`),
    ),
  );
  t.same(mixtures, [], 'server, envelope and header always belong together');
  t.equal(sinks[0].messages.length + sinks[1].messages.length, ids.length, 'every mail once');
  t.ok(
    sinks.every(({ messages }) => messages.length > 0),
    'both servers were used',
  );
  t.comment(`${ids.length} mails over ${changes} changes`);
});

test('saving the same settings again ends a standstill, and is no new version', async (t) => {
  const mailServer = await startScriptedSmtp({
    script: { 'rcpt-to': reply('550 5.7.1 Sending limit exceeded, please try again in 60 minutes') },
  });
  t.teardown(() => mailServer.stop());
  const service = await startStandaloneProcess(`${t.testdir()}/data`, { LOG_LEVEL: 'warn' });
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port: mailServer.port, encryption: 'none', authentication: 'none' };
  const senderAddress = { address: 'erp@acme.example' };
  const save = (version: number, headers: Readonly<Record<string, string>> = {}) =>
    service.call('PUT', server, {
      headers: { 'if-match': `"${version}"`, prefer: 'wait=applied', ...headers },
      body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
    });
  t.match((await save(0)).body, { version: 1, applied: { state: 'applied' } });
  const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
  const { id } = (await service.call('POST', '/v1/mails', { body: mail })).body as MailStatus;
  const { since, nextProbeAt } = await waitFor('a standstill', async () => {
    const { standstill } = (await service.call('GET', '/v1/queue')).body as QueueStatus;
    return standstill?.failure.code === 'sending-quota-reached' ? standstill : undefined;
  });
  const restsMs = Date.parse(nextProbeAt ?? '') - Date.parse(since ?? '');
  t.ok(restsMs > 30 * 60_000, `nothing would be tried for ${restsMs} ms`);

  mailServer.use({});
  t.equal((await save(0)).status, 412, 'an old version says nothing');
  const again = await save(1, { 'idempotency-key': 'again' });
  t.match(again.body, { version: 1, applied: { state: 'applied' } });
  await waitFor('the mail', async () => {
    const { state } = (await service.call('GET', `/v1/mails/${id}`)).body as MailStatus;
    return state === 'sent' ? true : undefined;
  });
  t.match((await service.call('GET', `${server}/history`)).body, { items: { length: 1 } });
  t.match((await service.call('GET', '/v1/queue')).body, { standstill: null });
});

test('a server that has never answered is tried again, and the queue says how often and when next', async (t) => {
  const port = await freePort();
  const service = await startStandaloneProcess(`${t.testdir()}/data`, { LOG_LEVEL: 'error' });
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' };
  const senderAddress = { address: 'erp@acme.example' };
  await service.call('PUT', server, {
    headers: { 'if-match': '"0"' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
  const { id } = (await service.call('POST', '/v1/mails', { body: mail })).body as MailStatus;
  const failedTries = (atLeast: number) =>
    waitFor(`${atLeast} failed tries`, async () => {
      const { asOf, standstill } = (await service.call('GET', '/v1/queue')).body as QueueStatus;
      const isPaused = standstill !== null && standstill.failedProbes >= atLeast;
      return isPaused && standstill.nextProbeAt !== null ? { asOf, ...standstill } : undefined;
    });
  for (const count of [1, 2, 3]) {
    const { asOf, nextProbeAt, failure } = await failedTries(count);
    t.match(failure, { code: 'connection-refused', retryAt: nextProbeAt });
    t.ok((nextProbeAt ?? '') > asOf, 'the next try lies ahead');
  }
  const mailServer = await startScriptedSmtp({ port });
  t.teardown(() => mailServer.stop());
  await waitFor('the mail', async () => {
    const { state } = (await service.call('GET', `/v1/mails/${id}`)).body as MailStatus;
    return state === 'sent' ? true : undefined;
  });
  t.match((await service.call('GET', '/v1/queue')).body, { standstill: null });
});
