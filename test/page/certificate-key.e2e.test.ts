import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import tap, { type Test, test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { visible, signIn, visit, type VisitOptions } from './browser.ts';
import { type Office, openOffice } from './office.ts';

const run = promisify(execFile);
const newKey = 'Zertifikatsanforderung (CSR) erstellen';

let opened: Promise<Office> | undefined;

const openOnce = (): Promise<Office> => (opened ??= openOffice(tap, `${tap.testdir()}/data`));

/** The certificates as somebody sees them who may do this; everything unless it is said. */
async function openCertificates(t: Test, scopes?: readonly string[], options?: VisitOptions) {
  const office = await openOnce();
  const { service } = office;
  const made =
    scopes && (await service.call('POST', '/v1/api-keys', { body: { name: scopes.join(), scopes } }));
  const key = made === undefined ? service.key : (made.body as { key: string }).key;
  const visitor = await visit(t, office.browser, options);
  await signIn(visitor.page, service.api, key, '#/certificates');
  return { ...office, ...visitor };
}

/** What axe finds in light and in dark, and whether the page scrolls sideways. */
async function complaints(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await axeViolations(page)));
  }
  const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
  return overflow > 0 ? [...found, `${overflow} px too wide`] : found;
}

/** Certifies a request as an authority does; PEM. */
async function certify({ ca, directory }: Office['certificates'], request: string): Promise<string> {
  const file = `${directory}/request.csr`;
  await writeFile(file, request);
  const signing = ['-CA', ca.certificateFile, '-CAkey', ca.keyFile, '-copy_extensions', 'copy'];
  return (await run('openssl', ['x509', '-req', '-in', file, ...signing, '-days', '20'])).stdout;
}

const pem = (name: string, text: string) => ({
  name,
  mimeType: 'application/x-pem-file',
  buffer: Buffer.from(text),
});

test('a key is created, its request certified, and the certificate brought back', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, context, mistakes, certificates, service } = await openCertificates(t, undefined, {
    width: 360,
    height: 740,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('link', { name: newKey }).click();
  await page.getByRole('heading', { name: newKey }).waitFor();
  t.same(await complaints(page), [], 'the form');
  await page.getByLabel('Schlüssel', { exact: true }).selectOption({ label: 'EC P-256' });
  await page.getByLabel('E-Mail-Adressen').fill('erp@acme.example, nobody, ätsch@acme.example');
  await page.getByLabel('DNS-Namen').fill('not_a_host!');
  await page.getByLabel('Land (C)').fill('Deutschland');
  await page.getByRole('button', { name: 'Erstellen' }).click();
  await page.locator('#key-name:focus').waitFor();
  await page.locator('#key-name-finding').getByText('erforderlich').waitFor();
  await page.locator('#key-commonName-finding').getByText('erforderlich').waitFor();
  await page.locator('#key-country-finding').waitFor();
  t.same(await complaints(page), [], 'what is missing stands at its field');
  await page.getByLabel('Name', { exact: true }).fill('S/MIME 2026');
  await page.getByLabel('Allgemeiner Name (CN)').fill('Rechnungsstelle');
  await page.getByLabel('Land (C)').fill('DE');
  await page.getByRole('button', { name: 'Erstellen' }).click();
  await page.locator('#key-dnsNames-finding').getByText('not_a_host!: ').waitFor();
  const findings = await page.locator('#key-addresses-finding .finding').allTextContents();
  t.match(findings, [/^nobody: /, /^ätsch@acme\.example: /], 'names the values that are wrong');
  await page.getByLabel('E-Mail-Adressen').fill('erp@acme.example, rechnung@acme.example');
  await page.getByLabel('DNS-Namen').fill('');
  await page.getByLabel('Organisation (O)').fill('ACME GmbH');
  await page.getByLabel('Grund').fill('Das alte läuft ab');
  await page.getByRole('button', { name: 'Erstellen' }).click();

  const request = page.getByLabel('Anforderung (CSR)');
  await request.waitFor();
  await page.locator('h1:focus', { hasText: 'S/MIME 2026' }).waitFor();
  t.same(await complaints(page), [], 'the request');
  const text = await request.inputValue();
  await page.getByRole('button', { name: 'Kopieren' }).click();
  await page.getByRole('button', { name: 'Kopiert' }).waitFor();
  t.equal(await page.evaluate('navigator.clipboard.readText()'), text);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Herunterladen' }).click();
  const download = await downloading;
  t.equal(download.suggestedFilename(), 'S_MIME 2026.csr');
  t.equal(await readFile(await download.path(), 'utf8'), text);
  const { items } = (await service.call('GET', '/v1/certificates')).body as { items: { id: string }[] };
  const id = items[0]?.id ?? '';
  const history = await service.call('GET', `/v1/certificates/${id}/history`);
  t.match(history.body, { items: [{ operation: 'create', reason: 'Das alte läuft ab' }] });

  await page.getByRole('link', { name: '← Zertifikate' }).click();
  const row = page.locator('.certificates li', { hasText: 'S/MIME 2026' });
  await row.locator('.badge', { hasText: 'wartet auf das ausgestellte Zertifikat' }).waitFor();
  await row.locator('summary').click();
  t.equal(await row.getByLabel('Anforderung (CSR)').inputValue(), text, 'it can still be taken along');
  const file = row.locator('input[type=file]');
  await file.setInputFiles(pem('other.crt', certificates.server.certificate));
  await row.getByRole('button', { name: 'Importieren' }).click();
  await row.locator('.drop .finding').waitFor();
  t.match(await row.locator('.drop .finding').innerText(), /Schlüssel/, 'a certificate of another key');
  t.equal(await file.getAttribute('aria-invalid'), 'true');
  t.same(await complaints(page), [], 'waiting, with a finding');
  // Dropped, as a mouse does it.
  const issued = await certify(certificates, text);
  const transfer = await page.evaluateHandle(`
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify(issued)}], 'issued.crt'));
    transfer;`);
  await row.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
  await row.getByText('Datei: issued.crt').waitFor();
  await row.getByRole('button', { name: 'Importieren' }).click();
  await row.locator('.badge', { hasText: 'noch 19 Tage' }).waitFor();
  t.match(await row.locator('dl').innerText(), /erp@acme\.example, rechnung@acme\.example/);
  t.equal(await row.getByText('wartet auf').count(), 0);
  await row.getByText('Eine Erneuerung für denselben Schlüssel').waitFor();
  t.same(await complaints(page), [], 'issued');

  await file.setInputFiles(pem('renewed.crt', await certify(certificates, text)));
  await row.getByRole('button', { name: 'Importieren' }).click();
  await row.locator('input[type=file]:focus').waitFor();
  const renewed = await service.call('GET', `/v1/certificates/${id}`);
  t.match(renewed.body, { version: 3, details: { subject: /Rechnungsstelle/ }, signingRequest: text });
  t.same(mistakes, []);
});

test('keys and their certificates are offered to those who may', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service } = await openOnce();
  const body = { name: 'Anmeldung 2027', keyType: 'p-256', subject: { commonName: 'ACME GmbH' } };
  await service.call('POST', '/v1/certificates/keys', { body });
  const { page: reader } = await openCertificates(t, ['settings:read']);
  const { page: writer } = await openCertificates(t, ['settings:read', 'settings:write']);
  for (const page of [reader, writer]) {
    const row = page.locator('.certificates li', { hasText: body.name });
    await row.locator('summary').click();
    await row.getByLabel('Anforderung (CSR)').waitFor();
    t.equal(await page.getByRole('link', { name: newKey }).count(), 0);
    t.equal(await row.locator('input[type=file]').count(), page === writer ? 1 : 0);
    await page.goto(`${service.api}/#/certificates/new`);
    await page.getByRole('heading', { name: 'Zertifikate', exact: true }).waitFor();
    t.equal(await page.locator('#key-name').count(), 0);
  }
});

test('a certificate and its key are imported from two files', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes, certificates } = await openCertificates(t);
  const extensions = ['extendedKeyUsage=emailProtection,clientAuth', 'subjectAltName=email:erp@acme.example'];
  const own = await certificates.issue('two-files', { names: [], key: 'rsa-2048', extensions });
  await page.locator('#certificate-file').setInputFiles(pem('zwei-dateien.crt', own.certificate));
  t.equal(await page.locator('#certificate-key-file').count(), 0, 'others are trusted without a key');
  await page.getByLabel('Eigenes (mit privatem Schlüssel)').check();
  await page.locator('#certificate-key-file').setInputFiles(pem('zwei-dateien.key', own.key));
  await visible(page).getByText('Datei: zwei-dateien.key').waitFor();
  t.same(await complaints(page), []);
  await page.getByRole('button', { name: 'Importieren' }).click();
  await page.locator('.certificates li', { hasText: 'zwei-dateien' }).waitFor();
  t.same(mistakes, []);
});
