import fc from 'fast-check';
import { test } from 'tap';
import { createRepeatedSecrets } from '@postausgang/credentials';

const told = (...secrets: readonly string[]) => {
  const repeated = createRepeatedSecrets();
  repeated.know(...secrets);
  return repeated;
};

const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8');
const percent = (text: string): string =>
  bytesOf(text)
    .toString('hex')
    .toUpperCase()
    .replaceAll(/../g, (byte) => `%${byte}`);
const units = (text: string): readonly number[] =>
  Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));

/** How a server may spell what it was told. */
const encodings: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in capitals': (secret) => secret.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase()),
  base64: (secret) => bytesOf(secret).toString('base64'),
  'base64 of more': (secret) => bytesOf(`user:${secret}`).toString('base64'),
  'base64 of a sentence': (secret) => bytesOf(`your password is ${secret}, is it`).toString('base64'),
  'base64 for addresses': (secret) => bytesOf(`\0erp\0${secret}`).toString('base64url'),
  percent: (secret) => encodeURIComponent(secret),
  'percent for every byte': percent,
  'a form': (secret) => new URLSearchParams({ password: secret }).toString(),
  hex: (secret) => bytesOf(secret).toString('hex'),
  JSON: (secret) => JSON.stringify({ secret }),
  'escapes of JSON': (secret) =>
    units(secret)
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  'references of XML': (secret) =>
    Array.from(secret, (character) => `&#${character.codePointAt(0)};`).join(''),
  'references of XML in hex': (secret) =>
    Array.from(secret, (character) => `&#x${character.codePointAt(0)?.toString(16)};`).join(''),
};

const secret = fc
  .string({ unit: 'grapheme', minLength: 8, maxLength: 60 })
  .filter((text) => text.isWellFormed());

test('a secret is cut out of any text, however it is encoded', async (t) => {
  for (const [name, encode] of Object.entries(encodings)) {
    const property = fc.property(secret, fc.constantFrom('535 5.7.8 ', '<Message>', ''), (text, before) => {
      const encoded = encode(text);
      const cut = told(text).cut(`${before}${encoded} is wrong`);
      return cut.includes('[secret]') && !cut.includes(text) && cut.endsWith(' is wrong');
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 100 }), name);
  }
});

test('texts without a secret stay as they are', async (t) => {
  const replies = [
    '250 2.0.0 Ok: queued as 4f1Zx',
    'AUTH LOGIN PLAIN',
    '{"error":{"code":"ErrorAccessDenied"}}',
  ];
  const known = told('correct horse €', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'ok', '');
  for (const text of replies.slice(1)) t.equal(known.cut(text), text);
  t.equal(known.cut('books, tokens'), 'books, tokens', 'a short one is only meant as a whole word');
  t.equal(known.cut('it is ok'), 'it is [secret]');
  t.equal(createRepeatedSecrets().cut(replies[0] ?? ''), replies[0]);
});

test('the latest secrets are known, and not without end', async (t) => {
  const repeated = createRepeatedSecrets();
  for (let count = 0; count < 100; count += 1) repeated.know(`token-number-${count}-of-many`);
  t.equal(repeated.cut('token-number-99-of-many'), '[secret]');
  t.equal(repeated.cut('token-number-90-of-many'), '[secret]');
  t.equal(repeated.cut('token-number-1-of-many'), 'token-number-1-of-many');
});

test('a long text is kept without any secret, or not at all', async (t) => {
  const known = told('correct horse €', 'ok');
  const long = 'a word &amp; another, '.repeat(5_000);
  t.equal(known.cut(long), long);
  t.equal(known.cut(`${long} correct horse € ${long}`), '[secret]');
  t.equal(known.cut(`${long} ${Buffer.from('x correct horse €').toString('base64')}`), '[secret]');
  t.notMatch(known.cut(`${long} &#99;orrect horse €`), 'correct horse');
});
