import { type Test, test } from 'tap';
import type { MailList } from '@postausgang/contracts';
import { csvField } from '../../../services/mailer/src/http/find-mails.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { type Answered, setUp, type Setup } from './queue-routes.ts';

interface Counts {
  readonly total: number;
  readonly states: Readonly<Record<string, number>>;
  readonly complete: boolean;
}

interface Refusal {
  readonly code: string;
  readonly findings: readonly { readonly pointer: string; readonly code: string }[];
}

const as = (key: string) => ({ authorization: `Bearer ${key}` });

async function send(setup: Setup, key: string, subject: string, more: object = {}): Promise<string> {
  const body = { to: [{ address: 'kunde@example.com' }], subject, text: '.', ...more };
  const answer = await setup.call<{ id: string }>('POST', '/v1/mails', body, as(key));
  return answer.body.id;
}

/** Mails of two keys, all of them sent. */
async function office(t: Test) {
  const setup = await setUp(t);
  const invoice = await send(setup, 'billing', 'Rechnung 4711', {
    from: { address: 'rechnung@acme.example' },
    businessReference: 'invoice/4711',
    attachments: [{ filename: 'rechnung-4711.pdf', contentType: 'application/pdf', content: '' }],
  });
  const reminder = await send(setup, 'billing', '=HYPERLINK("https://x.example")', {
    to: [{ address: 'einkauf@beispiel.example' }],
    businessReference: 'invoice/4712',
  });
  const salary = await send(setup, 'payroll', 'Rechnung und Gehalt');
  const list = (query: string, key = 'manager') =>
    setup.call<MailList>('GET', `/v1/mails${query}`, undefined, as(key));
  const counts = (query: string, key = 'manager') =>
    setup.call<Counts>('GET', `/v1/mails/counts${query}`, undefined, as(key));
  await waitFor('all sent', async () => ((await counts('')).body.states['sent'] === 3 ? true : undefined));
  const subjects = ({ body }: Answered<MailList>) =>
    body.items.map(({ subject }) => subject ?? '').toSorted((a, b) => a.localeCompare(b));
  return { setup, ids: { invoice, reminder, salary }, list, counts, subjects };
}

test('answers whether somebody got the invoice, in one question', async (t) => {
  const { list, ids } = await office(t);
  const { body } = await list('?recipient=kunde@example.com&q=rechnung+4711');
  t.match(body, {
    items: [
      {
        id: ids.invoice,
        state: 'sent',
        from: 'rechnung@acme.example',
        attachments: ['rechnung-4711.pdf'],
        requestedBy: { kind: 'api-key', id: 'billing', name: 'key of billing' },
        recipients: [{ address: 'kunde@example.com', outcome: 'sent' }],
      },
    ],
    nextCursor: null,
  });
});

test('finds mails by each of its parameters', async (t) => {
  const { list, counts, subjects, ids } = await office(t);
  const { body: invoice } = await list('?subject=Rechnung+4711');
  const messageId = invoice.items[0]?.messageId ?? '';
  const found = [
    '?sender=rechnung@acme.example',
    '?subject=rechn*+&recipient=@example.com&attachment=rechnung',
    '?attachment=rechnung-4711.pdf',
    `?messageId=${encodeURIComponent(messageId)}`,
    `?messageId=${encodeURIComponent(messageId.slice(1, -1))}`,
    '?businessReference=invoice/4711',
    '?businessReferencePrefix=invoice/471&q=4711',
    '?requestedBy=billing&subject=rechnung',
    '?q=invoice+pdf',
  ];
  for (const query of found) {
    t.same(subjects(await list(query)), ['Rechnung 4711'], query);
    t.match((await counts(query)).body, { total: 1, complete: true, states: { sent: 1, failed: 0 } }, query);
  }
  t.same(subjects(await list('?sender=erp@acme.example')).length, 2, 'the default sender');
  t.same(subjects(await list('?requestedBy=key+of+payroll')), ['Rechnung und Gehalt']);
  t.same(subjects(await list('?businessReferencePrefix=invoice/')).length, 2);
  for (const query of [
    '?recipient=unde@example.com',
    '?recipient=kunde@example.co',
    '?subject=rechnun',
    '?state=failed',
  ]) {
    t.same(subjects(await list(query)), [], query);
  }
  const newest = (await list('')).body.items.map(({ id }) => id);
  const oldest = (await list('?sort=acceptedAt')).body.items.map(({ id }) => id);
  t.same(oldest, newest.toReversed());
  t.same(new Set(newest), new Set(Object.values(ids)));
});

test('finds and counts for a key its own mails only', async (t) => {
  const { setup, list, counts, subjects } = await office(t);
  for (const query of [
    '',
    '?q=rechnung',
    '?recipient=kunde@example.com',
    '?requestedBy=billing',
    '?since=2001-01-01T00:00:00Z',
  ]) {
    const isOwn = query !== '?requestedBy=billing';
    t.same(subjects(await list(query, 'payroll')), isOwn ? ['Rechnung und Gehalt'] : [], query);
    t.match((await counts(query, 'payroll')).body, { total: isOwn ? 1 : 0, complete: true }, query);
  }
  t.match((await counts('?businessReferencePrefix=invoice/', 'payroll')).body, { total: 0 });
  const csv = await setup.app.inject({ url: '/v1/mails.csv', headers: as('payroll') });
  t.match(csv.payload, /Rechnung und Gehalt/);
  t.notMatch(csv.payload, /4711/);
  t.match(await list('', 'narrow'), { status: 403 });
  t.match(await counts('', 'narrow'), { status: 403 });
});

test('tells everything that is wrong with a question', async (t) => {
  const { setup } = await office(t);
  const ask = async (path: string) => {
    const { status, body } = await setup.call<Refusal>('GET', path);
    return [status, body.code, ...body.findings.map(({ pointer, code }) => `${pointer} ${code}`)];
  };
  const invalid = [400, 'request-invalid'];
  for (const path of ['/v1/mails', '/v1/mails/counts', '/v1/mails.csv']) {
    t.same(await ask(`${path}?subject=-&recipient=%40&q=*`), [
      ...invalid,
      '/q words-required',
      '/recipient words-required',
      '/subject words-required',
    ]);
    t.same(await ask(`${path}?subject=ab*`), [...invalid, '/subject words-required']);
    t.same(await ask(`${path}?since=2026-02-31T00:00:00Z`), [...invalid, '/since date-invalid']);
    t.same(await ask(`${path}?recipient=`), [...invalid, '/recipient too-short']);
    t.same(await ask(`${path}?q=${'x'.repeat(201)}`), [...invalid, '/q too-long']);
    t.same(await ask(`${path}?to=x`), [...invalid, '/to unknown-field']);
  }
  t.same(await ask('/v1/mails?sort=subject'), [...invalid, '/sort unknown-value']);
  t.same(await ask('/v1/mails/counts?state=sent'), [...invalid, '/state unknown-field']);
  t.same(await ask('/v1/mails.csv?separator=tab'), [...invalid, '/separator unknown-value']);
});

test('exports the mails of a filter, more than a page of them', async (t) => {
  const setup = await setUp(t);
  const count = 205;
  for (let n = 0; n < count; n += 1) await send(setup, 'billing', `Nr ${n}`);
  const { headers, payload } = await setup.app.inject({
    url: '/v1/mails.csv?sort=acceptedAt&subject=nr&separator=semicolon',
    headers: as('billing'),
  });
  t.equal(headers['content-type'], 'text/csv; charset=utf-8');
  t.match(headers['content-disposition'], /^attachment; filename="mails\.csv"$/);
  t.equal(payload.at(0), '\ufeff');
  const [names, ...lines] = payload.slice(1).split('\r\n');
  t.equal(lines.pop(), '', 'every line has an end');
  t.equal(
    names,
    'id;acceptedAt;state;subject;from;recipients;attachments;businessReference;requestedBy;messageId;failure;reply;priority',
  );
  t.same(new Set(lines.map((line) => line.split(';')[3])).size, count);
});

test('a text of a mail is no formula in a spreadsheet, and no other field', (t) => {
  const fields = {
    '=1+1': `'=1+1`,
    '+49 30': `'+49 30`,
    '-1': `'-1`,
    '@SUM(A1)': `'@SUM(A1)`,
    ' =1': `' =1`,
    '\uff1d1': `'\uff1d1`,
    '=HYPERLINK("x","y")': `"'=HYPERLINK(""x"",""y"")"`,
    'a,b': '"a,b"',
    'a;b': 'a;b',
    'say "hi"': '"say ""hi"""',
    'two\r\nlines': '"two\r\nlines"',
    ' padded ': '" padded "',
    plain: 'plain',
    '': '',
  };
  for (const [text, written] of Object.entries(fields)) t.equal(csvField(text, ','), written, text);
  t.equal(csvField('a;b', ';'), '"a;b"');
  t.end();
});

test('a finished message is found by its subject and its author', async (t) => {
  const { setup, list } = await office(t);
  const message = [
    'From: Mahnwesen <mahnung@acme.example>',
    'To: kunde@example.com',
    'Subject: =?UTF-8?Q?Mahnung_f=C3=BCr_M=C3=A4rz?=',
    '',
    '.',
  ].join('\r\n');
  const { statusCode } = await setup.app.inject({
    method: 'POST',
    url: '/v1/mails',
    headers: { ...as('billing'), 'content-type': 'message/rfc822' },
    payload: message,
  });
  t.equal(statusCode, 202);
  const found = await waitFor('the mail', async () => {
    const { body } = await list('?subject=mahnung+für+märz&sender=mahnung@acme.example');
    return body.items[0];
  });
  t.match(found, { subject: 'Mahnung für März', from: 'mahnung@acme.example' });
});
