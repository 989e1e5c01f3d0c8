/*
 * Header fields beside nodemailer's, byte by byte. test/message/nodemailer-versions.test.ts runs this with other versions of
 * nodemailer.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import MimeNode, { type MimeNodeHeaderValue } from 'nodemailer/lib/mime-node';
import { test } from 'tap';
import { type MessageHeader, messageField } from '../../packages/message/src/header-fields.ts';
import { messageTree, renderMessage } from '../../packages/message/src/mime.ts';

const date = new Date('2026-11-23T08:16:00Z');
const boundaryPrefix = '=_postausgang';
const baseBoundary = '0123456789abcdef0123456789abcdef';

type Tree = ReturnType<typeof messageTree>;

/** The header sections of a message, in order, as nodemailer alone writes them. */
function sectionsByNodemailer(tree: Tree, headers: readonly MessageHeader[]): readonly string[] {
  const names = new Map(headers.map(({ name }) => [name.toLowerCase(), name]));
  const sections: string[] = [];
  const visit = (part: Tree, node: MimeNode): void => {
    if ('parts' in part) {
      sections.push(node.buildHeaders());
      for (const child of part.parts) visit(child, node.appendChild(nodeOf(child, {})));
      return;
    }
    if (part.contentId !== undefined) node.setHeader('Content-ID', `<${part.contentId}>`);
    node.setHeader('Content-Transfer-Encoding', part.body.transferEncoding);
    if (part.disposition !== undefined) node.setHeader('Content-Disposition', part.disposition);
    sections.push(node.buildHeaders());
  };
  const root = nodeOf(tree, {
    boundaryPrefix,
    normalizeHeaderKey: (key) => names.get(key.toLowerCase()) ?? key,
  });
  for (const { name, value } of headers) root.setHeader(name, value as MimeNodeHeaderValue);
  visit(tree, root);
  return sections;
}

function nodeOf(part: Tree, options: ConstructorParameters<typeof MimeNode>[1]): MimeNode {
  const filename = 'parts' in part ? undefined : part.filename;
  return new MimeNode(part.contentType, { ...options, baseBoundary, filename });
}

/** Ours, read from the message: every header section ends with an empty line, and no body here has one. */
function sectionsByUs(tree: Tree, headers: readonly MessageHeader[]): readonly string[] {
  const message = renderMessage(tree, { headers, boundaryPrefix, baseBoundary });
  return Buffer.from(message.bytes)
    .toString()
    .split('\r\n\r\n')
    .flatMap((text) => {
      const start = text.search(/^(?:Message-ID|Content-Type):/m);
      return start === -1 ? [] : [text.slice(start)];
    });
}

const hostile = fc.string({
  unit: fc.constantFrom(
    'a',
    'Z',
    '1',
    ' ',
    '.',
    '-',
    '_',
    '@',
    '[',
    ']',
    '"',
    '<',
    ',',
    ';',
    '\\',
    '(',
    "'",
    '=?',
    '%',
  ),
  maxLength: 10,
});
const foreign = fc.string({
  unit: fc.constantFrom('ü', 'ß', '日', '🎉', 'a', ' ', '"', '\t', '\u0007'),
  maxLength: 30,
});
const words = fc
  .array(fc.stringMatching(/^[A-Za-z0-9!.,:-]{1,20}$/), { maxLength: 12 })
  .map((each) => each.join(' '));
/** What looks like an encoded word is written otherwise: see below. */
const isNoLookalike = (value: string): boolean => !value.includes('=?');
const text = fc.oneof(words, hostile, foreign, fc.stringMatching(/^[!-~]{70,90}$/)).filter(isNoLookalike);
const labels = fc.oneof(
  fc.stringMatching(/^[a-z0-9.-]{1,12}$/),
  hostile,
  fc.constantFrom('müller', 'xn--mller-kva', '0x1'),
);
const address = fc
  .tuple(
    fc.oneof(fc.stringMatching(/^[A-Za-z0-9._+-]{1,12}$/), hostile),
    labels,
    fc.constantFrom('', '.de', '.example', '.1'),
  )
  .map(([local, domain, end]) => `${local}@${domain}${end}`);
const addresses = fc.array(fc.record({ name: fc.oneof(fc.constant(''), text), address }), {
  minLength: 1,
  maxLength: 6,
});
const prepared = words.map((value) => ({ value, prepared: true, foldLines: true }) as const);
/** Such that the field is one line: we fold behind the first id, nodemailer before it. */
const messageIds = fc.oneof(fc.constant('<1@acme.example>'), fc.stringMatching(/^<[!-;=?-~]{1,60}>$/));
const contentType = fc.constantFrom(
  'application/pdf',
  'image/svg+xml',
  'text/plain; charset=iso-8859-1',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'TEXT/Calendar; method=REQUEST',
  'application/x-a; note="two; words"',
);
const attachments = fc.array(
  fc.record(
    {
      filename: text.filter((name) => name !== ''),
      contentType,
      content: fc.constant('QQ=='),
      contentId: fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,80}$/),
    },
    { requiredKeys: ['filename', 'contentType', 'content'] },
  ),
  { maxLength: 3 },
);

const headers = fc
  .record({
    messageId: messageIds,
    from: addresses,
    to: addresses,
    cc: addresses,
    subject: text,
    own: text,
    keywords: text,
    references: messageIds,
    listId: prepared,
  })
  .map(({ messageId, from, to, cc, subject, own, keywords, references, listId }): MessageHeader[] => [
    { name: 'Message-ID', value: messageId },
    { name: 'Date', value: date },
    { name: 'From', value: from },
    { name: 'To', value: 'Undisclosed recipients:;' },
    { name: 'To', value: to },
    { name: 'Cc', value: cc },
    { name: 'Subject', value: subject },
    { name: 'X-ERP-module', value: own },
    { name: 'x-erp-Module', value: 'of two, the later' },
    { name: 'keyWords', value: keywords },
    { name: 'References', value: references },
    { name: 'List-Id', value: listId },
  ]);

test('writes the header fields of a message and of its parts as nodemailer does', async (t) => {
  const contents = fc.record({
    text: fc.constantFrom('', 'x'),
    html: fc.constantFrom('', '<p>'),
    attachments,
  });
  let multiparts = 0;
  fc.assert(
    fc.property(headers, contents, (fields, content) => {
      const tree = messageTree(content, `--${boundaryPrefix}`);
      const sections = sectionsByNodemailer(tree, fields);
      assert.deepEqual(sectionsByUs(tree, fields), sections);
      multiparts += sections.length > 2 ? 1 : 0;
    }),
    { numRuns: 1500 },
  );
  t.ok(multiparts > 300, `${multiparts} with several parts`);
});

test('writes the header fields of RFC 5322, appendix A, as they stand there', async (t) => {
  const vectors: readonly (readonly [MessageHeader, string])[] = [
    [
      { name: 'From', value: [{ name: 'John Doe', address: 'jdoe@machine.example' }] },
      'From: John Doe <jdoe@machine.example>',
    ],
    [{ name: 'Subject', value: 'Saying Hello' }, 'Subject: Saying Hello'],
    [
      { name: 'Message-ID', value: '<1234@local.machine.example>' },
      'Message-ID: <1234@local.machine.example>',
    ],
    [
      { name: 'From', value: [{ name: 'Joe Q. Public', address: 'john.q.public@example.com' }] },
      'From: "Joe Q. Public" <john.q.public@example.com>',
    ],
    [
      {
        name: 'Cc',
        value: [
          { name: '', address: 'boss@nil.test' },
          { name: 'Giant; "Big" Box', address: 'sysservices@example.net' },
        ],
      },
      'Cc: boss@nil.test, "Giant; \\"Big\\" Box" <sysservices@example.net>',
    ],
  ];
  for (const [header, line] of vectors) t.equal(messageField(header), line);
});

test('an id stands on the line of the name, and a thread is folded between ids', async (t) => {
  const ids = Array.from({ length: 12 }, (_, index) => `<${'x'.repeat(20 + index * 5)}@mail.example>`);
  for (const name of ['Message-ID', 'In-Reply-To', 'references']) {
    const field = messageField({ name, value: ids.join(' ') });
    t.equal(field.replaceAll('\r\n', ''), `${name}: ${ids.join(' ')}`);
    t.ok(field.startsWith(`${name}: ${ids[0]}`));
    t.ok(field.split('\r\n').every((line) => line.length <= 76 || !line.trim().includes(' ')));
  }
  const long = `<${'x'.repeat(120)}@mail.example>`;
  t.equal(messageField({ name: 'Message-ID', value: long }), `Message-ID: ${long}`);
});

test('what looks like an encoded word reads as it was typed', async (t) => {
  const subject = 'Fehler =?utf-8?B?SGFsbG8=?= im Text';
  const decoded = (field: string): string =>
    field
      .replaceAll(/\r\n(?= )/g, '')
      .replaceAll(/\?= =\?/g, '?==?')
      .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, base64: string) =>
        Buffer.from(base64, 'base64').toString(),
      );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.constant(subject),
        hostile.map((end) => `=?${end} ü`),
      ),
      (typed) => {
        assert.equal(decoded(messageField({ name: 'Subject', value: typed })), `Subject: ${typed}`);
        const named = messageField({
          name: 'To',
          value: [
            { name: typed, address: 'a@b.example' },
            { name: 'Müller', address: 'c@müller.example' },
            { name: '', address: 'e@f.example' },
          ],
        });
        assert.equal(
          decoded(named).replace(/=\?UTF-8\?Q\?M=C3=BCller\?=/, 'Müller'),
          `To: ${typed} <a@b.example>, Müller <c@xn--mller-kva.example>, <e@f.example>`,
        );
      },
    ),
  );
  t.end();
});

test('leaves a field out that says nothing, and folds at white space alone', async (t) => {
  t.equal(messageField({ name: 'Subject', value: '  ' }), '');
  t.equal(messageField({ name: 'X-A', value: '' }), '');
  const long = 'x'.repeat(200);
  t.equal(messageField({ name: 'X-A', value: long }), `X-A:\r\n ${long}`);
  const words = Array.from({ length: 60 }, (_, index) => `wort${index}`).join(' ');
  const field = messageField({ name: 'Subject', value: words });
  t.equal(field.replaceAll('\r\n', ''), `Subject: ${words}`);
  t.ok(field.split('\r\n').every((line) => line.length <= 76));
});
