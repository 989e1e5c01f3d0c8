import { productVersion } from '@postausgang/contracts';
import { test } from 'tap';
import { waitFor } from '../peers/wait-for.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const serverPath = '/v1/outgoing-servers/default';
const settings = {
  enabled: true,
  serverType: 'test-mailbox',
  senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
};

test('the log is JSON lines that say what became of each mail and each connection test', async (t) => {
  const service = await startStandaloneProcess(t.testdir(), { MAILER_ID: 'office-1' });
  t.teardown(() => service.kill());
  const lines = () =>
    service
      .output()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
  const line = (what: string, id: unknown) =>
    waitFor(what, () => lines().find((one) => one['id'] === id && String(one['msg']).startsWith(what)));

  const headers = { 'if-match': '"0"', prefer: 'wait=applied' };
  t.match(await service.call('PUT', serverPath, { body: settings, headers }), { status: 200 });
  const behavior = {
    rejectRecipients: ['nobody@example.org'],
    deferRecipients: [],
    delaySeconds: 0,
    afterMessage: 'accept',
  };
  await service.call('PUT', '/v1/test-mailbox/behavior', { body: behavior });
  const send = async (address: string) => {
    const body = {
      to: [{ address }],
      subject: 'Geheim',
      text: 'Vertraulich',
      businessReference: 'invoice/4711',
    };
    const answer = await service.call('POST', '/v1/mails', { body, headers: { 'x-request-id': 'erp:4711' } });
    t.equal(answer.headers.get('x-request-id'), 'erp:4711');
    return (answer.body as { id: string }).id;
  };
  const sent = await line('Mail sent', await send('kunde@example.com'));
  t.match(sent, {
    level: 'info',
    businessReference: 'invoice/4711',
    outcome: 'sent',
    domains: ['example.com'],
    durationMs: Number,
    sinceAcceptedMs: Number,
  });
  const failed = await line('Mail failed', await send('nobody@example.org'));
  t.match(failed, { level: 'warn', outcome: 'failed', code: /./, domains: ['example.org'] });
  const tested = await service.call('POST', `${serverPath}/connection-tests`, {
    headers: { prefer: 'wait=30' },
  });
  const { id } = tested.body as { id: string };
  t.match(await line('Connection test ok', id), { level: 'info', resource: 'outgoing-servers/default' });

  for (const one of lines()) {
    t.match(one, {
      service: 'postausgang',
      version: productVersion,
      instance: 'office-1',
      level: /^[a-z]+$/,
    });
  }
  t.ok(lines().some(({ requestId }) => requestId === 'erp:4711'));
  t.notMatch(service.output(), /kunde@|nobody@|Geheim|Vertraulich/, 'no addresses, and nothing of a message');

  const metrics = await (await fetch(`${service.api}/metrics`)).text();
  t.match(metrics, /postausgang_mail_outcomes_total\{outcome="sent",class="none",server="[^"]+"\} 1/);
  t.match(metrics, /postausgang_mail_outcomes_total\{outcome="failed",class="[a-z-]+",server="[^"]+"\} 1/);
  t.match(metrics, /postausgang_mail_delivery_seconds_count 1/);
  t.match(metrics, /postausgang_mail_attempt_seconds_count\{outcome="sent"\} 1/);
  t.match(metrics, /postausgang_connection_tests_total\{state="ok"\} 1/);
  t.match(metrics, new RegExp(`postausgang_build_info\\{service="postausgang",version="${productVersion}"`));
  t.match(metrics, /process_resident_memory_bytes \d/);
  t.match((await service.call('GET', '/version')).body, { version: productVersion, node: process.version });
});
