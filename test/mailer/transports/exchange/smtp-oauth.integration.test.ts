import { X509Certificate } from 'node:crypto';
import { test, type Test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import {
  describeExchange,
  type ExchangeDescription,
} from '../../../../services/mailer/src/transports/exchange/describe.ts';
import {
  openSmtpOAuth,
  testSmtpOAuth,
} from '../../../../services/mailer/src/transports/exchange/smtp-oauth.ts';
import { createTestProtocol } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import { startAuthority } from '../../../peers/exchange/authority.ts';
import { startTokenDovecot } from '../../../peers/exchange/token-dovecot.ts';
import { startNodeSink } from '../../../peers/node-sink.ts';
import { requirePeer } from '../../../peers/peer.ts';
import type { SaslServer } from '../../../peers/scripted-login.ts';
import { startScriptedSmtp } from '../../../peers/scripted-smtp.ts';
import {
  clientSecret,
  connection,
  mailbox,
  message,
  registration,
  secretKeys,
  sending,
  startWorld,
} from './fixture.ts';

type World = Awaited<ReturnType<typeof startWorld>>;

function described({ authority }: World, smtpPort: number) {
  const content = connection(authority, { protocol: 'smtp-oauth', smtpHostname: 'localhost', smtpPort });
  const description: ExchangeDescription | null = describeExchange(content, { timeoutSeconds: 60 });
  if (description?.protocol !== 'smtp-oauth') throw new Error('not described');
  return description;
}

function smtpOptions({ options, certificates }: World) {
  return {
    policy: options.policy,
    ehloName: 'client.test',
    ca: certificates.ca.certificate,
    finalReplyTimeoutMs: 60_000,
  };
}

async function open(t: Test, world: World, port: number, keys = secretKeys()) {
  const result = await openSmtpOAuth(world.options, smtpOptions(world), described(world, port), keys);
  if (result.ok) t.teardown(() => result.transport.close());
  t.notMatch(JSON.stringify(result), clientSecret);
  return result;
}

/** A server that takes the tokens the authority knows; a refusal is plain, as Exchange Online gives it. */
async function startServer(t: Test, world: World, mechanism: 'XOAUTH2' | 'OAUTHBEARER' = 'XOAUTH2') {
  const seen: string[] = [];
  const sasl = (): SaslServer => (response) => {
    const text = Buffer.from(response, 'base64').toString('utf8');
    // Fields that end with a control character.
    const [user = '', authorization = ''] = text.split('\u0001');
    const token = authorization.replace('auth=Bearer ', '');
    seen.push(user);
    const isGood = world.authority.isGood(token, 'https://localhost/.default');
    return { verdict: isGood ? '235 2.7.0 Accepted' : `535 5.7.3 Authentication unsuccessful ${response}` };
  };
  const server = await startScriptedSmtp({
    certificate: world.certificates.server,
    extensions: [`AUTH ${mechanism}`],
    sasl: { [mechanism]: sasl },
  });
  t.teardown(() => server.stop());
  return { server, seen };
}

test('a mail goes out by SMTP with a token, with XOAUTH2 or OAUTHBEARER', async (t) => {
  const world = await startWorld(t);
  for (const mechanism of ['XOAUTH2', 'OAUTHBEARER'] as const) {
    const { server, seen } = await startServer(t, world, mechanism);
    const opened = await open(t, world, server.port);
    if (!opened.ok) return t.fail(JSON.stringify(opened.failure));
    const { request, intents } = sending(['a@example.com'], message());
    t.match(await opened.transport.send(request), {
      kind: 'finished',
      failure: null,
      server: `localhost:${server.port}`,
    });
    t.equal(intents.length, 1);
    t.strictSame(seen, [mechanism === 'XOAUTH2' ? `user=${mailbox}` : `n,a=${mailbox},`]);
    t.equal(server.messages().length, 1);
  }
  return t.equal(world.authority.requests(), 2);
});

test('a client certificate gets the token for SMTP too', async (t) => {
  const world = await startWorld(t);
  const client = await world.certificates.issue('smtp-client', {
    names: ['app.test'],
    usage: 'clientAuth',
    key: 'rsa-2048',
  });
  const authority = await startAuthority(world.certificates.server, {
    ...registration,
    clientSecret: 'nobody knows it',
    clientCertificate: client.certificate,
  });
  t.teardown(() => authority.close());
  const certified = { ...world, authority };
  const { server } = await startServer(t, certified);
  const thumbprintSha256 = new X509Certificate(client.certificate).fingerprint256.replaceAll(':', '');
  const credential = {
    kind: 'certificate',
    privateKey: createSecret(client.key),
    chain: client.certificate,
    thumbprintSha256,
  } as const;
  const opened = await open(t, certified, server.port, { credential, password: null, trusted: null });
  if (!opened.ok) return t.fail(JSON.stringify(opened.failure));
  const result = await opened.transport.send(sending(['a@example.com']).request);
  t.match(result, { kind: 'finished', failure: null });
  return t.equal(authority.requests(), 1);
});

test('a token that is refused with a plain 535 is renewed once, and what the server repeats is not kept', async (t) => {
  const world = await startWorld(t);
  const { server, seen } = await startServer(t, world);
  const opened = await open(t, world, server.port);
  if (!opened.ok) return t.fail(JSON.stringify(opened.failure));
  const handOver = () => opened.transport.send(sending(['a@example.com']).request);
  await Promise.all(Array.from({ length: 3 }, handOver));
  t.equal(world.authority.requests(), 1, 'every session signs in with the same token');
  const before = seen.length;
  world.authority.revokeAll();
  const refused = await open(t, world, server.port);
  t.ok(refused.ok, 'a new transport has a token of its own');
  t.equal(world.authority.requests(), 2);
  t.ok(seen.length > before);
  // Nobody accepts any token: one renewal, then the refusal.
  const never = await startScriptedSmtp({
    certificate: world.certificates.server,
    extensions: ['AUTH XOAUTH2'],
    sasl: { XOAUTH2: () => (response) => ({ verdict: `535 5.7.3 ${response}` }) },
  });
  t.teardown(() => never.stop());
  const result = await open(t, world, never.port);
  t.match(result, { ok: false, failure: { code: 'token-rejected', detail: /the rest repeats the sign-in/ } });
  t.equal(never.commands().filter((command) => command.startsWith('AUTH')).length, 2);
  return t.equal(world.authority.requests(), 4);
});

test('the test has the token first and then every stage of SMTP', async (t) => {
  const world = await startWorld(t);
  const { server } = await startServer(t, world);
  const run = async (keys = secretKeys()) => {
    const protocol = createTestProtocol(new Date(), undefined, 'smtp-oauth');
    const outside = 'c@outside.test';
    const request = { from: mailbox, to: mailbox, outside, message: messageOfBytes(message()) };
    const description = described(world, server.port);
    await testSmtpOAuth(world.options, smtpOptions(world), description, keys, request, protocol);
    return protocol
      .steps()
      .map(({ name, state, hint }) => [name, state, ...(hint === undefined ? [] : [hint.code])]);
  };
  t.strictSame(
    (await run()).map(([name, state]) => `${name} ${state}`),
    'token resolve connect greeting tls ehlo authenticate mail-from rcpt-to data'
      .split(' ')
      .map((name) => `${name} ok`)
      .concat('probe skipped'),
  );
  t.match(await run(secretKeys('wrong')), [
    ['token', 'failed', 'client-secret-wrong'],
    ['resolve', 'skipped'],
  ]);
});

test('Dovecot takes our tokens after asking the authority, and no others', async (t) => {
  if (!requirePeer(t, 'dovecot')) return;
  const world = await startWorld(t);
  const sink = await startNodeSink({ capture: true });
  t.teardown(() => sink.stop());
  const dovecot = await startTokenDovecot(world.certificates, world.authority, sink);
  t.teardown(() => dovecot.stop());
  const opened = await open(t, world, dovecot.port);
  if (!opened.ok) return t.fail(JSON.stringify(opened.failure));
  t.match(await opened.transport.send(sending(['a@example.com']).request), {
    kind: 'finished',
    failure: null,
  });
  t.match(sink.messages, [{ sender: mailbox, recipients: ['a@example.com'] }]);
  world.authority.revokeAll();
  const refusing = { ...world, authority: { ...world.authority } };
  refusing.authority.refuseNext({ status: 400, error: 'invalid_scope', aadsts: '65001' });
  return t.match(await open(t, refusing, dovecot.port), { ok: false, failure: { code: 'consent-missing' } });
});
