import fc from 'fast-check';
import { networkInterfaces } from 'node:os';
import { test } from 'tap';
import type { OutgoingServerContent, StoredSecret } from '@postausgang/contracts';
import { defaultContent, smtpPasswordBinding } from '@postausgang/settings';
import { smtpDestination } from '../../../../packages/settings/src/outgoing-server.ts';
import { tlsSettings } from '../../../../packages/net/src/tls.ts';
import { resolveDestination } from '../../../../packages/net/src/connect.ts';
import {
  connectFailure,
  lookupFailure,
  maxReplyLength,
  smtpError,
  type SmtpError,
  tlsFailure,
  untrustedText,
} from '../../../../packages/net/src/failures.ts';
import {
  type ConnectionPolicy,
  createDestinationGuard,
  defaultConnectionPolicy,
} from '../../../../packages/net/src/guard.ts';
import { dotStuff } from '../../../../services/mailer/src/transports/smtp/content.ts';
import { describeSmtp, serverName } from '../../../../services/mailer/src/transports/smtp/open-session.ts';
import {
  lostOpening,
  protocolError,
  refusedMessage,
  refusedOpening,
  refusedRecipient,
  refusedSender,
  type SessionStage,
} from '../../../../services/mailer/src/transports/smtp/replies.ts';
import {
  admit,
  outcomeOf,
  type TransactionRecord,
} from '../../../../services/mailer/src/transports/smtp/transaction.ts';

const content = (smtp: Partial<OutgoingServerContent['smtp']>): OutgoingServerContent => ({
  ...defaultContent,
  enabled: true,
  smtp: { ...defaultContent.smtp, hostname: 'mail.acme.example', username: 'erp', ...smtp },
});

const storedFor = (destination: string): StoredSecret => ({
  setAt: '2026-01-01T00:00:00Z',
  sealed: { keyId: 'k', destination, jwe: { protected: '', iv: '', ciphertext: 'x', tag: '', aad: '' } },
});

test('the description says what to connect to, with the port that follows from the encryption', (t) => {
  t.strictSame(describeSmtp(content({})), {
    hostname: 'mail.acme.example',
    port: 587,
    encryption: 'starttls',
    authentication: 'password',
    username: 'erp',
    windows: null,
    timeoutSeconds: 60,
    allowCleartextAuthentication: false,
  });
  t.equal(describeSmtp(content({ encryption: 'implicit' }))?.port, 465);
  t.match(describeSmtp(content({ encryption: 'none' })), { port: 25, allowCleartextAuthentication: false });
  t.equal(describeSmtp(content({ port: 2525 }))?.port, 2525);
  t.equal(describeSmtp(content({ authentication: 'none' }))?.username, null);
  t.end();
});

test('Windows authentication needs nothing more than the choice', (t) => {
  const windows = { authentication: 'windows', username: null, hostname: 'Mail.ACME.example.' } as const;
  t.match(describeSmtp(content(windows)), {
    authentication: 'windows',
    username: null,
    windows: { mechanism: 'negotiate', servicePrincipal: 'SMTPSVC/mail.acme.example' },
  });
  t.match(describeSmtp(content({ ...windows, servicePrincipal: 'smtp/other.example' })), {
    windows: { servicePrincipal: 'smtp/other.example' },
  });
  const left = { ...windows, username: 'erp', password: storedFor('elsewhere') };
  t.equal(describeSmtp(content(left))?.username, null, 'a login that stayed behind is not used');
  t.equal(describeSmtp(content({ ...left, windowsMechanism: 'ntlm' }))?.username, 'erp');
  t.equal(describeSmtp(content({ ...left, windowsMechanism: 'kerberos' }))?.username, null);
  const { destination } = smtpPasswordBinding('x', content(windows).smtp);
  const fallback = { ...windows, username: 'erp', password: storedFor(destination) };
  t.equal(describeSmtp(content(fallback))?.username, 'erp', 'one that was entered for it is');
  t.end();
});

test('what changes nothing about the connection does not change the description', (t) => {
  const before = JSON.stringify(describeSmtp(content({})));
  const other = {
    ...content({ port: 587, allowCleartextAuthentication: true }),
    copyToSender: 'bcc' as const,
  };
  t.equal(JSON.stringify(describeSmtp(other)), before);
  t.equal(JSON.stringify(describeSmtp(content({ password: storedFor('d') }))), before);
  t.end();
});

test('settings that do not say enough have no description', (t) => {
  t.equal(describeSmtp(content({ hostname: null })), null);
  t.equal(describeSmtp(content({ hostname: '' })), null);
  t.equal(describeSmtp(content({ username: null })), null);
  const ntlm = { authentication: 'windows', windowsMechanism: 'ntlm' } as const;
  t.equal(describeSmtp(content({ ...ntlm, username: null })), null);
  t.equal(describeSmtp({ ...content({}), serverType: 'exchange' }), null);
  const named = (hostname: string): string | undefined => {
    const found = describeSmtp(content({ hostname }));
    return found === null ? undefined : serverName(found);
  };
  t.equal(named('mail.acme.example'), 'mail.acme.example:587');
  t.equal(named('2001:db8::1'), '[2001:db8::1]:587');
  t.equal(named('[2001:db8::1]'), '[2001:db8::1]:587');
  t.equal(named('[IPv6:2001:db8::1]'), '[2001:db8::1]:587');
  t.end();
});

test('an address in brackets is the same server, which is asked for by no name', (t) => {
  const plain = content({ hostname: '2001:db8::1' }).smtp;
  for (const hostname of ['[2001:db8::1]', '[IPv6:2001:DB8::1]']) {
    t.strictSame(smtpDestination(content({ hostname }).smtp), smtpDestination(plain), hostname);
    const { hostname: host = '' } = describeSmtp(content({ hostname })) ?? {};
    const { servername, host: verified } = tlsSettings(host);
    t.strictSame([servername, verified], [undefined, host], 'SNI takes no addresses');
  }
  t.end();
});

const policy = (changes: Partial<ConnectionPolicy>): ConnectionPolicy => ({
  ...defaultConnectionPolicy,
  ...changes,
});

test('the address guard refuses what is never a mail server, in every spelling', (t) => {
  const { allowsAddress: isAllowed } = createDestinationGuard(defaultConnectionPolicy, () => []);
  const refused = [
    '127.0.0.1',
    '127.255.0.9',
    '::1',
    '0.0.0.0',
    '0.1.2.3',
    '::',
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '192.0.0.192',
    '2002:7f00:1::',
    '64:ff9b:1::7f00:1',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '100.100.100.200',
    '224.0.0.1',
    '239.255.255.255',
    'ff02::1',
    '255.255.255.255',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '64:ff9b::7f00:1',
    'localhost',
    '',
    '1.2.3',
  ];
  for (const address of refused) t.notOk(isAllowed(address), address);
  for (const address of ['192.0.2.7', '10.0.0.1', '172.16.3.4', '192.168.1.1', 'fd12::1', '2001:db8::1']) {
    t.ok(isAllowed(address), address);
  }
  t.ok(isAllowed('::ffff:192.0.2.7'));
  t.end();
});

test('the addresses of this machine are as loopback', (t) => {
  const own = ['127.0.0.1', '192.168.1.7', '2001:db8::7', 'fe80::1%eth0', '::1', '169.254.10.1'];
  const { allowsAddress: isAllowed } = createDestinationGuard(defaultConnectionPolicy, () => own);
  for (const address of ['192.168.1.7', '::ffff:192.168.1.7', '::ffff:c0a8:107', '2001:db8:0:0::7']) {
    t.notOk(isAllowed(address), address);
  }
  t.notOk(isAllowed('64:ff9b::192.168.1.7'), 'translated');
  t.ok(isAllowed('192.168.1.8'));
  t.ok(isAllowed('2001:db8::8'));
  const { allowsAddress: withLoopback } = createDestinationGuard(policy({ allowLoopback: true }), () => own);
  for (const address of ['127.0.0.1', '192.168.1.7', '2001:db8::7']) t.ok(withLoopback(address), address);
  for (const address of ['fe80::1', '169.254.10.1'])
    t.notOk(withLoopback(address), `${address} stays refused`);

  const { allowsAddress: real } = createDestinationGuard(defaultConnectionPolicy);
  const found = Object.values(networkInterfaces()).flatMap((interfaces = []) => interfaces);
  for (const { address } of found) t.notOk(real(address), address);

  let changing = ['192.0.2.1'];
  const { allowsAddress: later } = createDestinationGuard(defaultConnectionPolicy, () => changing);
  t.ok(later('192.0.2.2'));
  changing = ['192.0.2.2'];
  t.notOk(later('192.0.2.2'), 'addresses change while the service runs');
  t.end();
});

test('the operator can open loopback, deny networks and name the only allowed ones', (t) => {
  const { allowsAddress: withLoopback } = createDestinationGuard(policy({ allowLoopback: true }));
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) t.ok(withLoopback(address), address);
  const { allowsAddress: denying } = createDestinationGuard(
    policy({ deniedNetworks: ['10.0.0.0/8', '2001:db8::/32'] }),
  );
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1']) t.notOk(denying(address), address);
  t.ok(denying('192.168.0.1'));
  const { allowsAddress: only } = createDestinationGuard(
    policy({ allowedNetworks: ['10.0.0.0/24', '169.254.0.0/16'] }),
  );
  t.ok(only('10.0.0.9'));
  t.notOk(only('10.0.1.9'));
  t.notOk(only('2001:db8::1'));
  t.notOk(only('169.254.169.254'), 'what is never allowed stays so');
  for (const range of [
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    'x/8',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '::/129',
  ]) {
    t.throws(() => createDestinationGuard(policy({ deniedNetworks: [range] })), RangeError, range);
  }
  t.end();
});

test('a destination is resolved once, and only allowed addresses of it are left', async (t) => {
  const guard = createDestinationGuard(defaultConnectionPolicy, () => []);
  const destination = (hostname: string, answer: readonly string[] | Error, port = 25) =>
    resolveDestination({ hostname, port }, guard, 1000, () =>
      answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
    );
  const mixed = await destination('mail.test', ['127.0.0.1', '192.0.2.7', '::1', '2001:db8::1']);
  t.match(mixed, { ok: true, addresses: ['192.0.2.7', '2001:db8::1'] });
  t.match(await destination('192.0.2.9', new Error('not asked')), { ok: true, addresses: ['192.0.2.9'] });
  const codeOf = async (...args: Parameters<typeof destination>): Promise<string> => {
    const found = await destination(...args);
    return found.ok ? 'ok' : found.failure.code;
  };
  t.equal(await codeOf('rebind.test', ['127.0.0.1']), 'destination-not-allowed');
  t.equal(await codeOf('169.254.169.254', []), 'destination-not-allowed');
  t.equal(await codeOf('mail.test', ['192.0.2.7'], 80), 'port-not-allowed');
  t.equal(await codeOf('mail.test', []), 'host-not-found');
  t.equal(await codeOf('mail.test', smtpError('', 'ENOTFOUND')), 'host-not-found');
  t.equal(await codeOf('mail.test', smtpError('', 'EAI_AGAIN')), 'dns-unavailable');
  const silent = await resolveDestination(
    { hostname: 'mail.test', port: 25 },
    guard,
    5,
    () => new Promise(() => undefined),
  );
  t.match(silent, { ok: false, failure: { code: 'dns-unavailable' } });
});

test('errors of network and TLS have codes that say what to do', (t) => {
  const connect = (code: string): string => connectFailure(smtpError('', code), '192.0.2.1').code;
  t.equal(connect('ECONNREFUSED'), 'connection-refused');
  t.equal(connect('ETIMEDOUT'), 'connection-timeout');
  t.equal(connect('EHOSTUNREACH'), 'network-unreachable');
  t.equal(lookupFailure('odd').code, 'dns-unavailable');
  const codes = {
    CERT_HAS_EXPIRED: 'certificate-expired',
    CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
    ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-name-mismatch',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-untrusted',
    SELF_SIGNED_CERT_IN_CHAIN: 'certificate-untrusted',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-untrusted',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-untrusted',
    CERT_REVOKED: 'certificate-untrusted',
    ERR_SSL_WRONG_VERSION_NUMBER: 'tls-not-spoken',
    ERR_SSL_PACKET_LENGTH_TOO_LONG: 'tls-not-spoken',
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tls-version-unsupported',
    ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls-version-unsupported',
    ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'tls-failed',
    ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'tls-client-certificate-refused',
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'tls-client-certificate-refused',
    ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'tls-client-certificate-refused',
    ECONNRESET: 'tls-failed',
    ETIMEDOUT: 'timeout',
  };
  for (const [code, expected] of Object.entries(codes))
    t.equal(tlsFailure(smtpError('', code)).code, expected, code);
  t.match(tlsFailure(smtpError('x; try y', 'CERT_HAS_EXPIRED')), {
    code: 'certificate-expired',
    detail: 'x',
  });
  t.end();
});

test('a refusal while opening is classified by its stage and reply', (t) => {
  const codeOf = (stage: SessionStage, reply: string): string => refusedOpening(stage, reply).code;
  const rows: readonly (readonly [SessionStage, string, string])[] = [
    ['greeting', '421 4.3.2 shutting down', 'server-busy'],
    ['greeting', '450 later', 'server-busy'],
    ['greeting', '554 go away', 'server-refuses-service'],
    ['greeting', '354 what', 'not-an-smtp-server'],
    ['ehlo', '550 no', 'ehlo-refused'],
    ['ehlo', '421 bye', 'server-busy'],
    ['ehlo', '450 not now', 'server-busy'],
    ['greeting', '421 4.7.0 mx Error: too many connections from 192.0.2.7', 'too-many-connections'],
    ['greeting', '554 5.7.1 too many connections', 'too-many-connections'],
    ['tls', '502 5.5.1 not implemented', 'starttls-not-offered'],
    ['tls', '454 4.7.0 not now', 'tls-failed'],
    ['authenticate', '535 5.7.8 wrong', 'credentials-rejected'],
    ['authenticate', '454 4.7.0 later', 'authentication-unavailable'],
    ['authenticate', '421 4.7.0 later', 'server-throttled'],
    ['authenticate', '504 5.5.4 unknown', 'authentication-mechanism-unsupported'],
    ['authenticate', '534 5.7.9 too weak', 'authentication-mechanism-unsupported'],
    ['authenticate', '538 5.7.11 encrypt', 'encryption-required'],
    ['authenticate', '503 5.5.1 not here', 'authentication-not-offered'],
    ['authenticate', '250 what', 'unexpected-reply'],
  ];
  for (const [stage, reply, expected] of rows) t.equal(codeOf(stage, reply), expected, `${stage}: ${reply}`);
  t.end();
});

test('a connection that ends while opening is classified by its stage and the last words', (t) => {
  const check = (stage: SessionStage, error: SmtpError, expected: string): void => {
    t.equal(lostOpening(stage, error).code, expected, `${stage}: ${error.code} ${error.response}`);
  };
  const words = (response: string): SmtpError => Object.assign(smtpError('', 'ECONNECTION'), { response });
  check('greeting', protocolError('', 'HTTP/1.1 400 Bad Request'), 'not-an-smtp-server');
  check('greeting', protocolError('The reply is too long'), 'unexpected-reply');
  check('ehlo', protocolError('', 'what?'), 'unexpected-reply');
  check('authenticate', protocolError('', '250 nobody asked'), 'unexpected-reply');
  check('greeting', smtpError('', 'ETIMEDOUT'), 'greeting-timeout');
  check('ehlo', smtpError('', 'ETIMEDOUT'), 'timeout');
  check('ehlo', smtpError('', 'ECONNECTION'), 'connection-lost');
  check('tls', smtpError('', 'ECONNRESET'), 'connection-lost');
  check('authenticate', words('421 4.3.2 shutting down'), 'server-busy');
  check('authenticate', words('421 4.7.0 too many connections'), 'too-many-connections');
  t.end();
});

test('a refusal within a transaction is for good or for now', (t) => {
  const check = (refused: typeof refusedSender, reply: string, expected: string): void => {
    const { outcome, failure } = refused(reply);
    t.equal(`${outcome} ${failure.code}`, expected, reply);
    t.equal(failure.detail, reply);
  };
  check(refusedSender, '550 5.7.1 not yours', 'rejected sender-refused');
  check(refusedSender, '554 relaying denied', 'deferred relay-denied');
  check(refusedSender, '530 5.7.57 sign in', 'deferred authentication-required');
  check(refusedSender, '552 5.3.4 too big', 'rejected message-too-large');
  check(refusedSender, '555 5.5.4 what', 'rejected message-refused');
  check(refusedSender, '451 4.3.0 later', 'deferred server-busy');
  check(refusedSender, '421 bye', 'deferred server-busy');
  check(refusedSender, 'no reply', 'deferred unexpected-reply');
  const first = (reply: string) => refusedRecipient(reply);
  const later = (reply: string) => refusedRecipient(reply, { acceptedBefore: 5 });
  check(first, '550 5.1.1 unknown', 'rejected recipient-refused');
  check(first, '554 5.7.1 <b@x>: Relay access denied', 'deferred relay-denied');
  check(first, '553 5.7.1 <a@x>: Sender address rejected: not owned by user erp', 'rejected sender-refused');
  check(first, '530 5.7.0 sign in', 'deferred authentication-required');
  check(first, '450 4.2.0 greylisted', 'deferred recipient-deferred');
  check(first, '452 4.5.3 too many', 'deferred too-many-recipients');
  check(first, '552 5.5.3 enough', 'deferred too-many-recipients');
  check(first, '552 Too many recipients', 'deferred too-many-recipients');
  check(later, '552 enough', 'deferred too-many-recipients');
  check(later, '552 5.2.2 mailbox full', 'rejected mailbox-full');
  check(first, '552 no storage', 'rejected mailbox-full');
  check(refusedMessage, '554 5.6.0 spam', 'rejected message-refused');
  check(refusedMessage, '552 5.3.4 too big', 'rejected message-too-large');
  check(refusedMessage, '552 too big', 'rejected message-too-large');
  check(refusedMessage, '550 5.7.60 SMTP; no permission to send as this sender', 'rejected sender-refused');
  check(refusedMessage, '554 5.2.252 SendAsDenied', 'rejected sender-refused');
  check(refusedMessage, '451 4.3.0 later', 'deferred message-deferred');
  t.end();
});

test('text of a server is one short line without control characters', (t) => {
  t.equal(untrustedText('550 a\r\n\u001b[31mb\u0000\u202ec\u2028d'), '550 a [31mb c d');
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
    const clean = untrustedText(text);
    return (
      clean.length <= maxReplyLength && !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(clean) && clean.isWellFormed()
    );
  });
  t.doesNotThrow(() => fc.assert(property));
  t.end();
});

/** What a server makes of the content (RFC 5321 §4.5.2). */
const unstuffed = (stuffed: Buffer): string => stuffed.toString('latin1').replace(/(^|\r\n)\./g, '$1');

test('dot-stuffing is undone by the server, whatever the message and whatever it takes for a line end', (t) => {
  const pieces = fc.array(
    fc.constantFrom('.', '\r\n', '\n', '\r', 'a', '..', '\r\n.\r\n', '\r.\r', '\n.\n', '\u0000', 'ÿ'),
    { maxLength: 30 },
  );
  const property = fc.property(pieces, (parts) => {
    const message = Buffer.from(parts.join(''), 'latin1');
    const stuffed = dotStuff(message);
    const wire = stuffed.toString('latin1');
    const normalized = parts.join('').replace(/\r\n|\r|\n/g, '\r\n');
    const whole = normalized.endsWith('\r\n') ? normalized : `${normalized}\r\n`;
    const endsEarly = /[\r\n]\.[\r\n]/.test(`\n${wire}`);
    return unstuffed(stuffed) === whole && !endsEarly && !/(?<!\r)\n|\r(?!\n)/.test(wire);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
  t.end();
});

test('a message that needs no stuffing is not copied', (t) => {
  const message = Buffer.from('Subject: x\r\n\r\na.b\r\n');
  t.equal(dotStuff(message).buffer, message.buffer);
  const slice = new Uint8Array(Buffer.from('xx.y\r\nzz')).subarray(2, 6);
  t.equal(dotStuff(slice).toString(), '..y\r\n', 'and only the given part is looked at');
  t.end();
});

const record = (changes: Partial<TransactionRecord>): TransactionRecord => ({
  senderReply: '250 ok',
  recipientReplies: ['250 ok', '550 5.1.1 no', '450 4.2.0 later', '250 ok'],
  dataReply: '354 go',
  intentFailed: false,
  dotSent: true,
  contentReply: '250 2.0.0 queued',
  lost: null,
  ...changes,
});

test('each recipient has the fate that the replies to it and to the message make', (t) => {
  const fates = (changes: Partial<TransactionRecord>): string => {
    const { recipients } = outcomeOf(record(changes), ['a', 'b', 'c', 'd']);
    return recipients
      .map(({ outcome, failure }) => `${outcome}${failure ? `:${failure.code}` : ''}`)
      .join(' ');
  };
  const partial = (fate: string): string =>
    `${fate} rejected:recipient-refused deferred:recipient-deferred ${fate}`;
  const all = (fate: string): string => [fate, fate, fate, fate].join(' ');
  const lost = smtpError('', 'ECONNECTION');
  t.equal(fates({}), partial('sent'));
  t.equal(fates({ contentReply: '554 5.6.0 no' }), partial('rejected:message-refused'));
  t.equal(fates({ contentReply: '421 bye', lost }), partial('deferred:server-busy'));
  t.equal(fates({ contentReply: null, lost }), partial('unknown:outcome-unknown'));
  t.equal(fates({ contentReply: '354 what' }), partial('unknown:outcome-unknown'));
  t.equal(fates({ contentReply: '250 early', dotSent: false, lost }), partial('deferred:unexpected-reply'));
  t.equal(fates({ contentReply: '552 early', dotSent: false, lost }), partial('rejected:message-too-large'));
  t.equal(fates({ contentReply: null, dotSent: false, lost }), partial('deferred:connection-lost'));
  t.equal(
    fates({ contentReply: null, dotSent: false, intentFailed: true, lost }),
    partial('deferred:connection-lost'),
  );
  t.equal(
    fates({ contentReply: null, dotSent: false, dataReply: '451 no' }),
    partial('deferred:message-deferred'),
  );
  t.equal(
    fates({ senderReply: '550 no', contentReply: null, dotSent: false }),
    all('rejected:sender-refused'),
  );
  t.equal(
    fates({ senderReply: null, contentReply: null, dotSent: false, lost }),
    all('deferred:connection-lost'),
  );
  const cut = { recipientReplies: ['550 no'], dataReply: null, contentReply: null, dotSent: false };
  const timeout = smtpError('', 'ETIMEDOUT');
  t.match(fates({ ...cut, lost: timeout }), /^rejected:recipient-refused( deferred:timeout){3}$/);
  t.end();
});

test('the outcome says what ended the transaction as a whole, and nothing when single recipients failed', (t) => {
  const all = ['a', 'b', 'c', 'd'];
  t.match(outcomeOf(record({}), all), { reply: '250 2.0.0 queued', failure: null });
  t.match(outcomeOf(record({ senderReply: '550 no' }), all), {
    reply: '550 no',
    failure: { code: 'sender-refused' },
  });
  const none = record({
    recipientReplies: ['550 a', '550 b'],
    dataReply: '554 none',
    dotSent: false,
    contentReply: null,
  });
  t.match(outcomeOf(none, ['a', 'b']), { reply: null, failure: null });
  t.end();
});

test('what the EHLO reply rules out is not tried', (t) => {
  const server = { extensions: [], maxSizeBytes: 100 };
  const modern = { extensions: ['SMTPUTF8'], maxSizeBytes: 0 };
  const to = ['b@x.test', 'bö@x.test'];
  t.match(admit(server, { from: 'a@x.test', to }, Buffer.alloc(101)), {
    asked: [],
    failure: { code: 'message-too-large' },
  });
  const partly = admit(server, { from: 'a@x.test', to }, Buffer.alloc(100));
  t.match(partly, { asked: ['b@x.test'], failure: null });
  t.match(partly.refused, [
    { address: 'bö@x.test', outcome: 'rejected', failure: { code: 'smtputf8-unsupported' } },
  ]);
  t.match(admit(server, { from: 'ä@x.test', to }, Buffer.alloc(1)), {
    asked: [],
    failure: { code: 'smtputf8-unsupported' },
  });
  t.match(admit(modern, { from: 'ä@x.test', to }, Buffer.alloc(1e6)), { asked: to, failure: null });
  const eightBit = Buffer.from('Subject: x\r\n\r\nä\r\n');
  t.match(admit(modern, { from: 'a@x.test', to }, eightBit), {
    asked: [],
    failure: { code: '8bitmime-unsupported' },
  });
  const mime = { extensions: ['8BITMIME', 'SIZE'], maxSizeBytes: 0 };
  t.match(admit(mime, { from: 'a@x.test', to: ['b@x.test'] }, eightBit), {
    asked: ['b@x.test'],
    failure: null,
  });
  const smuggled = 'b@x>\r\nRCPT TO:<evil@x';
  t.match(admit(modern, { from: 'a@x', to: [smuggled] }, Buffer.alloc(1)), {
    asked: [],
    failure: { code: 'recipient-refused' },
  });
  t.match(admit(modern, { from: smuggled, to }, Buffer.alloc(1)), {
    asked: [],
    failure: { code: 'sender-refused' },
  });
  t.end();
});
