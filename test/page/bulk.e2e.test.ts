/** Many mails at once: chosen in the list, counted before, and followed to the end. */
import type { Page } from 'playwright-core';
import tap, { type Test, test } from 'tap';
import { actionSkips } from '@postausgang/contracts';
import { waitFor } from '../peers/wait-for.ts';
import { axeViolations } from './axe.ts';
import { signIn, visible, visit, type VisitOptions } from './browser.ts';
import { type Office, openOffice, settingsFor } from './office.ts';

let opened: Promise<Office> | undefined;

/** A service that is switched off and holds what it gets. */
async function openStage(t: Pick<Test, 'teardown'>, data: string): Promise<Office> {
  const office = await openOffice(t, data);
  const body = { ...settingsFor(office.mailServer), serverType: 'smtp' };
  const headers = { 'if-match': '"0"', prefer: 'wait=applied' };
  const saved = await office.service.call('PUT', '/v1/outgoing-servers/default', { body, headers });
  if (saved.status !== 200) throw new Error(saved.text);
  return office;
}

/** Mail for later: it waits as long as the test needs it. */
async function enter(t: Test, subjects: readonly string[], options?: VisitOptions) {
  opened ??= openStage(tap, `${tap.testdir()}/data`);
  const { service, browser } = await opened;
  const sendAt = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString();
  const accept = (subject: string) =>
    service.call('POST', '/v1/mails', {
      body: { to: [{ address: 'kunde@example.com' }], subject, text: '.', sendAt },
    });
  for (const subject of subjects) await accept(subject);
  const { page, mistakes } = await visit(t, browser, options);
  const states = async (question: string): Promise<readonly string[]> => {
    const { body } = await service.call('GET', `/v1/mails?q=${encodeURIComponent(question)}&limit=200`);
    return (body as { items: { state: string }[] }).items.map(({ state }) => state);
  };
  return { page, mistakes, service, accept, states };
}

const finished = (page: Page, text: RegExp): Promise<void> =>
  page.locator('#action').getByText(text).waitFor();

for (const { locale, page: pageLabel, selected, allButton, allSelected, confirm, result, back, explain } of [
  {
    locale: 'de-DE',
    page: 'Alle auf dieser Seite',
    selected: '1 E-Mail ausgewählt',
    allButton: 'Alle 60 Treffer auswählen',
    allSelected: 'Alle 60 Treffer ausgewählt',
    confirm: '60 E-Mails zurückhalten',
    result: /^Zurückhalten: 60 von 60 E-Mails erledigt$/,
    back: 'Zurück',
    explain: 'Die E-Mails warten, bis jemand sie freigibt.',
  },
  {
    locale: 'en-GB',
    page: 'All on this page',
    selected: '1 mail selected',
    allButton: 'Select all 60 results',
    allSelected: 'All 60 results selected',
    confirm: 'Hold 60 mails',
    result: /^Hold: 60 of 60 mails done$/,
    back: 'Back',
    explain: 'The mails wait until someone releases them.',
  },
]) {
  test(`all mails that a search finds are held at once, more than a page shows (${locale})`, async (t) => {
    const word = `Rundbrief${locale.slice(0, 2)}`;
    const subjects = Array.from({ length: 60 }, (_, n) => `${word} ${n}`);
    const { page, mistakes, service, accept, states } = await enter(t, subjects, { locale });
    await accept('Rechnung');
    await signIn(page, service.api, service.key, `#/mails?q=${word}`);
    const boxes = page.locator('.row-check input');
    await boxes.first().waitFor();
    const place = await page.locator('.mail-row').first().boundingBox();
    await boxes.first().check();
    await visible(page).getByText(selected, { exact: true }).waitFor();
    t.same(await page.locator('.mail-row').first().boundingBox(), place, 'no row moves');
    t.equal(await page.locator('#select-all').count(), 0, 'the page first');
    await page.getByLabel(pageLabel).check();
    await page.getByRole('button', { name: allButton }).click();
    await visible(page).getByText(allSelected, { exact: true }).waitFor();
    t.same(await axeViolations(page), []);
    await page.locator('#bulk-hold').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: confirm }).waitFor();
    await dialog.getByText(explain).waitFor();
    const labels = await dialog.getByRole('button').allInnerTexts();
    t.same(labels, [confirm, back], 'no two buttons are called the same');
    t.same(await axeViolations(page), []);
    await page.locator('#bulk-reason').fill('Preisfehler');
    await dialog.getByRole('button', { name: confirm }).click();
    await finished(page, result);
    await page.locator('#action:focus').waitFor();
    t.same(new Set(await states(word)), new Set(['held']));
    t.same(await states('Rechnung'), ['queued'].concat((await states('Rechnung')).slice(1)), 'nothing else');
    t.match(page.url(), /action=/);
    await page.reload();
    await finished(page, result);
    await visible(page).getByText('Preisfehler').waitFor();
    t.same(await axeViolations(page), []);
    await page.locator('#close-action').click();
    await page.locator('#action').waitFor({ state: 'detached' });
    t.notMatch(page.url(), /action=/);
    t.same(mistakes, []);
  });
}

test('chosen mails are cancelled with the keyboard, and what was too late is told', async (t) => {
  const { page, mistakes, service, states } = await enter(t, ['Mahnung 1', 'Mahnung 2', 'Mahnung 3']);
  const held = (await service.call('GET', '/v1/mails?q=mahnung')).body as { items: { id: string }[] };
  await service.call('POST', `/v1/mails/${held.items[0]?.id}/cancel`, { body: {} });
  await signIn(page, service.api, service.key, '#/mails?q=mahnung');
  const boxes = page.locator('.row-check input');
  await boxes.first().waitFor();
  for (const index of [0, 1]) {
    await boxes.nth(index).focus();
    await page.keyboard.press('Space');
  }
  await visible(page).getByText('2 E-Mails ausgewählt', { exact: true }).waitFor();
  await page.locator('#bulk-cancel').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Für 1 ausgewählte E-Mail ist das in ihrem Zustand nicht möglich.').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.locator('#bulk-cancel:focus').waitFor();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Versand von 1 E-Mail abbrechen' }).click();
  await finished(page, /1 von 1 E-Mails erledigt/);
  t.equal(
    (await states('mahnung')).filter((state) => state === 'cancelled').length,
    2,
    'only what was chosen',
  );
  await page.goto(`${service.api}/#/mails?action=none`);
  await finished(page, /Diese Aktion ist nicht bekannt/);
  t.same(mistakes, []);
});

for (const { locale, progress, show } of [
  {
    locale: 'de-DE',
    progress: 'Zurückhalten: 12 von 60 E-Mails bearbeitet',
    show: 'Aktionen, die noch laufen',
  },
  { locale: 'en-GB', progress: 'Hold: 12 of 60 mails processed', show: 'Actions in progress' },
]) {
  test(`an action whose address was lost is found as long as it runs (${locale})`, async (t) => {
    const { page, mistakes, service } = await enter(t, [], { locale });
    const running = {
      id: 'lost',
      verb: 'hold',
      state: 'running',
      filter: {},
      matched: 60,
      done: 10,
      skipped: 2,
      reasons: [{ code: 'nothing-to-do', count: 2 }],
      actor: null,
      reason: 'Preisfehler',
      requestedAt: new Date().toISOString(),
      finishedAt: null,
    };
    let items = [running];
    await page.route('**/v1/mails/actions?*', (route) =>
      route.fulfill({ json: { items, nextCursor: null } }),
    );
    await page.route('**/v1/mails/actions/lost', (route) => route.fulfill({ json: running }));
    await signIn(page, service.api, service.key, '#/mails?q=rundbrief');
    const list = page.getByRole('region', { name: show });
    await list.getByRole('button', { name: progress }).waitFor();
    t.same(await axeViolations(page), []);
    await list.getByRole('button', { name: progress }).click();
    await page.locator('#action progress').waitFor();
    t.match(page.url(), /q=rundbrief.*action=lost/, 'the search is kept');
    await page.locator('#action:focus').waitFor();
    await page.locator('#close-action').click();
    await list.waitFor();
    items = [];
    await list.waitFor({ state: 'detached' });
    t.same(mistakes, []);
  });
}

test('every reason for which a mail is skipped has a German sentence', async (t) => {
  const { page, service } = await enter(t, ['Grund']);
  await signIn(page, service.api, service.key, '#/mails?q=grund');
  const reasons = actionSkips.map((code) => ({ code, count: 2 }));
  await page.route('**/v1/mails/actions/all', (route) =>
    route.fulfill({
      json: {
        id: 'all',
        verb: 'cancel',
        state: 'finished',
        filter: {},
        matched: 2 * reasons.length,
        done: 0,
        skipped: 2 * reasons.length,
        reasons,
        actor: null,
        reason: null,
        requestedAt: new Date().toISOString(),
        finishedAt: new Date().toISOString(),
      },
    }),
  );
  await page.goto(`${service.api}/#/mails?q=grund&action=all`);
  const told = await waitFor('the reasons', async () => {
    const texts = await page.locator('#action p').filter({ hasText: '2 übersprungen:' }).allInnerTexts();
    return texts.length === reasons.length ? texts : undefined;
  });
  for (const text of told) t.match(text, /^2 übersprungen: [A-ZÄÖÜ].*[a-zäöü]{3}.*\.$/);
  for (const code of actionSkips)
    t.notOk(
      told.some((text) => text.includes(code)),
      code,
    );
});
