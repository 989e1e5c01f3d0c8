import type { Page } from 'playwright-core';
import tap, { type Test, test } from 'tap';
import { createCertificates } from '../peers/certificates.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { visible, signIn, visit } from './browser.ts';
import { account, type Office, openOffice } from './office.ts';

let opened: Promise<Office> | undefined;

/** Opens the page and fills in the server, with its password; nothing is saved yet. */
async function fillIn(t: Test, port: number) {
  opened ??= openOffice(tap, `${tap.testdir()}/data`);
  const office = await opened;
  const { page, mistakes } = await visit(t, office.browser);
  await signIn(page, office.service.api, office.service.key, '#/server');
  await page.getByLabel('Hostname').fill('localhost');
  await page.getByLabel('Port', { exact: true }).fill(String(port));
  await page.getByLabel('Benutzername').fill(account.username);
  await page.locator('#field-smtp-password').click();
  await page.locator('#field-smtp-password').fill(account.password);
  await page.getByLabel('Absenderadresse').fill('erp@acme.example');
  return { page, mistakes, service: office.service };
}

const runTest = async (page: Page, state: 'ok' | 'failed'): Promise<void> => {
  await page.locator('#start-test').click();
  await page.locator(`.test-result[data-state=${state}]`).waitFor();
};

const shown = (text: string) => ({ hasText: text });

test('a certificate that nobody vouches for is shown, trusted by hand, saved, and then good', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const { selfSigned } = certificates;
  const users = { [account.username]: account.password };
  const mailServer = await startSmtpServer({ tls: 'starttls', certificate: selfSigned, users });
  t.teardown(mailServer.stop);
  const { page, mistakes, service } = await fillIn(t, mailServer.port);
  const before = await service.call('GET', '/v1/certificates');
  t.same((before.body as { items: unknown[] }).items, [], 'nothing is trusted yet');

  await runTest(page, 'failed');
  const failed = page.locator('.test-result .step.failed');
  await failed.locator('summary', shown('Zertifikat des Servers')).waitFor();
  t.match(
    await failed.locator('.hint').innerText(),
    /Zertifizierungsstelle des Servers ist unbekannt/,
    'says why',
  );
  t.equal(await failed.locator('dl').count(), 1, 'a chain of one');
  t.match(await failed.locator('dl').innerText(), /localhost[\s\S]*SHA-256/);
  await failed.getByRole('button').click();
  await failed.getByRole('status').waitFor();
  const chosen = page.locator('#field-smtp-trustedCertificateId');
  t.not(await chosen.inputValue(), '', 'it is chosen in the form');
  await page.getByRole('switch', { name: 'Aktiviert' }).check();
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.locator('.badge', { hasText: 'Version 1 ist aktiv (1 Mailer)' }).waitFor();
  await visible(page).getByText('Getestet werden die gespeicherten Einstellungen.').waitFor();
  await runTest(page, 'ok');
  await page
    .locator('#past-tests')
    .getByText(/Letzter erfolgreicher Test: .*\(Version 1\)/)
    .waitFor();
  t.same(mistakes, []);
});

test('of a chain every certificate is shown, and the authority is the one to trust', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const house = await createCertificates();
  t.teardown(() => house.remove());
  const certificate = {
    ...house.server,
    certificate: `${house.server.certificate}\n${house.ca.certificate}`,
  };
  const users = { [account.username]: account.password };
  const mailServer = await startSmtpServer({ tls: 'starttls', certificate, users });
  t.teardown(mailServer.stop);
  const { page, mistakes } = await fillIn(t, mailServer.port);
  await page.locator('#field-smtp-trustedCertificateId').selectOption('');
  await runTest(page, 'failed');
  const failed = page.locator('.test-result .step.failed');
  const authority = failed.locator('details', shown('Zertifikat des Ausstellers'));
  t.match(await authority.innerText(), /Test Authority/);
  t.equal(await failed.locator('details').count(), 2);
  await authority.getByRole('button').click();
  await authority.getByRole('status').waitFor();
  await runTest(page, 'ok');
  t.same(mistakes, []);
});
