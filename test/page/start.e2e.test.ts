import { type Test, test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { axeViolations } from './axe.ts';
import { startBrowser, visible, visit } from './browser.ts';

const german = {
  locale: 'de-DE',
  name: 'Ihr Name',
  begin: 'Einrichtung beginnen',
  goOn: 'Weiter',
  server: 'Postausgangsserver',
  use: 'Testpostfach verwenden',
  used: 'Alle E-Mails gehen in das Testpostfach.',
  mails: 'E-Mails',
  write: 'E-Mail senden',
  to: 'An',
  subject: 'Betreff',
  send: 'Senden',
  sent: 'gesendet',
  again: 'Der Link des ersten Starts wurde schon verwendet',
};
const english = {
  locale: 'en-US',
  name: 'Your name',
  begin: 'Begin set-up',
  goOn: 'Continue',
  server: 'Outgoing mail server',
  use: 'Use the test mailbox',
  used: 'All mail goes to the test mailbox.',
  mails: 'Mails',
  write: 'Send a mail',
  to: 'To',
  subject: 'Subject',
  send: 'Send',
  sent: 'sent',
  again: 'The link of the first start was used',
};

for (const words of [german, english]) {
  test(`from an empty folder to the first mail by the printed link alone, ${words.locale}`, (t) =>
    walk(t, words));
}

async function walk(t: Test, words: typeof german): Promise<void> {
  if (!requirePeer(t, 'chromium')) return;
  const service = await startStandaloneProcess(t.testdir());
  t.teardown(() => service.kill());
  const link = await waitFor(
    'the link',
    () => /Open (\S+\/#\/start\/[\w-]{43}) to begin/.exec(service.output())?.[1],
  );
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { page, mistakes } = await visit(t, browser, { locale: words.locale });

  await page.goto(link);
  const name = page.getByLabel(words.name);
  await name.waitFor();
  t.same(await axeViolations(page), [], 'the first step');
  await name.fill('Anna Berger');
  await page.getByRole('button', { name: words.begin }).click();
  const key = await page.locator('#new-key').inputValue();
  t.same(await axeViolations(page), [], 'the key');
  await page.getByRole('button', { name: words.goOn }).click();
  await page.locator('.who', { hasText: 'Anna Berger' }).waitFor();

  await page.getByRole('link', { name: words.server }).click();
  await page.getByRole('button', { name: words.use }).click();
  await visible(page).getByText(words.used).waitFor();
  await page.getByRole('link', { name: words.mails, exact: true }).click();
  await page.getByRole('link', { name: words.write }).click();
  await page.getByLabel(words.to, { exact: true }).fill('kunde@example.com');
  await page.getByLabel(words.subject).fill('Rechnung 4711');
  await page.getByRole('button', { name: words.send, exact: true }).click();
  await page.locator('.badge', { hasText: words.sent }).first().waitFor();

  // The link has been used: it leads whoever opens it again to the sign-in, with a reason.
  const other = await visit(t, browser, { locale: words.locale });
  await other.page.goto(link);
  await other.page.getByLabel(words.name).fill('Ben');
  await other.page.getByRole('button', { name: words.begin }).click();
  await visible(other.page).getByText(words.again).waitFor();
  await other.page.goto(`${service.api}/`);
  await other.page.locator('#credential').fill(key);
  await other.page.locator('form button[type=submit]').click();
  await other.page.locator('.who', { hasText: 'Anna Berger' }).waitFor();
  t.same(mistakes, []);
}
