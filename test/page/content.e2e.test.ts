/** What a mail says, for who may read it, and a resend to a corrected address. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import tap, { type Test, test } from 'tap';
import { waitFor } from '../peers/wait-for.ts';
import { axeViolations } from './axe.ts';
import { signIn, visible, visit } from './browser.ts';
import { type Office, openOffice, settingsFor } from './office.ts';

/** A server that a message must not reach. */
async function startTracker(t: Pick<Test, 'teardown'>) {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, requests: () => requests };
}

const htmlFor = (image: string): string =>
  `<p id="greeting">Guten Tag</p><script>document.title = "evil"</script><img src="${image}">`;

let opened: Promise<Office> | undefined;

async function openStage(t: Pick<Test, 'teardown'>, data: string): Promise<Office> {
  const office = await openOffice(t, data);
  const headers = { 'if-match': '"0"', prefer: 'wait=applied' };
  const body = settingsFor(office.mailServer);
  const saved = await office.service.call('PUT', '/v1/outgoing-servers/default', { body, headers });
  if (saved.status !== 200) throw new Error(saved.text);
  return office;
}

/** A mail that the mail server has refused. */
async function enter(t: Test, html = htmlFor('cid:none')) {
  opened ??= openStage(tap, `${tap.testdir()}/data`);
  const { service, browser } = await opened;
  const content = Buffer.from('%PDF').toString('base64');
  const attachments = [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content }];
  const accepted = await service.call('POST', '/v1/mails', {
    body: {
      to: [{ address: 'nobody@example.com' }],
      subject: 'Rechnung',
      text: 'Guten Tag',
      html,
      attachments,
    },
  });
  const { id } = accepted.body as { id: string };
  const state = async (): Promise<string> =>
    ((await service.call('GET', `/v1/mails/${id}`)).body as { state: string }).state;
  await waitFor('the refusal', async () => ((await state()) === 'failed' ? true : undefined));
  return { service, id, state, ...(await visit(t, browser)) };
}

test('the content of a mail is shown part by part, and its HTML does nothing', async (t) => {
  const tracker = await startTracker(t);
  const { page, mistakes, service, id } = await enter(t, htmlFor(tracker.url));
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await signIn(page, service.api, service.key, `#/mails/${id}`);
  await page.locator('#show-content').waitFor();
  t.notOk(
    asked.some((url) => url.includes('/content')),
    'nothing is read before somebody asks',
  );
  await page.locator('#show-content').click();
  await page.locator('#content-part').getByText('Guten Tag').waitFor();
  t.same(await axeViolations(page), []);
  await page.locator('#part-html').click();
  await page.frameLocator('#content-part iframe').locator('#greeting').waitFor();
  t.equal(await page.locator('#content-part iframe').getAttribute('sandbox'), '');
  t.notMatch(await page.title(), /evil/);
  t.equal(tracker.requests(), 0, 'nothing is loaded from elsewhere');
  await page.locator('#part-headers').click();
  await page.locator('#content-part').getByText('nobody@example.com').waitFor();
  await page.locator('#part-attachments').click();
  const link = page.locator('#content-part').getByRole('link', { name: 'rechnung.pdf' });
  const [attachment] = await Promise.all([page.waitForEvent('download'), link.click()]);
  t.equal(attachment.suggestedFilename(), 'rechnung.pdf');
  const [source] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('#download-source').click(),
  ]);
  t.equal(source.suggestedFilename(), `${id}.eml`);
  t.same(await axeViolations(page), []);
  const policies = mistakes.filter((mistake) => !/sandboxed|Content Security Policy/.test(mistake));
  t.same(policies, [], 'the browser only tells what it has refused');
});

test('who may only read the state of mails is shown no content', async (t) => {
  const { page, mistakes, service, id } = await enter(t);
  const created = await service.call('POST', '/v1/api-keys', {
    body: { name: 'Leitstand', scopes: ['mail:read:all'] },
  });
  const { key } = created.body as { key: string };
  await signIn(page, service.api, key, `#/mails/${id}`);
  await visible(page).getByText('nobody@example.com', { exact: true }).first().waitFor();
  t.equal(await page.locator('#content').count(), 0);
  t.same(mistakes, []);
});

test('a mail goes to a corrected address', async (t) => {
  const { page, mistakes, service, id, state } = await enter(t);
  await signIn(page, service.api, service.key, `#/mails/${id}`);
  await page.getByRole('button', { name: 'Erneut senden' }).click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByLabel('Statt an nobody@example.com senden an');
  await field.fill('kein Postfach');
  t.same(await axeViolations(page), []);
  await dialog.getByRole('button', { name: 'Erneut senden' }).click();
  await dialog.getByRole('alert').waitFor();
  await field.fill('kunde@example.com');
  await dialog.getByRole('button', { name: 'Erneut senden' }).click();
  await dialog.waitFor({ state: 'detached' });
  await waitFor('the delivery', async () => ((await state()) === 'sent' ? true : undefined));
  await visible(page).getByText('kunde@example.com', { exact: true }).first().waitFor();
  t.same(mistakes, []);
});
