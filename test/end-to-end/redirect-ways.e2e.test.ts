/** Redirected mail by every way out of the service, and through random histories. */
import fc from 'fast-check';
import { type Test, test } from 'tap';
import type { MailStatus } from '@postausgang/contracts';
import { createMailAuthority } from '../message/smime/mail-authority.ts';
import { decrypted, verified } from '../message/smime/openssl-cms.ts';
import { type Certificates, createCertificates } from '../peers/certificates.ts';
import { startAuthority } from '../peers/exchange/authority.ts';
import { startEwsServer } from '../peers/exchange/ews-server.ts';
import { startGraphServer } from '../peers/exchange/graph-server.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { serverPath, startExchangeProduct } from './exchange-product.ts';
import { environmentName, histories, startRedirectStage } from './redirect-histories.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const target = 'test@qa.example';
const mailbox = 'erp@acme.example';

const redirectTo = ({ call }: Pick<StandaloneProcess, 'call'>, to: string, keep: readonly string[] = []) =>
  call('PUT', '/v1/environment/sending-mode', {
    headers: { 'if-match': '*', prefer: 'wait=applied' },
    body: { mode: 'redirect', to: [to], keep },
  });

test('random histories with restarts: the server is asked for nobody else while mail is redirected', async (t) => {
  const folder = t.testdir();
  let run = 0;
  let redirected = 0;
  const property = fc.asyncProperty(histories({ minLength: 12, maxLength: 30 }), async (steps) => {
    run += 1;
    const stage = await startRedirectStage();
    let service = await startStandaloneProcess(`${folder}/data-${run}`, {
      INSTALLATION_NAME: environmentName,
    });
    try {
      const saved = await service.call('PUT', serverPath, {
        headers: { 'if-match': '"0"' },
        body: {
          enabled: true,
          serverType: 'smtp',
          senderAddress: { address: mailbox },
          copyToSender: 'bcc',
          fromPolicy: { kind: 'any' },
          smtp: {
            hostname: '127.0.0.1',
            port: stage.server.port,
            encryption: 'none',
            authentication: 'none',
          },
        },
      });
      if (saved.status !== 200) throw new Error(saved.text);
      await stage.play(service, steps, async () => {
        await service.kill();
        service = await startStandaloneProcess(service.dataDirectory, { INSTALLATION_NAME: environmentName });
        return service;
      });
    } finally {
      await service.kill();
      await stage.server.stop();
    }
    redirected += stage.redirected();
    return stage.outside.length === 0;
  });
  await fc.assert(property, { numRuns: 2, endOnFailure: true });
  t.ok(redirected > 0, `${redirected} recipients were asked for`);
});

interface Way {
  readonly title: string;
  readonly protocol: 'graph' | 'ews';
  readonly start: (t: Test, certificates: Certificates) => Promise<Peer>;
}

interface Peer {
  readonly connection: Readonly<Record<string, unknown>>;
  readonly arrived: () => readonly { readonly recipients: readonly string[]; readonly raw: Buffer }[];
}

const secret = 'Kanarienvogel-7717-geheim';
const registration = { tenantId: 'acme.example', clientId: 'app-1', clientSecret: secret, mailbox };

const ways: readonly Way[] = [
  {
    title: 'redirected mail names nobody else to Graph',
    protocol: 'graph',
    async start(t, { server }) {
      const authority = await startAuthority(server, registration);
      const graph = await startGraphServer(server, authority, mailbox);
      t.teardown(() => Promise.all([graph.close(), authority.close()]));
      const { tenantId, clientId, clientSecret } = registration;
      const connection = { tenantId, clientId, clientSecret, cloud: 'custom' };
      return {
        connection: { ...connection, authorityUrl: authority.url, graphUrl: graph.url },
        arrived: () => graph.mails,
      };
    },
  },
  {
    title: 'redirected mail names nobody else to EWS',
    protocol: 'ews',
    async start(t, { server }) {
      const basic = { username: mailbox, password: secret };
      const ews = await startEwsServer({ certificate: server, mailbox, basic });
      t.teardown(ews.close);
      const ewsUrl = `${ews.url}/EWS/Exchange.asmx`;
      return { connection: { ...basic, authentication: 'basic', ewsUrl }, arrived: () => ews.mails };
    },
  },
];

for (const { title, protocol, start } of ways) {
  test(title, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const certificates = await createCertificates();
    t.teardown(certificates.remove);
    const peer = await start(t, certificates);
    const { service, call, stateOf } = await startExchangeProduct(t, certificates);
    const connection = { name: 'Exchange', email: mailbox, protocol, ...peer.connection };
    const created = await call('POST', '/v1/exchange-connections', connection);
    t.equal(created.status, 201, created.text);
    const exchange = { connectionId: (created.body as { id: string }).id };
    const server = {
      serverType: 'exchange',
      enabled: true,
      senderAddress: { address: mailbox },
      copyToSender: 'bcc',
      fromPolicy: { kind: 'any' },
      exchange,
    };
    const saved = await call('PUT', serverPath, server, 0, 'wait=applied');
    t.match(saved.body, { applied: { state: 'applied' } });
    t.match((await redirectTo(service, target, ['qa.acme.example'])).body, { applied: { state: 'applied' } });

    const composed = await call('POST', '/v1/mails', {
      to: [{ address: 'kunde@example.com' }, { address: 'pruefung@qa.acme.example' }],
      cc: [{ address: 'chef@example.com' }],
      bcc: [{ address: 'archiv@example.com' }],
      replyTo: [{ address: 'antwort@example.com' }],
      subject: 'Rechnung',
      text: 'Anbei.',
    });
    const sent = await stateOf((composed.body as { id: string }).id, 'sent');
    t.ok(sent.redirected);
    t.match(
      sent.recipients.find(({ address }) => address === 'archiv@example.com'),
      { outcome: 'sent', deliveredTo: [target] },
    );
    const finished = await service.call('POST', '/v1/mails/raw?X-Envelope-To=kunde@example.com', {
      headers: { 'content-type': 'message/rfc822' },
      text: `From: ${mailbox}\r\nTo: kunde@example.com\r\nCc: chef@example.com\r\nSubject: fertig\r\n\r\nAnbei.\r\n`,
    });
    t.equal(finished.status, 202, finished.text);
    await stateOf((finished.body as { id: string }).id, 'sent');
    const forwarded = await service.call('POST', '/v1/mails/raw?X-Envelope-To=kunde@example.com', {
      headers: { 'content-type': 'message/rfc822' },
      text: `From: ${mailbox}\r\nTo: kunde@example.com\r\nResent-To: chef@example.com\r\nSubject: weiter\r\n\r\nAnbei.\r\n`,
    });
    t.match(await stateOf((forwarded.body as { id: string }).id, 'held'), { heldFor: 'redirect-unsafe' });

    const recipients = new Set(peer.arrived().flatMap((mail) => mail.recipients));
    t.same([...recipients].toSorted(), ['pruefung@qa.acme.example', target]);
    for (const { raw, recipients: to } of peer.arrived()) {
      const [header = ''] = raw.toString('latin1').split('\r\n\r\n');
      if (to.includes(target)) t.notMatch(header, /^(?:To|Cc|Bcc|Reply-To):.*@example\.com/m);
    }
  });
}

test('what was to be encrypted is encrypted to the redirect address, or held', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const authority = await createMailAuthority(t);
  const issue = (address: string) => authority.issue(address, 'rsa-2048');
  const [own, customer, tester] = await Promise.all([
    issue(mailbox),
    issue('kunde@example.com'),
    issue(target),
  ]);
  const asked: string[] = [];
  const server = await startSmtpServer({
    onRcptTo(address) {
      asked.push(address);
      return undefined;
    },
  });
  t.teardown(server.stop);
  const service = await startStandaloneProcess(`${t.testdir()}/data`, { INSTALLATION_NAME: environmentName });
  t.teardown(() => service.kill());
  const imported = await service.call('POST', '/v1/recipient-certificates', {
    body: {
      content: Buffer.from(`${customer.certificate}${tester.certificate}${authority.ca}`).toString('base64'),
    },
  });
  t.match(imported.body, { items: [{ state: 'imported' }, { state: 'imported' }] });
  const signing = await service.call('POST', '/v1/certificates', {
    body: {
      name: 'S/MIME',
      kind: 'own',
      content: Buffer.from(`${own.certificate}${own.key}${authority.ca}`).toString('base64'),
    },
  });
  const certificateId = (signing.body as { id: string }).id;
  const smtp = { hostname: '127.0.0.1', port: server.port, encryption: 'none', authentication: 'none' };
  const encryptWith = (encrypt: string) =>
    service.call('PUT', serverPath, {
      headers: { 'if-match': '*', prefer: 'wait=applied' },
      body: {
        enabled: true,
        serverType: 'smtp',
        senderAddress: { address: mailbox },
        smtp,
        smime: { sign: true, encrypt, certificateId },
      },
    });
  const until = (id: string, state: string): Promise<MailStatus> =>
    waitFor(`the mail to be ${state}`, async () => {
      const mail = (await service.call('GET', `/v1/mails/${id}`)).body as MailStatus;
      return mail.state === state ? mail : undefined;
    });
  const send = async (subject: string): Promise<string> => {
    const body = { to: [{ address: 'kunde@example.com' }], subject, text: 'Geheim.' };
    const accepted = await service.call('POST', '/v1/mails', { body });
    return (accepted.body as { id: string }).id;
  };
  for (const encrypt of ['required', 'when-possible']) {
    const saved = await encryptWith(encrypt);
    t.match(saved.body, { applied: { state: 'applied' } }, saved.text);
    await redirectTo(service, target);
    const id = await send(encrypt);
    t.match(await until(id, 'sent'), { redirected: true, recipients: [{ deliveredTo: [target] }] });
    const message = server.messages.at(-1)?.content ?? Buffer.alloc(0);
    const signed = await verified(await decrypted(message, tester), authority);
    t.match(signed.toString(), 'Geheim.', encrypt);
    await t.rejects(decrypted(message, customer), 'the recipient that was meant could not read it');

    await redirectTo(service, 'ohne@qa.example');
    const held = await send(`${encrypt} ohne Zertifikat`);
    t.match(await until(held, 'held'), { heldFor: 'redirect-certificate' }, encrypt);
  }
  t.same([...new Set(asked)], [target]);
});
