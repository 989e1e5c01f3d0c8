import fc from 'fast-check';
import { test } from 'tap';
import { findingsLine, type MailRequest } from '@postausgang/contracts';
import {
  checkMailRequest,
  isAttachmentType,
  senderFinding,
} from '../../packages/message/src/check-request.ts';
import { isCanonicalBase64, isCanonicalBase64Bytes } from '../../packages/message/src/encodings.ts';
import {
  mailIdFor,
  messageIdFor,
  newMailId,
  payloadDigest,
  rawPayloadDigest,
} from '../../packages/message/src/ids.ts';
import { checkMailRequested } from '../../services/mailer/src/request/check-mail-requested.ts';

const nowMs = Date.parse('2026-11-23T08:15:00Z');
const minimal: MailRequest = { to: [{ address: 'kunde@example.com' }] };
const pdf = { filename: 'rechnung.pdf', contentType: 'application/pdf', content: 'JVBERi0=' };

/** The findings as `code at pointer`. */
function check(request: MailRequest, longestWaitMs?: number): string[] {
  return checkMailRequest(request, { nowMs, longestWaitMs }).map(
    ({ code, pointer }) => `${code} at ${pointer}`,
  );
}

test('takes a complete request', async (t) => {
  const request: MailRequest = {
    from: { name: 'Buchhaltung', address: 'rechnung@acme.example' },
    to: [{ name: 'Kunde', address: 'kunde@example.com' }],
    cc: [{ address: 'käse@müller.example' }],
    bcc: [{ address: 'archiv@acme.example' }],
    replyTo: [{ address: 'antwort@acme.example' }],
    subject: 'Rechnung 4711',
    text: '…',
    html: '<p>…</p>',
    attachments: [pdf, { ...pdf, contentId: 'logo@acme' }],
    headers: {
      'X-ERP-Module': 'Überweisung',
      'In-Reply-To': '<a@b>',
      References: '<a@b> <c.d@e><f>',
      'List-Unsubscribe': '<mailto:x@acme.example>',
      'auto-submitted': 'auto-generated',
    },
    businessReference: 'invoice/4711',
    metadata: { client: '100' },
    sendAt: '2026-11-24T08:15:00+01:00',
    notAfter: '2026-11-30T08:15:00Z',
    orderingKey: '4711',
    onUnknown: 'hold',
  };
  t.same(check(request), []);
  t.same(check(minimal), []);
  t.same(check({ bcc: [{ address: 'a@example.com' }], from: null, text: null, sendAt: null }), []);
});

test('tells everything that is wrong at once, each with its pointer', async (t) => {
  const request: MailRequest = {
    from: { address: 'b@x>\r\nRCPT TO:<evil@x' },
    to: [{ address: 'kunde@example.com' }, { address: 'kein Kunde' }],
    cc: [{ address: '' }],
    bcc: [{ address: 'a@b, c@d' }],
    replyTo: [{ address: 'undisclosed:;' }],
    attachments: [
      { ...pdf, contentType: 'pdf' },
      { ...pdf, content: 'JVBERi0', contentId: 'two words' },
    ],
    headers: { Bcc: 'evil@x', 'X-a/b~c': 'fine', 'X Y': '1', References: 'none' },
    sendAt: '2026-02-30T00:00:00Z',
    notAfter: '2026-11-23T08:15:00Z',
  };
  t.same(check(request), [
    'address-invalid at /from/address',
    'address-invalid at /to/1/address',
    'address-invalid at /cc/0/address',
    'address-invalid at /bcc/0/address',
    'address-invalid at /replyTo/0/address',
    'header-not-allowed at /headers/Bcc',
    'header-not-allowed at /headers/X-a~1b~0c',
    'header-not-allowed at /headers/X Y',
    'wrong-format at /headers/References',
    'content-type-invalid at /attachments/0/contentType',
    'base64-invalid at /attachments/1/content',
    'wrong-format at /attachments/1/contentId',
    'date-invalid at /sendAt',
    'date-in-the-past at /notAfter',
  ]);
});

test('wants between one and 1000 recipients', async (t) => {
  const recipients = Array.from({ length: 500 }, (_, index) => ({ address: `r${index}@example.com` }));
  t.same(check({}), ['recipient-required at /to']);
  t.same(check({ to: [], cc: [] }), ['recipient-required at /to']);
  t.same(check({ to: recipients, bcc: recipients }), []);
  t.same(check({ to: recipients, bcc: [...recipients, { address: 'a@example.com' }] }), ['too-many at /to']);
});

test('lets a request set only headers that cannot do harm', async (t) => {
  const refused = [
    'From',
    'Sender',
    'To',
    'Bcc',
    'Subject',
    'Date',
    'Message-ID',
    'Return-Path',
    'Content-Type',
    'MIME-Version',
    'DKIM-Signature',
    'Received',
    'Resent-To',
    'X-',
    'X-Postausgang-Trace',
    'X-A:B',
    'X-Ä',
    '__proto__',
  ];
  for (const name of refused) {
    t.match(
      check({ ...minimal, headers: JSON.parse(`{${JSON.stringify(name)}: "x"}`) }).join(),
      'header-not-allowed',
      name,
    );
  }
  t.same(check({ ...minimal, headers: { 'X-A': '1', 'x-a': '2' } }), ['duplicate-entry at /headers/x-a']);
  t.same(check({ ...minimal, headers: { Precedence: 'büro' } }), ['wrong-format at /headers/Precedence']);
  t.same(check({ ...minimal, headers: { 'In-Reply-To': '<a@b> c' } }), [
    'wrong-format at /headers/In-Reply-To',
  ]);
});

test('compares the end with the clock and with the start', async (t) => {
  const sendAt = '2026-11-24T00:00:00Z';
  t.same(check({ ...minimal, notAfter: '2026-11-23T09:15:00+01:00' }), ['date-in-the-past at /notAfter']);
  t.same(check({ ...minimal, notAfter: '2026-11-23T08:15:00.001Z' }), []);
  t.same(check({ ...minimal, sendAt, notAfter: '2026-11-23T23:59:59Z' }), ['before-send-at at /notAfter']);
  t.same(check({ ...minimal, sendAt, notAfter: sendAt }), ['before-send-at at /notAfter']);
  t.same(check({ ...minimal, sendAt: '2020-01-01T00:00:00Z' }), []);
  const week = 7 * 24 * 60 * 60 * 1000;
  const later = { sendAt: '2026-12-01T00:00:00Z', notAfter: '2026-12-02T00:00:00Z' };
  t.same(check({ ...minimal, ...later }), []);
  t.same(check({ ...minimal, ...later }, week), ['date-too-far at /sendAt', 'date-too-far at /notAfter']);
  t.same(check({ ...minimal, ...later }, 2 * week), []);
  t.same(check({ ...minimal, notAfter: '2026-13-01T00:00:00Z' }), ['date-invalid at /notAfter']);
});

test('knows media types with parameters, and refuses what nests', async (t) => {
  const good = [
    'application/pdf',
    'text/csv; charset=utf-8',
    'text/calendar;method="REQUEST"; charset=x',
    'a/b+c',
    'message/rfc822',
    'application/pdf; name="x.pdf"',
    'a/b; x=1; NAME*0=y',
  ];
  const bad = ['pdf', 'a/', '/b', 'a/b/c', 'a b/c', 'text/plain;', 'text/plain; charset', 'message/partial'];
  const harmful = ['multipart/mixed; boundary=x', 'a/b; boundary=x', 'a/b; x="\\""'];
  t.same(
    good.filter((type) => !isAttachmentType(type)),
    [],
  );
  t.same([...bad, ...harmful].filter(isAttachmentType), []);
});

test('takes the one way to write bytes as base64 and no other', async (t) => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(bytes, (data) => isCanonicalBase64(Buffer.from(data).toString('base64'))));
  const alphabet = fc.constantFrom(
    'A',
    'Z',
    'a',
    'z',
    '0',
    '9',
    '+',
    '/',
    '=',
    '-',
    '_',
    ' ',
    '\n',
    '\u0141',
  );
  fc.assert(
    fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
      const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
      const canonical = Buffer.from(text, 'base64').toString('base64') === text;
      return isCanonicalBase64(text) === (strict && canonical);
    }),
  );
  const places = fc.record({ shift: fc.nat(3), at: fc.nat(100), byte: fc.nat(255), sizeBytes: fc.nat(90) });
  fc.assert(
    fc.property(places, ({ shift, at, byte, sizeBytes }) => {
      const text = Buffer.from(Buffer.alloc(sizeBytes, 'Anlage').toString('base64'));
      if (at < text.length) text[at] = byte;
      const shifted = Buffer.concat([Buffer.alloc(shift), text]).subarray(shift);
      const expected = text.length > 0 && isCanonicalBase64(text.toString('latin1'));
      return isCanonicalBase64Bytes(shifted) === expected || text.length === 0;
    }),
    { numRuns: 2000 },
  );
  const long = Buffer.alloc(600_000, 7).toString('base64');
  t.equal(isCanonicalBase64(long), true);
  t.equal(
    isCanonicalBase64(`${long.slice(0, 196_604)}AA==${long.slice(196_608)}`),
    false,
    'padding at a seam',
  );
  t.equal(isCanonicalBase64(`${long}\n`), false);
  t.equal(isCanonicalBase64Bytes(Buffer.from(long)), true);
  for (const at of [0, 65_535, 65_536, 131_072, 600_000]) {
    for (const foreign of '-_=\n. é') {
      const bytes = Buffer.from(long);
      bytes.write(foreign, at, 'latin1');
      t.equal(isCanonicalBase64Bytes(bytes), false, `${JSON.stringify(foreign)} at ${at}`);
    }
  }
});

test('wants a sender from the request or from the settings', async (t) => {
  const address = { address: 'erp@acme.example' };
  t.equal(senderFinding({}, null)?.pointer, '/from');
  t.equal(senderFinding({ from: null }, null)?.code, 'sender-address-required');
  t.equal(senderFinding({ from: address }, null), undefined);
  t.equal(senderFinding({}, address), undefined);
});

test('digests what is asked for, not how it is written', async (t) => {
  const first = payloadDigest({ ...minimal, subject: 'a', metadata: { a: '1', b: '2' }, attachments: [pdf] });
  t.match(first, /^[A-Za-z0-9_-]{43}$/);
  const { filename, contentType, content } = pdf;
  const reordered = {
    attachments: [{ content, filename, contentType }],
    metadata: { b: '2', a: '1' },
    subject: 'a',
    cc: [],
    text: null,
    headers: {},
    ...minimal,
  };
  t.equal(payloadDigest(reordered), first);
  const changes: MailRequest[] = [
    { subject: 'b' },
    { metadata: { a: '1' } },
    { metadata: { a: '1', b: '2', c: '' } },
    { attachments: [] },
    { attachments: [{ ...pdf, content: 'JVBERi4=' }] },
    { attachments: [pdf, pdf] },
    { bcc: [{ address: 'x@example.com' }] },
    { onUnknown: 'hold' },
  ];
  const digests = changes.map((change) => payloadDigest({ ...reordered, ...change }));
  t.equal(new Set([first, ...digests]).size, changes.length + 1);
});

test('digests a finished message with its envelope', async (t) => {
  const envelope = { from: 'a@example.com', to: ['b@example.com'] };
  const digest = rawPayloadDigest({ envelope, message: Buffer.from('From: a\r\n\r\nx') });
  t.equal(rawPayloadDigest({ message: Buffer.from('From: a\r\n\r\nx'), envelope, metadata: {} }), digest);
  t.not(rawPayloadDigest({ message: Buffer.from('From: a\r\n\r\ny'), envelope }), digest);
  t.not(
    rawPayloadDigest({
      message: Buffer.from('From: a\r\n\r\nx'),
      envelope: { ...envelope, to: ['c@example.com'] },
    }),
    digest,
  );
});

test('derives the same id from the same key of the same principal', async (t) => {
  const id = mailIdFor('invoice-4711-v1', 'key-1');
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(mailIdFor('invoice-4711-v1', 'key-1'), id);
  t.not(mailIdFor('invoice-4711-v1', 'key-2'), id);
  t.not(mailIdFor('a', 'b","c'), mailIdFor('c","a', 'b'));
});

test('makes ids of mails that sort by their time', async (t) => {
  const id = newMailId(new Date(1_700_000_000_000));
  t.match(id, /^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.not(newMailId(new Date(1_700_000_000_000)), id);
  t.ok(newMailId(new Date(1_700_000_000_001)) > id);
});

test('builds a Message-ID in ASCII', async (t) => {
  t.equal(messageIdFor('1', 'acme.example'), '<1@acme.example>');
  t.equal(messageIdFor('1', 'müller.example'), '<1@xn--mller-kva.example>');
  t.equal(messageIdFor('1', '[192.0.2.1]'), '<1@[192.0.2.1]>');
  t.equal(messageIdFor('1', 'not a domain'), '<1@invalid>');
});

test('checks what came by the log, but not its clock', async (t) => {
  const raw = Buffer.from('From: a@b.example\r\n\r\nx').toString('base64');
  const envelope = { from: 'a@b.example', to: ['c@d.example'] };
  const wrong = (request: Parameters<typeof checkMailRequested>[0]) =>
    findingsLine(checkMailRequested(request));
  t.equal(wrong({ id: '1', ...minimal, notAfter: '2020-01-01T00:00:00Z' }), '');
  t.equal(wrong({ id: '1', envelope, raw }), '');
  t.equal(
    wrong({ id: '1', headers: { To: 'x' } }),
    '/to: recipient-required, /headers/To: header-not-allowed',
  );
  t.equal(wrong({ id: '1', envelope, raw: `${raw}\n` }), '/raw: base64-invalid');
  t.equal(wrong({ id: '1', envelope, raw: 'AAAA' }), ': message-malformed');
  t.equal(
    wrong({ id: '1', envelope: { from: 'a@b.example', to: ['c d'] }, raw }),
    '/X-Envelope-To/0: address-invalid',
  );
});
