import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import type { MailStatus } from '@postausgang/contracts';
import { createMailAuthority } from '../message/smime/mail-authority.ts';
import { decrypted, verified } from '../message/smime/openssl-cms.ts';
import { requirePeer } from '../peers/peer.ts';
import { startPostfix } from '../peers/postfix.ts';
import { waitFor } from '../peers/wait-for.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const ifMatch = (version: number) => ({ 'if-match': `"${version}"`, prefer: 'wait=applied' });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const from = 'erp@acme.example';

test('certificates are imported, and mail goes out signed and encrypted', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const postfix = await startPostfix();
  t.teardown(postfix.stop);
  const authority = await createMailAuthority(t);
  const [own, kunde, chef] = await Promise.all([
    authority.issue(from, 'rsa-2048'),
    authority.issue('kunde@example.com', 'p-256'),
    authority.issue('chef@example.com', 'rsa-2048'),
  ]);
  const data = `${t.testdir()}/data`;
  const service = await startStandaloneProcess(data);
  t.teardown(() => service.kill());
  const pem = (name: string, kind: string, content: string) =>
    service.call('POST', '/v1/certificates', { body: { name, kind, content: base64(content) } });

  const imported = await pem('S/MIME', 'own', own.certificate.toString() + own.key + authority.ca.toString());
  t.match(imported, { status: 201, body: { privateKeySet: true } });
  const { id: certificateId } = imported.body as { id: string };
  const recipients = await service.call('POST', '/v1/recipient-certificates', {
    body: { content: base64(`${kunde.certificate}${chef.certificate}${authority.ca}`) },
  });
  t.match(recipients.body, { items: [{ state: 'imported' }, { state: 'imported' }] });
  const trusted = await pem('mail server', 'trusted', postfix.ca);
  const { id: trustedCertificateId } = trusted.body as { id: string };

  const settings = {
    enabled: true,
    serverType: 'smtp',
    copyToSender: 'bcc',
    senderAddress: { address: from },
    smtp: {
      hostname: 'localhost',
      port: postfix.submissionPort,
      encryption: 'starttls',
      authentication: 'password',
      username: postfix.user,
      password: postfix.password,
      trustedCertificateId,
    },
    smime: { sign: true, encrypt: 'required', certificateId },
  };
  const saved = await service.call('PUT', server, { headers: ifMatch(0), body: settings });
  t.match(saved, { status: 200, body: { applied: { state: 'applied' } } });

  const send = async (body: object): Promise<MailStatus> => {
    const accepted = await service.call('POST', '/v1/mails', {
      body: { subject: 'Rechnung', text: 'Grüße', ...body },
    });
    const { id } = accepted.body as { id: string };
    return waitFor('the mail to end', async () => {
      const status = (await service.call('GET', `/v1/mails/${id}`)).body as MailStatus;
      return ['sent', 'failed', 'unknown'].includes(status.state) ? status : undefined;
    });
  };
  const status = await send({
    to: [{ address: 'kunde@example.com' }],
    bcc: [{ address: 'chef@example.com' }],
  });
  t.match(
    status,
    {
      state: 'failed',
      failure: { code: 'smime-recipient-certificate-missing', detail: from },
    },
    'the copy to the sender needs a certificate like everybody',
  );
  await service.call('POST', '/v1/recipient-certificates', {
    body: { content: base64(own.certificate.toString()) },
  });

  const sent = await send({ to: [{ address: 'kunde@example.com' }], bcc: [{ address: 'chef@example.com' }] });
  t.match(sent, {
    state: 'sent',
    decisions: { smime: { signedWith: certificateId, encrypt: 'required', withoutCertificate: [] } },
  });
  t.equal(sent.attempts.length, 3, 'one message for To, one for Bcc, one for the sender');
  const arrived = async (recipient: string): Promise<Buffer> => {
    const found = await postfix.waitForMessage((message) => message.recipient === recipient);
    return Buffer.from(found.bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  };
  for (const [reader, others] of [
    [kunde, [chef]],
    [chef, [kunde]],
    [own, [kunde, chef]],
  ] as const) {
    const message = await arrived(reader.address);
    const content = await verified(await decrypted(message, reader), authority);
    t.match(content.toString(), 'Subject: Rechnung', `${reader.address} reads a signed message`);
    for (const other of others) await t.rejects(decrypted(message, other), `${other.address} does not`);
    await t.resolves(decrypted(message, own), 'and the sender does');
  }

  const raw = await fetch(`${service.api}/v1/mails/${sent.id}/raw`, {
    headers: { authorization: `Bearer ${service.key}` },
  });
  t.match(raw.headers.get('content-type'), 'message/rfc822');
  const source = Buffer.from(await raw.arrayBuffer());
  // Before it, Postfix says where the message has come from.
  const [tail] = (await arrived('kunde@example.com')).toString('latin1').split('Received: ').slice(-1);
  t.ok(tail?.endsWith(source.toString('latin1')), 'the source is the message as it went out');
  t.match((await verified(await decrypted(source, kunde), authority)).toString(), 'Subject: Rechnung');
  const content = await service.call('GET', `/v1/mails/${sent.id}/content`);
  t.match(content.body, { text: /^Grüße/, headers: Array }, 'the content is readable, as it was composed');

  const without = await send({ to: [{ address: 'fremd@example.com' }] });
  t.match(without, { state: 'failed', failure: { detail: 'fremd@example.com' } });
  t.notOk(
    (await postfix.messages()).some(({ recipient }) => recipient === 'fremd@example.com'),
    'nothing went out',
  );

  await service.stop();
  const needle = own.key.split('\n')[3] ?? '';
  t.strictSame(await filesWith(data, needle), [], 'the private key stands in no file');
  t.notMatch(service.output(), needle);
});

async function filesWith(directory: string, needle: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const contents = await Promise.all(files.map(async (file) => ({ file, bytes: await readFile(file) })));
  return contents.filter(({ bytes }) => bytes.includes(needle)).map(({ file }) => file);
}
