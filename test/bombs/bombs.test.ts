import { test } from 'tap';
import { largestSoapAnswers, oauthBombs, providerAnswers, smtpBombs, soapBombs } from './answer-bombs.ts';
import { megabyte } from './bomb.ts';
import { jsonBombs } from './json-bombs.ts';
import { messageBombs } from './message-bombs.ts';
import {
  codeOfSoap,
  openMailRoute,
  post,
  readAsProvider,
  readAsRecord,
  readAsReply,
  readAsSoap,
  readAsToken,
} from './ways.ts';

/** The sentence that tells which bound was passed. */
const sentences: Readonly<Record<string, string>> = {
  depth: 'nested more than 64 levels deep',
  members: 'more than 100000 members',
  'plain-bytes': 'two megabytes of white space and numbers',
  escapes: 'two million escapes',
};

test('JSON that would be too much work is refused before it is parsed', async (t) => {
  const app = await openMailRoute();
  t.teardown(() => app.close());
  for (const { name, make, refusal } of jsonBombs(6 * megabyte)) {
    const answer = await post(app, 'application/json', make());
    t.match(answer, `request-malformed: The JSON is not parsed.`, name);
    t.match(answer, sentences[refusal], name);
  }
});

test('finished messages that would be too much work are refused before they are read', async (t) => {
  const app = await openMailRoute();
  t.teardown(() => app.close());
  for (const { name, make, refusal } of messageBombs(4 * megabyte)) {
    t.equal(await post(app, 'message/rfc822', make()), refusal, name);
  }
});

test('records that would be too much work are no events', async (t) => {
  for (const { name, make, refusal } of jsonBombs(6 * megabyte)) {
    t.equal(readAsRecord(make()), `The value is more work than any event: ${refusal}`, name);
  }
});

test('answers of servers that would be too much work are none', async (t) => {
  for (const { name, make, refusal } of soapBombs()) t.equal(readAsSoap(make()), refusal, name);
  for (const { name, make, refusal } of oauthBombs()) t.equal(readAsToken(make()), refusal, name);
  for (const { name, make, refusal } of smtpBombs()) t.equal(readAsReply(make()), refusal, name);
});

test('answers up to the bounds are read, and none beyond', async (t) => {
  for (const { name, make, refusal } of largestSoapAnswers()) t.equal(codeOfSoap(make()), refusal, name);
  for (const { name, make, refusal } of largestSoapAnswers(1)) t.equal(codeOfSoap(make()), refusal, name);
  for (const { name, make, refusal } of providerAnswers())
    t.equal(await readAsProvider(make()), refusal, name);
});

test('what real senders write is far below the bounds', async (t) => {
  const app = await openMailRoute();
  t.teardown(() => app.close());
  const accepted = 'log-unavailable: undefined';
  const to = Array.from({ length: 1000 }, (_, index) => ({
    name: `Kunde "${index}", Süd`,
    address: `kunde-${index}@example.com`,
  }));
  const attachment = {
    filename: 'a.pdf',
    contentType: 'application/pdf',
    content: Buffer.alloc(9 * megabyte).toString('base64'),
  };
  const request = { to, text: 'Grüße\n'.repeat(100_000), attachments: [attachment] };
  t.equal(await post(app, 'application/json', Buffer.from(JSON.stringify(request))), accepted);
  t.equal(await post(app, 'application/json', Buffer.from(JSON.stringify(request, null, 8))), accepted);

  const list = to.map(({ address }, index) => `"Kunde \\"${index}\\", S\u00fcd" <${address}>`).join(',\r\n ');
  const received = Array.from(
    { length: 90 },
    (_, hop) => `Received: from a${hop} by b (Postfix; c)\r\n`,
  ).join('');
  const message = `${received}From: erp@acme.example\r\nTo: ${list}\r\n\r\n${'Guten Tag\n'.repeat(500_000)}`;
  t.equal(await post(app, 'message/rfc822', Buffer.from(message)), accepted);
});

test('a mail body of more than 8 MiB is refused, with the place', async (t) => {
  const app = await openMailRoute();
  t.teardown(() => app.close());
  const mail = { to: [{ address: 'kunde@example.com' }], text: 'a', html: 'a'.repeat(8 * 1024 * 1024) };
  t.equal(await post(app, 'application/json', Buffer.from(JSON.stringify(mail))), '/html too-long');
});
