import { simpleParser } from 'mailparser';
import { test } from 'tap';
import type { MailRequest } from '@postausgang/contracts';
import { checkMailRequest } from '../../packages/message/src/check-request.ts';
import { composeMail, composeMessage } from '../../packages/message/src/compose.ts';
import { payloadDigest } from '../../packages/message/src/ids.ts';
import { isTooMuchHtml, textFromHtml } from '../../packages/message/src/text-from-html.ts';

const calendar = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//ACME//ERP//DE', ...lines, 'END:VCALENDAR'].join('\r\n');
const event = [
  'BEGIN:VEVENT',
  'UID:4711@acme.example',
  'DTSTAMP:20261130T080000Z',
  'DTSTART:20261201T080000Z',
  'ORGANIZER:mailto:erp@acme.example',
  'ATTENDEE:mailto:kunde@example.com',
  'SUMMARY:Abnahme der Prüfstände',
  'END:VEVENT',
];
const invitation = calendar('METHOD:REQUEST', ...event);

const request = (more: Partial<MailRequest>): MailRequest => ({
  to: [{ address: 'kunde@example.com' }],
  subject: 'Termin',
  ...more,
});

function composed(more: Partial<MailRequest>): string {
  const { bytes } = composeMessage({
    request: { id: 'm1', ...request(more) },
    mailId: 'm1',
    messageId: '<m1@acme.example>',
    date: new Date(0),
    from: { name: 'ERP', address: 'erp@acme.example' },
  });
  return Buffer.from(bytes).toString('latin1');
}

const findings = (more: Partial<MailRequest>): readonly string[] =>
  checkMailRequest(request(more), { nowMs: 0 }).map(({ pointer, code }) => `${pointer} ${code}`);

/** The tree of a message: the types of its parts, indented. */
function tree(message: string): readonly string[] {
  return [...message.matchAll(/^Content-Type: ([^\r]*(?:\r\n [^\r]*)*)/gm)].map(([, type = '']) =>
    type.replaceAll(/\s*boundary="[^"]*"|\r\n/g, '').replace(/;\s*$/, ''),
  );
}

test('a calendar is an alternative with its method, the last one, and a file', async (t) => {
  const message = composed({
    text: 'Guten Tag',
    html: '<p>Guten Tag</p>',
    calendar: { method: 'REQUEST', content: invitation },
    attachments: [{ filename: 'plan.pdf', contentType: 'application/pdf', content: 'JVBERi0xLjQK' }],
  });
  t.strictSame(tree(message), [
    'multipart/mixed',
    'multipart/alternative',
    'text/plain; charset=utf-8',
    'text/html; charset=utf-8',
    'text/calendar; charset=utf-8; method=REQUEST',
    'application/pdf; name=plan.pdf',
    'application/ics; name=invite.ics',
  ]);
  const parsed = await simpleParser(message);
  const [inBody, , file] = parsed.attachments.toSorted((a, b) => (a.contentType < b.contentType ? 1 : -1));
  t.match(inBody, { contentType: 'text/calendar' });
  t.match(file, { contentType: 'application/ics', filename: 'invite.ics', contentDisposition: 'attachment' });
  for (const part of [inBody, file]) {
    const text = part?.content.toString('utf8').trim();
    t.equal(text, invitation, 'both hold the same calendar');
  }
  t.match(parsed.text, /^Guten Tag/);
});

test('a mail can be nothing but a calendar', async (t) => {
  const message = composed({ calendar: { method: 'CANCEL', content: calendar('METHOD:CANCEL', ...event) } });
  t.strictSame(tree(message).slice(1, 4), [
    'multipart/alternative',
    'text/plain; charset=utf-8',
    'text/calendar; charset=utf-8; method=CANCEL',
  ]);
  t.equal((await simpleParser(message)).attachments.length, 2);
});

test('whatever its line ends and lengths, the calendar has lines of 75 octets with CRLF', async (t) => {
  const long = `DESCRIPTION:${'Größe und Maß 🎉 '.repeat(40)}`;
  const content = `\ufeff${calendar('METHOD:REQUEST', 'BEGIN:VEVENT', long, 'END:VEVENT')
    .replaceAll('\r\n', '\n')
    .replace('VERSION:2.0', 'VERS\n ION:2.0\n')}`;
  t.strictSame(findings({ calendar: { method: 'REQUEST', content } }), []);
  const parsed = await simpleParser(composed({ calendar: { method: 'REQUEST', content } }));
  const text = parsed.attachments.find(({ filename }) => filename === 'invite.ics')?.content.toString() ?? '';
  const lines = text.split('\r\n');
  t.notMatch(text, /(?<!\r)\n|\r(?!\n)/);
  t.ok(lines.every((line) => Buffer.byteLength(line) <= 75));
  t.ok(text.includes('\r\nVERSION:2.0\r\n'), 'unfolded, and no empty line');
  t.ok(text.replaceAll('\r\n ', '').includes(long), 'nothing is lost');
});

test('what is no calendar, or has another method, is refused with its place', async (t) => {
  const check = (content: string, method: 'REQUEST' | 'CANCEL' = 'REQUEST') =>
    findings({ calendar: { method, content } });
  t.strictSame(check(invitation), []);
  t.strictSame(check(invitation.toLowerCase().replace('method:request', 'Method:Request')), []);
  const invalid = ['/calendar/content calendar-invalid'];
  t.strictSame(check('Guten Tag'), invalid);
  t.strictSame(check('BEGIN:VCALENDAR'), invalid);
  t.strictSame(check(`${invitation}\r\n${invitation}`), invalid, 'one calendar');
  t.strictSame(check(invitation.replace('END:VEVENT', 'END:VTODO')), invalid);
  t.strictSame(check(invitation.replace('BEGIN:VCALENDAR', 'BEGIN:VCARD')), invalid);
  t.strictSame(check(invitation.replace('UID:', 'no content line ')), invalid);
  const mismatch = ['/calendar/content calendar-method-mismatch'];
  t.strictSame(check(invitation, 'CANCEL'), mismatch);
  t.strictSame(check(calendar(...event)), mismatch, 'no method');
  t.strictSame(check(calendar('METHOD:REQUEST', 'METHOD:REQUEST', ...event)), mismatch, 'two methods');
  const inEvent = calendar('BEGIN:VEVENT', 'METHOD:REQUEST', 'END:VEVENT');
  t.strictSame(check(inEvent), mismatch, 'not that of the calendar');
  t.strictSame(check(invitation.replace('Abnahme', 'Ab\u0007nahme')), [
    '/calendar/content control-character',
  ]);
});

test('a read receipt goes to the reply address, the sender, or the address that is given', async (t) => {
  const receiptTo = (more: Partial<MailRequest>): string | undefined =>
    /^Disposition-Notification-To: (.*)\r$/m.exec(composed(more))?.[1];
  t.equal(receiptTo({ requestReceipt: true }), '<erp@acme.example>');
  t.equal(
    receiptTo({ requestReceipt: true, replyTo: [{ name: 'Verkauf', address: 'sales@acme.example' }] }),
    '<sales@acme.example>',
  );
  t.equal(receiptTo({ requestReceipt: 'lesen@müller.example' }), '<lesen@xn--mller-kva.example>');
  for (const requestReceipt of [undefined, null, false]) {
    t.equal(receiptTo(requestReceipt === undefined ? {} : { requestReceipt }), undefined);
  }
  t.strictSame(findings({ requestReceipt: 'nobody' }), ['/requestReceipt address-invalid']);
  t.strictSame(findings({ requestReceipt: 'a@b.example>\r\nBcc: c@d.example' }), [
    '/requestReceipt address-invalid',
  ]);
});

test('headers of business mail may be set', async (t) => {
  const headers = {
    'Thread-Topic': 'Prüfstände',
    'Content-Language': 'de-DE, en',
    'List-Help': '<mailto:hilfe@acme.example>',
  };
  t.strictSame(findings({ headers }), []);
  const parsed = await simpleParser(composed({ text: 'x', headers }));
  t.equal(parsed.headers.get('thread-topic'), '=?UTF-8?Q?Pr=C3=BCfst=C3=A4nde?=');
  t.equal(parsed.headers.get('content-language'), 'de-DE, en');
  t.match(composed({ text: 'x', headers }), /^List-Help: <mailto:hilfe@acme\.example>\r$/m);
  t.strictSame(findings({ headers: { 'Content-Language': 'deutsch für alle' } }), [
    '/headers/Content-Language wrong-format',
  ]);
});

test('a text is made of HTML: paragraphs, lists, tables, and where links lead', async (t) => {
  const html = `<html><head><title>x</title><style>p{}</style></head><body><h1>Rechnung&nbsp;4711</h1>
    <p>Guten Tag <b>Herr</b> Müller,<br>anbei <a href="https://x.example/a">Ihre Rechnung</a>,
    <a href="mailto:a@b.example">a@b.example</a>.</p><ul><li>eins</li><li>zwei<ol><li>a<li>b</ol></li></ul>
    <table><tr><th>Pos</th><th>Preis</th></tr><tr><td>1</td><td> 3,00&nbsp;€ </td></tr></table>
    <pre>  a\n   b</pre><hr>1 &lt; 2 <img alt="Logo" src=x><script>alert(1)</script></body></html>`;
  const text = [
    'Rechnung 4711',
    '',
    'Guten Tag Herr Müller,',
    'anbei Ihre Rechnung <https://x.example/a>, a@b.example.',
    '',
    '- eins',
    '- zwei',
    '  1. a',
    '  2. b',
    '',
    'Pos  Preis',
    '1  3,00 €',
    '',
    '  a',
    '   b',
    '',
    '-----',
    '',
    '1 < 2 Logo',
  ].join('\n');
  t.equal(textFromHtml(html), text);
  const parsed = await simpleParser(composed({ html, textFromHtml: true }));
  t.equal(parsed.text?.trim().replaceAll('\r\n', '\n'), text);
  t.match(parsed.html, /Rechnung/);
  const unseen = '<hr><ol><li><a href="https://y.example">y</a>';
  t.equal(textFromHtml(`<p>a</p><template>${unseen}</template><p>b</p>`), 'a\n\nb', 'what nobody sees');
  t.strictSame(tree(composed({ html })), ['text/html; charset=utf-8'], 'only where it is asked for');
  t.match((await simpleParser(composed({ html, text: 'Eigener', textFromHtml: true }))).text, /^Eigener/);
});

test('HTML of too much markup is refused before any work, and whatever is let through becomes a text', async (t) => {
  const most = 5000;
  const refused = ['/html html-too-complex'];
  t.strictSame(findings({ html: '<p>x'.repeat(most + 1), textFromHtml: true }), refused);
  t.strictSame(findings({ html: 'x'.repeat(512 * 1024 + 1), textFromHtml: true }), refused);
  t.strictSame(findings({ html: '<p>x'.repeat(most + 1) }), [], 'the HTML itself may be longer');
  t.strictSame(findings({ html: '<p>x'.repeat(most + 1), text: 'x', textFromHtml: true }), []);
  const hostile = [
    '<div>'.repeat(most),
    '<div>'.repeat(most / 2) + '</p>'.repeat(most / 2),
    '<a href=http://x>'.repeat(most),
    `<pre>${' '.repeat(500_000)}x</pre>`,
    '<ul><li>x'.repeat(most / 2),
    '<!--'.repeat(most),
    '<'.repeat(most),
    `<a ${'b=c '.repeat(100_000)}>x`,
  ];
  for (const html of hostile) {
    t.notOk(isTooMuchHtml(html));
    t.type(textFromHtml(html), 'string');
  }
});

test('every attempt has the same bytes, and every field counts for the idempotency key', async (t) => {
  const fields: Partial<MailRequest> = {
    html: '<p>Guten Tag</p>',
    textFromHtml: true,
    calendar: { method: 'REQUEST', content: invitation },
    requestReceipt: true,
  };
  const once = (): string => {
    const mail = composeMail(
      { id: 'm1', ...request(fields) },
      { from: { address: 'erp@acme.example' } },
      { acceptedAtMs: 0 },
    );
    return Buffer.from(mail?.message.bytes ?? []).toString('latin1');
  };
  t.equal(once(), once());
  const digests = Object.entries(fields).map(([name, value]) => payloadDigest(request({ [name]: value })));
  t.equal(new Set([...digests, payloadDigest(request({}))]).size, digests.length + 1);
});
