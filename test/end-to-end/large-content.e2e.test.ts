import { hash, randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailAccepted } from '@postausgang/contracts';
import { test } from 'tap';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Handbuch', text: 'Anbei.' };
const attachment = (filename: string, content: Buffer) => ({
  filename,
  contentType: 'application/pdf',
  content: content.toString('base64'),
});

test('a large attachment survives a kill beside the log, and goes out byte for byte', async (t) => {
  const [small, large] = [randomBytes(200_000), randomBytes(3_000_000)];
  const directory = join(t.testdir({}), 'data');
  const peer = await startSmtpServer();
  t.teardown(peer.stop);
  let service = await startStandaloneProcess(directory);
  t.teardown(() => service.kill());
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  const smtp = { hostname: '127.0.0.1', port: peer.port, encryption: 'none', authentication: 'none' };
  const saved = await service.call('PUT', server, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { enabled: false, whenDisabled: 'hold', serverType: 'smtp', senderAddress, smtp },
  });
  t.equal(saved.status, 200);
  const attachments = [attachment('klein.pdf', small), attachment('groß.pdf', large)];
  const accepted = await service.call('POST', '/v1/mails', { body: { ...mail, attachments } });
  t.equal(accepted.status, 202);
  await service.kill();

  const sha256 = hash('sha256', large, 'hex');
  const stored = join(directory, 'content', 'sha256', sha256.slice(0, 2), sha256);
  t.equal((await stat(stored)).size, large.length);
  t.equal((await readdir(join(directory, 'content', 'sha256'))).length, 1, 'the small one is in the log');

  service = await startStandaloneProcess(directory);
  const enabled = await service.call('PATCH', server, {
    headers: { 'if-match': '"1"', prefer: 'wait=applied' },
    body: { enabled: true },
  });
  t.equal(enabled.status, 200);
  const { messageId } = accepted.body as MailAccepted;
  const sent = await peer.waitForMessage(({ mail: { messageId: id } }) => id === messageId);
  t.same(
    sent.mail.attachments.map(({ filename, content }) => [filename, hash('sha256', content, 'hex')]),
    [
      ['klein.pdf', hash('sha256', small, 'hex')],
      ['groß.pdf', sha256],
    ],
  );
});
