import { join } from 'node:path';
import type { SendingModeView } from '@postausgang/contracts';
import { test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { signIn, startBrowser, visit } from './browser.ts';

test('a test system is redirected on the page, every view says so, and live needs its name', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const service = await startStandaloneProcess(join(t.testdir(), 'data'), {
    INSTALLATION_NAME: 'Testsystem Süd',
  });
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, service.api, service.key, '#/server');
  const mode = async (): Promise<SendingModeView> =>
    (await service.call('GET', '/v1/environment/sending-mode')).body as SendingModeView;

  await page.locator('#sending-mode-link').getByText('Echtbetrieb').waitFor();
  await page.locator('#sending-mode-link').click();
  await page.locator('input[value=redirect]').check();
  const save = page.getByRole('button', { name: 'Speichern' });
  await save.click();
  await page.locator('#findings').getByText('Geben Sie mindestens eine Adresse an').waitFor();
  await page.locator('#field-to').fill('test@acme.example, probe@acme.example');
  await page.locator('#field-keep').fill('qa.acme.example');
  await save.click();
  const banner = page.locator('#sending-mode');
  await banner.getByText('E-Mails werden umgeleitet').waitFor();
  t.match(await mode(), {
    mode: 'redirect',
    to: ['test@acme.example', 'probe@acme.example'],
    keep: ['qa.acme.example'],
  });
  t.same(await axeViolations(page), []);
  for (const view of [
    'server',
    'mails',
    'senders',
    'exchange',
    'certificates',
    'recipients',
    'history',
    'keys',
  ]) {
    await page.goto(`${service.api}/#/${view}`);
    await page.locator('nav.side [aria-current=page]').waitFor();
    t.ok(await banner.isVisible(), view);
  }

  await banner.getByRole('link').click();
  await page.locator('input[value=live]').check();
  await save.click();
  await page.locator('#findings').getByText('Name dieser Umgebung').waitFor();
  t.equal((await mode()).mode, 'redirect');
  await page.locator('#field-environmentName').fill('Testsystem Süd');
  await save.click();
  await banner.waitFor({ state: 'detached' });
  t.equal((await mode()).mode, 'live');
  t.same(mistakes, []);
});
