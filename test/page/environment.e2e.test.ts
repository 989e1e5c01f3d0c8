import { join } from 'node:path';
import type { EnvironmentView } from '@postausgang/contracts';
import { test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { writeRestoredNote } from '../../services/standalone/src/restored-note.ts';
import { axeViolations } from './axe.ts';
import { signIn, startBrowser, visit } from './browser.ts';

test('a banner says that the data comes from a backup, until a person confirms it', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const directory = join(t.testdir(), 'data');
  const first = await startStandaloneProcess(directory);
  await first.stop();
  const takenAt = new Date().toISOString();
  await writeRestoredNote(directory, takenAt);
  const service = await startStandaloneProcess(directory);
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { page, mistakes } = await visit(t, browser);

  await signIn(page, service.api, service.key, '#/server');
  const banner = page.locator('#environment');
  await banner.getByText('Diese Daten stammen aus einem Backup vom').waitFor();
  t.same(await axeViolations(page), []);
  await page.goto(`${service.api}/#/mails`);
  await banner.waitFor();
  t.equal(await page.locator('#confirm-environment input:checked').inputValue(), 'restored');
  const confirm = page.getByRole('button', { name: 'Bestätigen' });
  t.ok(await confirm.isDisabled(), 'a reason is needed');
  await page.locator('#environment-reason').fill('Plattenschaden');
  await confirm.click();
  await banner.waitFor({ state: 'detached' });
  const { body } = await service.call('GET', '/v1/environment');
  t.match(body as EnvironmentView, {
    heldFor: null,
    restoredFrom: null,
    confirmed: { as: 'restored', reason: 'Plattenschaden', backupTakenAt: takenAt },
  });
  t.same(mistakes, []);
});
