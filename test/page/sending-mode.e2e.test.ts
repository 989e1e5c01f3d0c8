import { join } from 'node:path';
import type { MailStatus, SendingModeView } from '@postausgang/contracts';
import { test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
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

test('back to live, a person sends a redirected mail to its recipients, and confirms that', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const server = await startSmtpServer();
  t.teardown(server.stop);
  const service = await startStandaloneProcess(join(t.testdir(), 'data'), {
    INSTALLATION_NAME: 'Testsystem',
  });
  t.teardown(() => service.kill());
  const save = async (path: string, body: object): Promise<void> => {
    const headers = { 'if-match': '*', prefer: 'wait=applied' };
    const { status, text } = await service.call('PUT', path, { headers, body });
    t.equal(status, 200, text);
  };
  await save('/v1/outgoing-servers/default', {
    enabled: true,
    serverType: 'smtp',
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: '127.0.0.1', port: server.port, encryption: 'none', authentication: 'none' },
  });
  await save('/v1/environment/sending-mode', { mode: 'redirect', to: ['test@acme.example'] });
  const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
  const { id } = (await service.call('POST', '/v1/mails', { body: mail })).body as { id: string };
  const until = (wanted: Partial<MailStatus>): Promise<MailStatus> =>
    waitFor(`the mail ${JSON.stringify(wanted)}`, async () => {
      const found = (await service.call('GET', `/v1/mails/${id}`)).body as MailStatus;
      return found.state === wanted.state && found.redirected === wanted.redirected ? found : undefined;
    });
  await until({ state: 'sent', redirected: true });
  await save('/v1/environment/sending-mode', { mode: 'live', environmentName: 'Testsystem' });

  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { page } = await visit(t, browser);
  await signIn(page, service.api, service.key, `#/mails/${id}`);
  await page.getByRole('button', { name: 'Erneut senden' }).click();
  const dialog = page.getByRole('dialog');
  const confirmation = dialog.locator('#confirm-redirected');
  await confirmation.waitFor();
  t.notOk(await confirmation.isChecked(), 'nobody is asked to take it back');
  t.same(await axeViolations(page), []);
  const send = dialog.getByRole('button', { name: 'Erneut senden' });
  const answered = page.waitForResponse((answer) => answer.url().endsWith('/resend'));
  await send.click();
  t.equal((await answered).status(), 409);
  t.same(
    server.messages.map(({ recipients }) => recipients),
    [['test@acme.example']],
    'without the confirmation it stays where it is',
  );
  await confirmation.check();
  await send.click();
  await dialog.waitFor({ state: 'detached' });
  t.match(await until({ state: 'sent', redirected: false }), { recipients: [{ outcome: 'sent' }] });
  t.same(server.messages.at(-1)?.recipients, ['kunde@example.com']);
});
