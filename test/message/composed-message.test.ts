import assert from 'node:assert/strict';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { test } from 'tap';
import type { InlineComposedMail } from '../../packages/message/src/attachments.ts';
import type { Message } from '../../packages/mail/src/transport.ts';
import { composeMail, composeMessage } from '../../packages/message/src/compose.ts';
import { base64Lines, quotedPrintable } from '../../packages/message/src/encodings.ts';
import { messageOfBytes, type Piece } from '../../packages/message/src/message.ts';
import { encodeText } from '../../packages/message/src/mime.ts';
import { dotStuff } from '../../services/mailer/src/transports/smtp/content.ts';

const png = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64');
const date = new Date('2026-11-23T08:16:00Z');
const messageId = '<1@acme.example>';

function compose(
  request: Partial<InlineComposedMail>,
  from = { name: 'ACME', address: 'erp@acme.example' },
): Buffer {
  return Buffer.from(composed(request, from).bytes);
}

function composed(
  request: Partial<InlineComposedMail>,
  from = { name: 'ACME', address: 'erp@acme.example' },
): Message {
  const to = [{ name: 'Kunde', address: 'kunde@example.com' }];
  return composeMessage({ request: { id: '1', to, ...request }, mailId: '1', messageId, date, from });
}

/** The header section, unfolded. */
function headersOf(message: Buffer): string[] {
  const [section = ''] = message.toString().split('\r\n\r\n');
  return section.replaceAll(/\r\n(?=[\t ])/g, '').split('\r\n');
}

/** What every message of ours keeps to on the wire. */
function wireFaults(message: Buffer): string[] {
  const text = message.toString('latin1');
  return [
    ...(/(?<!\r)\n|\r(?!\n)/.test(text) ? ['bare CR or LF'] : []),
    ...(/[^\t\r\n\x20-\x7e]/.test(text) ? ['control character or eighth bit'] : []),
    ...(text.split('\r\n').some((line) => line.length > 998) ? ['line too long'] : []),
    ...(text.endsWith('\r\n') ? [] : ['no line end at the end']),
  ];
}

const full: Partial<InlineComposedMail> = {
  cc: [{ name: 'Grüße, "Käse" <x@y>', address: 'kaese@example.com' }],
  bcc: [{ address: 'geheim@example.com' }],
  replyTo: [{ address: 'antwort@acme.example' }],
  subject: 'Rechnung für März 🎉',
  text: 'Guten Tag,\n\nfür März\r\nalt\rund 🎉',
  html: '<p>Grüße <img src="cid:logo"></p>',
  attachments: [
    { filename: 'Rechnung für März; "4711".pdf', contentType: 'application/pdf', content: 'JVBERi0=' },
    { filename: 'logo.png', contentType: 'image/png', content: png, contentId: 'logo' },
  ],
  headers: {
    'X-ERP-Module': 'Überweisung',
    'List-Id': '"Rechnungen" <rechnungen.acme.example>',
    References: '<a@b> <c@d>',
  },
};

test('composes text, HTML, inline parts and attachments that a mail program reads', async (t) => {
  const message = compose(full);
  const parsed = await simpleParser(message);
  t.same(wireFaults(message), []);
  t.equal(parsed.subject, full.subject);
  t.equal(parsed.text, 'Guten Tag,\n\nfür März\nalt\nund 🎉');
  t.match(parsed.html || '', 'Grüße <img src="data:image/png;base64');
  t.equal(parsed.from?.text, '"ACME" <erp@acme.example>');
  t.same([parsed.cc].flat()[0]?.value, [{ name: 'Grüße, "Käse" <x@y>', address: 'kaese@example.com' }]);
  t.equal(parsed.replyTo?.value[0]?.address, 'antwort@acme.example');
  t.equal(parsed.messageId, messageId);
  t.same(parsed.date, date);
  t.same(parsed.references, ['<a@b>', '<c@d>']);
  const [pdf, logo] = parsed.attachments.toSorted((a, b) => a.contentType.localeCompare(b.contentType));
  t.equal(pdf?.filename, 'Rechnung für März; "4711".pdf');
  t.equal(pdf?.content.toString(), '%PDF-');
  t.equal(pdf?.contentDisposition, 'attachment');
  t.same(logo?.content, Buffer.from(png, 'base64'));
  t.equal(logo?.cid, 'logo');
  t.equal(logo?.related, true);
});

test('keeps the case of X- names, and encodes nothing where an encoded word would break the grammar', async (t) => {
  const headers = headersOf(compose(full));
  t.ok(headers.includes('List-ID: "Rechnungen" <rechnungen.acme.example>'));
  t.ok(headers.includes('X-ERP-Module: =?UTF-8?Q?=C3=9Cberweisung?='));
  t.notOk(headers.some((line) => line.startsWith('X-Mailer')));
  t.match(compose(full).toString(), "filename*0*=utf-8''Rechnung%20f%C3%BCr");
});

test('never writes a blind copy into the message', async (t) => {
  t.notMatch(compose(full).toString(), /geheim|^bcc/im);
  const hidden = compose({ to: [], bcc: [{ address: 'geheim@example.com' }] });
  t.notMatch(hidden.toString(), /geheim|^bcc/im);
  t.ok(headersOf(hidden).includes('To: Undisclosed recipients:;'));
});

test('gives the same bytes for the same request', async (t) => {
  const request: InlineComposedMail = { id: '1', to: [], ...full };
  const from = { address: 'erp@acme.example' };
  const row = { acceptedAtMs: date.getTime() };
  const first = composeMail(request, { from }, row);
  await new Promise((resolve) => setImmediate(resolve));
  t.same(composeMail(structuredClone(request), { from }, row)?.message.bytes, first?.message.bytes);
  t.equal(first?.messageId, '<1@acme.example>');
  t.equal(composeMail({ ...request, messageId: '<own@x>' }, { from }, row)?.messageId, '<own@x>');
  const other = composeMail({ ...request, id: '2' }, { from }, row);
  t.equal(other?.messageId, '<2@acme.example>');
  const boundaries = [first, other].flatMap((mail) => boundariesOf(mail?.message.bytes));
  t.equal(new Set(boundaries).size, 6, 'three levels each, none alike');
});

function boundariesOf(message: Uint8Array | undefined): readonly string[] {
  return (
    Buffer.from(message ?? [])
      .toString()
      .match(/boundary="[^"]+"/g) ?? []
  );
}

test('composes an empty mail', async (t) => {
  for (const request of [
    {},
    { text: '', html: '' },
    { text: null, html: null, attachments: [], subject: '' },
  ]) {
    const message = compose(request);
    t.same(wireFaults(message), []);
    t.match(message.toString(), /Content-Type: text\/plain; charset=utf-8\r\n\r\n(\r\n)?$/);
  }
  const only = await simpleParser(compose({ html: '<p>x</p>' }));
  t.equal(only.html, '<p>x</p>\n');
  const attached = await simpleParser(compose({ attachments: full.attachments ?? [] }));
  t.same(
    attached.attachments.map(({ cid, contentDisposition }) => [cid, contentDisposition]),
    [
      [undefined, 'attachment'],
      ['logo', 'attachment'],
    ],
  );
});

test('folds long headers and keeps what they say', async (t) => {
  const name = 'Übergroße Kundschaft '.repeat(9).trim();
  const subject = 'Sehr langer Betreff mit Umlauten äöüß '.repeat(20).trim();
  const to = Array.from({ length: 300 }, (_, index) => ({
    name: `${name} ${index}`,
    address: `kunde${index}@example.com`,
  }));
  const message = compose({
    to,
    subject,
    headers: { 'X-A': 'x'.repeat(900), References: '<a@b> '.repeat(140).trim() },
  });
  const parsed = await simpleParser(message);
  t.same(wireFaults(message), []);
  t.equal(parsed.subject, subject);
  t.same([parsed.to].flat()[0]?.value, to);
  t.equal(headersOf(message).filter((line) => line.startsWith('To:')).length, 1);
  t.equal(parsed.headers.get('x-a'), 'x'.repeat(900));
  t.equal(parsed.references?.length, 140);
  const plain = await simpleParser(compose({ subject: 'y'.repeat(900) }));
  t.equal(plain.subject, 'y'.repeat(900));
});

test('writes the domain of an address in ASCII', async (t) => {
  const headers = headersOf(compose({ to: [{ address: 'kunde@müller.example' }] }));
  t.ok(headers.includes('To: kunde@xn--mller-kva.example'));
});

test('gives nobody a header of their own, whatever stands in a field', async (t) => {
  const evil = 'x\r\nBcc: evil@example.com\r\n\r\nX: \u2028\u0000\n.\r\nX';
  const message = compose(
    {
      to: [{ name: evil, address: `a@b>${evil}` }],
      cc: [{ name: evil, address: 'c@example.com' }],
      replyTo: [{ name: evil, address: 'd@example.com' }],
      subject: evil,
      text: 'x',
      attachments: [
        { filename: evil, contentType: `text/plain; x="${evil}"`, content: 'JVBERi0=', contentId: evil },
        { filename: 'a', contentType: `multipart/mixed; boundary=${evil}`, content: '' },
      ],
      headers: {
        'X-A': evil,
        [`X-B: 1\r\nBcc`]: 'evil@example.com',
        References: `<a@b>${evil}`,
        'List-Id': evil,
        Bcc: 'evil@example.com',
      },
    },
    { name: evil, address: 'erp@acme.example' },
  );
  t.notMatch(message.toString('latin1'), /^(bcc|x: )/im);
  const parsed = await simpleParser(message);
  t.equal(parsed.bcc, undefined);
  t.equal(parsed.text?.trim(), 'x');
});

test('encodes any text so that it arrives as it was', async (t) => {
  const unit = fc.constantFrom(
    'a',
    'ä',
    '🎉',
    '=',
    '.',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\u0001',
    'x'.repeat(80),
    'y'.repeat(1000),
  );
  const texts = fc.string({ unit, maxLength: 60 });
  fc.assert(
    fc.property(texts, (text) => {
      const { transferEncoding, piece } = encodeText(text, '--=_b');
      const encoded = written(piece).toString('latin1');
      const longest = Math.max(...encoded.split('\r\n').map(({ length }) => length));
      const limit = transferEncoding === '7bit' ? 998 : 76;
      return decode(transferEncoding, encoded) === text.replaceAll(/\r\n?|\n/g, '\r\n') && longest <= limit;
    }),
    { numRuns: 500 },
  );
  const choice = (text: string) => encodeText(text, '--=_b').transferEncoding;
  t.same(['plain\n', `${'x'.repeat(998)}\n`, ''].map(choice), ['7bit', '7bit', '7bit']);
  t.same(
    ['x'.repeat(999), `schön ${'x'.repeat(20)}`, '--=_b', 'a\u0007b'].map(choice),
    Array(4).fill('quoted-printable'),
  );
  t.same(['äöü', '日本語 です', '🎉'].map(choice), ['base64', 'base64', 'base64']);
});

test('leaves text in short lines of plain ASCII as it is, and encodes other text the shorter way', async () => {
  const unit = fc.oneof(
    fc.constantFrom('\r\n', 'x'.repeat(500)),
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
  const character = fc.integer({ min: 0, max: 0x180 }).map((code) => String.fromCharCode(code));
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 8 }), character, (units, extra) => {
      const text = `${units.join('')}${extra}`;
      const lines = text.replaceAll(/\r\n?|\n/g, '\r\n');
      const isPlain =
        /^[\t\r\n\x20-\x7e]*$/.test(lines) && lines.split('\r\n').every((line) => line.length <= 998);
      const bytes = Buffer.from(lines);
      const isForeign = bytes.filter((byte) => byte > 0x7f).length > bytes.length / 6;
      const { transferEncoding, piece } = encodeText(text, '--=_b');
      assert.equal(transferEncoding, isPlain ? '7bit' : isForeign ? 'base64' : 'quoted-printable');
      if (isPlain) {
        assert.equal(written(piece).toString('latin1'), lines);
        assert.equal(piece.isWireReady, !/^\./m.test(lines));
      }
    }),
    { numRuns: 600 },
  );
});

/** An independent reading of the encodings. */
function decode(transferEncoding: string, encoded: string): string {
  if (transferEncoding === '7bit') {
    return encoded;
  }
  if (transferEncoding === 'base64') {
    return Buffer.from(encoded, 'base64').toString();
  }
  const bytes = encoded
    .replaceAll(/[\t ]+(?=\r\n|$)/g, '')
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

test('keeps a text that holds the boundary whole', async (t) => {
  const boundary = /boundary="([^"]+)"/.exec(compose(full).toString())?.[1] ?? '';
  const text = `a\n--${boundary}\nContent-Type: text/html\n\nevil\n--${boundary}--\n`;
  const parsed = await simpleParser(compose({ text, attachments: full.attachments ?? [] }));
  t.equal(parsed.text?.trim(), text.trim());
  t.equal(parsed.attachments.length, 2);
});

test('folds base64 like decoding and encoding again does', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      const folded = text.replaceAll(/.{76}(?=.)/g, '$&\r\n');
      const sources = [text, Buffer.from(text)];
      return sources.every((source) => written(base64Lines(source)).toString('latin1') === folded);
    }),
  );
  t.equal(base64Lines('').sizeBytes, 0);
});

/** A piece by itself, with something before it that it must leave alone. */
function written(piece: Piece): Buffer {
  const target = Buffer.alloc(piece.sizeBytes + 3, 'x');
  piece.write(target, 3);
  assert.equal(target.toString('latin1', 0, 3), 'xxx');
  return target.subarray(3);
}

test('knows which messages may go over the wire as they are', async (t) => {
  const texts = fc.string({ unit: fc.constantFrom('.', 'a', ' ', '\n', '\r\n', 'ä'), maxLength: 12 });
  let ready = 0;
  fc.assert(
    fc.property(texts, texts, (text, html) => {
      const { bytes, wireReady } = composed({ text, html, attachments: full.attachments ?? [] });
      ready += wireReady ? 1 : 0;
      return !wireReady || dotStuff(bytes).equals(bytes);
    }),
    { numRuns: 300 },
  );
  t.ok(ready > 50, `${ready} of 300 were`);
  t.equal(composed({ text: 'a\n.b' }).wireReady, false);
  t.equal(composed(full).wireReady, true);
  t.equal(messageOfBytes(composed(full).bytes).wireReady, false, 'nothing is known of other bytes');
});

test('never splits a character over two quoted-printable lines', async (t) => {
  const lines = quotedPrintable(Buffer.from('ä🎉'.repeat(200)))
    .toString('latin1')
    .split('=\r\n');
  t.ok(lines.every((line) => Buffer.from(line.replaceAll('=', ''), 'hex').toString().isWellFormed()));
  t.notOk(lines.some((line) => Buffer.from(line.replaceAll('=', ''), 'hex').toString().includes('\ufffd')));
});

test('gives the memory of a message back, and no other', async (t) => {
  const message = composed({ text: 'x'.repeat(1000) });
  const copy = messageOfBytes(Buffer.from(message.bytes));
  copy.release();
  t.equal(copy.bytes.length, message.bytes.length, 'somebody else may use it');
  message.release();
  t.equal(message.bytes.length, 0);
  message.release();
});

test('a part that the HTML does not refer to is an attachment', async (t) => {
  const pdf = { filename: 'a.pdf', contentType: 'application/pdf', content: 'JVBERi0=' };
  const kindOf = async (contentId: string, html: string): Promise<string | undefined> => {
    const parsed = await simpleParser(compose({ text: 'x', html, attachments: [{ ...pdf, contentId }] }));
    return parsed.attachments[0]?.contentDisposition;
  };
  t.equal(await kindOf('rechnung', '<p>Hallo</p>'), 'attachment');
  t.equal(await kindOf('logo', '<img src="cid:logo2">'), 'attachment');
  for (const html of ['<img src="cid:logo">', "<img src='CID:logo'>", '<a style="x:url(cid:logo)">']) {
    t.equal(await kindOf('logo', html), 'inline', html);
  }
  t.equal(await kindOf('a+b@c', '<img src=cid:a%2Bb@c>'), 'inline');
  t.equal(await kindOf('a&b', '<img src="cid:a&amp;b">'), 'inline');
});

test('a whole message, a named type and base64 in lines are attachments as people have them', async (t) => {
  const inner = 'From: a@b.example\r\nSubject: x\r\n\r\nHallo\r\n';
  const attach = (contentType: string, bytes: string | Buffer, filename = 'alt.eml') => {
    const base64 = Buffer.from(bytes).toString('base64');
    const content = base64.replaceAll(/.{1,76}/g, (line) => `${line}\r\n`);
    return compose({ text: 'x', attachments: [{ filename, contentType, content }] });
  };
  const plain = attach('message/rfc822', inner);
  t.match(plain.toString(), /Content-Type: message\/rfc822; name=alt\.eml\r\n/);
  t.match(
    plain.toString(),
    /Content-Transfer-Encoding: 7bit\r\n[^]*\r\n\r\nFrom: a@b\.example\r\nSubject: x/,
  );
  for (const odd of ['Subject: ä\r\n\r\nx', `x: ${'y'.repeat(1000)}\r\n\r\n`, 'a: b\0\r\n\r\n']) {
    const message = attach('message/rfc822', odd);
    const { attachments } = await simpleParser(message);
    t.match(message.toString(), /Content-Type: application\/octet-stream; name=alt\.eml/, 'as a file');
    t.equal(attachments[0]?.content.toString(), odd);
    t.same(wireFaults(message), []);
  }
  const { attachments } = await simpleParser(
    attach('application/pdf; name="y.pdf"', '%PDF'.repeat(50), 'x.pdf'),
  );
  t.match(attachments[0], { contentType: 'application/pdf', filename: 'x.pdf' });
  t.equal(attachments[0]?.content.toString(), '%PDF'.repeat(50));
});

test('headers that programs read stay as they were written, and long threads are trimmed', async (t) => {
  const control = '{"unique_args": {"k": "4711"}}';
  t.ok(headersOf(compose({ headers: { 'X-SMTPAPI': control } })).includes(`X-SMTPAPI: ${control}`));
  const ids = Array.from({ length: 60 }, (_, index) => `<${'x'.repeat(60)}${index}@mail.example>`);
  const few = ids.slice(0, 20).join(' ');
  t.ok(headersOf(compose({ headers: { References: few } })).includes(`References: ${few}`));
  const field = headersOf(compose({ headers: { References: ids.join(' ') } })).find((one) =>
    one.startsWith('References'),
  );
  const kept = field?.slice('References: '.length).split(' ') ?? [];
  t.equal(kept[0], ids[0], 'the first');
  t.same(kept.slice(1), ids.slice(-(kept.length - 1)), 'and the last ones');
  t.ok(kept.length > 20 && (field?.length ?? 0) < 2100);
});

test('a mail that waits for its time is dated then', async (t) => {
  const acceptedAtMs = date.getTime();
  const dateOf = async (sendAt: string | null) => {
    const request = { id: '1', to: [{ address: 'a@b.example' }], sendAt };
    const mail = composeMail(request, { from: { address: 'e@f.example' } }, { acceptedAtMs });
    return (await simpleParser(Buffer.from(mail?.message.bytes ?? []))).date?.toISOString();
  };
  t.equal(await dateOf(null), '2026-11-23T08:16:00.000Z');
  t.equal(await dateOf('2026-11-24T09:00:00+01:00'), '2026-11-24T08:00:00.000Z');
  t.equal(await dateOf('2020-01-01T00:00:00Z'), '2026-11-23T08:16:00.000Z', 'never before it was accepted');
});
