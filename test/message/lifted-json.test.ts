import fc from 'fast-check';
import { test } from 'tap';
import { writeRecord } from '@postausgang/contracts';
import {
  attachmentOfBytes,
  base64BytesOf,
  contentSizeBytes,
  liftBase64,
} from '../../packages/message/src/attachments.ts';
import { readMailRequested } from '../../services/mailer/src/engine/request-cache.ts';

const large = Buffer.alloc(30_000, 'postausgang').toString('base64');
const attachment = (content: string) => ({
  filename: 'a.pdf',
  contentType: 'application/pdf',
  content,
});

/** What a reader comes to that takes the large content out first. */
function read(json: string): unknown {
  const lifted = liftBase64(Buffer.from(json));
  if (lifted === undefined) {
    return JSON.parse(json);
  }
  const request: object = JSON.parse(lifted.json.toString());
  return lifted.fits(request) ? lifted.complete(request) : JSON.parse(json);
}

test('takes large attachments out of the JSON and puts them back as bytes', async (t) => {
  const request = { subject: '"', attachments: [attachment(large), attachment('QQ=='), attachment(large)] };
  const lifted = liftBase64(Buffer.from(JSON.stringify(request)));
  t.ok((lifted?.json.length ?? Infinity) < 1000, 'next to nothing is left to parse');
  const marked = JSON.parse(lifted?.json.toString() ?? '');
  t.equal(lifted?.fits(marked), true);
  const complete: typeof request = lifted?.complete(marked);
  t.same(complete, request);
  t.equal(JSON.stringify(complete), JSON.stringify(request));
  const [first, small] = complete.attachments;
  t.equal(first && base64BytesOf(first)?.toString(), large);
  t.equal(small && base64BytesOf(small), undefined);
  t.same(first && Object.keys(first), ['filename', 'contentType', 'content']);
  t.equal(base64BytesOf({ ...attachment(''), ...first }), undefined, 'a copy keeps no memory');
});

test('says the same as JSON.parse, whatever stands where', async (t) => {
  const texts = fc.constantFrom(
    large,
    `${large}=`,
    large.slice(1),
    'x',
    `"${large}`,
    '\\',
    `\\"${large}`,
    'ä',
  );
  const places = fc.record({
    text: texts,
    content: texts,
    metadata: fc.dictionary(texts, texts, { maxKeys: 2 }),
    attachments: fc.oneof(texts, fc.array(fc.oneof(texts, texts.map(attachment)), { maxLength: 3 })),
  });
  fc.assert(
    fc.property(places, (request) => {
      const json = JSON.stringify(request);
      t.same(read(json), JSON.parse(json));
    }),
  );
  const twice = `{"attachments":[{"content":"${large}"}],"attachments":[{"content":"${large}"}]}`;
  t.same(read(twice), JSON.parse(twice));
  const names = `{"attachments":[{"content":"${large}","content":"QQ=="}],"${large}":"${large}"}`;
  t.same(read(names), JSON.parse(names));
});

test('leaves alone what is cut off, not base64, or made of very many strings', async (t) => {
  const whole = JSON.stringify({ attachments: [attachment(large)] });
  t.equal(liftBase64(Buffer.from(whole.slice(0, -40))), undefined);
  t.equal(liftBase64(Buffer.from(JSON.stringify({ attachments: [attachment(`-${large}`)] }))), undefined);
  const many = JSON.stringify({
    to: Array.from({ length: 20_001 }, () => 'a'),
    attachments: [attachment(large)],
  });
  t.equal(liftBase64(Buffer.from(many)), undefined);
  const quotes = JSON.stringify({ text: '"'.repeat(5000), attachments: [attachment(large)] });
  t.equal(liftBase64(Buffer.from(quotes)), undefined);
});

test('reads a request from a record with its large content as bytes', async (t) => {
  const data = { id: 'm1', to: [{ address: 'kunde@example.com' }], attachments: [attachment(large)] };
  const event = {
    id: 'e1',
    type: 'io.postausgang.mail-requested.v1',
    source: '/test',
    time: '2026-11-25T08:00:00Z',
    data,
  };
  const request = readMailRequested(writeRecord('m1', event));
  t.same(request, data);
  const [first] = request !== undefined && 'attachments' in request ? (request.attachments ?? []) : [];
  t.ok(first !== undefined && 'content' in first && base64BytesOf(first));
  const wrong = { ...event, data: { ...data, attachments: undefined, text: large, metadata: { a: large } } };
  t.equal(readMailRequested(writeRecord('m1', wrong)), undefined, 'checked as it came');
});

test('knows the size of what it does not decode', async (t) => {
  for (const sizeBytes of [1, 2, 3, 9000, 9001, 9002]) {
    const content = Buffer.alloc(sizeBytes).toString('base64');
    t.equal(contentSizeBytes(attachment(content)), sizeBytes);
    t.equal(contentSizeBytes(attachmentOfBytes(attachment(''), Buffer.from(content))), sizeBytes);
  }
});
