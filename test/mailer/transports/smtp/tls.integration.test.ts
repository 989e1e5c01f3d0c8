import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, TLSSocket } from 'node:tls';
import { type Test, test } from 'tap';
import type { ConnectionTestStep } from '@postausgang/contracts';
import type { TestRequest } from '../../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createSmtpConnectionTest } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import { openSmtpTransport } from '../../../../services/mailer/src/transports/smtp/transport.ts';
import { type Certificate, type Certificates, createCertificates } from '../../../peers/certificates.ts';
import { listenOnLoopback } from '../../../peers/loopback-server.ts';
import { requirePeer } from '../../../peers/peer.ts';
import {
  type ScriptedSmtp,
  type ScriptedSmtpOptions,
  startScriptedSmtp,
} from '../../../peers/scripted-smtp.ts';
import { drop, garbage, halfReply, reply, reset, type Script, stall } from '../../../peers/smtp-script.ts';
import { type Changes, message, openTransport, optionsFor, request, signedIn, summaryOf } from './fixture.ts';

const wanted: TestRequest = {
  from: 'a@x.test',
  to: 'b@x.test',
  outside: 'c@outside.test',
  message: messageOfBytes(message),
};

async function scripted(t: Test, options: ScriptedSmtpOptions): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(options);
  t.teardown(() => server.stop());
  return server;
}

async function listening(t: Test, server: Server): Promise<number> {
  const { port, close } = await listenOnLoopback(server);
  t.teardown(() => close());
  return port;
}

async function codeOfOpening(port: number, changes: Changes): Promise<string> {
  const opened = await openSmtpTransport(optionsFor(port, changes));
  if (!opened.ok) return opened.failure.code;
  await opened.transport.close();
  return 'ok';
}

const tlsStepOf = async (port: number, changes: Changes): Promise<ConnectionTestStep | undefined> => {
  const steps = await createSmtpConnectionTest(optionsFor(port, changes))(wanted);
  return steps.find(({ name }) => name === 'tls');
};

test('TLS', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  await t.test('both kinds carry mail and sign-in, and say what they are', (each) =>
    carriesMail(each, certificates),
  );
  await t.test('a broken connection has the same outcomes as without TLS', (each) =>
    breaks(each, certificates),
  );
  await t.test('a certificate that does not hold ends it', (each) => refusesCertificates(each, certificates));
  await t.test('the connection test shows the certificate, good or bad', (each) =>
    showsIt(each, certificates),
  );
  await t.test('a host given as an address has to be in the certificate', (each) =>
    verifiesIp(each, certificates),
  );
  await t.test('never goes on without TLS', (each) => neverGoesOn(each, certificates));
  await t.test('old TLS, no TLS, broken TLS', (each) => otherServers(each, certificates));
  await t.test('what was said before the handshake does not count after it', (each) =>
    forgets(each, certificates),
  );
  await t.test('plain text behind the reply to STARTTLS ends the connection, however it is cut', (each) =>
    refusesInjections(each, certificates),
  );
});

const secure = (
  certificates: Certificates,
  encryption: 'starttls' | 'implicit',
  hostname = 'localhost',
): Changes => ({
  ca: certificates.ca.certificate,
  description: { ...signedIn, allowCleartextAuthentication: false, encryption, hostname },
});

async function carriesMail(t: Test, certificates: Certificates): Promise<void> {
  for (const encryption of ['starttls', 'implicit'] as const) {
    const implicitTls = encryption === 'implicit';
    const server = await scripted(t, { certificate: certificates.server, implicitTls });
    const transport = await openTransport(t, server.port, secure(certificates, encryption));
    const result = await transport.send(request());
    t.same(summaryOf(result), ['sent']);
    const big = Buffer.from('.line\r\n'.repeat(200_000));
    t.same(summaryOf(await transport.send(request({ message: big }))), ['sent']);
    t.ok(server.messages()[1]?.content.equals(big));
    t.match(result, { tls: /^TLSv1\.3 TLS_\w+$/, server: `localhost:${server.port}` });
    t.match(server.conversations, [{ secure: true, messages: [{ accepted: true }, { accepted: true }] }]);
    const steps = await createSmtpConnectionTest(optionsFor(server.port, secure(certificates, encryption)))(
      wanted,
    );
    t.same(
      steps.map(({ state }) => state),
      [...Array.from({ length: 9 }, () => 'ok'), 'skipped'],
    );
  }
}

async function breaks(t: Test, certificates: Certificates): Promise<void> {
  for (const encryption of ['starttls', 'implicit'] as const) {
    const implicitTls = encryption === 'implicit';
    const server = await scripted(t, { certificate: certificates.server, implicitTls });
    const transport = await openTransport(t, server.port, secure(certificates, encryption));
    const summaryWith = async (script: Script): Promise<readonly string[]> => {
      server.use(script);
      return summaryOf(await transport.send(request()));
    };
    t.same(await summaryWith({ 'mail-from': [reset()] }), ['sent'], 'replaced unnoticed');
    t.same(await summaryWith({ 'rcpt-to': reset() }), ['deferred connection-lost']);
    t.same(await summaryWith({ 'end-of-data': reset() }), ['unknown outcome-unknown']);
    t.same(await summaryWith({ 'end-of-data': drop() }), ['unknown outcome-unknown']);
    t.same(await summaryWith({}), ['sent']);
  }
}

async function refusesCertificates(t: Test, certificates: Certificates): Promise<void> {
  const { ca, expired, wrongName, selfSigned, server } = certificates;
  const future = await certificates.issue('future', {
    names: ['localhost'],
    notBefore: new Date(Date.now() + 86_400_000),
  });
  const withNames = (file: string, alternativeNames: string): Promise<Certificate> =>
    certificates.issue(file, {
      names: [],
      commonName: 'localhost',
      extensions: ['extendedKeyUsage=serverAuth', ...(alternativeNames === '' ? [] : [alternativeNames])],
    });
  const rows: readonly (readonly [Certificate, string | undefined, string])[] = [
    [await withNames('common-name', ''), ca.certificate, 'certificate-name-missing'],
    [
      await withNames('mail-name', 'subjectAltName=email:a@x.test'),
      ca.certificate,
      'certificate-name-missing',
    ],
    [await withNames('ip-name', 'subjectAltName=IP:127.0.0.1'), ca.certificate, 'certificate-name-mismatch'],
    [server, ca.certificate, 'ok'],
    [server, undefined, 'certificate-untrusted'],
    [selfSigned, ca.certificate, 'certificate-untrusted'],
    [selfSigned, selfSigned.certificate, 'ok'],
    [expired, ca.certificate, 'certificate-expired'],
    [future, ca.certificate, 'certificate-not-yet-valid'],
    [wrongName, ca.certificate, 'certificate-name-mismatch'],
  ];
  for (const [certificate, authority, expected] of rows) {
    for (const encryption of ['starttls', 'implicit'] as const) {
      const peer = await scripted(t, { certificate, implicitTls: encryption === 'implicit' });
      const { ca: _ca, ...changes } = secure(certificates, encryption);
      const trust = authority === undefined ? {} : { ca: authority };
      t.equal(
        await codeOfOpening(peer.port, { ...changes, ...trust }),
        expected,
        `${encryption} ${expected}`,
      );
      if (expected !== 'ok') t.notMatch(peer.commands().join(), /AUTH|MAIL/);
    }
  }
}

async function showsIt(t: Test, certificates: Certificates): Promise<void> {
  for (const encryption of ['starttls', 'implicit'] as const) {
    const server = await scripted(t, {
      certificate: certificates.server,
      implicitTls: encryption === 'implicit',
    });
    const good = await tlsStepOf(server.port, secure(certificates, encryption));
    t.match(good, { state: 'ok', detail: /^TLSv1\.3 / });
    t.match(good?.certificate, {
      subject: 'CN=localhost',
      issuer: 'CN=Test Authority',
      subjectAltNames: ['DNS:localhost', 'IP Address:127.0.0.1'],
      validFrom: /^\d{4}-\d\d-\d\dT/,
      daysLeft: 29,
      fingerprintSha256: /^([\dA-F]{2}:){31}[\dA-F]{2}$/,
    });
    const expired = await scripted(t, {
      certificate: certificates.expired,
      implicitTls: encryption === 'implicit',
    });
    const bad = await tlsStepOf(expired.port, secure(certificates, encryption));
    t.match(bad, { state: 'failed', hint: { code: 'certificate-expired' }, certificate: { daysLeft: -2 } });
    const wrong = await scripted(t, {
      certificate: certificates.wrongName,
      implicitTls: encryption === 'implicit',
    });
    const other = await tlsStepOf(wrong.port, secure(certificates, encryption));
    t.match(other, { state: 'failed', hint: { code: 'certificate-name-mismatch', detail: /wrong\.test/ } });
    t.match(other?.certificate?.subjectAltNames, ['DNS:wrong.test']);
    t.notMatch([...expired.commands(), ...wrong.commands()].join(), /AUTH|MAIL/);
  }
}

async function verifiesIp(t: Test, certificates: Certificates): Promise<void> {
  const nameOnly = await certificates.issue('name-only', { names: ['localhost', 'mail.test'] });
  for (const encryption of ['starttls', 'implicit'] as const) {
    const implicitTls = encryption === 'implicit';
    const good = await scripted(t, { certificate: certificates.server, implicitTls });
    t.equal(await codeOfOpening(good.port, secure(certificates, encryption, '127.0.0.1')), 'ok');
    const bad = await scripted(t, { certificate: nameOnly, implicitTls });
    const code = await codeOfOpening(bad.port, secure(certificates, encryption, '127.0.0.1'));
    t.equal(code, 'certificate-name-mismatch');
    const named = { ...secure(certificates, encryption, 'mail.test'), resolve: async () => ['127.0.0.1'] };
    t.equal(await codeOfOpening(bad.port, named), 'ok', 'the name is the configured one, wherever it leads');
  }
}

async function neverGoesOn(t: Test, certificates: Certificates): Promise<void> {
  const changes = secure(certificates, 'starttls');
  const check = async (script: Script, expected: string, more: Changes = {}): Promise<void> => {
    const server = await scripted(t, { certificate: certificates.server, script });
    const description = { ...changes.description, ...more.description };
    t.equal(await codeOfOpening(server.port, { ...changes, description }), expected, expected);
    t.notMatch(server.commands().join(), /AUTH|MAIL/);
  };
  await check({ starttls: reply('454 4.7.0 not now') }, 'tls-failed');
  await check({ starttls: reply('502 5.5.1 what') }, 'starttls-not-offered');
  await check({ starttls: drop() }, 'connection-lost');
  await check({ starttls: drop('421 4.3.2 bye') }, 'server-busy');
  await check({ starttls: garbage() }, 'unexpected-reply');
  await check({ starttls: halfReply('220 2.0') }, 'connection-lost');
  await check({ starttls: stall() }, 'timeout', { description: { timeoutSeconds: 0.2 } });
  await check({ ehlo: reply('250 scripted.test') }, 'starttls-not-offered');
  await check({ 'ehlo-after-tls': drop() }, 'connection-lost');
  await check({ 'ehlo-after-tls': reply('250 scripted.test') }, 'authentication-not-offered');
}

async function otherServers(t: Test, certificates: Certificates): Promise<void> {
  const { key, certificate } = certificates.server;
  const implicit = secure(certificates, 'implicit');
  const plain = await scripted(t, {});
  t.equal(await codeOfOpening(plain.port, implicit), 'tls-not-spoken');
  const old: TlsOptions = {
    key,
    cert: certificate,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  };
  const oldServer = createTlsServer(old, (socket) => socket.end('220 old\r\n'));
  t.equal(await codeOfOpening(await listening(t, oldServer), implicit), 'tls-version-unsupported');
  const hangsUp = createServer((socket) => socket.once('data', () => socket.destroy()));
  t.equal(await codeOfOpening(await listening(t, hangsUp), implicit), 'tls-failed');
  const silent = createServer(() => undefined);
  const hasty = { ...implicit, description: { ...implicit.description, timeoutSeconds: 0.2 } };
  t.equal(await codeOfOpening(await listening(t, silent), hasty), 'timeout');
  const tlsOnly = await scripted(t, { certificate: certificates.server, implicitTls: true });
  const clear = { description: { timeoutSeconds: 0.2 } };
  t.equal(await codeOfOpening(tlsOnly.port, clear), 'greeting-timeout');
}

/** What a server that may be somebody in between says until the handshake, which it goes on with all the same. */
async function injecting(t: Test, certificates: Certificates, greeting: string, readyForTls: string) {
  const heard: string[] = [];
  const server = createServer(async (raw) => {
    raw.on('error', () => undefined).write('220 x\r\n');
    await once(raw, 'data');
    raw.write(greeting);
    await once(raw, 'data');
    raw.write(readyForTls, 'latin1');
    const { key, certificate } = certificates.server;
    const encrypted = new TLSSocket(raw, { isServer: true, key, cert: certificate });
    encrypted
      .on('error', () => undefined)
      .on('data', (chunk) => {
        heard.push(String(chunk));
        encrypted.write('250 x\r\n');
      });
  });
  return { port: await listening(t, server), heard };
}

/** RFC 3207 §6: what the server offered in plain text is asked for again. */
async function forgets(t: Test, certificates: Certificates): Promise<void> {
  const offers = '250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n';
  const { port, heard } = await injecting(t, certificates, offers, '220 go\r\n');
  t.equal(await codeOfOpening(port, secure(certificates, 'starttls')), 'authentication-not-offered');
  t.same(heard, ['EHLO mailer.test\r\n']);
}

/** CVE-2011-0411 and its kind: replies slipped in before the handshake must not become the encrypted ones. */
async function refusesInjections(t: Test, certificates: Certificates): Promise<void> {
  const injections = [
    '250-x\r\n250 AUTH PLAIN\r\n',
    '250-x\r\n',
    '250 AUTH PL',
    '2',
    '421 bye\r\n',
    '\u0016\u0003\u0003',
    '\u0000',
  ];
  for (const injection of injections) {
    const offers = '250-x\r\n250 STARTTLS\r\n';
    const { port, heard } = await injecting(t, certificates, offers, `220 go\r\n${injection}`);
    const code = await codeOfOpening(port, secure(certificates, 'starttls'));
    t.equal(code, 'tls-not-spoken', JSON.stringify(injection));
    t.same(heard, [], 'and nothing is said to it');
  }
}
