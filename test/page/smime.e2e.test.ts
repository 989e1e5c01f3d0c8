import tap, { type Test, test } from 'tap';
import { createMailAuthority, type MailAuthority } from '../message/smime/mail-authority.ts';
import { decrypted } from '../message/smime/openssl-cms.ts';
import { requirePeer } from '../peers/peer.ts';
import { axeViolations } from './axe.ts';
import { signIn, visit } from './browser.ts';
import { type Office, openOffice, settingsFor } from './office.ts';

const settings = '/v1/outgoing-servers/default';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface House extends Office {
  readonly authority: MailAuthority;
}

let opened: Promise<House> | undefined;

/** A service that sends, and a certificate of ours. */
async function openHouse(): Promise<House> {
  const office = await openOffice(tap, `${tap.testdir()}/data`);
  const { service, mailServer } = office;
  const authority = await createMailAuthority(tap);
  const own = await authority.issue('erp@acme.example', 'rsa-2048');
  const content = base64(own.certificate.toString() + own.key + authority.ca.toString());
  const body = { name: 'ERP', kind: 'own', content };
  await service.call('POST', '/v1/certificates', { body });
  const headers = { 'if-match': '"0"', prefer: 'wait=applied' };
  await service.call('PUT', settings, { body: settingsFor(mailServer), headers });
  return { ...office, authority };
}

async function openSettings(t: Test) {
  const house = await (opened ??= openHouse());
  const { service, browser } = house;
  const { page, mistakes } = await visit(t, browser);
  await signIn(page, service.api, service.key, '#/server');
  const field = (pointer: string) => page.locator(`[data-pointer="${pointer}"]`);
  await field('/smime/encrypt').waitFor();
  const current = async () =>
    (await service.call('GET', settings)).body as { smime: object; version: number };
  const { version } = await current();
  const save = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page
      .locator('.apply[data-state=applied]')
      .getByText(`Version ${version + 1} `)
      .waitFor();
  };
  return { ...house, page, mistakes, field, current, save };
}

test('encrypting always needs a certificate, which the form asks for without signing, too', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes, field, current, save } = await openSettings(t);
  t.equal(await field('/smime/certificateId').count(), 0, 'S/MIME is off');
  await field('/smime/encrypt').selectOption('required');
  await field('/smime/certificateId').waitFor();
  t.notOk(await field('/smime/sign').isChecked());
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.locator('#findings:focus').waitFor();
  await page.locator('#findings button').click();
  await page.locator('[data-pointer="/smime/certificateId"]:focus').waitFor();
  t.equal(await field('/smime/certificateId').getAttribute('aria-invalid'), 'true');
  t.same(await axeViolations(page), []);
  await field('/smime/certificateId').selectOption({ label: 'ERP' });
  await save();
  t.match(await current(), { smime: { sign: false, encrypt: 'required', certificateId: String } });
  t.same(mistakes, []);
});

test('everything is encrypted to a gateway that was chosen in the form', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { page, mistakes, field, current, save, authority, service, mailServer } = await openSettings(t);
  const gateway = await authority.issue('gateway@acme.example', 'rsa-2048');
  const body = { content: base64(`${gateway.certificate}${authority.ca}`) };
  await service.call('POST', '/v1/recipient-certificates', { body });
  t.equal(await field('/smime/gatewayCertificateId').count(), 0);
  await field('/smime/encrypt').selectOption('gateway');
  await field('/smime/gatewayCertificateId').selectOption({ label: 'gateway@acme.example' });
  await field('/smime/contentEncryption').selectOption('aes-256-gcm');
  await field('/smime/keyTransport').selectOption('rsa-oaep');
  await save();
  t.match(await current(), {
    smime: {
      encrypt: 'gateway',
      gatewayCertificateId: String,
      contentEncryption: 'aes-256-gcm',
      keyTransport: 'rsa-oaep',
    },
  });
  const mail = {
    to: [{ address: 'kunde@example.com' }],
    subject: 'Rechnung',
    text: 'Nur am Gateway lesbar.',
  };
  await service.call('POST', '/v1/mails', { body: mail });
  const { content } = await mailServer.waitForMessage((sent) =>
    sent.content.includes('application/pkcs7-mime'),
  );
  t.match((await decrypted(content, gateway)).toString(), /Nur am Gateway lesbar/);
  await page.getByRole('link', { name: 'Verlauf' }).click();
  await page.locator('#version-3').getByText('AES-256-GCM').waitFor();
  t.same(mistakes, []);
});

test('the way to sign is offered with signing', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { mistakes, field, current, save } = await openSettings(t);
  await field('/smime/rsaSignature').waitFor({ state: 'detached' });
  await field('/smime/sign').check();
  await field('/smime/rsaSignature').selectOption('pss');
  await save();
  t.match(await current(), { smime: { sign: true, rsaSignature: 'pss' } });
  t.same(mistakes, []);
});
