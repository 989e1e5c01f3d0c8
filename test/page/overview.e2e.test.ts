import type { Page } from 'playwright-core';
import { test } from 'tap';
import type { Statistics } from '@postausgang/contracts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { axeViolations } from './axe.ts';
import { signIn, visible, visit } from './browser.ts';
import { openOffice, settingsFor } from './office.ts';

const words = {
  'de-DE': {
    title: 'Übersicht',
    server: 'Postausgangsserver',
    sent: /^Gesendet\s*2\s*3 angenommen/,
    failed: /^Fehlgeschlagen\s*1\s*33\s*% der E-Mails/,
    limit: /2 von 10\.000 Empfängern/,
    need: '1 E-Mail in den letzten 24 Stunden nicht oder nur teilweise zugestellt',
    held: '1 E-Mail zurückgehalten',
    badge: '1 braucht Aufmerksamkeit',
    failure: /Empfänger/,
    changed: /Einstellungen geändert: Version 1, /,
    week: '7 Tage',
    columns: ['Zeit', 'gesendet', 'teilweise gesendet', 'unklar', 'fehlgeschlagen', 'wartend'],
    active: 'aktiv',
    noTest: 'Noch kein Test',
    soon: 'noch 21 Tage',
    secret: 'Rechnungen: noch 21 Tage',
    search: 'fehler:recipient-refused',
  },
  'en-GB': {
    title: 'Overview',
    server: 'Outgoing mail server',
    sent: /^Sent\s*2\s*3 accepted/,
    failed: /^Failed\s*1\s*33% of the mails/,
    limit: /2 of 10,000 recipients/,
    need: '1 mail not or only partly delivered in the last 24 hours',
    held: '1 mail held',
    badge: '1 needs attention',
    failure: /recipient/,
    changed: /Settings changed: Version 1, /,
    week: '7 days',
    columns: ['Time', 'sent', 'partly sent', 'unclear', 'failed', 'waiting'],
    active: 'active',
    noTest: 'No test yet',
    soon: '21 days left',
    secret: 'Rechnungen: 21 days left',
    search: 'failure:recipient-refused',
  },
} as const;

const isWithin = async (page: Page): Promise<boolean> =>
  page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth');

test('the page opens at the settings first, and at the overview once something is set up', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, mailServer, browser } = await openOffice(t, `${t.testdir()}/data`);
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, service.api, service.key);
  await page.locator('#view-title', { hasText: words['de-DE'].server }).waitFor();
  await page.locator('nav.side').getByRole('link', { name: words['de-DE'].title, exact: true }).click();
  await page.locator('#tile-sent').waitFor();
  t.match(await page.locator('#tile-sent').innerText(), /0/);
  await visible(page).getByText('In den nächsten 12 Monaten läuft nichts ab.').waitFor();
  t.same(await axeViolations(page), [], 'with nothing in it');

  const headers = { 'if-match': '*' };
  await service.call('PUT', '/v1/outgoing-servers/default', { headers, body: settingsFor(mailServer) });
  await page.goto(`${service.api}/`);
  await page.locator('#view-title', { hasText: words['de-DE'].title }).waitFor();
  t.equal(await page.locator('nav.side a').first().innerText(), words['de-DE'].title);
  t.same(mistakes, []);
});

test('the overview says what needs a person and how mail goes, and leads to it, in German and English', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, mailServer, browser } = await openOffice(t, `${t.testdir()}/data`);
  const { call } = service;
  await call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '*' },
    body: { ...settingsFor(mailServer), limits: { recipientsPerDay: 10_000 } },
  });
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  const connection = await call('POST', '/v1/exchange-connections', {
    body: {
      name: 'Rechnungen',
      protocol: 'graph',
      email: 'rechnung@acme.example',
      tenantId: 'acme.example',
      clientId: 'app-1',
      clientSecret: 'geheim',
      clientSecretExpiresAt: inDays(21.5),
    },
  });
  const { id: connectionId } = connection.body as { id: string };
  const send = async (address: string, more: object = {}): Promise<string> => {
    const body = { to: [{ address }], subject: 'Rechnung', text: '.', ...more };
    return ((await call('POST', '/v1/mails', { body })).body as { id: string }).id;
  };
  const hold = async (id: string): Promise<void> =>
    void (await call('POST', `/v1/mails/${id}/hold`, { body: {} }));
  for (const address of ['kunde@example.com', 'einkauf@example.com', 'nobody@example.com'])
    await send(address);
  await waitFor('all three have ended', async () => {
    const { totals } = (await call('GET', '/v1/statistics')).body as Statistics;
    return totals.sent === 2 && totals.failed === 1 ? true : undefined;
  });

  for (const locale of ['de-DE', 'en-GB'] as const) {
    const w = words[locale];
    const { page, mistakes } = await visit(t, browser, { locale });
    await signIn(page, service.api, service.key);
    await page.locator('#view-title', { hasText: w.title }).waitFor();
    const tile = async (id: string): Promise<string> => page.locator(`#tile-${id}`).innerText();
    await page.locator('#tile-sent').waitFor();
    t.match(await tile('sent'), w.sent);
    t.match(await tile('failed'), w.failed);
    t.match(await tile('duration'), /\d s/);
    t.match(await tile('limit'), w.limit);
    t.match(await page.locator('[data-failure]').innerText(), w.failure);
    t.match(await page.locator('.changes').innerText(), w.changed);
    await page.locator('.server-card').getByText(w.active, { exact: true }).waitFor();
    await visible(page).getByText(w.noTest).waitFor();
    await page.locator('.expiry li', { hasText: w.soon }).getByRole('link', { name: 'Rechnungen' }).waitFor();
    t.equal(await page.locator('.needs li').count(), 2);
    t.ok((await page.locator('.chart rect.failed').count()) > 0, 'a bar');
    await page.locator('details.as-table summary').click();
    t.same(await page.locator('.as-table thead th').allInnerTexts(), w.columns);
    t.equal(await page.locator('.as-table tbody tr').count(), 24);
    t.same(await axeViolations(page), [], locale);

    await page.locator('.segmented').getByRole('button', { name: w.week }).click();
    await waitFor('days', async () => {
      const rows = await page.locator('.as-table tbody tr').count();
      return rows === 7 || rows === 8 ? true : undefined;
    });
    t.match(page.url(), /#\/overview\?range=7d$/);
    t.same(await axeViolations(page), [], `${locale}, a week`);

    const badge = page.locator('nav.side a[href="#/mails"]');
    await waitFor('the badge', async () =>
      (await badge.getAttribute('aria-description')) === w.badge ? true : undefined,
    );
    await page.locator('.chart .mark').click();
    await page.locator('#view-title', { hasText: 'Version 1' }).waitFor();
    await page.goBack();
    await page.locator('[data-failure] a').click();
    await page.locator('ul.mails li').waitFor();
    t.equal(await page.locator('#mail-search').inputValue(), w.search);
    t.equal(await page.locator('ul.mails li').count(), 1);
    await page.goBack();
    await page.locator('.needs').getByRole('link', { name: w.secret }).click();
    await page.locator('#field-clientSecret').waitFor();
    t.ok(page.url().endsWith(`#/exchange/${connectionId}`), page.url());
    await page.goBack();
    await page.locator('[data-need=failed]', { hasText: w.need }).click();
    await page.locator('ul.mails li').waitFor();
    t.match(page.url(), /#\/mails\?state=failed$/);
    t.equal(await page.locator('ul.mails li').count(), 1);
    t.same(mistakes, []);
  }

  const { page, mistakes } = await visit(t, browser, { width: 360, height: 740, colorScheme: 'dark' });
  await page.emulateMedia({ forcedColors: 'active' });
  await signIn(page, service.api, service.key, '#/overview');
  await page.locator('.chart svg').waitFor();
  t.ok(await isWithin(page), 'it fits on a phone');
  t.same(await axeViolations(page), [], 'a phone, forced colors');
  await hold(await send('spaeter@example.com', { sendAt: new Date(Date.now() + 3_600_000).toISOString() }));
  await page.locator('[data-need=held]', { hasText: words['de-DE'].held }).click();
  await page.locator('ul.mails li').waitFor();
  t.match(page.url(), /#\/mails\?state=held$/);
  t.same(mistakes, []);
});
