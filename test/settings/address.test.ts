import assert from 'node:assert/strict';
import { domainToASCII } from 'node:url';
import {
  addressMatchKey,
  asciiAddress,
  domainOf,
  isCertified,
  isHost,
  isHostName,
  isIpAddress,
  isValidAddress,
  parseInstant,
  withoutBrackets,
} from '@postausgang/settings';
import fc from 'fast-check';
import { test } from 'tap';

/** Printable: tap stumbles over titles with line separators. */
const shown = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[^ -~]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );

const label63 = 'a'.repeat(63);

const validAddresses = [
  'erp@acme.example',
  // RFC 3696 §3 with errata 1690, the unquoted ones
  'user+mailbox@example.com',
  'customer/department=shipping@example.com',
  '$A12345@example.com',
  '!def!xyz%abc@example.com',
  '_somename@example.com',
  "o'brien@example.com",
  'a@localhost',
  'first.last@iana.org',
  '1234567890@example.com',
  '-@example.com',
  'a@x--y.example',
  'a@1and1.example',
  `${'a'.repeat(64)}@example.com`,
  `a@${label63}.example`,
  // RFC 6531
  'müller@example.com',
  'jörg@müller.example',
  '用户@例子.广告',
  'χρήστης@παράδειγμα.ελ',
  'अजय@डाटा.भारत',
  'a@xn--mller-kva.example',
];

const invalidAddresses = [
  '',
  '@',
  'a@',
  '@example.com',
  'plain',
  'a@b@c.example',
  '.a@example.com',
  'a.@example.com',
  'a..b@example.com',
  // RFC 3696 §3: quoted and escaped local parts are real, and refused here
  '"Abc@def"@example.com',
  '"Fred Bloggs"@example.com',
  '"a"@example.com',
  'Abc\\@def@example.com',
  // what header syntax adds (RFC 5322 §3.4)
  'ACME <a@example.com>',
  '<a@example.com>',
  'a <b@c',
  'a@example.com (comment)',
  'a(comment)@example.com',
  'a@(comment)example.com',
  'group: a@example.com;',
  '@relay.example:a@example.com',
  'a@b,c@d',
  'a@example.com, b@example.com',
  'a@example.com;b@example.com',
  // smuggling
  'b@x>\r\nRCPT TO:<evil@x',
  'b@x\r\nBcc: evil@x',
  'a@example.com\n',
  'a\0@example.com',
  'a@example.com\0',
  'a\t@example.com',
  ' a@example.com',
  'a@example.com ',
  'a\u007F@example.com',
  'a\u0085@example.com',
  'a\u00A0b@example.com',
  'a\u2028@example.com',
  'a\u202Egro.live@example.com',
  'a\u2066@example.com',
  'a\u200Bb@example.com',
  'a\uFEFFb@example.com',
  'a\u00ADb@example.com',
  'a\u3164b@example.com',
  'a\uFE0Fb@example.com',
  'a\uD800b@example.com',
  // domains
  'a@example.com.',
  'a@.example.com',
  'a@example..com',
  'a@-example.com',
  'a@example-.com',
  'a@exam_ple.com',
  'a@[192.0.2.1]',
  'a@[IPv6:2001:db8::1]',
  'a@192.0.2.1',
  'a@2001:db8::1',
  'a@example.com:25',
  'a@example.com/x',
  'a@exa%6dple.com',
  'a@evil。example',
  'a@ｅｘａｍｐｌｅ.com',
  'a@exam\u200Dple.com',
  'a@ex\uFE0Fample.com',
  'a@☃.example',
  // RFC 3696 errata 1690 and RFC 5321 §4.5.3.1: lengths
  `${'a'.repeat(65)}@example.com`,
  `${'ä'.repeat(33)}@example.com`,
  `a@${label63}a.example`,
  `a@${`${label63}.`.repeat(4)}example`,
  `${'a'.repeat(60)}@${`${label63}.`.repeat(3)}ex`,
];

test('accepts addresses that mail systems use', (t) => {
  for (const address of validAddresses) t.ok(isValidAddress(address), shown(address));
  t.end();
});

test('refuses everything else, and whatever could smuggle a recipient', (t) => {
  for (const address of invalidAddresses) t.notOk(isValidAddress(address), shown(address));
  t.end();
});

test('counts octets, not letters', (t) => {
  t.ok(isValidAddress(`${'ä'.repeat(32)}@example.com`), '64 octets before the at sign');
  const domain = `${label63}.${label63}.${label63}.x`;
  const longest = `${'b'.repeat(254 - domain.length - 1)}@${domain}`;
  t.equal(longest.length, 254);
  t.ok(isValidAddress(longest));
  t.notOk(isValidAddress(`b${longest}`));
  t.notOk(isValidAddress(longest.replace('b', 'ä')));
  t.notOk(isValidAddress('a'.repeat(100_000)), 'long text is refused at once');
  t.end();
});

test('what is accepted can stand in an SMTP command and in a header', (t) => {
  const parts = [
    'a',
    'ä',
    '.',
    '@',
    '"',
    '<',
    '>',
    ',',
    ';',
    ':',
    '(',
    ' ',
    '\r\n',
    '\0',
    '\\',
    '[',
    '\u202E',
    'x.example',
  ];
  const composed = fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((picked) => picked.join(''));
  const texts = fc.oneof(composed, fc.string({ unit: 'binary', maxLength: 40 }), fc.emailAddress());
  const property = fc.property(texts, (text) => {
    if (!isValidAddress(text)) return;
    const [localPart, domain, ...more] = text.split('@');
    assert.doesNotMatch(text, /[\s\p{Cc}\p{Cf}"(),:;<>[\\\]]/u);
    assert.deepEqual([more, domain], [[], domainOf(text)]);
    assert.ok(localPart !== '' && Buffer.byteLength(text) <= 254);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
  t.end();
});

test('accepts every dot-atom at every host name', (t) => {
  const letters = "abcXYZ019!#$%&'*+-/=?^_`{|}~äλ用".split('');
  const atom = fc
    .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 6 })
    .map((picked) => picked.join(''));
  const localPart = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'));
  const property = fc.property(localPart, fc.domain(), (local, domain) =>
    isValidAddress(`${local}@${domain}`),
  );
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }));
  t.end();
});

test('knows host names', (t) => {
  for (const name of [
    'a',
    'localhost',
    'mail.acme.example',
    '3com.example',
    'A-1.example',
    'müller.de',
    'xn--mller-kva.de',
    'faß.de',
    'مثال.إختبار',
  ]) {
    t.ok(isHostName(name), shown(name));
  }
  const longName = `${`${label63}.`.repeat(3)}${'a'.repeat(61)}`;
  t.ok(isHostName(longName) && longName.length === 253);
  const manyUmlauts = Array.from({ length: 25 }, () => 'ü')
    .join('.')
    .repeat(5);
  for (const name of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '-a',
    'a-',
    'a_b',
    'a b',
    'a\n',
    'a/b',
    'a:25',
    'a@b',
    'a#',
    'a?',
    '%61',
    '127.1',
    '1',
    '0x7f',
    'a.0x7f',
    'a.1',
    'xn--ü.de',
    'ü'.repeat(63),
    manyUmlauts,
    `${longName}a`,
    'ﬁ.example',
    'a．b',
    '①.example',
  ]) {
    t.notOk(isHostName(name), shown(name));
  }
  t.end();
});

test('knows IP addresses in their one plain spelling', (t) => {
  for (const address of [
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '::1',
    '2001:db8::1',
    '2001:DB8:0:0:0:0:0:1',
    '::ffff:192.0.2.1',
  ]) {
    t.ok(isIpAddress(address) && isHost(address), address);
  }
  for (const address of [
    '192.0.2',
    '192.0.2.256',
    '192.0.02.1',
    '0x7f.0.0.1',
    '192.0.2.1.',
    ' 192.0.2.1',
    '[::1]',
    '::1%eth0',
    'fe80::1%25eth0',
    '1::2::3',
    ':::',
    '::00001',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::ffff:192.0.02.1',
    '::1/64',
    '::g',
    '',
  ]) {
    t.notOk(isIpAddress(address), shown(address));
  }
  t.ok(isHost('mail.acme.example.'), 'the final dot of a complete name');
  const inBrackets = { '[::1]': '::1', '[IPv6:2001:DB8::1]': '2001:DB8::1', '[192.0.2.1]': '192.0.2.1' };
  for (const [host, address] of Object.entries(inBrackets)) {
    t.ok(isHost(host), host);
    t.equal(withoutBrackets(host), address);
  }
  t.equal(withoutBrackets('mail.acme.example'), 'mail.acme.example');
  for (const host of [
    'mail.acme.example..',
    '.',
    '::1%eth0',
    'fe80::1%eth0',
    '[fe80::1%eth0]',
    '[fe80::1%25eth0]',
    '[mail.acme.example]',
    '[IPv6:192.0.2.1]',
    '[IPv6:mail]',
    '[192.0.2.1',
    '::1]',
    '[[::1]]',
    '[::1]:25',
    '[]',
    '127.1',
    '2130706433',
    'mail.acme.example:25',
    'smtp://mail',
    '192.0.2.1.',
  ]) {
    t.notOk(isHost(host), host);
  }
  t.end();
});

test('knows instants that exist', (t) => {
  t.equal(parseInstant('2026-11-23T08:15:00Z'), Date.UTC(2026, 10, 23, 8, 15));
  t.equal(parseInstant('2026-11-23T08:15:00.123456789+01:30'), Date.UTC(2026, 10, 23, 6, 45, 0, 123));
  t.equal(parseInstant('2024-02-29T23:59:59-00:00'), Date.UTC(2024, 1, 29, 23, 59, 59));
  t.equal(parseInstant('0000-02-29T00:00:00Z'), Date.parse('0000-02-29T00:00:00Z'));
  const none = [
    '',
    '2026-02-29T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00',
    '2026-01-01',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00z',
    '2026-01-01T00:00:00Z\n',
    'x2026-01-01T00:00:00Z',
  ];
  for (const text of none) t.equal(parseInstant(text), undefined, shown(text));
  const instants = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  const property = fc.property(instants, (date) => parseInstant(date.toISOString()) === date.getTime());
  t.doesNotThrow(() => fc.assert(property));
  t.end();
});

test('a domain becomes A-labels as Node makes them, and the local part stays', async (t) => {
  t.equal(asciiAddress('kunde@müller.example'), 'kunde@xn--mller-kva.example');
  t.equal(asciiAddress('a@straße.example'), 'a@xn--strae-oqa.example');
  t.equal(asciiAddress('jörg@müller.example'), 'jörg@xn--mller-kva.example');
  t.equal(asciiAddress('jörg@Example.com'), 'jörg@Example.com');
  t.equal(asciiAddress('Kunde@Example.com'), 'Kunde@Example.com', 'ASCII is left as it is');
  const letters = 'aäöüßéčжяλ例え-'.split('');
  const label = fc
    .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 12 })
    .map((some) => some.join(''));
  fc.assert(
    fc.property(label, (name) => {
      const address = `a@${name}.example`;
      if (!isValidAddress(address)) return;
      assert.equal(asciiAddress(address), `a@${domainToASCII(`${name}.example`)}`);
      assert.ok(isValidAddress(asciiAddress(address)));
      assert.equal(asciiAddress(asciiAddress(address)), asciiAddress(address));
    }),
  );
});

test('addresses are matched by their A-labels, certificates too', async (t) => {
  t.equal(addressMatchKey('Kunde@MÜLLER.example'.normalize('NFD')), 'kunde@xn--mller-kva.example');
  t.ok(isCertified('erp@müller.example', ['erp@xn--mller-kva.example']));
  t.ok(isCertified('erp@xn--mller-kva.example', ['ERP@Müller.example']));
  t.notOk(isCertified('erp@mueller.example', ['erp@müller.example']));
});
