/** Takes the screenshots of the documentation again: `npm run screenshots`. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { waitFor } from '../peers/wait-for.ts';
import { compressPng } from './compress-png.ts';
import { visible, signIn, visit } from './browser.ts';
import { openOffice, settingsFor } from './office.ts';

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const teardowns: (() => unknown)[] = [];
const t = { teardown: (work: () => unknown) => void teardowns.push(work) };

interface Frame {
  /** All of the page, or what is in sight. */
  readonly isWhole?: boolean;
  readonly element?: string;
}

/** Makes the window as tall as the page: what sticks to its edge would else lie in the middle of the picture. */
async function unroll(page: Page): Promise<() => Promise<void>> {
  const before = page.viewportSize();
  if (before === null) return async () => undefined;
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  await page.setViewportSize({ ...before, height: Math.max(before.height, height) });
  return () => page.setViewportSize(before);
}

async function shoot(page: Page, name: string, { isWhole = true, element }: Frame = {}): Promise<void> {
  await page.evaluate('scrollTo(0, 0)');
  const restore = isWhole ? await unroll(page) : undefined;
  const target = element === undefined ? page : page.locator(element);
  const picture = await target.screenshot({ animations: 'disabled' });
  await restore?.();
  const png = compressPng(picture);
  await writeFile(join(folder, `${name}.png`), png);
  console.log(`docs/screenshots/${name}.png ${Math.round(png.length / 1000)} kB`);
}

async function takeAll(data: string): Promise<void> {
  const office = await openOffice(t, data);
  const { service, mailServer, browser } = office;
  const { page } = await visit(t, browser, { width: 1180, height: 860 });
  await page.goto(service.api);
  await page.locator('#credential').waitFor();
  await shoot(page, 'sign-in');
  const put = async (body: unknown, reason: string): Promise<void> => {
    const { body: now } = await service.call('GET', '/v1/outgoing-servers/default');
    const headers = { 'if-match': `"${(now as { version: number }).version}"`, prefer: 'wait=applied' };
    const path = `/v1/outgoing-servers/default?reason=${encodeURIComponent(reason)}`;
    await service.call('PATCH', path, { body, headers });
  };
  await put({ ...settingsFor(mailServer), timeoutSeconds: 60 }, 'Ersteinrichtung');
  for (const [subject, to] of [
    ['Rechnung 4711', 'kunde@example.com'],
    ['Mahnung 4690', 'nobody@example.com'],
    ['Lieferschein 1203', 'einkauf@example.com'],
  ]) {
    const body = {
      to: [{ address: to }],
      subject,
      text: 'Anbei.',
      businessReference: `beleg/${subject?.slice(-4)}`,
    };
    await service.call('POST', '/v1/mails', { body });
  }
  await waitFor('all mails', async () => {
    const { items } = (await service.call('GET', '/v1/mails')).body as { items: { state: string }[] };
    return items.every(({ state }) => ['sent', 'failed'].includes(state)) || undefined;
  });
  await put({ copyToSender: 'bcc' }, 'Buchhaltung möchte Kopien');
  await put({ timeoutSeconds: 30 }, '');
  await service.call('POST', '/v1/exchange-connections', {
    body: {
      name: 'Exchange Online, Rechnungen',
      email: 'rechnung@acme.example',
      protocol: 'graph',
      tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
      clientId: '3f1b9c52-7d30-4a8e-9a52-0b7f6a1f4e10',
      clientSecret: 'geheim',
      clientSecretExpiresAt: '2027-06-30T00:00:00Z',
    },
  });
  await signIn(page, service.api, service.key, '#/server');
  await page.locator('#connection-test').waitFor();
  await page.locator('#start-test').click();
  await page.locator('.test-result[data-state=ok]').waitFor();
  await page.locator('#past-tests summary').first().click();
  await shoot(page, 'server');
  await shoot(page, 'connection-test', { element: '#connection-test' });
  await page.goto(`${service.api}/#/overview`);
  await page.locator('.chart svg').waitFor();
  await shoot(page, 'overview');
  await page.goto(`${service.api}/#/mails`);
  await page.locator('.badge.bad').waitFor();
  await page.locator('#queue').waitFor();
  await shoot(page, 'mails');
  await page.getByRole('link', { name: 'Rechnung 4711' }).click();
  await visible(page).getByText('Versuch 1').waitFor();
  await shoot(page, 'mail');
  await page.goto(`${service.api}/#/history`);
  await page.locator('#version-1').waitFor();
  await shoot(page, 'history');
  await page.goto(`${service.api}/#/exchange`);
  await page.getByRole('link', { name: 'Exchange Online, Rechnungen' }).click();
  await page.locator('#field-clientSecret').waitFor();
  await shoot(page, 'exchange');
  const { certificates } = office;
  const own = await certificates.issue('smime', { names: ['acme.example'], usage: 'emailProtection' });
  const upload = async (name: string, kind: string, pem: string): Promise<void> => {
    const content = Buffer.from(pem).toString('base64');
    await service.call('POST', '/v1/certificates', { body: { name, kind, content } });
  };
  await upload('S/MIME 2026', 'own', `${own.certificate}\n${own.key}`);
  await upload('Eigene Zertifizierungsstelle', 'trusted', certificates.ca.certificate);
  await page.goto(`${service.api}/#/certificates`);
  await page.locator('.certificates li').nth(1).waitFor();
  await shoot(page, 'certificates');
  const recipient = await certificates.issue('kunde', {
    names: ['kunde@example.com'],
    usage: 'emailProtection',
  });
  const content = Buffer.from(recipient.certificate).toString('base64');
  await service.call('POST', '/v1/recipient-certificates', { body: { content } });
  await page.goto(`${service.api}/#/recipients`);
  await page.locator('.certificates li').first().waitFor();
  await shoot(page, 'recipient-certificates');
  await takeConflict(page, put, service.api);
  await takePhone(office.browser, service.api, service.key);
}

async function takeConflict(
  page: Page,
  put: (body: unknown, reason: string) => Promise<void>,
  api: string,
): Promise<void> {
  await page.goto(`${api}/#/server`);
  await page.locator('#field-timeoutSeconds').fill('3');
  await put({ timeoutSeconds: 120, whenDisabled: 'hold' }, '');
  await page.locator('.notice.warn button').first().click();
  await page.getByRole('dialog').getByRole('table').waitFor();
  await shoot(page, 'conflict', { isWhole: false });
}

async function takePhone(browser: Parameters<typeof visit>[1], api: string, key: string): Promise<void> {
  const { page } = await visit(t, browser, { width: 360, height: 740, colorScheme: 'dark' });
  await signIn(page, api, key, '#/mails');
  await page.locator('.mail-row').first().waitFor();
  await shoot(page, 'phone-dark', { isWhole: false });
}

const data = await mkdtemp(join(tmpdir(), 'postausgang-screenshots-'));
await mkdir(folder, { recursive: true });
try {
  await takeAll(join(data, 'data'));
} finally {
  for (const work of teardowns.toReversed()) await work();
  await rm(data, { recursive: true, force: true });
}
