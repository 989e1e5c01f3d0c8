import { type Test, test } from 'tap';
import type { SenderView } from '@postausgang/contracts';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { startScriptedSmtp } from '../peers/scripted-smtp.ts';
import { reply } from '../peers/smtp-script.ts';
import { axeViolations } from './axe.ts';
import { visible, signIn, startBrowser, visit } from './browser.ts';

const languages = [
  {
    locale: 'de-DE',
    states: { verified: 'geprüft', refused: 'abgelehnt', unverified: 'nicht geprüft', outdated: 'veraltet' },
    end: '2 geprüft: 1 angenommen, 1 abgelehnt, 0 offen',
    todo: 'Noch nicht geprüft.',
    refused: 'Der Server lässt dieses Konto nicht mit dieser Absenderadresse senden.',
  },
  {
    locale: 'en-GB',
    states: { verified: 'verified', refused: 'refused', unverified: 'unverified', outdated: 'outdated' },
    end: '2 checked: 1 accepted, 1 refused, 0 open',
    todo: 'Not checked yet.',
    refused: 'The server does not allow this account to send from this address.',
  },
] as const;

test('the page shows every sender, its verdict and what to do, and checks them all', async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  for (const words of languages) await t.test(words.locale, (each) => walk(each, words));
});

async function walk(t: Test, words: (typeof languages)[number]): Promise<void> {
  const server = await startScriptedSmtp({
    script: {
      greeting: reply('220 mail.acme.example ESMTP Postfix'),
      'rcpt-to': ({ argument }) =>
        argument.startsWith('chief@')
          ? reply('553 5.7.1 <chief@acme.example>: Sender address rejected: not owned by user erp')
          : undefined,
    },
  });
  t.teardown(() => server.stop());
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { call } = service;
  await call('PUT', '/v1/outgoing-servers/default', {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: server.port, encryption: 'none', authentication: 'none' },
    },
  });
  const create = async (name: string): Promise<string> => {
    const body = { name, address: `${name}@acme.example` };
    return ((await call('POST', '/v1/senders', { body })).body as SenderView).id;
  };
  await create('accounting');
  const chief = await create('chief');

  const { page, mistakes } = await visit(t, browser, { locale: words.locale });
  await signIn(page, service.api, service.key, '#/senders');
  const row = (name: string) => page.locator('.rows li', { hasText: `${name}@acme.example` });
  await row('chief').getByText(words.todo).waitFor();
  t.equal(await row('chief').locator('[data-check] .badge').textContent(), words.states.unverified);
  t.same(await axeViolations(page), [], 'before the check');

  await page.locator('#check-all').click();
  await page.locator('#check-progress').waitFor();
  // Whoever loads the page again sees the same check.
  await page.reload();
  await page.locator('#check-progress[data-state=finished]').waitFor();
  await visible(page).getByText(words.end).waitFor();
  await row('accounting').locator('[data-check=verified]').waitFor();
  await row('chief').locator('[data-check=refused]').waitFor();
  t.equal(await row('chief').locator('[data-check] .badge').textContent(), words.states.refused);
  t.ok(await row('chief').getByText(words.refused).isVisible());
  t.same(await axeViolations(page), [], 'after the check');

  await row('chief').locator('a').click();
  const card = page.locator('#sender-check');
  await card.locator('[data-check=refused]').waitFor();
  t.match(await card.textContent(), /553 5\.7\.1/);
  server.use({ greeting: reply('220 mail.acme.example ESMTP Postfix') });
  await page.locator('#check-sender').click();
  await card.locator('[data-check=verified]').waitFor();
  t.match((await call('GET', `/v1/senders/${chief}`)).body, { check: { state: 'verified' } });
  await call('PATCH', `/v1/senders/${chief}`, { headers: { 'if-match': '"1"' }, body: { name: 'Chief' } });
  await card.locator('[data-check=outdated]').waitFor();
  t.equal(await card.locator('[data-check] .badge').textContent(), words.states.outdated);
  t.same(await axeViolations(page), [], 'one sender');
  t.strictSame(mistakes, []);
}
