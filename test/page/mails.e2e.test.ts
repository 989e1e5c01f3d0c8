import type { QueueStatus } from '@postausgang/contracts';
import type { Page } from 'playwright-core';
import tap, { type Test, test } from 'tap';
import { createMailAuthority } from '../message/smime/mail-authority.ts';
import { requirePeer } from '../peers/peer.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../peers/scripted-smtp.ts';
import { drop, reply } from '../peers/smtp-script.ts';
import { waitFor } from '../peers/wait-for.ts';
import { visible, signIn, visit } from './browser.ts';
import { type Office, openOffice } from './office.ts';

const from = 'erp@acme.example';
const settings = '/v1/outgoing-servers/default';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Stage extends Office {
  readonly server: ScriptedSmtp;
}

let opened: Promise<Stage> | undefined;

/** One service for all tests, which sends through a server that does as it is told, signs, and encrypts where it can. */
async function openStage(t: Pick<Test, 'teardown'>, data: string): Promise<Stage> {
  const server = await startScriptedSmtp();
  t.teardown(server.stop);
  const office = await openOffice(t, data);
  const { service } = office;
  const authority = await createMailAuthority(t);
  const own = await authority.issue(from, 'rsa-2048');
  const customer = await authority.issue('kunde@example.com', 'p-256');
  const content = base64(own.certificate.toString() + own.key + authority.ca.toString());
  const imported = await service.call('POST', '/v1/certificates', {
    body: { name: 'S/MIME', kind: 'own', content },
  });
  await service.call('POST', '/v1/recipient-certificates', {
    body: { content: base64(`${customer.certificate}${authority.ca}`) },
  });
  const { id: certificateId } = imported.body as { id: string };
  const body = {
    enabled: true,
    serverType: 'smtp',
    onUnknown: 'hold',
    senderAddress: { address: from },
    smtp: { hostname: 'localhost', port: server.port, encryption: 'none', authentication: 'none' },
    smime: { sign: true, encrypt: 'when-possible', certificateId },
  };
  const headers = { 'if-match': '"0"', prefer: 'wait=applied' };
  const saved = await service.call('PUT', settings, { body, headers });
  if (saved.status !== 200) throw new Error(saved.text);
  return { ...office, server };
}

/** A visitor, and a way to open the story of a mail that was just accepted. */
async function openMail(t: Test, to: string, subject: string) {
  opened ??= openStage(tap, `${tap.testdir()}/data`);
  const { service, browser, server } = await opened;
  const { page, mistakes } = await visit(t, browser);
  const accept = async (more: object = {}): Promise<string> => {
    const body = { to: [{ address: to }], subject, text: '.', ...more };
    return ((await service.call('POST', '/v1/mails', { body })).body as { id: string }).id;
  };
  const open = async (more?: object): Promise<void> => {
    const id = await accept(more);
    await signIn(page, service.api, service.key, `#/mails/${id}`);
    await page.getByRole('heading', { name: subject }).waitFor();
  };
  return { page, mistakes, server, service, accept, open };
}

const isState = (page: Page, text: string): Promise<void> =>
  page.locator('.view-title').getByText(text, { exact: true }).waitFor();

/** Presses the button, and the one of the dialog that asks once more. */
async function act(page: Page, label: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: label, exact: true }).click();
  await page.getByLabel('Grund').fill(reason);
  await page.getByRole('dialog').getByRole('button', { name: label, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test('a mail that waits is held and released, and then goes out', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes, server, service, accept, open } = await openMail(
    t,
    'kunde@example.com',
    'Angebot 12',
  );
  server.use({ 'rcpt-to': () => reply('451 4.3.0 Later') });
  const inOrder = { orderingKey: 'angebote' };
  const first = await accept({ ...inOrder, subject: 'Angebot 11' });
  await open(inOrder);
  await isState(page, 'in der Warteschlange');
  await act(page, 'Zurückhalten', 'Kunde prüft noch');
  await isState(page, 'zurückgehalten');
  t.match(await service.call('POST', `/v1/mails/${first}/cancel`), { status: 200 });
  server.use({});
  const before = server.messages().length;
  await act(page, 'Freigeben', 'Kunde hat geprüft');
  await isState(page, 'gesendet');
  t.equal(server.messages().length, before + 1);
  const story = await page.locator('main').innerText();
  t.match(story, /Zurückgehalten[^\n]*Kunde prüft noch/);
  t.match(story, /Freigegeben[^\n]*Kunde hat geprüft/);
  t.match(story, /S\/MIME\s+signiert · verschlüsselt/);
  t.same(mistakes, []);
});

test('a mail that failed is sent again, to whom it has not reached', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes, server, open } = await openMail(t, 'einkauf@example.com', 'Bestellung 7');
  server.use({ 'rcpt-to': () => reply('550 5.1.1 No such mailbox here') });
  await open();
  await isState(page, 'fehlgeschlagen');
  await visible(page).getByText('550 5.1.1 No such mailbox here', { exact: true }).waitFor();
  server.use({});
  await act(page, 'Erneut senden', 'Postfach angelegt');
  await isState(page, 'gesendet');
  const story = await page.locator('main').innerText();
  t.match(story, /Versuch 1\s+fehlgeschlagen[\s\S]*Versuch 2\s+zugestellt an Server/);
  t.match(story, /Erneut in die Warteschlange gestellt[^\n]*Postfach angelegt/);
  t.match(story, /S\/MIME\s+signiert · nicht verschlüsselt · ohne Zertifikat: einkauf@example\.com/);
  t.same(mistakes, []);
});

for (const { label, state, sends } of [
  { label: 'Als zugestellt markieren', state: 'gesendet', sends: 0 },
  { label: 'Als nicht zugestellt markieren und erneut senden', state: 'gesendet', sends: 1 },
]) {
  test(`a mail of which nobody knows whether it arrived is resolved: ${label}`, async (t) => {
    if (!requirePeer(t, 'chromium', 'openssl')) return;
    const { page, mistakes, server, open } = await openMail(t, 'kunde@example.com', 'Mahnung 3');
    server.use({ 'end-of-data': () => drop() });
    await open();
    await isState(page, 'Ausgang unklar');
    const before = server.messages().length;
    server.use({});
    await act(page, label, 'Am Telefon gefragt');
    await isState(page, state);
    t.equal(server.messages().length, before + sends, 'nothing is sent twice unless somebody says so');
    t.match(await page.locator('main').innerText(), /Ausgang festgelegt[^\n]*Am Telefon gefragt/);
    t.same(mistakes, []);
  });
}

test('what the mail server was seen to allow stands beside the queue, in German and in English', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes, server, service, accept } = await openMail(t, 'kunde@example.com', 'Angebot 9');
  // A session that has carried a mail takes no other one.
  server.use({
    'mail-from': ({ connection }) =>
      (server.conversations[connection - 1]?.messages.length ?? 0) > 0
        ? reply('452 4.7.0 session limit')
        : undefined,
  });
  await waitFor('what the mailer learns', async () => {
    await accept();
    const { limits } = (await service.call('GET', '/v1/queue')).body as QueueStatus;
    return limits.learned.messagesPerSession === 1 ? true : undefined;
  });
  await signIn(page, service.api, service.key, '#/mails');
  await page.locator('#learned').getByText('1 E-Mail je Verbindung').waitFor();
  await page.getByRole('button', { name: 'EN, English' }).click();
  await page.locator('#learned').getByText('was seen to allow: 1 mail per connection').waitFor();
  server.use({});
  t.same(mistakes, []);
});
