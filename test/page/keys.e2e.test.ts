import type { ApiKey } from '@postausgang/contracts';
import tap, { type Test, test } from 'tap';
import { callApi } from '../end-to-end/service-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { axeViolations } from './axe.ts';
import { visible, signIn, visit, type VisitOptions } from './browser.ts';
import { type Office, openOffice } from './office.ts';

let opened: Promise<Office> | undefined;

const openOnce = (): Promise<Office> => (opened ??= openOffice(tap, `${tap.testdir()}/data`));

async function openKeys(t: Test, view: string, options: VisitOptions = {}) {
  const office = await openOnce();
  const visitor = await visit(t, office.browser, options);
  await signIn(visitor.page, office.service.api, office.service.key, view);
  return { ...office, ...visitor };
}

/** What the API says about the key with this name. */
async function keyNamed({ service }: Office, name: string): Promise<ApiKey | undefined> {
  const { items } = (await service.call('GET', '/v1/api-keys')).body as { items: readonly ApiKey[] };
  return items.find((one) => one.name === name);
}

const daysAhead = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

const languages = [
  {
    locale: 'de-DE',
    title: 'Zugänge',
    create: 'Schlüssel anlegen',
    copy: 'Kopieren',
    notANumber: 'Zahl',
    stay: 'Zurück zum Schlüssel',
    done: 'Schlüssel ist gesichert',
    purpose: 'Anwendung, die E-Mails sendet',
    others: 'Absender',
    revoke: 'Widerrufen',
    revoked: 'Widerrufen',
  },
  {
    locale: 'en-GB',
    title: 'Access',
    create: 'Create a key',
    copy: 'Copy',
    notANumber: 'number',
    stay: 'Back to the key',
    done: 'The key is stored',
    purpose: 'Application that sends mail',
    others: 'Senders',
    revoke: 'Revoke',
    revoked: 'Revoked',
  },
] as const;

for (const words of languages) {
  test(`a key is created by its purpose, works, is listed and revoked (${words.locale})`, async (t) => {
    if (!requirePeer(t, 'chromium', 'openssl')) return;
    const opening = { locale: words.locale, timezoneId: 'America/St_Johns' };
    const house = await openKeys(t, '#/keys', opening);
    const { page, context, service, mistakes } = house;
    const name = `Rechnungsmodul ${words.locale}`;
    const address = `accounting-${words.locale}@acme.example`;
    const sender = await service.call('POST', '/v1/senders', { body: { name: 'Accounting', address } });
    const { id: senderId } = sender.body as { id: string };
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);

    await page.reload();
    await page.locator('.rows li').first().waitFor();
    t.equal(await page.locator('h1').textContent(), words.title, 'the address survives a reload');
    t.same(await axeViolations(page), [], 'the list');
    await page.getByRole('link', { name: words.create }).click();
    await page.locator(`#api-key-senders input[value="${senderId}"]`).waitFor();

    const chosen = (): Promise<readonly (string | null)[]> =>
      page
        .locator('#api-key-scopes input:checked')
        .evaluateAll((boxes) => boxes.map((box) => box.getAttribute('value')));
    const purpose = page.locator('#api-key-purpose');
    await purpose.locator('input[value=settings]').check();
    t.ok((await chosen()).includes('settings:write'));
    t.equal(await page.locator('#api-key-senders').count(), 0, 'it sends nothing, so nothing limits that');
    await purpose.locator('input[value=monitoring]').check();
    t.same(await chosen(), ['mail:read', 'settings:read', 'audit:read']);
    t.equal(await page.locator('#api-key-mail input:checked').getAttribute('value'), 'all');
    await purpose.locator('input[value=everything]').check();
    t.same(await chosen(), ['admin']);
    await purpose.locator('input[value=sending]').check();
    t.same(await chosen(), ['mail:send', 'mail:read']);
    t.same(await axeViolations(page), [], 'the form');

    const submit = page.locator('#api-key-form button[type=submit]');
    await submit.click();
    await page.locator('#api-key-name:focus').waitFor();
    await page.locator('#api-key-name').fill(name);
    await page.locator('#api-key-expires').focus();
    await page.keyboard.type('030220311');
    t.equal(await page.locator('#api-key-name').inputValue(), name, 'a fifth digit of a year does no harm');
    await page.locator('#api-key-expires').fill(daysAhead(-30));
    await submit.click();
    await page.locator('#api-key-expires:focus').waitFor();
    const day = daysAhead(90);
    await page.locator('#api-key-expires').fill(day);
    await page.locator(`#api-key-senders input[value="${senderId}"]`).check();
    await page.locator('#api-key-senders input[value=default]').check();
    await page.locator('#api-key-senderDomains').fill('acme.example, not a domain!');
    await page.locator('#api-key-mailsPerDay').fill('viele');
    await submit.click();
    await page.locator('#api-key-mailsPerDay:focus').waitFor();
    t.match(await page.locator('#api-key-mailsPerDay-finding').textContent(), words.notANumber);
    await page.locator('#api-key-mailsPerDay').fill('500');
    await submit.click();
    await page.locator('#api-key-senderDomains:focus').waitFor();
    t.match(await page.locator('#api-key-senderDomains-finding').textContent(), 'domain!: ');
    t.same(await axeViolations(page), [], 'findings');
    await page.locator('#api-key-senderDomains').fill('acme.example, *.acme.example');
    await submit.click();

    const shown = page.locator('#new-key');
    const key = await shown.inputValue();
    t.same(await axeViolations(page), [], 'the key');
    await page.getByRole('button', { name: words.copy }).click();
    await waitFor('the key in the clipboard', async () =>
      (await page.evaluate<string>('navigator.clipboard.readText()')) === key ? true : undefined,
    );
    await page.locator('nav.side').getByRole('link', { name: words.others, exact: true }).click();
    await page.getByRole('dialog').waitFor();
    t.same(await axeViolations(page), [], 'the question');
    await page.getByRole('button', { name: words.stay }).click();
    t.equal(await shown.inputValue(), key, 'it is still there');
    t.match(page.url(), /#\/keys\/new$/);
    await page.getByRole('button', { name: words.done }).click();
    await page
      .locator('dl.facts')
      .getByRole('link', { name: `Accounting <${address}>` })
      .waitFor();
    t.same(await axeViolations(page), [], 'the view of the key');
    t.notMatch(await page.content(), key, 'it is not shown again');

    const stored = await keyNamed(house, name);
    t.match(stored, {
      scopes: ['mail:send', 'mail:read'],
      senders: [senderId, 'default'],
      senderDomains: ['acme.example', '*.acme.example'],
      recipientDomains: null,
      quotas: { mailsPerDay: 500 },
    });
    const lastMinute = new Date(stored?.expiresAt ?? '').toLocaleString('sv-SE', {
      timeZone: opening.timezoneId,
    });
    t.equal(lastMinute, `${day} 23:59:59`, 'the last day is that of the person');
    const status = async (path: string): Promise<number> =>
      (await callApi(service.api, key, 'GET', path)).status;
    t.equal(await status('/v1/mails'), 200);
    t.equal(await status('/v1/api-keys'), 403);

    await page.goto(`${service.api}/#/keys`);
    const row = page.locator('.rows li', { hasText: name });
    await row.getByText(words.purpose).waitFor();
    await row.click();
    await page.getByRole('button', { name: words.revoke }).click();
    t.same(await axeViolations(page), [], 'the confirmation');
    await page.getByRole('dialog').getByRole('button', { name: words.revoke }).click();
    await page.locator('.badge', { hasText: words.revoked }).waitFor();
    t.equal(await page.getByRole('button', { name: words.revoke }).count(), 0);
    t.equal(await status('/v1/mails'), 401);
    await page.goto(`${service.api}/#/keys`);
    await row.locator('.badge', { hasText: words.revoked }).waitFor();
    t.same(mistakes, []);
  });
}

test('the last key for administration is not revoked, and the page says why', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, service, mistakes } = await openKeys(t, '#/keys');
  const { body } = await service.call('GET', '/v1/session');
  const { id } = body as { id: string };
  await page.goto(`${service.api}/#/keys/${id}`);
  await visible(page).getByText('Sie sind mit diesem Schlüssel angemeldet.').waitFor();
  await page.getByRole('button', { name: 'Widerrufen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Mit dem Widerruf endet Ihre Sitzung.').waitFor();
  await dialog.getByRole('button', { name: 'Widerrufen' }).click();
  await dialog.getByText('Ohne diesen Schlüssel könnte niemand den Dienst verwalten').waitFor();
  t.same(await axeViolations(page), []);
  t.equal((await service.call('GET', '/v1/api-keys')).status, 200);
  t.same(mistakes, []);
});

test('a new key is not lost by mistake: the browser asks before a reload, and the page before the sign-out', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes } = await openKeys(t, '#/keys');
  await page.getByRole('link', { name: 'Schlüssel anlegen' }).click();
  await page.locator('#api-key-name').fill('Vergessen');
  await page.locator('#api-key-form button[type=submit]').click();
  const shown = page.locator('#new-key');
  await shown.waitFor();
  const asked = page.waitForEvent('dialog');
  const reloaded = page.evaluate('location.reload()');
  const question = await asked;
  t.equal(question.type(), 'beforeunload');
  await question.dismiss();
  await reloaded;
  t.ok(await shown.isVisible());
  await page.getByRole('button', { name: 'Abmelden' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Zurück zum Schlüssel' }).click();
  t.ok(await shown.isVisible());
  await page.goBack();
  await page.getByRole('dialog').getByRole('button', { name: 'Zurück zum Schlüssel' }).click();
  t.ok(await shown.isVisible());
  await page.getByRole('button', { name: 'Abmelden' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Seite verlassen' }).click();
  await page.locator('#credential').waitFor();
  t.same(mistakes, []);
});

test('only administrators see the keys, and a key that has expired is marked', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, service, browser, mistakes } = await openKeys(t, '#/server');
  const name = 'Leserin';
  const scopes = ['settings:read', 'audit:read'];
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const created = await service.call('POST', '/v1/api-keys', { body: { name, scopes, expiresAt } });
  const { key } = created.body as { key: string };
  const reader = await visit(t, browser);
  await signIn(reader.page, service.api, key, '#/keys');
  await reader.page.getByRole('heading', { name: 'Dazu fehlt Ihnen die Berechtigung.' }).waitFor();
  t.equal(await reader.page.locator('nav.side').getByText('Zugänge').count(), 0);

  await page.clock.setFixedTime(Date.now() + 2 * 86_400_000);
  await page.goto(`${service.api}/#/keys`);
  const row = page.locator('.rows li', { hasText: name });
  await row.getByText('Einstellungen lesen, Verlauf lesen').waitFor();
  await row.locator('.badge', { hasText: 'Abgelaufen' }).waitFor();
  t.same([...mistakes, ...reader.mistakes], []);
});
