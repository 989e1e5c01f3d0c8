import type { Page } from 'playwright-core';
import { test, type Test } from 'tap';
import { createCertificates } from '../peers/certificates.ts';
import { startAuthority } from '../peers/exchange/authority.ts';
import { startGraphServer } from '../peers/exchange/graph-server.ts';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { signIn, visible, visit } from './browser.ts';
import { openOffice } from './office.ts';

const mailbox = 'erp@acme.example';
const clientSecret = 'Kranich-4471-geheim';
const registration = { tenantId: 'acme.example', clientId: 'app-1', clientSecret };

/** Exchange whose certificate nobody vouches for, an authority that is known, and a certificate of the app's own. */
async function openExchange(t: Test) {
  const house = await createCertificates();
  t.teardown(() => house.remove());
  const app = await house.issue('app', { names: ['app.acme.example'], usage: 'clientAuth', key: 'rsa-2048' });
  const office = await openOffice(t, `${t.testdir()}/data`, { ALLOWED_EXCHANGE_PORTS: 'any' });
  const authority = await startAuthority(office.certificates.server, {
    ...registration,
    clientCertificate: app.certificate,
  });
  t.teardown(() => authority.close());
  const graph = await startGraphServer(house.server, authority, mailbox);
  t.teardown(() => graph.close());
  const content = Buffer.from(`${app.certificate}\n${app.key}`).toString('base64');
  await office.service.call('POST', '/v1/certificates', {
    body: { name: 'Anmeldung der App', kind: 'own', content },
  });
  const body = {
    ...registration,
    name: 'Rechnungen',
    email: mailbox,
    protocol: 'graph',
    cloud: 'custom',
    authorityUrl: authority.url,
    graphUrl: graph.url,
  };
  const created = await office.service.call('POST', '/v1/exchange-connections', { body });
  return { ...office, graph, id: (created.body as { id: string }).id };
}

async function runTest(page: Page, state: 'ok' | 'failed'): Promise<readonly string[]> {
  await page.locator('#start-test').click();
  await page.locator(`.test-result[data-state=${state}]`).waitFor();
  return page.locator(`.test-result .step.${state} strong`).allTextContents();
}

async function save(page: Page, version: number): Promise<void> {
  await page.getByRole('button', { name: 'Speichern' }).click();
  await visible(page).getByText(`Version ${version}, gespeichert von`).waitFor();
}

test('an Exchange connection is tested as it stands in the form, saved, and brought back', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, browser, graph, id } = await openExchange(t);
  const { page, mistakes } = await visit(t, browser);
  const current = async () => (await service.call('GET', `/v1/exchange-connections/${id}`)).body;
  await signIn(page, service.api, service.key, `#/exchange/${id}`);
  await visible(page).getByText('Getestet werden die gespeicherten Einstellungen.').waitFor();
  t.same(await runTest(page, 'failed'), ['Verschlüsselung'], 'nobody vouches for the certificate');
  await page.locator('.test-result .step.failed').getByRole('button').click();
  await page.locator('.test-result .step.failed').getByRole('status').waitFor();
  t.not(await page.getByLabel('Vertrauenswürdiges Zertifikat').inputValue(), '', 'it is chosen in the form');
  await visible(page)
    .getByText('Ein gespeichertes Passwort wird nie an einen anderen Server gesendet.')
    .waitFor();
  await page.locator('#field-clientSecret').click();
  await page.locator('#field-clientSecret').fill(clientSecret);
  await page.getByLabel('Testmail').check();
  await page.locator('#probe-to').fill(mailbox);
  t.same(await runTest(page, 'ok'), [
    'Token abrufen',
    'Namen auflösen',
    'Verbinden',
    'Verschlüsselung',
    'Anmeldung',
    'Postfach',
    'Testmail',
  ]);
  t.equal(graph.mails.length, 1, 'the real mail has arrived');
  t.match(await current(), { version: 1, trustedCertificateId: null }, 'and nothing was saved');
  await save(page, 2);
  await visible(page)
    .getByText(/Gesetzt am/)
    .waitFor();

  await page.getByLabel('Clientzertifikat').selectOption({ label: 'Anmeldung der App' });
  await page.getByRole('button', { name: 'Entfernen' }).click();
  await save(page, 3);
  t.match(await current(), { clientSecretSet: false, clientCertificateId: String });
  await visible(page).getByText('Getestet werden die gespeicherten Einstellungen.').waitFor();
  t.equal((await runTest(page, 'ok'))[0], 'Token abrufen', 'the certificate of the store signs in');

  const second = page.locator('#version-2');
  await second.locator('summary').click();
  t.match(await second.innerText(), /Clientschlüssel \(Client Secret\)\s+geändert \(wird nicht gezeigt\)/);
  t.match(await second.innerText(), /Vertrauenswürdiges Zertifikat/);
  t.same(await axeViolations(page), []);
  const name = page.getByLabel('Name', { exact: true });
  const entered = await name.inputValue();
  await name.fill('Ein anderer Name');
  await name.fill(entered);
  t.not(
    await second.locator('details').getAttribute('open'),
    null,
    'what is open stays open while the form changes',
  );
  await second.getByRole('button', { name: 'Version 2 wiederherstellen' }).click();
  await page.getByRole('dialog').getByText('Clientzertifikat').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Wiederherstellen' }).click();
  await visible(page).getByText('Version 4, gespeichert von').waitFor();
  t.match(await current(), { version: 4, clientSecretSet: true, clientCertificateId: null });
  await page.locator('#version-4').getByText('aktuell').waitFor();
  await runTest(page, 'ok');
  await visible(page)
    .getByText(/Letzter erfolgreicher Test: .*\(Version 4\)/)
    .waitFor();
  t.notMatch(await page.content(), clientSecret);
  t.same(mistakes, []);
});

test('the day on which a client secret expires is the same in every zone, and only a new day changes it', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, browser, id } = await openExchange(t);
  const path = `/v1/exchange-connections/${id}`;
  const dayAhead = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const [day, nextDay] = [dayAhead(400), dayAhead(800)];
  const clientSecretExpiresAt = `${day}T12:30:00Z`;
  const headers = { 'if-match': '"1"' };
  await service.call('PATCH', path, { body: { clientSecretExpiresAt }, headers });
  const shown = (date: string): string =>
    new Date(date).toLocaleDateString('de-DE', { dateStyle: 'medium', timeZone: 'UTC' });
  // Noon in UTC is the next day in the first, and midnight the day before in the second.
  for (const [index, timezoneId] of ['Pacific/Auckland', 'America/St_Johns'].entries()) {
    const { page, mistakes } = await visit(t, browser, { timezoneId });
    await signIn(page, service.api, service.key, '#/exchange');
    await visible(page)
      .getByText(`Clientschlüssel läuft ab: ${shown(day)}`)
      .waitFor();
    await page.goto(`${service.api}/#/exchange/${id}`);
    await page.locator('#field-clientSecretExpiresAt').waitFor();
    t.equal(await page.locator('#field-clientSecretExpiresAt').inputValue(), day, timezoneId);
    await page.getByLabel('Name', { exact: true }).fill(`Rechnungen ${index}`);
    await save(page, index + 3);
    t.match((await service.call('GET', path)).body, { name: `Rechnungen ${index}`, clientSecretExpiresAt });
    t.same(mistakes, []);
  }
  const { page } = await visit(t, browser, { timezoneId: 'America/St_Johns' });
  await signIn(page, service.api, service.key, `#/exchange/${id}`);
  await page.locator('#field-clientSecretExpiresAt').fill(nextDay);
  await save(page, 5);
  t.match((await service.call('GET', path)).body, { clientSecretExpiresAt: `${nextDay}T00:00:00Z` });
  await page.goto(`${service.api}/#/exchange`);
  await visible(page)
    .getByText(`Clientschlüssel läuft ab: ${shown(nextDay)}`)
    .waitFor();
});

test('a long history of a connection is shown page by page, to its first version', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, browser, id } = await openExchange(t);
  for (let version = 1; version <= 27; version += 1) {
    const headers = { 'if-match': `"${version}"` };
    const body = { name: `Rechnungen ${version}` };
    const { status } = await service.call('PATCH', `/v1/exchange-connections/${id}`, { body, headers });
    t.equal(status, 200);
  }
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, service.api, service.key, `#/exchange/${id}`);
  const rows = page.locator('#resource-history li');
  const more = page.locator('#resource-history').getByRole('button', { name: 'Weitere anzeigen' });
  await more.waitFor();
  t.equal(await rows.count(), 25);
  await more.press('Enter');
  await page.locator('#version-1').waitFor();
  t.equal(await rows.count(), 28);
  t.equal(await more.count(), 0, 'there is nothing before it');
  await page.locator('#version-3 > details > summary:focus').waitFor();
  t.pass('the keyboard goes on at the first change that has come');
  t.same(await axeViolations(page), []);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Version 3 wiederherstellen' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Wiederherstellen' }).click();
  await visible(page).getByText('Version 29, gespeichert von').waitFor();
  t.same(mistakes, []);
});
