import fc from 'fast-check';
import { test } from 'tap';
import {
  createKeptMessages,
  type MessageBounds,
  type ReceivedMessage,
} from '../../services/mailer/src/test-mailbox/kept-messages.ts';
import { readMessage, readPart } from '../../services/mailer/src/reading/read-message.ts';

const received = (id: string, sizeBytes: number): ReceivedMessage => ({
  id,
  receivedAt: '2026-11-30T08:00:00.000Z',
  sender: 'erp@acme.example',
  recipients: ['kunde@example.com'],
  bytes: Buffer.alloc(sizeBytes),
});

test('the mailbox keeps the newest messages within its bounds, whatever arrives', (t) => {
  const bounds: MessageBounds = { maxMessages: 4, maxBytes: 100 };
  const sizes = fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, (all) => {
      const kept = createKeptMessages(bounds);
      for (const [index, size] of all.entries()) kept.add(received(String(index), size));
      const list = kept.list();
      const total = list.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const fitting = all.flatMap((size, index) => (size <= bounds.maxBytes ? [String(index)] : []));
      const newest = fitting.toReversed().slice(0, list.length);
      return (
        list.length <= bounds.maxMessages &&
        total <= bounds.maxBytes &&
        list.every(({ id }, index) => id === newest[index] && kept.find(id)?.id === id) &&
        (fitting.length === 0 || list.length > 0)
      );
    }),
  );
  const kept = createKeptMessages(bounds);
  kept.add(received('a', 100));
  kept.clear();
  kept.add(received('b', 100));
  t.same(
    kept.list().map(({ id }) => id),
    ['b'],
    'what was cleared takes no room',
  );
  t.end();
});

const lines = (...text: readonly string[]): Buffer => Buffer.from(`${text.join('\r\n')}\r\n`);

test('a message is read with its parts, and images of the message are put into the text', async (t) => {
  const message = lines(
    'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Content-Type: multipart/related; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>sch=F6n<img src=3D"cid:logo"><img src=3D"cid:none"><img src=3D"cid:sheet">',
    '--b',
    'Content-Type: image/png',
    'Content-ID: <logo>',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgo=',
    '--b',
    'Content-Type: text/css; name="a.css"',
    'Content-ID: <sheet>',
    '',
    'p {}',
    '--b--',
  );
  const read = await readMessage(message);
  t.match(read, { hasHtml: true, headers: [{ name: 'Subject', value: 'Grüße' }] });
  t.match(read.attachments, [
    { number: 1, contentType: 'image/png', contentId: 'logo', sizeBytes: 8 },
    { number: 2, contentType: 'text/css', contentId: 'sheet' },
  ]);
  const html = Buffer.from((await readPart(message, 'html'))?.bytes ?? []).toString();
  t.match(
    html,
    'schön<img src="data:image/png;base64,iVBORw0KGgo="><img src="cid:none"><img src="cid:sheet">',
  );
  t.equal(Buffer.from((await readPart(message, 1))?.bytes ?? []).toString('base64'), 'iVBORw0KGgo=');
  t.equal(await readPart(message, 3), null);
  t.equal(await readPart(lines('Subject: plain', '', 'text'), 'html'), null);
});

test('a message that is made to take everything is read within bounds, or not at all', async (t) => {
  const image = ['Content-Type: image/png', 'Content-ID: <i>', '', 'x'.repeat(1_000_000)];
  const many = lines(
    'Content-Type: multipart/related; boundary=b',
    '',
    '--b',
    'Content-Type: text/html',
    '',
    '<img src="cid:i">'.repeat(1000),
    '--b',
    ...image,
    '--b--',
  );
  const part = await readPart(many, 'html');
  t.ok(part !== null && part.bytes.length < 40 * 1024 * 1024, 'an image is not repeated without end');
  const deep = Array.from({ length: 2000 }, (_, depth) => [
    `Content-Type: multipart/mixed; boundary=b${depth}`,
    '',
    `--b${depth}`,
  ]).flat();
  t.same((await readMessage(lines(...deep))).attachments, [], 'endless nesting is not read');
  t.match(await readMessage(Buffer.from([0, 255, 13, 10, 0])), { hasHtml: false });
});
