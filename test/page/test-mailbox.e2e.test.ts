import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { visible, signIn, startBrowser, visit } from './browser.ts';

/** Somebody who would like to know that the mail was read. */
async function startTracker(t: Test) {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end('caught');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, requests: () => requests };
}

test('from an empty data folder to a mail that was read, by the page alone', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const service = await startStandaloneProcess(t.testdir());
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { page, mistakes } = await visit(t, browser);
  const { api, key } = service;
  const tracker = await startTracker(t);

  await signIn(page, api, key, '#/server');
  await page.getByRole('button', { name: 'Testpostfach verwenden' }).click();
  await visible(page).getByText('Alle E-Mails gehen in das Testpostfach.').waitFor();
  t.equal(await page.getByRole('button', { name: 'Testpostfach verwenden' }).count(), 0, 'offered once');

  const html =
    '<p id="hello">Guten Tag</p><script>document.getElementById("hello").id = "ran"</script>' +
    `<img src="${tracker.url}pixel.png"><a href="${tracker.url}">weiter</a>`;
  const mail = {
    to: [{ address: 'kunde@example.com' }],
    subject: 'Rechnung <b>4711</b>',
    text: 'Anbei.',
    html,
  };
  t.equal((await service.call('POST', '/v1/mails', { body: mail })).status, 202);
  await page.getByRole('link', { name: 'Testpostfach öffnen' }).click();
  await page.getByRole('link', { name: 'Rechnung <b>4711</b>' }).click();
  const frame = page.frameLocator('iframe.message-frame');
  await frame.locator('#hello').waitFor();
  t.equal(await frame.locator('#ran').count(), 0, 'scripts do not run');
  await frame.getByText('weiter').click();
  await visible(page).getByText('kunde@example.com').first().waitFor();
  t.same(await axeViolations(page), []);

  await page.getByRole('link', { name: '← Testpostfach' }).click();
  await page.getByLabel('Nach der Übergabe').selectOption('drop');
  await page.getByLabel('Empfänger ablehnen').fill('partner.example, *');
  await page.getByRole('button', { name: 'Übernehmen' }).click();
  await page.locator('#announcements', { hasText: 'Verhalten übernommen' }).waitFor();
  t.match((await service.call('GET', '/v1/test-mailbox')).body, {
    behavior: { rejectRecipients: ['partner.example', '*'], afterMessage: 'drop' },
  });
  await page.getByRole('button', { name: 'Alle löschen' }).click();
  await visible(page).getByText('Keine E-Mails im Testpostfach.').waitFor();
  t.same(await axeViolations(page), []);
  t.equal(tracker.requests(), 0, 'neither images nor links reach anybody else');
  const unexpected = mistakes.filter((text) => !/Content Security Policy|sandboxed/i.test(text));
  t.same(unexpected, [], 'nothing else goes wrong in the browser');
});
