import { randomBytes, X509Certificate } from 'node:crypto';
import { test, type Test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import type { ExchangeKeys } from '../../../../packages/credentials/src/open-secrets.ts';
import { composeMail, composeMessage } from '../../../../packages/message/src/compose.ts';
import { readRawMessage } from '../../../../packages/message/src/finished-message.ts';
import { openExchangeTransport } from '../../../../services/mailer/src/transports/exchange/open.ts';
import { startAuthority } from '../../../peers/exchange/authority.ts';
import { startGraphServer } from '../../../peers/exchange/graph-server.ts';
import { waitFor } from '../../../peers/wait-for.ts';
import { active, openLog, openQueue } from '../../engine/harness.ts';
import { fuzzedMessage } from '../fuzzed-messages.ts';
import {
  clientSecret,
  connection,
  described,
  lookupOf,
  mailbox,
  message,
  messageId,
  opened,
  optionsFor,
  registration,
  secretKeys,
  sending,
  startWorld,
} from './fixture.ts';

async function startGraph(t: Test) {
  const world = await startWorld(t);
  const graph = await startGraphServer(world.certificates.server, world.authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(world.authority, { protocol: 'graph', graphUrl: graph.url });
  return { ...world, graph, content };
}

test('a mail goes out by Graph, after its intent, to exactly the recipients of the envelope', async (t) => {
  const { graph, options, content } = await startGraph(t);
  const transport = await opened(t, options, content);
  t.equal(transport.capacity, 4);
  const { request, intents } = sending(
    ['a@example.com', 'c@example.com', 'hidden@example.com'],
    message(),
    async () => {
      t.equal(graph.mails.length, 0, 'nothing is handed over before the intent stands');
    },
  );
  const result = await transport.send(request);
  t.match(result, { kind: 'finished', server: `localhost:${graph.port}`, tls: /^TLSv1\.3/, failure: null });
  t.match(result, { recipients: request.envelope.to.map((address) => ({ address, outcome: 'sent' })) });
  t.match(intents, [{ accepted: request.envelope.to, server: `localhost:${graph.port}` }]);
  t.strictSame(graph.mails[0]?.recipients, ['a@example.com', 'c@example.com', 'hidden@example.com']);
  t.equal(graph.mails[0]?.messageId, messageId);
  await transport.send(sending().request);
  const raw = graph.mails[1]?.raw ?? Buffer.alloc(0);
  t.strictSame(raw, Buffer.from(message()), 'what needs no change stays byte by byte');
});

test('a mail whose sender has a mailbox of its own goes through that one', async (t) => {
  const { graph, options, content } = await startGraph(t);
  const transport = await opened(t, options, content);
  const { request, intents } = sending();
  const elsewhere = await transport.send({ ...request, mailbox: 'other@acme.example' });
  t.match(elsewhere, { kind: 'finished', failure: { code: 'mailbox-unknown' } });
  t.equal(graph.mails.length, 0, 'the server knows one mailbox only');
  t.match(await transport.send({ ...request, mailbox }), { kind: 'finished', failure: null });
  t.equal(intents.length, 2);
});

test('50 sends at once with a cold cache ask for one token, and four at a time reach Graph', async (t) => {
  const { authority, graph, options, content } = await startGraph(t);
  const transport = await opened(t, options, content);
  const results = await Promise.all(Array.from({ length: 50 }, () => transport.send(sending().request)));
  t.ok(results.every((result) => result.kind === 'finished' && result.failure === null));
  t.equal(graph.mails.length, 50);
  t.equal(authority.requests(), 1);
  t.ok(graph.mostAtOnce() <= 4, `${graph.mostAtOnce()} at once`);
});

test('a token that is not accepted any more is renewed once, by many sends together', async (t) => {
  const { authority, graph, options, content } = await startGraph(t);
  const transport = await opened(t, options, content);
  authority.revokeAll();
  const handed = Array.from({ length: 8 }, () => sending());
  const results = await Promise.all(handed.map(({ request }) => transport.send(request)));
  t.ok(results.every((result) => result.kind === 'finished' && result.failure === null));
  t.ok(
    handed.every(({ intents }) => intents.length === 1),
    'and each intent is recorded once',
  );
  t.equal(authority.requests(), 2);
  t.equal(graph.mails.length, 8);
  authority.revokeAll();
  graph.faults.push({ status: 401 }, { status: 401 });
  const refused = await transport.send(sending().request);
  t.match(refused, { kind: 'finished', failure: { code: 'token-rejected', class: 'authentication' } });
  t.match(refused, { recipients: [{ outcome: 'deferred' }, {}, {}] });
});

test('a client certificate stands in for the secret, and only the registered one', async (t) => {
  const { certificates } = await startWorld(t);
  const [ours, other] = await Promise.all(
    ['ours', 'other'].map((name) =>
      certificates.issue(`client-${name}`, { names: ['app.test'], usage: 'clientAuth', key: 'rsa-2048' }),
    ),
  );
  if (ours === undefined || other === undefined) throw new Error('no certificates');
  const authority = await startAuthority(certificates.server, {
    ...registration,
    clientCertificate: ours.certificate,
  });
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(async () => {
    await graph.close();
    await authority.close();
  });
  const options = optionsFor(certificates);
  const content = connection(authority, {
    protocol: 'graph',
    graphUrl: graph.url,
    clientCertificateId: 'own',
  });
  const keysOf = ({ certificate, key }: typeof ours): ExchangeKeys => ({
    credential: {
      kind: 'certificate',
      privateKey: createSecret(key),
      chain: `${certificate}${certificates.ca.certificate}`,
      thumbprintSha256: new X509Certificate(certificate).fingerprint256.replaceAll(':', ''),
    },
    password: null,
    trusted: null,
  });
  const transport = await opened(t, options, content, keysOf(ours));
  t.match(await transport.send(sending().request), { kind: 'finished', failure: null });
  const refused = await openExchangeTransport(options, described(content), keysOf(other));
  t.match(refused, { ok: false, failure: { code: 'client-certificate-rejected' } });
  const pinned = { ...keysOf(ours), trusted: certificates.selfSigned.certificate };
  t.match(await openExchangeTransport(options, described(content), pinned), {
    ok: false,
    failure: { class: 'tls' },
  });
  const known = { ...keysOf(ours), trusted: certificates.server.certificate };
  const trusting = await opened(t, options, content, known);
  t.match(await trusting.send(sending().request), { kind: 'finished', failure: null });
});

test('what breaks before the intent may be tried again, what breaks after it is unknown and can be looked up', async (t) => {
  const { graph, options, content } = await startGraph(t);
  const transport = await opened(t, options, content);
  const lookup = lookupOf();
  const refusing = sending(undefined, message(), () => Promise.reject(new Error('no lease')));
  t.match(await transport.send(refusing.request), { recipients: [{ outcome: 'deferred' }, {}, {}] });
  t.equal(graph.mails.length, 0);
  t.strictSame(await transport.reconcile?.(lookup), { kind: 'not-found' });

  graph.faults.push('break-before');
  t.match(await transport.send(sending().request), { recipients: [{ outcome: 'unknown' }, {}, {}] });
  t.strictSame(await transport.reconcile?.(lookup), { kind: 'not-found' });

  graph.faults.push('lose-reply');
  const lost = await transport.send(sending().request);
  t.match(lost, { recipients: [{ outcome: 'unknown', failure: { code: 'outcome-unknown' } }, {}, {}] });
  t.equal(graph.mails.length, 1);
  t.strictSame(await transport.reconcile?.(lookup), { kind: 'found', witness: 'message-id' });
});

test('each refusal of Graph has its meaning', async (t) => {
  const { graph, options, content } = await startGraph(t);
  const transport = await opened(t, options, content);
  const error = (code: string) => JSON.stringify({ error: { code, message: `about ${code}` } });
  const cases = [
    [429, 'ApplicationThrottled', 'deferred', 'server-throttled'],
    [503, 'ErrorServerBusy', 'deferred', 'server-throttled'],
    [403, 'ErrorSendAsDenied', 'rejected', 'sender-refused'],
    [403, 'ErrorAccessDenied', 'deferred', 'permission-missing'],
    [404, 'ErrorInvalidUser', 'deferred', 'mailbox-unknown'],
    [413, 'RequestEntityTooLarge', 'rejected', 'message-too-large'],
    [400, 'ErrorInvalidRecipients', 'rejected', 'recipient-refused'],
    [400, 'ErrorMimeContentInvalid', 'rejected', 'message-refused'],
    [500, 'generalException', 'unknown', 'outcome-unknown'],
    [504, 'gateway', 'unknown', 'outcome-unknown'],
    [302, '', 'deferred', 'not-an-exchange-server'],
  ] as const;
  for (const [status, code, outcome, failureCode] of cases) {
    graph.faults.push({
      status,
      headers: { 'retry-after': '17', location: 'https://evil.example' },
      body: error(code),
    });
    const result = await transport.send(sending().request);
    t.match(result, { recipients: [{ outcome, failure: { code: failureCode } }, {}, {}] }, code);
    if (status === 429) t.match(result, { failure: { retryAfterSeconds: 17 } });
  }
  t.equal(graph.mails.length, 0);
});

test('a large message goes as a draft with upload sessions, and a draft that is not sent is deleted', async (t) => {
  const { graph, options, content } = await startGraph(t);
  const transport = await opened(t, options, content);
  const large = randomBytes(7 * 1024 * 1024);
  const small = randomBytes(1024);
  const attachment = (filename: string, bytes: Buffer) => ({
    filename,
    contentType: 'application/octet-stream',
    content: bytes.toString('base64'),
  });
  const { bytes } = composeMessage({
    request: {
      id: 'm',
      to: [{ address: 'a@example.com' }],
      subject: 'Rechnung',
      text: 'Guten Tag',
      attachments: [attachment('Übersicht 2026.bin', large), attachment('klein.bin', small)],
    },
    mailId: 'm',
    messageId,
    date: new Date(),
    from: { address: mailbox },
  } as never);
  const { request, intents } = sending(['a@example.com', 'hidden@example.com'], bytes, async () => {
    t.equal(graph.mails.length, 0);
    t.equal(graph.drafts(), 1);
  });
  t.match(await transport.send(request), {
    kind: 'finished',
    failure: null,
    recipients: [{ outcome: 'sent' }, {}],
  });
  t.equal(intents.length, 1);
  const [mail] = graph.mails;
  t.strictSame(mail?.recipients, ['a@example.com', 'hidden@example.com']);
  t.equal(mail?.messageId, messageId);
  t.strictSame(
    mail?.attachments.map(({ name }) => name),
    ['Übersicht 2026.bin', 'klein.bin'],
  );
  t.ok(mail?.attachments[0]?.content.equals(large));
  t.equal(graph.drafts(), 0);

  // The draft, its first session, and then the first range fails.
  graph.faults.push(...Array.from({ length: 3 }, () => ({ status: 503, headers: { 'retry-after': '3' } })));
  t.match(await transport.send(sending(['a@example.com'], bytes).request), {
    failure: { code: 'server-busy' },
  });
  graph.faults.length = 0;
  t.equal(graph.drafts(), 0);
});

test('what does not work shows when the transport is built, each with its own code, and never with a secret', async (t) => {
  const { authority, graph, options, content } = await startGraph(t);
  const failing = async (change: object, keys = secretKeys(), more: object = {}) => {
    const result = await openExchangeTransport(
      { ...options, ...more },
      described({ ...content, ...change }),
      keys,
    );
    if (result.ok) await result.transport.close();
    t.notMatch(JSON.stringify(result), clientSecret);
    return result.ok ? 'opened' : result.failure.code;
  };
  t.equal(await failing({}), 'opened');
  t.equal(await failing({}, secretKeys('wrong')), 'client-secret-wrong');
  t.equal(await failing({ clientId: 'other' }), 'client-unknown');
  t.equal(await failing({ tenantId: 'other.example' }), 'tenant-unknown');
  t.equal(await failing({ email: 'nobody@acme.example' }), 'mailbox-unknown');
  t.equal(await failing({ scope: 'https://other.example/.default' }), 'token-rejected');
  const refused = async (aadsts: string, status = 400, retryAfterSeconds?: number) => {
    authority.refuseNext({
      status,
      error: 'invalid_client',
      aadsts,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
    return failing({});
  };
  t.equal(await refused('7000222', 401), 'client-secret-expired');
  t.equal(await refused('65001'), 'consent-missing');
  t.equal(await refused('90002'), 'tenant-unknown');
  t.equal(await refused('700027', 401), 'client-certificate-rejected');
  t.equal(await refused('99999', 503), 'authority-unavailable');
  t.equal(await refused('99999', 429), 'server-throttled');
  t.equal(await refused('53003'), 'sign-in-blocked');
  t.equal(await refused('99998'), 'client-secret-wrong', 'what is not known goes by the OAuth error');
  t.equal(await failing({}, secretKeys(), { ca: '' }), 'certificate-untrusted');
  t.equal(await failing({ authorityUrl: 'https://localhost:1' }), 'connection-refused');
  const policy = { ...options.policy, allowLoopback: false };
  t.equal(await failing({}, secretKeys(), { policy }), 'destination-not-allowed');
  t.equal(
    await failing({}, secretKeys(), { policy: { ...options.policy, allowedPorts: [443] } }),
    'port-not-allowed',
  );
  t.equal(await failing({ authorityUrl: authority.url, graphUrl: authority.url }), 'not-an-exchange-server');
  t.equal(registration.clientSecret, clientSecret);
  await graph.close();
});

test('messages that nobody sane would write end each for itself at Graph, and stop nobody', async (t) => {
  const { certificates, authority, options } = await startWorld(t);
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(authority, { protocol: 'graph', graphUrl: graph.url });
  const transport = await opened(t, options, content);
  const { log, directory } = await openLog(t);
  const bench = await openQueue(t, { log, directory, serving: active(transport), compose: composeMail });
  const large = `${'QUJD'.repeat(19)}\r\n`.repeat(54_000);
  const poison = Buffer.from(
    [
      'From: erp@acme.example',
      'To: a@example.com',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename="=?utf-8?Q?=DCberweisung.pdf?="',
      'Content-Transfer-Encoding: base64',
      '',
      large,
      '--b--',
      '',
    ].join('\r\n'),
  );
  const fuzzed = Array.from({ length: 60 }, (_, seed) => fuzzedMessage(seed));
  const ids = await Promise.all(
    [poison, ...fuzzed].map(async (raw, index) => {
      const read = readRawMessage(raw);
      if (!read.ok) return [];
      await bench.request({
        id: `m${index}`,
        envelope: { ...read.message.envelope, to: [...read.message.envelope.to] },
        raw: raw.toString('base64'),
      });
      return [`m${index}`];
    }),
  );
  await waitFor('all to end', () => {
    const open = ids.flat().filter((id) => !['sent', 'failed'].includes(bench.state(id) ?? ''));
    return open.length === 0 ? true : undefined;
  });
  t.equal(bench.queue.stats().standstill, null);
  t.equal(bench.state('m0'), 'sent');
  const names = graph.mails.flatMap(({ attachments }) => attachments.map(({ name }) => name));
  t.strictSame(names, ['\u00dcberweisung.pdf'], 'the name is read as what it is');
});
