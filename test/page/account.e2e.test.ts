import type { Page } from 'playwright-core';
import { type Test, test } from 'tap';
import { problemCodes, problemType } from '@postausgang/contracts';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { startOpenIdProvider } from '../peers/openid-provider.ts';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { startBrowser, visible, visit } from './browser.ts';

const accounts = {
  anna: { name: 'Anna Berger', groups: ['mail-admins'] },
  otto: { name: 'Otto Klein', groups: ['everybody'] },
};

const german = {
  locale: 'de-DE',
  account: 'Mit Firmenkonto anmelden',
  signOut: 'Abmelden',
  denied: 'Die Anmeldung wurde abgebrochen',
  noGroup: 'keine Ihrer Gruppen oder Rollen hat Zugang',
  emergency: 'Notzugang',
  submit: 'Anmelden',
  only: 'Hier melden sich Personen mit dem Firmenkonto an',
};
const english = {
  locale: 'en-GB',
  account: 'Sign in with company account',
  signOut: 'Sign out',
  denied: 'The sign-in was cancelled',
  noGroup: 'none of your groups or roles has access',
  emergency: 'Emergency access',
  submit: 'Sign in',
  only: 'People sign in with the account of the company here',
};

/** A service and the provider of its company, and a browser. */
async function open(t: Test, variables: Readonly<Record<string, string>> = {}) {
  const provider = await startOpenIdProvider(t, accounts);
  const service = await startStandaloneProcess(`${t.testdir()}/data`, {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_SCOPES: 'openid profile groups',
    OIDC_SCOPE_CLAIM: 'groups',
    OIDC_SCOPE_MAP: 'mail-admins=admin',
    ...variables,
  });
  t.teardown(() => service.kill());
  provider.register(service.api);
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  return { service, provider, browser };
}

/** At the provider, which the page has led to. */
async function answerAtProvider(page: Page, user: string): Promise<void> {
  const field = page.locator('input[name=user]');
  await field.waitFor();
  await field.fill(user);
  await page.getByRole('button', { name: user === '' ? 'Cancel' : 'Log in' }).click();
}

test('a person signs in with the account of the company, and out again, in German and English', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { service, browser } = await open(t);
  for (const words of [german, english]) {
    const { page, context, mistakes } = await visit(t, browser, { locale: words.locale });
    await page.goto(`${service.api}/#/mails?state=failed`);
    const account = page.getByRole('button', { name: words.account });
    await account.click();
    await answerAtProvider(page, '');
    await visible(page).getByText(words.denied).waitFor();
    t.match(page.url(), /#\/sign-in\/sign-in-denied$/);
    if (words === german) t.same(await axeViolations(page), [], 'the sign-in, with a problem');

    await page.goto(`${service.api}/#/mails?state=failed`);
    await account.click();
    await answerAtProvider(page, 'anna');
    await page.locator('.who', { hasText: 'Anna Berger' }).waitFor();
    t.equal(page.url(), `${service.api}/#/mails?state=failed`, 'where the person wanted to go');

    t.equal(await page.evaluate(useTestMailbox), 200);
    const history = await service.call('GET', '/v1/outgoing-servers/default/history');
    t.match(history.body, { items: [{ changedBy: { kind: 'token', id: 'anna', name: 'Anna Berger' } }] });

    await page.getByRole('button', { name: words.signOut }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await account.waitFor();
    t.equal(new URL(page.url()).origin, service.api, 'the provider leads back to the page');
    t.same(mistakes, []);
    await context.close();
  }
});

/** A change that the history has to put down to the person. */
const useTestMailbox = `fetch('./v1/outgoing-servers/default', {
  method: 'PUT',
  headers: { 'content-type': 'application/json', 'if-match': '*' },
  body: JSON.stringify({
    enabled: true,
    serverType: 'test-mailbox',
    senderAddress: { name: document.documentElement.lang, address: 'erp@acme.example' },
  }),
}).then((answer) => answer.status)`;

test('whoever is in no group with access reads so, and every other reason has its sentence', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { service, browser } = await open(t);
  for (const { locale, account, noGroup } of [german, english]) {
    const { page, context } = await visit(t, browser, { locale });
    await page.goto(service.api);
    await page.getByRole('button', { name: account }).click();
    await answerAtProvider(page, 'otto');
    await visible(page).getByText(noGroup).waitFor();
    const reasons = problemCodes.filter((code) => /^sign-in-|^identity-provider/.test(code));
    for (const code of reasons) {
      await page.goto(`${service.api}/#/sign-in/${code}`);
      const { cause, remedy } = problemType(code);
      const language = locale === 'de-DE' ? 'de' : 'en';
      await visible(page).getByText(`${cause[language]} ${remedy[language]}`).waitFor();
    }
    t.ok(reasons.length > 8, `${reasons.length} reasons`);
    await page.goto(`${service.api}/#/sign-in/${encodeURIComponent('call 0900 to sign in')}`);
    await page.locator('[role=alert]').waitFor({ state: 'detached' });
    await context.close();
  }
});

test('with OIDC_ONLY the key is for emergencies, and only one of an administrator counts', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { service, browser } = await open(t, { OIDC_ONLY: 'true' });
  const made = await service.call('POST', '/v1/api-keys', {
    body: { name: 'reader', scopes: ['settings:read'] },
  });
  const { key } = JSON.parse(JSON.stringify(made.body));
  for (const words of [german, english]) {
    const { page, context, mistakes } = await visit(t, browser, { locale: words.locale });
    await page.goto(service.api);
    await page.getByRole('button', { name: words.account }).waitFor();
    t.notOk(await page.locator('#credential').isVisible(), 'the key is folded away');
    await page.getByText(words.emergency).click();
    await page.locator('#credential').fill(key);
    await page.getByRole('button', { name: words.submit, exact: true }).click();
    await visible(page).getByText(words.only).waitFor();
    if (words === german) t.same(await axeViolations(page), []);
    await page.locator('#credential').fill(service.key);
    await page.getByRole('button', { name: words.submit, exact: true }).click();
    await page.locator('nav.side').waitFor();
    t.same(mistakes, []);
    await context.close();
  }
});
