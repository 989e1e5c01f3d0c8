import { join } from 'node:path';
import { test, type Test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import type { ExchangeKeys } from '../../../../packages/credentials/src/open-secrets.ts';
import { openExchangeTransport } from '../../../../services/mailer/src/transports/exchange/open.ts';
import {
  type EwsServerOptions,
  fault,
  response,
  startEwsServer,
} from '../../../peers/exchange/ews-server.ts';
import type { Fault } from '../../../peers/exchange/https-peer.ts';
import { startKdc } from '../../../peers/kerberos/kdc.ts';
import { createNegotiateAcceptor } from '../../../peers/kerberos/negotiate.ts';
import { requirePeer } from '../../../peers/peer.ts';
import {
  clientSecret,
  connection,
  described,
  lookupOf,
  mailbox,
  message,
  messageId,
  opened,
  secretKeys,
  sending,
  startWorld,
} from './fixture.ts';

const password = 'Kanarienvogel-7716-geheim';
const account = { domain: 'ACME', user: 'erp', password };
const passwordKeys: ExchangeKeys = { credential: null, password: createSecret(password), trusted: null };

async function startEws(t: Test, more: Partial<EwsServerOptions> = {}) {
  const world = await startWorld(t);
  const { certificates, authority } = world;
  const ews = await startEwsServer({
    certificate: certificates.server,
    mailbox,
    authority,
    basic: { username: 'erp@acme.example', password },
    ntlm: account,
    ...more,
  });
  t.teardown(() => ews.close());
  const ewsUrl = `${ews.url}/EWS/Exchange.asmx`;
  const content = connection(authority, { protocol: 'ews', ewsUrl });
  const basic = { ...content, authentication: 'basic', username: 'erp@acme.example' } as const;
  const ntlm = { ...content, authentication: 'ntlm', username: 'ACME\\erp' } as const;
  return { ...world, ews, content, basic, ntlm };
}

test('a mail goes out by EWS with OAuth, as the mailbox, to exactly the recipients of the envelope', async (t) => {
  const { ews, options, content } = await startEws(t);
  const transport = await opened(t, options, content);
  const { request, intents } = sending(['a@example.com', 'hidden&co@example.com'], message(), async () => {
    t.equal(ews.mails.length, 0, 'nothing is handed over before the intent stands');
  });
  const result = await transport.send(request);
  t.match(result, { kind: 'finished', server: `localhost:${ews.port}`, tls: /^TLSv1\.3/, failure: null });
  t.match(result, { recipients: [{ outcome: 'sent', reply: /NoError/ }, { outcome: 'sent' }] });
  t.match(intents, [{ accepted: request.envelope.to }]);
  const [mail] = ews.mails;
  t.match(mail, { disposition: 'SendAndSaveCopy', impersonated: mailbox, messageId });
  t.strictSame(mail?.recipients, ['a@example.com', 'hidden&amp;co@example.com']);
  const only = await opened(t, options, { ...content, saveSentCopy: false });
  await only.send(sending().request);
  t.match(ews.mails[1], { disposition: 'SendOnly', raw: Buffer.from(message()) });
});

test('a mail goes out by EWS with basic and with NTLM, each bound to the TLS connection', async (t) => {
  const { ews, options, basic, ntlm } = await startEws(t);
  for (const content of [basic, ntlm]) {
    const transport = await opened(t, options, content, passwordKeys);
    const handed = Array.from({ length: 6 }, () => sending());
    const results = await Promise.all(handed.map(({ request }) => transport.send(request)));
    for (const result of results) t.match(result, { kind: 'finished', failure: null });
    t.ok(handed.every(({ intents }) => intents.length === 1));
  }
  t.equal(ews.mails.length, 12);
  t.equal(ews.mails[11]?.impersonated, null);
  const impersonating = await opened(t, options, { ...ntlm, impersonation: true }, passwordKeys);
  await impersonating.send(sending().request);
  t.equal(ews.mails[12]?.impersonated, mailbox);
  t.equal(new Set(ews.mails.map(({ raw }) => raw.toString())).size, 1);
});

test('a tampered NTLM challenge, a wrong password and a server without NTLM are told apart', async (t) => {
  const { ews, options, basic, ntlm } = await startEws(t);
  const failing = async (content: typeof basic | typeof ntlm, keys = passwordKeys) => {
    const result = await openExchangeTransport(options, described(content), keys);
    if (result.ok) await result.transport.close();
    t.notMatch(JSON.stringify(result), password);
    return result.ok ? 'opened' : result.failure.code;
  };
  const wrong: ExchangeKeys = { credential: null, password: createSecret('wrong'), trusted: null };
  t.equal(await failing(basic, wrong), 'credentials-rejected');
  t.equal(await failing(ntlm, wrong), 'credentials-rejected');
  ews.tamper = (challenge) => {
    const changed = Buffer.from(challenge);
    // Without target information there is neither MIC nor channel binding.
    changed.writeUInt32LE((changed.readUInt32LE(20) & ~0x0080_0000) >>> 0, 20);
    return changed;
  };
  t.equal(await failing(ntlm), 'ntlm-challenge-unsafe');
  ews.tamper = (challenge) =>
    Buffer.concat([challenge.subarray(0, 24), Buffer.alloc(8), challenge.subarray(32)]);
  t.equal(await failing(ntlm), 'credentials-rejected', 'the server notices what the client cannot');
  const without = await startEws(t, { ntlm: undefined as never });
  t.equal(
    await openExchangeTransport(without.options, described(without.ntlm), passwordKeys).then((result) =>
      result.ok ? 'opened' : result.failure.code,
    ),
    'windows-sign-in-not-offered',
  );
});

test('a mail goes out by EWS with Negotiate, each side proven to the other', async (t) => {
  if (!requirePeer(t, 'kerberos')) return;
  const kdc = await startKdc();
  t.teardown(kdc.stop);
  const { accept, users } = await createNegotiateAcceptor(kdc);
  const KRB5_CLIENT_KTNAME = await kdc.keytab('erp', 'erp');
  Object.assign(process.env, { KRB5_CLIENT_KTNAME, KRB5CCNAME: 'MEMORY:ews' });
  const { ews, options, content } = await startEws(t, { negotiate: accept });
  const kerberos = { ...content, authentication: 'negotiate' } as const;
  const noKeys: ExchangeKeys = { credential: null, password: null, trusted: null };
  const transport = await opened(t, options, kerberos, noKeys);
  t.match(await transport.send(sending().request), { kind: 'finished', failure: null });
  t.equal(ews.mails.length, 1);
  t.ok(users.length === 2 && users.every((user) => user === 'erp@ACME.TEST'));
  const other = { ...kerberos, servicePrincipal: 'HTTP/nobody.test' };
  const result = await openExchangeTransport(options, described(other), noKeys);
  t.match(result, { ok: false, failure: { code: 'kerberos-service-unknown' } });

  const noKeytab = join(t.testdir({ 'no.keytab': 'no keytab at all' }), 'no.keytab');
  Object.assign(process.env, { KRB5_CLIENT_KTNAME: noKeytab, KRB5CCNAME: 'MEMORY:empty' });
  for (const [keytab, detail] of [
    [noKeytab, `${noKeytab} is not a keytab`],
    [`FILE:${noKeytab}.gone`, `${noKeytab}.gone cannot be read (ENOENT)`],
  ] as const) {
    process.env['KRB5_CLIENT_KTNAME'] = keytab;
    const unusable = await openExchangeTransport({ ...options, keytab }, described(kerberos), noKeys);
    t.match(unusable, { ok: false, failure: { code: 'kerberos-keytab-unusable', detail } });
  }
  t.equal(ews.mails.length, 1);
});

test('a broken connection after the intent is unknown and can be looked up', async (t) => {
  const { ews, options, content } = await startEws(t);
  const transport = await opened(t, options, content);
  const lookup = lookupOf();
  const refusing = sending(undefined, message(), () => Promise.reject(new Error('no lease')));
  t.match(await transport.send(refusing.request), { recipients: [{ outcome: 'deferred' }, {}, {}] });
  ews.faults.push('break-before');
  t.match(await transport.send(sending().request), { recipients: [{ outcome: 'unknown' }, {}, {}] });
  t.strictSame(await transport.reconcile?.(lookup), { kind: 'not-found' });
  ews.faults.push('lose-reply');
  t.match(await transport.send(sending().request), {
    failure: { code: 'outcome-unknown', class: 'unknown' },
  });
  t.equal(ews.mails.length, 1);
  t.strictSame(await transport.reconcile?.(lookup), { kind: 'found', witness: 'message-id' });
  const only = await opened(t, options, { ...content, saveSentCopy: false });
  t.strictSame(await only.reconcile?.(lookup), { kind: 'unsupported' });
});

test('each refusal of EWS has its meaning', async (t) => {
  const { ews, options, content } = await startEws(t);
  const transport = await opened(t, options, content);
  const create = (code: string) => response('CreateItem', code) as Fault;
  const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>`;
  const cases: readonly (readonly [Fault, string, string, number?])[] = [
    [create('ErrorSendAsDenied'), 'rejected', 'sender-refused'],
    [create('ErrorMessageSizeExceeded'), 'rejected', 'message-too-large'],
    [create('ErrorInvalidRecipients'), 'rejected', 'recipient-refused'],
    [create('ErrorMimeContentInvalid'), 'rejected', 'message-refused'],
    [create('ErrorImpersonateUserDenied'), 'deferred', 'permission-missing'],
    [create('ErrorMailboxStoreUnavailable'), 'deferred', 'server-busy'],
    [create('ErrorInternalServerError'), 'unknown', 'outcome-unknown'],
    [fault('ErrorServerBusy', 4200) as Fault, 'deferred', 'server-throttled', 5],
    [fault('ErrorServerBusy', 1e15) as Fault, 'deferred', 'server-throttled', 3600],
    [fault('ErrorServerBusy', -1) as Fault, 'deferred', 'server-throttled'],
    [{ status: 429, headers: { 'retry-after': '99999999999999' } }, 'deferred', 'server-throttled', 3600],
    [
      { status: 429, headers: { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' } },
      'deferred',
      'server-throttled',
      3600,
    ],
    [fault('ErrorNonExistentMailbox') as Fault, 'deferred', 'mailbox-unknown'],
    [{ status: 401 }, 'deferred', 'token-rejected'],
    [{ status: 403, body: 'EWS is disabled' }, 'deferred', 'exchange-protocol-blocked'],
    [{ status: 413 }, 'rejected', 'message-too-large'],
    [{ status: 429, headers: { 'retry-after': '30' } }, 'deferred', 'server-throttled', 30],
    [{ status: 503, headers: { 'retry-after': '2' } }, 'deferred', 'server-busy', 2],
    [{ status: 302, headers: { location: 'https://evil.example' } }, 'deferred', 'not-an-exchange-server'],
    [{ status: 502 }, 'unknown', 'outcome-unknown'],
    [{ status: 200, body: 'no SOAP' }, 'unknown', 'outcome-unknown'],
    [{ status: 200, body: bomb }, 'unknown', 'outcome-unknown'],
    [{ status: 200, body: 'x'.repeat(2 * 1024 * 1024) }, 'unknown', 'outcome-unknown'],
  ];
  for (const [answer, outcome, code, pause] of cases) {
    // A 401 is asked again with a new token.
    ews.faults.push(answer, ...(typeof answer === 'object' && answer.status === 401 ? [answer] : []));
    const result = await transport.send(sending().request);
    t.match(
      result,
      { recipients: [{ outcome, failure: { code } }, {}, {}] },
      JSON.stringify(answer).slice(0, 80),
    );
    if (pause !== undefined) t.match(result, { failure: { retryAfterSeconds: pause } });
    t.notMatch(JSON.stringify(result), clientSecret);
  }
  t.equal(ews.mails.length, 0);
});

test('what a server was told to sign in is in no result, wherever it says it back', async (t) => {
  const { ews, options, basic, ntlm } = await startEws(t);
  const pair = Buffer.from(`erp@acme.example:${password}`).toString('base64');
  const references = Array.from(password, (character) => `&#${character.codePointAt(0)};`).join('');
  const said = [password, pair, encodeURIComponent(password), btoa(`x${password}y`), references].join(' ');
  const { body = '' } = fault('ErrorServerBusy');
  const soap = String(body);
  for (const settings of [basic, ntlm]) {
    const transport = await opened(t, options, settings, passwordKeys);
    await transport.send(sending().request);
    const answers: Fault[] = [
      { status: 500, body: soap.replace('ErrorServerBusy', `${said} `) },
      { status: 500, body: soap.replaceAll('ErrorServerBusy', `Error${said}`) },
      { status: 429, headers: { 'retry-after': said }, body: said },
      { status: 418, body: said, headers: { server: said, 'www-authenticate': said } },
    ];
    for (const answer of answers) {
      ews.faults.push(answer);
      const told = JSON.stringify(await transport.send(sending().request));
      for (const leak of [password, pair, encodeURIComponent(password), btoa(`x${password}y`).slice(2, -4)]) {
        t.notOk(told.includes(leak), `${settings.authentication} ${told}`);
      }
    }
  }
});

test("every request is what Microsoft's schemas say", async (t) => {
  if (!requirePeer(t, 'ews-schemas')) return;
  const { ews, options, content, basic } = await startEws(t, { checksSchemas: true });
  for (const [one, keys] of [
    [content, secretKeys()],
    [{ ...content, saveSentCopy: false }, secretKeys()],
    [basic, passwordKeys],
  ] as const) {
    const transport = await opened(t, options, one, keys);
    const { request } = sending(['a@example.com', "o'brien&co@example.com"]);
    t.match(await transport.send(request), { failure: null });
    const { request: similar } = sending(['c@example.com']);
    await transport.send(similar);
    await transport.reconcile?.(lookupOf({ messageId: '<a&"b\'@x>', recipients: ['c@example.com'] }));
  }
  t.strictSame(ews.complaints, []);
  t.equal(ews.mails.length, 6);
});

test('a delivery receipt is asked for where it is what the mail wants, and what Exchange cannot do is said', async (t) => {
  const { ews, options, content } = await startEws(t);
  const transport = await opened(t, options, content);
  const dsn = { notify: ['success', 'failure'], ret: null, mailId: 'm1', recipients: [] } as const;
  const send = async (more: object) => transport.send({ ...sending(['a@example.com']).request, ...more });
  t.match(await send({ dsn }), { failure: null, notOffered: undefined });
  t.match(await send({ dsn: { ...dsn, ret: 'full' } }), { failure: null, notOffered: ['dsn'] });
  t.match(await send({ dsn: { ...dsn, notify: ['never'] }, hasBounceAddress: true }), {
    failure: null,
    notOffered: ['dsn', 'bounce-address'],
  });
  t.match(await send({}), { failure: null, notOffered: undefined });
  t.equal(ews.mails.length, 4);
});
