import type { Page } from 'playwright-core';
import tap, { type Test, test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { axeViolations } from './axe.ts';
import { signIn, visit, type VisitOptions } from './browser.ts';
import { type Office, openOffice, settingsFor } from './office.ts';

interface Mails {
  readonly items: readonly { readonly id: string; readonly state: string }[];
}

/** More than two pages. */
const newsletters = 104;

let opened: Promise<Office> | undefined;

/** One service for all tests, with an invoice that arrived, one that was refused, and a newsletter for many. */
async function openStage(t: Pick<Test, 'teardown'>, data: string): Promise<Office> {
  const office = await openOffice(t, data);
  const { service, mailServer } = office;
  const headers = { 'if-match': '"0"', prefer: 'wait=applied' };
  const saved = await service.call('PUT', '/v1/outgoing-servers/default', {
    body: settingsFor(mailServer),
    headers,
  });
  if (saved.status !== 200) throw new Error(saved.text);
  const send = (to: string, subject: string, more: object = {}) =>
    service.call('POST', '/v1/mails', { body: { to: [{ address: to }], subject, text: '.', ...more } });
  const pdf = { filename: 'rechnung-4711.pdf', contentType: 'application/pdf', content: '' };
  await send('kunde@example.com', 'Rechnung 4711', { businessReference: 'invoice/4711', attachments: [pdf] });
  await send('nobody@example.com', 'Rechnung 4712', { businessReference: 'invoice/4712' });
  for (let n = 1; n <= newsletters; n += 1) await send('liste@example.com', `Rundbrief ${n}`);
  await waitFor('all mails to end', async () => {
    const waiting = await service.call('GET', '/v1/mails?state=queued,sending,deferred&limit=1');
    return (waiting.body as Mails).items.length === 0 || undefined;
  });
  return office;
}

async function enter(t: Test, address: string, options?: VisitOptions) {
  opened ??= openStage(tap, `${tap.testdir()}/data`);
  const { service, browser } = await opened;
  const { page, mistakes } = await visit(t, browser, options);
  await signIn(page, service.api, service.key, address);
  return { page, mistakes, service };
}

const rows = (page: Page): Promise<readonly string[]> => page.locator('.mail-row strong').allInnerTexts();

async function find(page: Page, line: string, expected: readonly string[]): Promise<void> {
  await page.locator('#mail-search').fill(line);
  await page.locator('#mail-search').press('Enter');
  await waitFor(`what ${line} finds`, async () =>
    JSON.stringify(await rows(page)) === JSON.stringify(expected) ? true : undefined,
  );
}

for (const { locale, question, state, operators, range, refused } of [
  {
    locale: 'de-DE',
    question: 'an:kunde@example.com rechnung',
    state: 'gesendet',
    operators: [
      'betreff:"Rechnung 4711"',
      'beleg:invoice/4711',
      'anhang:rechnung-4711.pdf',
      'von:@acme.example 4711',
    ],
    range: '1–1 von 1',
    refused: { line: 'an:nobody rechnung vor:31.12.2999', state: 'fehlgeschlagen' },
  },
  {
    locale: 'en-GB',
    question: 'to:kunde@example.com rechnung',
    state: 'sent',
    operators: [
      'subject:"Rechnung 4711"',
      'reference:invoice/4711',
      'attachment:rechnung-4711.pdf',
      'from:@acme.example 4711',
    ],
    range: '1–1 of 1',
    refused: { line: 'to:nobody rechnung before:2999-12-31', state: 'failed' },
  },
]) {
  test(`whether a customer got the invoice is one question to the page (${locale})`, async (t) => {
    if (!requirePeer(t, 'chromium', 'openssl')) return;
    const { page, mistakes } = await enter(t, '#/mails', { locale });
    await find(page, question, ['Rechnung 4711']);
    t.equal(await page.locator('.mail-row .badge').innerText(), state);
    t.equal(await page.locator('#page-range').innerText(), range);
    for (const line of operators) await find(page, line, ['Rechnung 4711']);
    await find(page, refused.line, ['Rechnung 4712']);
    t.equal(await page.locator('.mail-row .badge').innerText(), refused.state);
    await find(page, 'an:unde@example.com', []);
    t.same(await axeViolations(page), []);
    t.same(mistakes, []);
  });
}

test('a search is in the address: a reload shows it again, and so does the way back from a mail', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes } = await enter(t, '#/mails?q=rechnung&state=failed');
  const isThere = (): Promise<void> => page.locator('.mail-row', { hasText: 'Rechnung 4712' }).waitFor();
  const look = async () => [
    await rows(page),
    await page.locator('#mail-search').inputValue(),
    await page.locator('.tabs [aria-pressed=true]').getAttribute('id'),
  ];
  const failed = [['Rechnung 4712'], 'rechnung', 'tab-failed'];
  await isThere();
  t.same(await look(), failed);
  await page.reload();
  await isThere();
  t.same(await look(), failed);
  for (const back of [() => page.goBack(), () => page.locator('#to-list').click()]) {
    await page.locator('.mail-row').click();
    await page.getByRole('heading', { name: 'Rechnung 4712' }).waitFor();
    await back();
    await isThere();
    t.same(await look(), failed);
  }
  t.match(page.url(), /#\/mails\?q=rechnung&state=failed$/);
  t.same(mistakes, []);
});

test('every mail can be reached page by page, and the tabs count them', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes } = await enter(t, '#/mails?q=rundbrief');
  const range = (text: string): Promise<void> => page.locator('#page-range', { hasText: text }).waitFor();
  await range('1–50 von 104');
  const seen = [...(await rows(page))];
  for (const text of ['51–100 von 104', '101–104 von 104']) {
    await page.locator('#next-page').click();
    await range(text);
    seen.push(...(await rows(page)));
  }
  t.equal(await page.locator('#next-page').count(), 0);
  t.same(
    seen,
    Array.from({ length: newsletters }, (_, n) => `Rundbrief ${newsletters - n}`),
  );
  await page.reload();
  await range('101–104 von 104');
  await page.locator('#page-before').click();
  await range('51–100 von 104');
  await page.locator('#first-page').click();
  await range('1–50 von 104');
  t.match(await page.locator('#tab-sent').innerText(), /104/);
  await page.locator('#clear-search').click();
  await page.locator('#tab-failed', { hasText: '1' }).click();
  await range('1–1 von 1');
  t.same(await rows(page), ['Rechnung 4712']);
  t.same(mistakes, []);
});

test('what is shown can be exported, and what cannot be asked is said', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes } = await enter(t, '#/mails?q=rechnung&state=sent');
  await page.locator('.mail-row').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#export').click()]);
  t.equal(download.suggestedFilename(), 'mails.csv');
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk as Uint8Array));
  const [names, line, ...more] = Buffer.concat(chunks).toString().split('\r\n');
  t.match(names, /^\ufeffid;acceptedAt;state;subject/);
  t.match(line, /;sent;Rechnung 4711;/);
  t.same(more, ['']);
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['betreff:-', /mindestens einen Buchstaben/],
    ['rechn* ab*', /mindestens drei/],
    ['nach:31.02.2026', /kein Datum/],
  ];
  for (const [text, message] of wrong) {
    await page.locator('#mail-search').fill(text);
    await page.locator('#mail-search').press('Enter');
    await page.locator('#mail-search-notes', { hasText: message }).waitFor();
  }
  t.same(mistakes, []);
});

test('new mails do not move the list: they wait behind a button', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes, service } = await enter(t, '#/mails?q=rechnung');
  await page.locator('.mail-row').first().waitFor();
  const before = await rows(page);
  const place = await page.locator('.mail-row').first().boundingBox();
  const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung 4713', text: '.' };
  await service.call('POST', '/v1/mails', { body });
  await page.locator('#show-news').waitFor();
  t.same(await rows(page), before);
  t.same(await page.locator('.mail-row').first().boundingBox(), place);
  await page.locator('#show-news').click();
  await page.locator('.mail-row', { hasText: 'Rechnung 4713' }).waitFor();
  t.same(await rows(page), ['Rechnung 4713', ...before]);
  t.same(mistakes, []);
});
