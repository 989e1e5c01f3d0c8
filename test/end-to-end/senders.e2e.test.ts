import { test } from 'tap';
import type { MailStatus, Problem } from '@postausgang/contracts';
import { startNodeSink } from '../peers/node-sink.ts';
import { waitFor } from '../peers/wait-for.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const accounting = {
  name: 'ACME Accounting',
  address: 'accounting@acme.example',
  for: { kind: 'department', key: 'accounting' },
  replyTo: [{ name: 'Team', address: 'team@acme.example' }],
  alwaysCopyTo: [{ address: 'archive@acme.example' }],
};

test('a mail that names a department is sent as its sender, and says why', async (t) => {
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const { call } = service;
  await call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' },
    },
  });
  const { id } = (await call('POST', '/v1/senders', { body: accounting })).body as { id: string };
  const send = async (sender: object): Promise<MailStatus> => {
    const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.', sender };
    const accepted = await call('POST', '/v1/mails', { body });
    t.equal(accepted.status, 202);
    const path = `/v1/mails/${(accepted.body as MailStatus).id}`;
    return waitFor('the mail to be sent', async () => {
      const status = (await call('GET', path)).body as MailStatus;
      return status.state === 'sent' ? status : undefined;
    });
  };

  const sent = await send({ employee: 'nobody', department: 'accounting' });
  t.match(sent.decisions, {
    from: { name: accounting.name, address: accounting.address },
    envelopeFrom: accounting.address,
    sender: {
      rule: 'department',
      senderId: id,
      senderVersion: 1,
      tried: [{ rule: 'employee', key: 'nobody', result: 'unknown' }, { rule: 'department' }],
    },
  });
  t.strictSame(
    sent.recipients.map(({ address }) => address),
    ['kunde@example.com', 'archive@acme.example'],
  );
  const [message] = sink.messages;
  t.equal(message?.sender, accounting.address);
  const text = message?.content.toString('latin1') ?? '';
  t.match(text, /^From: ACME Accounting <accounting@acme\.example>\r$/m);
  t.match(text, /^Reply-To: Team <team@acme\.example>\r$/m);
  t.notMatch(text, /archive/);

  const fallen = await send({ department: 'unknown' });
  t.match(fallen.decisions, {
    envelopeFrom: 'erp@acme.example',
    sender: { rule: 'default', senderId: null },
  });

  const strict = await call('POST', '/v1/mails', {
    body: { to: [{ address: 'kunde@example.com' }], sender: { department: 'unknown', strict: true } },
  });
  t.equal(strict.status, 422);
  t.match(strict.body as Problem, {
    code: 'mail-invalid',
    findings: [{ pointer: '/sender/department', code: 'sender-unknown' }],
  });
  t.match((await call('GET', '/v1/senders/resolve?department=accounting&branch=berlin')).body, {
    rule: 'department',
    from: { address: accounting.address },
    sender: { id },
    tried: [
      { rule: 'department-at-branch', result: 'unknown' },
      { rule: 'department', result: 'found' },
    ],
    refused: false,
  });
  t.match((await call('GET', '/v1/senders/resolve?employee=7')).body, {
    rule: 'default',
    from: { address: 'erp@acme.example' },
    sender: null,
    refused: true,
  });
});

test('a sender that waiting mail names is not removed, and the refusal says how many mails there are', async (t) => {
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const { call } = service;
  const saved = await call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '"0"' },
    body: {
      enabled: false,
      whenDisabled: 'hold',
      serverType: 'test-mailbox',
      senderAddress: { address: 'erp@acme.example' },
    },
  });
  t.equal(saved.status, 200, saved.text);
  const create = async (sender: object): Promise<string> =>
    ((await call('POST', '/v1/senders', { body: sender })).body as { id: string }).id;
  const id = await create(accounting);
  const other = await create({ name: 'ACME Sales', address: 'sales@acme.example' });
  const send = async (more: object): Promise<string> => {
    const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.', ...more };
    const accepted = await call('POST', '/v1/mails', { body });
    t.equal(accepted.status, 202, accepted.text);
    return (accepted.body as MailStatus).id;
  };
  const remove = (which: string, ifMatch = '"1"') =>
    call('DELETE', `/v1/senders/${which}`, { headers: { 'if-match': ifMatch } });
  const waiting = await Promise.all([
    send({ sender: { id } }),
    send({ sender: { employee: 'nobody', department: 'accounting' } }),
    send({ sender: { department: 'accounting' }, sendAt: new Date(Date.now() + 3_600_000).toISOString() }),
  ]);
  await send({ sender: { department: 'unknown' } });
  await send({ from: { address: accounting.address } });
  await send({});
  const refused = await remove(id);
  t.match(refused, {
    status: 409,
    body: { code: 'sender-in-use', detail: '3 mails wait for this sender.' },
  });
  t.match((await call('GET', `/v1/queue/senders/${id}/mails`)).body, { senderId: id, waiting: 3 });
  t.equal((await remove(other)).status, 204, 'no mail names it');
  t.equal((await remove(id, '"7"')).status, 412);
  for (const mailId of waiting) await call('POST', `/v1/mails/${mailId}/cancel`, { body: {} });
  t.match((await call('GET', `/v1/queue/senders/${id}/mails`)).body, { waiting: 0 });
  t.equal((await remove(id)).status, 204);
});
