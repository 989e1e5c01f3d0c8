import tap, { type Test, test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { visible, signIn, visit } from './browser.ts';
import { account, type Office, openOffice, settingsFor } from './office.ts';

const settings = '/v1/outgoing-servers/default';
const apply = { prefer: 'wait=applied' };

interface Scene extends Office {
  readonly api: string;
  readonly key: string;
  current(): Promise<{ readonly version: number }>;
  /** Changes the settings as somebody else does. */
  patch(body: unknown, reason?: string): Promise<void>;
}

let opened: Promise<Office> | undefined;

/** Declares a test; all of them share one service and one browser, and go on where the one before has ended. */
function scenario(title: string, run: (t: Test, scene: Scene) => Promise<void>): void {
  test(title, async (t) => {
    if (!requirePeer(t, 'chromium', 'openssl')) return;
    opened ??= openOffice(tap, `${tap.testdir()}/data`);
    await run(t, sceneOf(await opened));
  });
}

function sceneOf(office: Office): Scene {
  const { service } = office;
  const current = async () => (await service.call('GET', settings)).body as { version: number };
  return {
    ...office,
    api: service.api,
    key: service.key,
    current,
    async patch(body, reason = '') {
      const { version } = await current();
      const query = reason === '' ? '' : `?reason=${encodeURIComponent(reason)}`;
      const headers = { ...apply, 'if-match': `"${version}"` };
      const answer = await service.call('PATCH', `${settings}${query}`, { body, headers });
      if (answer.status !== 200) throw new Error(answer.text);
    },
  };
}

scenario('from the first sign-in to the story of a mail', async (t, scene) => {
  const { mailServer, browser, api, key, current } = scene;
  const { page, mistakes } = await visit(t, browser);
  await page.goto(`${api}/#/server`);
  await page.locator('#credential').fill('pa_wrong');
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('alert').filter({ hasText: 'nicht bekannt, abgelaufen oder widerrufen' }).waitFor();
  await signIn(page, api, key, '#/server');
  t.same(
    await page.evaluate('[document.cookie, Object.values(localStorage).join()]'),
    ['', ''],
    'no script can read the session',
  );

  await page.getByLabel('Hostname').fill('localhost');
  await page.getByLabel('Port', { exact: true }).fill(String(mailServer.port));
  await page.getByLabel('Benutzername').fill(account.username);
  await page.locator('#field-smtp-password').click();
  await page.locator('#field-smtp-password').fill(account.password);
  await page.getByLabel('Absenderadresse').fill('erp@acme.example');
  await page.getByLabel('Absendername').fill('ACME GmbH');
  await page.getByLabel('Timeout (Minuten)').fill('0,5');
  await page.getByRole('switch', { name: 'Aktiviert' }).check();

  await page.getByLabel('Testmail').check();
  await page.locator('#probe-to').fill('admin@acme.example');
  await page.locator('#start-test').click();
  await page.locator('.test-result[data-state=ok]').waitFor();
  const steps = await page.locator('.test-result .step.ok strong').allTextContents();
  t.same(steps, [
    'Namen auflösen',
    'Verbinden',
    'Begrüßung',
    'Verschlüsselung',
    'EHLO',
    'Anmeldung',
    'Absender',
    'Empfänger',
    'Annahme der Nachricht',
    'Testmail',
  ]);
  await page.locator('#past-tests summary').first().click();
  await page.locator('#past-tests > ul > li').getByText('Entwurf auf Basis von Version 0').waitFor();
  t.equal(
    await visible(page).getByText('Noch kein Test.').count(),
    0,
    'the list knows the test that has just ended',
  );
  t.equal(mailServer.messages.length, 1, 'the real mail has arrived');
  t.equal((await current()).version, 0, 'and nothing was saved');

  await page.locator('#reason').fill('Ersteinrichtung');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.locator('.badge', { hasText: 'Version 1 ist aktiv (1 Mailer)' }).waitFor();
  await visible(page)
    .getByText(/Gesetzt am/)
    .waitFor();
  t.match(await current(), { timeoutSeconds: 30, enabled: true });

  await page.getByRole('link', { name: 'E-Mails' }).click();
  await page.getByRole('link', { name: 'E-Mail senden' }).click();
  await page.getByLabel('An', { exact: true }).fill('kunde@example.com, nobody@example.com');
  await page.getByLabel('Betreff').fill('Rechnung 4711');
  await page.getByRole('button', { name: 'Senden', exact: true }).click();
  await page.getByRole('heading', { name: 'Rechnung 4711' }).waitFor();
  await visible(page).getByText('teilweise gesendet').first().waitFor();
  const story = await page.locator('main').innerText();
  t.match(story, /Versuch 1/);
  t.match(story, /550 5\.1\.1 No such mailbox here/);
  t.match(story, /TLSv1\.3/);
  t.match(story, /Absenderadresse der Einstellungen/);
  t.match(story, /Version 1/);
  t.same(mistakes, []);
});

scenario(
  'a password is never shown, and is asked for again when the destination changes',
  async (t, scene) => {
    const { browser, api, key } = scene;
    const { page, mistakes } = await visit(t, browser);
    await signIn(page, api, key, '#/server');
    await visible(page)
      .getByText(/Gesetzt am/)
      .waitFor();
    t.notMatch(await page.content(), account.password);
    await page.getByLabel('Hostname').fill('mail.example.org');
    await visible(page)
      .getByText('Ein gespeichertes Passwort wird nie an einen anderen Server gesendet.')
      .waitFor();
    await page.getByRole('button', { name: 'Speichern' }).click();
    await visible(page).getByText('1 Angabe muss korrigiert werden').waitFor();
    t.equal(await page.evaluate('document.activeElement.id'), 'findings');
    await page.locator('#findings button').first().click();
    t.equal(await page.evaluate('document.activeElement.id'), 'field-smtp-password', 'leads to the field');
    await page.reload();
    await visible(page).getByText('Ihre nicht gespeicherten Änderungen wurden wiederhergestellt').waitFor();
    t.equal(await page.getByLabel('Hostname').inputValue(), 'mail.example.org');
    await page.getByRole('button', { name: 'Änderungen verwerfen' }).click();
    t.equal(await page.getByLabel('Hostname').inputValue(), 'localhost');
    t.same(mistakes, []);
  },
);

scenario('disabled, it is saved without validation, and says what is missing', async (t, scene) => {
  const { mailServer, browser, api, key, patch, current } = scene;
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, api, key, '#/server');
  await page.getByRole('switch', { name: 'Aktiviert' }).uncheck();
  await page.getByLabel('Hostname').fill('not a host!');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await visible(page).getByText('Zum Aktivieren fehlt noch').waitFor();
  await page
    .locator('#field-smtp-hostname-finding')
    .getByText('einen Hostnamen oder eine IP-Adresse')
    .waitFor();
  await page.getByRole('switch', { name: 'Aktiviert' }).check();
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.locator('#findings').waitFor();
  t.equal(await page.getByLabel('Hostname').getAttribute('aria-invalid'), 'true');
  await page.getByRole('button', { name: 'Änderungen verwerfen' }).click();
  await patch(settingsFor(mailServer), 'wieder an');
  const { version } = await current();
  await page.locator('.badge', { hasText: `Version ${version} ist aktiv` }).waitFor();
  t.equal(await page.getByLabel('Hostname').inputValue(), 'localhost', 'shows what others save at once');
  t.same(mistakes, []);
});

scenario('a version that cannot be applied says why, and which one keeps sending', async (t, scene) => {
  const { mailServer, browser, api, key, current, patch } = scene;
  const { page } = await visit(t, browser);
  await signIn(page, api, key, '#/server');
  const { version } = await current();
  await page.locator('#field-smtp-password').click();
  await page.locator('#field-smtp-password').fill('wrong password');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page
    .locator('.badge', { hasText: `Version ${version + 1} konnte nicht übernommen werden` })
    .waitFor();
  await visible(page).getByText(`Version ${version} sendet weiter.`).waitFor();
  await patch(settingsFor(mailServer), 'richtiges Passwort');
  await page.locator('.badge', { hasText: `Version ${version + 2} ist aktiv (1 Mailer)` }).waitFor();
  t.pass();
});

scenario(
  'two editors: the differences side by side and a choice, never a silent overwrite',
  async (t, scene) => {
    const { browser, api, key, current, patch } = scene;
    const { page, mistakes } = await visit(t, browser);
    await signIn(page, api, key, '#/server');
    await page.getByLabel('Timeout (Minuten)').fill('3');
    await page.getByLabel('Absendername').fill('Meine Firma');
    await patch({ timeoutSeconds: 120, copyToSender: 'bcc' }, 'Jemand anderes');
    await visible(page).getByText('Was Sie hier eingetragen haben, ist noch da.').waitFor();
    t.equal(await page.getByLabel('Timeout (Minuten)').inputValue(), '3');
    const { version } = await current();
    await page.getByRole('button', { name: 'Speichern' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Jemand anderes hat gespeichert').waitFor();
    t.equal((await current()).version, version, 'nothing was overwritten');
    t.same(await axeViolations(page), []);
    const row = dialog.getByRole('row').filter({ hasText: 'Timeout' });
    t.match(await row.innerText(), /1\s+2\s+3|0,5\s+2\s+3/, 'before, theirs, mine');
    await row.getByRole('radio').first().check();
    await dialog.getByRole('button', { name: 'In das Formular übernehmen' }).click();
    t.equal(await page.getByLabel('Timeout (Minuten)').inputValue(), '2');
    t.equal(await page.getByLabel('Absendername').inputValue(), 'Meine Firma');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page.locator('.badge', { hasText: `Version ${version + 1} ist aktiv` }).waitFor();
    t.match(await current(), {
      timeoutSeconds: 120,
      copyToSender: 'bcc',
      senderAddress: { name: 'Meine Firma' },
    });
    t.same(mistakes, []);
  },
);

scenario('who changed what and why, and back again', async (t, scene) => {
  const { browser, api, key, current } = scene;
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, api, key, '#/history');
  const first = page.locator('#version-1');
  await first.getByText('Ersteinrichtung').waitFor();
  t.match(await first.innerText(), /Timeout \(Minuten\)\s+1\s+0,5/);
  t.match(await first.innerText(), /Passwort\s+geändert \(wird nicht gezeigt\)/);
  const { version } = await current();
  await first.getByRole('button', { name: 'Version 1 wiederherstellen' }).click();
  await page.getByRole('dialog').getByText('BCC an Absender').waitFor();
  await page.getByLabel('Grund').fill('Doch wie am Anfang');
  await page.getByRole('dialog').getByRole('button', { name: 'Wiederherstellen' }).click();
  await page.locator('.badge', { hasText: `Version ${version + 1} ist aktiv (1 Mailer)` }).waitFor();
  t.match(await current(), { timeoutSeconds: 30, copyToSender: 'off' });
  t.same(mistakes, []);
});

scenario('an Exchange connection is made, chosen, and kept while it is used', async (t, scene) => {
  const { browser, api, key, patch } = scene;
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, api, key, '#/exchange');
  await page.getByRole('link', { name: 'Verbindung anlegen' }).click();
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.locator('#findings').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Rechnungen');
  await page.getByLabel('E-Mail (Absenderadresse)').fill('erp@acme.example');
  await page.getByLabel('Mandant-ID (TenantId)').fill('72f988bf-86f1-41af-91ab-2d7cd011db47');
  await page.getByLabel('Client-ID').fill('11111111-2222-3333-4444-555555555555');
  await page.locator('#field-clientSecret').fill('a client secret');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.getByRole('heading', { name: 'Rechnungen' }).waitFor();
  await visible(page)
    .getByText(/Gesetzt am/)
    .waitFor();

  await patch({ enabled: false });
  await page.getByRole('link', { name: 'Postausgangsserver' }).click();
  await page.getByRole('radio', { name: 'Exchange', exact: true }).check();
  t.equal(await page.getByLabel('Hostname').count(), 0, 'the server type switches the fields');
  await page.getByLabel('Exchange-Verbindung').selectOption({ label: 'Rechnungen' });
  await page.getByRole('button', { name: 'Speichern' }).click();
  await visible(page).getByText('Keine Änderungen').waitFor();
  await page.getByRole('link', { name: 'Exchange-Verbindungen', exact: true }).click();
  await visible(page).getByText('In Gebrauch').waitFor();
  await page.getByRole('link', { name: 'Postausgangsserver' }).click();
  await page.getByRole('radio', { name: 'SMTP', exact: true }).check();
  t.equal(await page.getByLabel('Hostname').inputValue(), 'localhost', 'the other half was kept');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await visible(page).getByText('Keine Änderungen').waitFor();
  t.same(mistakes, []);
});

scenario('a certificate is dragged in, and its end is seen at a glance', async (t, scene) => {
  const { browser, api, key, certificates } = scene;
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, api, key, '#/certificates');
  const { ca } = certificates;
  const own = await certificates.issue('own', { names: ['erp.acme.example'], usage: 'clientAuth' });
  await page.locator('#certificate-file').setInputFiles({
    name: 'mail.pem',
    mimeType: 'application/x-pem-file',
    buffer: Buffer.from(`${own.certificate}\n${own.key}`),
  });
  await page.getByRole('radio', { name: 'Eigenes' }).check();
  await page.getByLabel('Name', { exact: true }).fill('Anmeldung am Server');
  await page.getByRole('button', { name: 'Importieren' }).click();
  const row = page.locator('.certificates li', { hasText: 'Anmeldung am Server' });
  await row.getByText(/noch \d+ Tage|läuft heute ab/).waitFor();
  // Dropped, as a mouse does it.
  const data = await page.evaluateHandle(
    `
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify('PEM')}], 'own-authority.crt'));
    transfer;`.replace('"PEM"', JSON.stringify(ca.certificate)),
  );
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: data });
  await page.getByRole('button', { name: 'Importieren' }).click();
  await page.locator('.certificates li', { hasText: 'own-authority' }).waitFor();
  await page.getByRole('link', { name: 'Postausgangsserver' }).click();
  await page
    .locator('#field-smtp-trustedCertificateId option', { hasText: 'own-authority' })
    .waitFor({ state: 'attached' });

  await page.goto(`${api}/#/recipients`);
  await page.locator('#recipient-file').setInputFiles({
    name: 'kunden.pem',
    mimeType: 'application/x-pem-file',
    buffer: Buffer.from(certificates.server.certificate),
  });
  await visible(page).getByText('abgelehnt').waitFor();
  t.pass('a certificate without an address is refused with its reasons');
  t.same(mistakes, []);
});

scenario('a mail is held, released, and its story tells so', async (t, scene) => {
  const { browser, api, key, service, patch, mailServer } = scene;
  const { page, mistakes } = await visit(t, browser);
  await patch(settingsFor(mailServer), 'wieder an');
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  const body = { to: [{ address: 'kunde@example.com' }], subject: 'Später', text: '.', sendAt };
  const { id } = (await service.call('POST', '/v1/mails', { body })).body as { id: string };
  await signIn(page, api, key, `#/mails/${id}`);
  await page.getByRole('button', { name: 'Zurückhalten' }).click();
  await page.getByLabel('Grund').fill('Kunde hat angerufen');
  await page.getByRole('dialog').getByRole('button', { name: 'Zurückhalten' }).click();
  await page.locator('.badge', { hasText: 'zurückgehalten' }).first().waitFor();
  await visible(page).getByText('Kunde hat angerufen').waitFor();
  await page.getByRole('button', { name: 'Versand abbrechen' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Versand abbrechen' }).first().click();
  await page.locator('.badge', { hasText: 'storniert' }).first().waitFor();
  await page.goto(`${api}/#/mails`);
  await page.locator('#queue').waitFor();
  t.same(mistakes, []);
});

scenario('German and English: as the browser asks, to be switched, remembered', async (t, scene) => {
  const { browser, api, key } = scene;
  const { page } = await visit(t, browser, { locale: 'en-US' });
  await signIn(page, api, key, '#/server');
  await page.getByRole('heading', { name: 'Outgoing mail server' }).waitFor();
  await page.getByLabel('Host name').waitFor();
  t.equal(await page.getByLabel('Timeout (minutes)').inputValue(), '0.5');
  await page.getByRole('button', { name: 'DE, Deutsch' }).click();
  await page.getByRole('heading', { name: 'Postausgangsserver' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Postausgangsserver' }).waitFor();
  t.equal(await page.evaluate('document.documentElement.lang'), 'de');
});

scenario('a session that has ended asks to sign in, and leads back', async (t, scene) => {
  const { browser, api, key } = scene;
  const { page } = await visit(t, browser);
  await signIn(page, api, key, '#/history');
  await page.context().clearCookies();
  // By address: a link can disappear first, because whatever the page loads meanwhile asks to sign in as well.
  await page.evaluate("location.hash = '#/mails'");
  await page.locator('#credential').fill(key);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('heading', { name: 'E-Mails' }).waitFor();
  await page.getByRole('button', { name: 'Abmelden' }).click();
  await page.locator('#credential').waitFor();
  t.equal((await page.context().cookies()).length, 0);
});

scenario('what one may not do is not offered', async (t, scene) => {
  const { service, browser, api } = scene;
  const created = await service.call('POST', '/v1/api-keys', {
    body: { name: 'Leserin', scopes: ['settings:read'] },
  });
  const { page } = await visit(t, browser);
  await signIn(page, api, (created.body as { key: string }).key, '#/server');
  await visible(page).getByText('nicht ändern').waitFor();
  t.equal(await page.getByRole('button', { name: 'Speichern' }).count(), 0);
  t.equal(await page.locator('#connection-test').count(), 0);
  t.ok(await page.getByLabel('Hostname').isDisabled());
  const links = await page.locator('nav.side a').allTextContents();
  const names = links.map((text) => text.replace(/\d+$/, ''));
  t.same(names, [
    'Postausgangsserver',
    'Absender',
    'Exchange-Verbindungen',
    'Zertifikate',
    'Empfängerzertifikate',
    'API-Dokumentation',
  ]);
});

scenario('every view is accessible, in light and dark, and fits on a phone', async (t, scene) => {
  const { service, browser, api, key } = scene;
  const { page, mistakes } = await visit(t, browser, { width: 360, height: 740 });
  await page.goto(api);
  await page.locator('#credential').waitFor();
  t.same(await axeViolations(page), [], 'sign-in');
  await signIn(page, api, key, '#/server');
  const { body } = await service.call('GET', '/v1/mails');
  const [mail] = (body as { items: { id: string }[] }).items;
  const views = [
    'server',
    'certificates',
    'recipients',
    'mails',
    `mails/${mail?.id}`,
    'mails/new',
    'exchange',
    'exchange/new',
    'history',
    'history/1',
    'keys',
    'keys/new',
  ];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const view of views) {
      await page.goto(`${api}/#/${view}`);
      await page.locator('main .card, main .rows, main .timeline').first().waitFor();
      t.same(await axeViolations(page), [], `${view}, ${colorScheme}`);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      t.ok(Number(overflow) <= 0, `${view} does not scroll sideways`);
    }
  }
  t.same(mistakes, []);
});
