import type { Page } from 'playwright-core';
import { type Test, test } from 'tap';
import { problem, problemCodes, problemType } from '@postausgang/contracts';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { startBrowser, visit } from './browser.ts';

interface Given {
  readonly status: number;
  readonly body: string;
}

/** What no page may say to people: it is for programs and in English. */
const detail = 'What happened in this case.';

const strangeAnswers: readonly (Given & { readonly de: string; readonly en: string })[] = [
  {
    status: 422,
    body: JSON.stringify({ code: 'of-a-later-release', title: 'Something new', status: 422, detail }),
    de: 'Unerwarteter Fehler. (of-a-later-release)',
    en: 'Unexpected error. (of-a-later-release)',
  },
  {
    status: 422,
    body: JSON.stringify({ code: 'constructor', title: 'Something new', status: 422, detail }),
    de: 'Unerwarteter Fehler. (constructor)',
    en: 'Unexpected error. (constructor)',
  },
  {
    status: 502,
    body: '{}',
    de: 'Unerwarteter Fehler. (http-502)',
    en: 'Unexpected error. (http-502)',
  },
  {
    status: 502,
    body: '<html>Bad Gateway</html>',
    de: 'Die Antwort ist nicht lesbar. Vielleicht kam sie nicht vom Dienst, sondern von einem Proxy davor.',
    en: 'The answer cannot be read. It may have come from a proxy in front of the service.',
  },
];

async function start(t: Test) {
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  return { service, browser };
}

/** Tries to sign in, and waits until the page says this and nothing else. */
async function expectNotice(page: Page, { status, body }: Given, text: string): Promise<void> {
  await page.route('**/v1/session', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status, contentType: 'application/problem+json', body })
      : route.continue(),
  );
  await page.locator('form button[type=submit]').click();
  await page.getByRole('alert').getByText(text, { exact: true }).waitFor();
  await page.unroute('**/v1/session');
}

test('the page says every problem in its own language', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { service, browser } = await start(t);
  for (const [language, locale] of Object.entries({ de: 'de-DE', en: 'en-GB' }) as ['de' | 'en', string][]) {
    const { page } = await visit(t, browser, { locale });
    await page.goto(service.api);
    await page.locator('#credential').fill('a-key');
    for (const code of problemCodes) {
      const body = problem(code, { detail });
      const { cause, remedy } = problemType(code);
      const given = { status: body.status, body: JSON.stringify(body) };
      await expectNotice(page, given, `${cause[language]} ${remedy[language]}`);
    }
    for (const answer of strangeAnswers) await expectNotice(page, answer, answer[language]);
    t.pass(`${problemCodes.length} problems in ${locale}`);
  }
});

test('the page of a problem is for everybody, and leads to the others', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { service, browser } = await start(t);
  const { page, mistakes } = await visit(t, browser);
  await page.goto(`${service.api}/problems/settings-invalid`);
  await page.getByRole('heading', { name: 'Die Einstellungen sind ungültig' }).waitFor();
  t.same(await axeViolations(page), []);
  await page.getByRole('link', { name: 'Alle Probleme' }).click();
  await page.getByRole('heading', { name: 'Probleme' }).waitFor();
  t.same(await axeViolations(page), []);
  await page.getByRole('link', { name: 'Nicht gefunden' }).click();
  await page.getByRole('heading', { name: 'Nicht gefunden' }).waitFor();
  t.same(mistakes, []);
});
