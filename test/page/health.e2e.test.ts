import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { freePort } from '../peers/free-port.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { axeViolations } from './axe.ts';
import { signIn, startBrowser, visit } from './browser.ts';

const views = [
  'overview',
  'server',
  'mails',
  'senders',
  'exchange',
  'certificates',
  'recipients',
  'history',
  'keys',
  'activity',
  'help',
  'sending-mode',
];

/** The pill on every view; each time the page stays, and only the view changes. */
async function pillOnEveryView(page: Page, state: string): Promise<string> {
  const pill = page.locator(`#health[data-state=${state}]`);
  for (const view of views) {
    await page.evaluate(`location.hash = '#/${view}'`);
    await page.locator('#view-title').waitFor();
    await pill.waitFor();
  }
  return pill.innerText();
}

test('each state of the queue, the settings and the environment changes the pill on every view', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const directory = join(t.testdir(), 'data');
  const port = await freePort();
  const deadPort = await freePort();
  const service = await startStandaloneProcess(directory, { INSTALLATION_NAME: 'Testsystem' });
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { page, mistakes } = await visit(t, browser);
  page.setDefaultTimeout(30_000);
  await signIn(page, service.api, service.key, '#/server');
  const { call } = service;
  const save = (more: object) =>
    call('PUT', '/v1/outgoing-servers/default', {
      headers: { 'if-match': '*' },
      body: {
        enabled: true,
        serverType: 'smtp',
        senderAddress: { address: 'erp@acme.example' },
        smtp: { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' },
        ...more,
      },
    });
  const setMode = (body: object) =>
    call('PUT', '/v1/environment/sending-mode', { headers: { 'if-match': '*' }, body });
  const send = () =>
    call('POST', '/v1/mails', { body: { to: [{ address: 'kunde@example.com' }], subject: 'x', text: 'y' } });

  t.equal(await pillOnEveryView(page, 'off'), 'Versand aus');
  await save({});
  t.match(await pillOnEveryView(page, 'standstill'), /^Steht seit \d/);
  t.same(await axeViolations(page), []);
  await page.locator('#health').click();
  await page.locator('#queue').waitFor();

  const server = await startSmtpServer({ port });
  t.teardown(server.stop);
  await save({});
  t.equal(await pillOnEveryView(page, 'running'), 'Läuft');
  await save({ smtp: { hostname: '127.0.0.1', port: deadPort, encryption: 'none', authentication: 'none' } });
  t.equal(await pillOnEveryView(page, 'not-applied'), 'Änderung nicht aktiv');
  await save({ limits: { mailsPerMinute: 1 } });
  await pillOnEveryView(page, 'running');
  await send();
  await send();
  await send();
  t.match(await pillOnEveryView(page, 'limited'), /^Gedrosselt bis \d/);
  await setMode({ mode: 'redirect', to: ['test@acme.example'] });
  t.equal(await pillOnEveryView(page, 'redirect'), 'Umgeleitet');
  await page.locator('#health').click();
  await page.locator('#field-to').waitFor();
  await setMode({ mode: 'hold' });
  t.equal(await pillOnEveryView(page, 'hold'), 'Zurückgehalten');
  t.same(mistakes, []);
  await page.close();

  await service.stop();
  const paused = await startStandaloneProcess(directory, { SENDING: 'paused' });
  t.teardown(() => paused.kill());
  const again = await visit(t, browser);
  await signIn(again.page, paused.api, paused.key, '#/server');
  t.equal(await pillOnEveryView(again.page, 'held'), 'Angehalten');
});
