import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { test } from 'tap';
import { composeMail } from '../../packages/message/src/compose.ts';
import { withCrlf } from '../../packages/message/src/encodings.ts';
import {
  completeRawMessage,
  type EnvelopeOverrides,
  readRawMessage,
} from '../../packages/message/src/finished-message.ts';

const complete = [
  'Received: from x',
  'From: "Buchhaltung, Nord" <rechnung@acme.example>',
  'To: Kunde <kunde@example.com>,',
  '\tzweiter@example.com',
  'Cc: Gruppe: dritter@example.com, vierter@example.com;',
  'Message-ID: <own@acme.example>',
  'Date: Mon, 23 Nov 2026 08:16:00 +0000',
  'Subject: A',
  '',
  'Body\tä',
  '',
].join('\r\n');

function read(text: string | Buffer, overrides?: EnvelopeOverrides) {
  return readRawMessage(Buffer.from(text), overrides);
}

function findings(text: string | Buffer, overrides?: EnvelopeOverrides): string[] {
  const result = read(text, overrides);
  return result.ok ? [] : result.findings.map(({ code, pointer }) => `${code} at ${pointer}`);
}

function message(text: string | Buffer, overrides?: EnvelopeOverrides) {
  const result = read(text, overrides);
  if (!result.ok) {
    throw new Error(JSON.stringify(result.findings));
  }
  return result.message;
}

test('takes a finished message as it is', async (t) => {
  const { envelope, messageId, hasDate, bytes } = message(complete);
  t.same(envelope, {
    from: 'rechnung@acme.example',
    to: ['kunde@example.com', 'zweiter@example.com', 'dritter@example.com', 'vierter@example.com'],
  });
  t.equal(messageId, '<own@acme.example>');
  t.equal(hasDate, true);
  t.equal(Buffer.from(bytes).toString(), complete);
  t.same(
    completeRawMessage(message(complete), { messageId: '<x@y>', date: new Date(0) }),
    Buffer.from(complete),
  );
});

test('the domains of a finished message become A-labels, and nothing else of it changes', async (t) => {
  const text = (domain: string) =>
    [
      `From: "A @mueller" (b@mueller) <a@${domain}>`,
      `To: b@${domain},\r\n\t<c@${domain}>, d@example.com`,
      '',
      'f@müller.example\r\n',
    ].join('\r\n');
  const { envelope, bytes } = message(text('müller.example'));
  t.equal(Buffer.from(bytes).toString(), text('xn--mller-kva.example'));
  t.equal(envelope.from, 'a@müller.example');
  const signed = `DKIM-Signature: v=1\r\n${text('müller.example')}`;
  t.same(
    findings(signed),
    ['header-not-ascii at /headers/from', 'header-not-ascii at /headers/to'],
    'a signature would break',
  );
});

test('text outside of ASCII in header fields is encoded, or its place is told', async (t) => {
  const written = [
    'From: "Müller, \\"A\\"" <a@b.example>',
    'To: Jörg Ä <c@d.example>, plain@d.example,\r\n "Süd" <e@d.example>, Größe: f@d.example;',
    'Subject: Grüße',
    'X-Kunde: 東京',
    '',
    'Größe\r\n',
  ].join('\r\n');
  const bytes = Buffer.from(message(written).bytes);
  const [section = ''] = bytes.toString().split('\r\n\r\n');
  t.match(section, /^\p{ASCII}*$/u);
  t.ok(bytes.toString().endsWith('\r\n\r\nGröße\r\n'), 'the body stays');
  const parsed = await simpleParser(bytes);
  t.equal(parsed.from?.value[0]?.name, 'Müller, "A"');
  t.match([parsed.to].flat()[0]?.value, [
    { name: 'Jörg Ä', address: 'c@d.example' },
    { address: 'plain@d.example' },
    { name: 'Süd', address: 'e@d.example' },
    { name: 'Größe' },
  ]);
  t.equal(parsed.subject, 'Grüße');
  t.match(section, /^X-Kunde: =\?UTF-8\?/m, 'the name of the field stays');
  t.same(
    readRawMessage(bytes).ok && Buffer.from(message(bytes).bytes),
    bytes,
    'what was encoded once stays as it is',
  );

  const start = 'From: a@b.example\r\nTo: c@d.example\r\n';
  t.same(findings(`${start}Cc: e@f.example (Müller)\r\n\r\n`), ['header-not-ascii at /headers/cc']);
  t.same(findings(`${start}Content-Type: text/plain; name=ä\r\n\r\n`), [
    'header-not-ascii at /headers/content-type',
  ]);
  t.same(findings(Buffer.from(`${start}Subject: Gr\u00fc\u00dfe\r\n\r\n`, 'latin1')), [
    'header-not-ascii at /headers/subject',
  ]);
  const wide = `From: müller@b.example\r\nTo: c@d.example\r\nSubject: Grüße\r\n\r\n`;
  t.equal(Buffer.from(message(wide).bytes).toString(), wide, 'with SMTPUTF8 everything may stay');
  const old = readRawMessage(
    Buffer.from(`${start}Cc: e@f.example (Müller)\r\n\r\n`),
    {},
    { isAccepted: true },
  );
  t.ok(old.ok, 'what was accepted by earlier rules goes out');
});

test('what files have around a message is taken away', async (t) => {
  const text = 'From: a@b.example\r\nTo: c@d.example\r\n\r\nx\r\n';
  const wrapped = [
    `\ufeff${text}`,
    `From a@b.example Mon Nov 23 08:16:00 2026\r\n${text}`,
    `>From a@b.example Mon Nov 23 08:16:00 2026\n${text}`,
    `\ufeffFrom a@b.example Mon Nov 23 08:16:00 2026\r\n${text}`,
    text.replaceAll('\r\n', '\r\r\n'),
    text.replaceAll('\r\n', '\n'),
  ];
  for (const each of wrapped)
    t.equal(Buffer.from(message(each).bytes).toString(), text, JSON.stringify(each));
});

test('a line that no server has to take, and a field that is there twice, are told with their place', async (t) => {
  const start = 'From: a@b.example\r\nTo: c@d.example\r\n';
  t.same(findings(`${start}\r\n${'x'.repeat(998)}\r\ny\r\n${'x'.repeat(998)}`), []);
  t.same(findings(`${start}\r\nx\r\n${'x'.repeat(999)}\r\ny\r\n`), ['line-too-long at /lines/5']);
  t.same(findings(`${start}X-A: ${'x'.repeat(999)}\r\n\r\n`), ['line-too-long at /lines/3']);
  const names = ['To', 'Cc', 'Reply-To', 'Subject', 'In-Reply-To', 'References', 'MIME-Version'];
  for (const name of [...names, 'Content-Type', 'Content-Transfer-Encoding']) {
    const field = `${name}: ${/To|Cc/.test(name) && name !== 'In-Reply-To' ? 'x@y.example' : '1.0'}\r\n`;
    t.same(
      findings(`${name === 'To' ? 'From: a@b.example\r\n' : start}${field}${field}\r\n`),
      [`duplicate-entry at /headers/${name.toLowerCase()}`],
      name,
    );
  }
});

test('adds a missing Message-ID and Date at the top', async (t) => {
  const added = completeRawMessage(message('From: a@b.example\r\nTo: c@d.example\r\n\r\nx'), {
    messageId: '<1@b.example>',
    date: new Date('2026-11-23T08:16:00Z'),
  });
  const expected =
    'Message-ID: <1@b.example>\r\nDate: Mon, 23 Nov 2026 08:16:00 +0000\r\n' +
    'From: a@b.example\r\nTo: c@d.example\r\n\r\nx';
  t.equal(Buffer.from(added).toString(), expected);
  const again = completeRawMessage(message(Buffer.from(added)), {
    messageId: '<2@b.example>',
    date: new Date(0),
  });
  t.equal(Buffer.from(again).toString(), expected, 'completing twice changes nothing');
});

test('takes blind copies out of the message and into the envelope', async (t) => {
  const { envelope, bytes } = message(
    'From: a@b.example\r\nBCC: x@d.example,\r\n y@d.example\r\nTo: c@d.example\r\nbcc:z@d.example\r\n' +
      'Subject: Bcc: no\r\n\r\nBcc: stays\r\n',
  );
  t.same(envelope.to, ['x@d.example', 'y@d.example', 'c@d.example', 'z@d.example']);
  t.equal(
    Buffer.from(bytes).toString(),
    'From: a@b.example\r\nTo: c@d.example\r\nSubject: Bcc: no\r\n\r\nBcc: stays\r\n',
  );
});

test('lets the client name the envelope', async (t) => {
  const overrides = { from: 'bounce@acme.example', to: ['x@d.example', 'y@d.example', 'x@d.example'] };
  t.same(message(complete, overrides).envelope, {
    from: 'bounce@acme.example',
    to: ['x@d.example', 'y@d.example'],
  });
  t.same(findings(complete, { from: 'x', to: ['a@b.example', 'a b'] }), [
    'address-invalid at /X-Envelope-From',
    'address-invalid at /X-Envelope-To/1',
  ]);
  t.same(message('From: a@b.example\r\nTo: undisclosed:;\r\n\r\n', { to: ['c@d.example'] }).envelope.to, [
    'c@d.example',
  ]);
});

test('takes the sender before the authors', async (t) => {
  const authors = 'From: a@b.example, c@b.example\r\nTo: d@b.example\r\n';
  t.equal(message(`Sender: s@b.example\r\n${authors}\r\n`).envelope.from, 's@b.example');
  t.same(findings(`${authors}\r\n`), ['message-malformed at /headers/from']);
});

test('refuses what is no message, or is read differently by different programs', async (t) => {
  const to = 'To: c@d.example\r\n';
  const from = 'From: a@b.example\r\n';
  const malformed: Record<string, string[]> = {
    '': ['message-malformed at '],
    '\r\nbody': ['message-malformed at '],
    'no header here\r\n\r\nx': ['message-malformed at '],
    ' continued\r\nFrom: a@b.example\r\n\r\n': ['message-malformed at '],
    'From mallory\r\nFrom nobody\r\nFrom: a@b.example\r\n\r\n': ['message-malformed at '],
    [`${from}${to}\r\na\u0000b`]: ['message-malformed at '],
    [`${from}${to}X\u0000: b\r\n\r\n`]: ['message-malformed at '],
    [`${to}\r\n`]: ['message-malformed at /headers/from', 'message-malformed at /headers/from'],
    [`${from}${from}${to}\r\n`]: ['duplicate-entry at /headers/from', 'message-malformed at /headers/from'],
    [`${from}${to}Date: 1\r\nDate: 2\r\n\r\n`]: ['duplicate-entry at /headers/date'],
    [`${from}${to}Message-ID: a b\r\n\r\n`]: ['message-malformed at /headers/message-id'],
    [`${from}\r\n`]: ['recipient-required at /headers/to'],
    [`${from}To: a@b@c, "x@y"@z\r\n\r\n`]: [
      'address-invalid at /headers/to/0',
      'address-invalid at /headers/to/1',
    ],
    [`${from}Resent-To: x@d.example\r\n${to}\r\n`]: ['recipient-required at /headers/to'],
  };
  for (const [text, expected] of Object.entries(malformed)) {
    t.same([...new Set(findings(text))], [...new Set(expected)], JSON.stringify(text));
  }
  t.same(findings(`${from}To: ${Array(1001).fill('a@b.example').join(',\r\n ')}\r\n\r\n`), [
    'too-many at /headers/to',
  ]);
});

test('makes every line end CRLF', async (t) => {
  const text = (bytes: string) => Buffer.from(withCrlf(Buffer.from(bytes))).toString();
  t.equal(text('a\nb\rc\r\nd\r\r\ne\n\r'), 'a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n');
  const clean = Buffer.from('a\r\n\r\nb');
  t.equal(withCrlf(clean), clean, 'the same object when there is nothing to do');
  t.equal(
    Buffer.from(message('From: a@b.example\nTo: c@d.example\n\nx\n.\ny').bytes).toString(),
    'From: a@b.example\r\nTo: c@d.example\r\n\r\nx\r\n.\r\ny',
  );
  t.same(
    message('From: a@b.example\r\nTo: c@d.example').envelope.to,
    ['c@d.example'],
    'header section alone',
  );
});

test('composes a mail from a finished message in the log', async (t) => {
  const from = { address: 'bounce@acme.example' };
  const compose = (raw: string) =>
    composeMail(
      {
        id: '1',
        envelope: { from: from.address, to: ['x@d.example'] },
        raw: Buffer.from(raw).toString('base64'),
      },
      { from },
      { acceptedAtMs: 0 },
    );
  t.match(compose(complete), { message: { bytes: Buffer.from(complete) }, messageId: '<own@acme.example>' });
  const bare = compose('From: a@b.example\n\nx');
  t.equal(bare?.messageId, '<1@acme.example>');
  t.match(
    Buffer.from(bare?.message.bytes ?? []).toString(),
    /^Message-ID: <1@acme.example>\r\nDate: Thu, 01 Jan 1970/,
  );
  t.equal(compose('\u0000'), null);
});

test('refuses a field in which somebody could read an address that gets nothing', async (t) => {
  const list = (value: string, name = 'To') => findings(`From: a@b.example\r\n${name}: ${value}\r\n\r\nx`);
  const refused = {
    'a@b.example c@d.example': 0,
    'a@b.example\r\n c@d.example': 0,
    'e@f.example, a@b.example c@d.example': 1,
    'a@b.example; c@d.example': 0,
    '<a@b.example> c@d.example': 0,
    '<a@b.example> <c@d.example>': 0,
    'c@d.example <a@b.example>': 0,
    'Anna a@b.example': 0,
    'Group: a@b.example c@d.example;': 0,
    'Group: a@b.example': 1,
    'Group: Inner: a@b.example;': 0,
    'a@b.example: c@d.example;': 0,
    'a@b.example (open': 0,
    'Anna "open <a@b.example>': 0,
    '<a@b.example, c@d.example>': 0,
    'a@b.example, <c@d.example': 1,
    '"a@b.example" c@d.example': 0,
  };
  for (const [value, index] of Object.entries(refused)) {
    for (const name of ['To', 'Cc', 'Bcc']) {
      t.ok(list(value, name).includes(`address-invalid at /headers/${name.toLowerCase()}/${index}`), value);
    }
  }
  t.ok(findings('From: a@b.example c@d.example\r\nTo: x@y.example\r\n\r\nx').length > 0);
});

test('reads every way in which mail programs write addresses', async (t) => {
  const recipients = (value: string) => message(`From: a@b.example\r\nTo: ${value}\r\n\r\nx`).envelope.to;
  t.same(recipients('x@y.example'), ['x@y.example']);
  t.same(recipients('"c@d.example" <x@y.example>'), ['x@y.example']);
  t.same(recipients('X@y.example <x@y.example>'), ['x@y.example']);
  t.same(recipients('Dr. Anna =?utf-8?q?M=C3=BCller?= <x@y.example>'), ['x@y.example']);
  t.same(recipients('"Müller, Anna (CEO) \\" <" < x@y.example > (a (b) c@d.example)'), ['x@y.example']);
  t.same(recipients(',, x@y.example (Anna),\r\n\t(c)z@y.example,'), ['x@y.example', 'z@y.example']);
  t.same(recipients('Team "A": x@y.example, Anna <z@y.example>; , none:;, w@y.example'), [
    'x@y.example',
    'z@y.example',
    'w@y.example',
  ]);
});

test('takes out what only a receiving server or this service may say', async (t) => {
  const { bytes } = message(
    'Return-Path: <evil@example.org>\r\nFrom: a@b.example\r\nAuthentication-Results: mx.example;\r\n dkim=pass\r\n' +
      'To: c@d.example\r\nx-postausgang-id: 7\r\nX-Postausgang: stays\r\n\r\nReturn-Path: stays\r\n',
  );
  t.equal(
    Buffer.from(bytes).toString(),
    'From: a@b.example\r\nTo: c@d.example\r\nX-Postausgang: stays\r\n\r\nReturn-Path: stays\r\n',
  );
});

test('whatever stands between addresses, each is in the envelope or the message is refused', async (t) => {
  const between = fc.constantFrom(
    ',',
    ', ',
    ' ',
    '\t',
    '\r\n ',
    ';',
    ':',
    '<',
    '>',
    ' <',
    '> ',
    '"',
    '(',
    ')',
    'x ',
    ' "y" ',
  );
  const name = fc.constantFrom('To', 'Cc', 'Bcc');
  const fields = fc.array(fc.tuple(name, fc.array(between, { minLength: 1, maxLength: 8 })), {
    minLength: 1,
    maxLength: 3,
  });
  let taken = 0;
  fc.assert(
    fc.property(fields, (written) => {
      let count = 0;
      const text = written.map(([field, parts]) => {
        const value = parts.map((part) => `${part}r${(count += 1)}@x${count}.example`).join('');
        return `${field}: s@x.example,${value}`;
      });
      const result = read(['From: a@b.example', ...text, '', 'x'].join('\r\n'));
      if (!result.ok) {
        return true;
      }
      taken += 1;
      // A quoted string and a comment are text; what is in them nobody takes for a recipient.
      let visible = text.join('\r\n').replaceAll(/"[^"]*"/g, '');
      // Comments nest.
      for (let before = ''; before !== visible;) {
        before = visible;
        visible = visible.replaceAll(/\([^()]*\)/g, '');
      }
      const addresses = visible.match(/r\d+@x\d+\.example/g) ?? [];
      return addresses.every((address) => result.message.envelope.to.includes(address));
    }),
    { numRuns: 5000 },
  );
  t.ok(taken > 50, `${taken} were taken`);
});
