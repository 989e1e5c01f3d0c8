import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { type Test, test } from 'tap';
import { productVersion, topics } from '@postausgang/contracts';
import { openSqliteLog } from '@postausgang/event-log';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { signIn, startBrowser, visible, visit } from './browser.ts';

const german = {
  locale: 'de-DE',
  settings: 'Einstellungen geändert',
  sent: 'E-Mail gesendet',
  onlySettings: 'Einstellungen',
  all: 'Alle',
  pause: 'Anhalten',
  waiting: /\d+ neue/,
  goOn: 'Fortsetzen',
  mail: 'E-Mail ansehen',
  unreadable: 'Nicht lesbar',
  more: 'Weitere anzeigen',
  download: 'Herunterladen',
  help: 'Hilfe',
  activity: 'Protokoll',
};
const english: typeof german = {
  locale: 'en-GB',
  settings: 'Settings changed',
  sent: 'Mail sent',
  onlySettings: 'Settings',
  all: 'All',
  pause: 'Pause',
  waiting: /\d+ new/,
  goOn: 'Resume',
  mail: 'View the mail',
  unreadable: 'Unreadable',
  more: 'Show more',
  download: 'Download',
  help: 'Help',
  activity: 'Activity',
};

const refusedRequests = 60;

/** A service that has refused requests of its log, and a browser. */
async function open(t: Test) {
  const directory = `${t.testdir()}/data`;
  const before = await startStandaloneProcess(directory);
  await before.stop();
  const log = await openSqliteLog({
    directory,
    topics: Object.values(topics),
    onError: (error) => {
      throw error;
    },
  });
  const garbage = { key: 'k', headers: {}, value: new TextEncoder().encode('?') };
  await log.append(
    topics.mailRequests.name,
    Array.from({ length: refusedRequests }, () => garbage),
  );
  await log.close();
  const service = await startStandaloneProcess(directory);
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  return { service, browser };
}

async function fitsOnPhone(t: Test, page: Page, view: string): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    t.same(await axeViolations(page), [], `${view}, ${colorScheme}`);
  }
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  t.ok(Number(overflow) <= 0, `${view} does not scroll sideways`);
  await page.setViewportSize({ width: 1280, height: 900 });
}

const server = '/v1/outgoing-servers/default';
const settings = {
  enabled: true,
  serverType: 'test-mailbox',
  senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
};

for (const words of [german, english]) {
  test(`events, refused requests, the file for support and help are found (${words.locale})`, async (t) => {
    if (!requirePeer(t, 'chromium')) return;
    const { service, browser } = await open(t);
    const { page, mistakes } = await visit(t, browser, { locale: words.locale });
    await signIn(page, service.api, service.key, '#/activity');
    const refused = page.locator('#refused > li');
    await refused.first().waitFor();
    t.equal(await refused.count(), 50);
    t.match(await refused.first().innerText(), words.unreadable);
    await page.getByRole('button', { name: words.more }).click();
    await refused.nth(refusedRequests - 1).waitFor();

    const events = page.locator('#events > li');
    const change = (name: string) => ({ ...settings, senderAddress: { ...settings.senderAddress, name } });
    const save = (name: string) =>
      service.call('PUT', server, {
        body: change(name),
        headers: { 'if-match': '*', prefer: 'wait=applied' },
      });
    const send = () =>
      service.call('POST', '/v1/mails', {
        body: { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' },
      });
    t.equal((await save('ACME GmbH')).status, 200);
    await events.filter({ hasText: words.settings }).first().waitFor();
    t.equal((await send()).status, 202);
    const sent = events.filter({ hasText: words.sent });
    await sent.first().waitFor();
    if (words === german) await fitsOnPhone(t, page, 'events');

    await page.getByRole('button', { name: words.onlySettings, exact: true }).click();
    await sent.first().waitFor({ state: 'detached' });
    t.match(page.url(), /#\/activity\?kind=settings$/, 'what is shown stands in the address');
    await page.getByRole('button', { name: words.all, exact: true }).click();
    await page.getByRole('button', { name: words.pause }).click();
    await page.getByRole('button', { name: words.goOn }).waitFor();
    const shown = await events.count();
    t.equal((await save('ACME AG')).status, 200);
    await visible(page).getByText(words.waiting).waitFor();
    t.equal(await events.count(), shown, 'nothing moves while it is paused');
    await page.getByRole('button', { name: words.goOn }).click();
    await events.filter({ hasText: words.settings }).nth(1).waitFor();

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: words.download }).click(),
    ]);
    t.match(file.suggestedFilename(), /^postausgang-support-.*\.json$/);
    const bundle: unknown = JSON.parse(await readFile(await file.path(), 'utf8'));
    t.match(bundle, { version: productVersion, parts: { health: { status: 200 } } });

    await sent.first().getByRole('link', { name: words.mail }).click();
    await page.waitForURL(/#\/mails\/./);
    await page.getByRole('link', { name: words.help, exact: true }).click();
    await page.locator('#release', { hasText: productVersion }).waitFor();
    if (words === german) await fitsOnPhone(t, page, 'help');
    await page.locator('main').getByRole('link', { name: words.activity }).click();
    await page.locator('#events').waitFor({ state: 'attached' });
    t.same(mistakes, []);
  });
}

test('whoever does not see all mail has no view of all events', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { service, browser } = await open(t);
  const made = await service.call('POST', '/v1/api-keys', {
    body: { name: 'reader', scopes: ['settings:read'] },
  });
  const { page } = await visit(t, browser);
  await signIn(page, service.api, String(Object(made.body)['key']));
  t.equal(await page.locator('nav.side').getByText(german.activity).count(), 0);
  await page.getByRole('link', { name: german.help, exact: true }).click();
  await page.locator('#release', { hasText: productVersion }).waitFor();
});
