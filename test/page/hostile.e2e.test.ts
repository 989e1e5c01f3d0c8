import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { test } from 'tap';
import { listenOnLoopback } from '../peers/loopback-server.ts';
import { requirePeer } from '../peers/peer.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { signIn, visit } from './browser.ts';
import { hostileTexts } from './hostile.ts';
import { openOffice } from './office.ts';

const server = '/v1/outgoing-servers/default';

/** Counts what was executed and what the policy had to stop. */
async function watchFor(page: Page): Promise<() => Promise<readonly unknown[]>> {
  await page.addInitScript(`
    window.found = [];
    window.pwned = (index) => window.found.push('executed ' + index);
    addEventListener('securitypolicyviolation', (event) => window.found.push('violation ' + event.violatedDirective));
    addEventListener('error', (event) => window.found.push('error ' + event.message));`);
  return async () => (await page.evaluate('window.found')) as unknown[];
}

test('500 hostile texts are text wherever they are shown', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, browser, certificates } = await openOffice(t, `${t.testdir()}/data`);
  const texts = hostileTexts(500);
  const text = (index: number, length: number): string =>
    (texts[index % texts.length] ?? '').slice(0, length);
  const banners = texts.slice(0, 100).map((one) => one.replaceAll(/[^\x20-\x7e]/g, ''));
  let next = 0;
  const mailServer = await startSmtpServer({
    onRcptTo: () => ({ code: 550, text: `5.1.1 ${banners[(next += 1) % banners.length]}` }),
  });
  t.teardown(mailServer.stop);
  const change = async (body: object, reason: string): Promise<void> => {
    const { version } = (await service.call('GET', server)).body as { version: number };
    const headers = { 'if-match': `"${version}"`, prefer: 'wait=applied' };
    const path = `${server}?reason=${encodeURIComponent(reason)}`;
    const answer = await service.call('PATCH', path, { headers, body });
    if (answer.status !== 200) throw new Error(answer.text);
  };
  const smtp = { hostname: '127.0.0.1', port: mailServer.port, encryption: 'none', authentication: 'none' };
  await change(
    { enabled: true, senderAddress: { name: text(3, 70), address: 'a@acme.example' }, smtp },
    text(4, 400),
  );
  const ids: string[] = [];
  for (const [index] of texts.entries()) {
    const body = {
      to: [{ address: 'kunde@example.com' }],
      subject: text(index, 900),
      text: '.',
      businessReference: text(index + 1, 190),
      metadata: { note: text(index + 2, 190) },
    };
    const { id } = (await service.call('POST', '/v1/mails', { body })).body as { id?: string };
    if (id !== undefined) ids.push(id);
  }
  t.equal(ids.length, texts.length);
  for (let index = 0; index < 20; index += 1) {
    await change({ smtp: { username: text(index, 300) } }, text(index + 40, 400));
    const key = { name: text(index + 2, 100), scopes: ['settings:read'] };
    await service.call('POST', '/v1/api-keys', { body: key });
    await service.call('POST', '/v1/exchange-connections', {
      body: {
        name: text(index, 100),
        protocol: 'graph',
        email: 'a@acme.example',
        tenantId: 'acme.example',
        clientId: text(index + 1, 190),
        clientSecret: 'x',
      },
    });
  }
  await service.call('POST', `${server}/connection-tests`, { headers: { prefer: 'wait=20' }, body: {} });
  const subject = `/CN=<img src=x onerror=pwned(1)>/O=<script>pwned(2)<\\/script>`;
  const certificate = execFileSync('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -keyout /dev/null -subj'.split(
      ' ',
    ),
    subject,
  ]).toString();
  const content = Buffer.from(certificate).toString('base64');
  const imported = await service.call('POST', '/v1/certificates', {
    body: { name: text(5, 100), kind: 'trusted', content },
  });
  t.equal(imported.status, 201);
  t.ok(certificates.ca.certificate);

  const { page, mistakes } = await visit(t, browser);
  const found = await watchFor(page);
  await signIn(page, service.api, service.key, '#/server');
  await page.locator('#past-tests > summary').click();
  await page.locator('#past-tests li summary').first().click();
  await waitFor('the mails to fail', async () => {
    const { items } = (await service.call('GET', '/v1/mails?state=failed&limit=200')).body as {
      items: unknown[];
    };
    return items.length === 200 || undefined;
  });
  for (const view of ['overview', 'mails', 'history', 'history/1', 'exchange', 'certificates', 'keys']) {
    await page.goto(`${service.api}/#/${view}`);
    await page.locator('main .rows, main .timeline, main .card').first().waitFor();
    for (const summary of await page.locator('main summary').all()) await summary.click();
    if (view === 'mails') {
      for (const start of [51, 101, 151]) {
        t.same(await found(), [], `mails before ${start}`);
        await page.locator('#next-page').click();
        await page.locator('#page-range', { hasText: `${start}–${start + 49}` }).waitFor();
      }
    }
    t.same(await found(), [], view);
  }
  for (const id of ids.slice(0, 25)) {
    await page.goto(`${service.api}/#/mails/${id}`);
    await page.locator('main .steps').waitFor();
  }
  t.same(await found(), [], 'the stories of mails');
  t.same(mistakes, []);
});

test('another page cannot act for somebody who is signed in', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, browser } = await openOffice(t, `${t.testdir()}/data`);
  const evil = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>evil</title>');
  });
  const { port, close } = await listenOnLoopback(evil);
  t.teardown(close);
  const { page, context } = await visit(t, browser);
  const statuses: number[] = [];
  await signIn(page, service.api, service.key);
  // Another port is another origin of the same site, which gets the cookie; another name is another site, which does not.
  for (const host of ['127.0.0.1', 'localhost']) {
    const attack = await context.newPage();
    await attack.goto(`http://${host}:${port}/`);
    attack.on('response', (response) => {
      if (response.url().startsWith(`${service.api}/v1/`)) statuses.push(response.status());
    });
    await attack.evaluate(`(async (target) => {
      const send = (path, init) => fetch(target + path, { credentials: 'include', mode: 'no-cors', ...init }).catch(() => 0);
      const body = JSON.stringify({ to: [{ address: 'x@example.com' }], subject: 'x', text: 'x' });
      await send('/v1/mails', { method: 'POST', body });
      await send('/v1/session', { method: 'DELETE', mode: 'cors' });
    })(${JSON.stringify(service.api)})`);
    await attack.evaluate(`((target) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', enctype: 'text/plain', action: target + '/v1/mails' });
      document.body.append(form);
      form.submit();
    })(${JSON.stringify(service.api)})`);
    await attack.waitForURL(/v1\/mails/);
    await attack.close();
  }
  t.ok(statuses.length >= 2, 'both forms were sent');
  t.ok(
    statuses.every((status) => status === 401 || status === 403),
    `refused: ${statuses}`,
  );
  t.same((await service.call('GET', '/v1/mails')).body, { items: [], nextCursor: null, complete: true });
  const framed = await context.newPage();
  await framed.goto(`http://127.0.0.1:${port}/`);
  const blocked = framed.waitForEvent('console', (message) => /frame-ancestors|Framing/.test(message.text()));
  await framed.evaluate(
    `void document.body.append(Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(service.api)} }))`,
  );
  await blocked;
  t.notOk(
    framed.frames().some((frame) => frame.url().startsWith(service.api)),
    'nobody frames the page',
  );
});

test('the first load is small and quick', async (t) => {
  if (!requirePeer(t, 'chromium', 'openssl')) return;
  const { service, browser } = await openOffice(t, `${t.testdir()}/data`);
  const { page, context } = await visit(t, browser);
  const client = await context.newCDPSession(page);
  let bytes = 0;
  let requests = 0;
  await client.send('Network.enable');
  // A line of 5 Mbit/s on which every answer is 150 ms away.
  const line = { offline: false, latency: 150, downloadThroughput: 625_000, uploadThroughput: 625_000 };
  await client.send('Network.emulateNetworkConditions', line);
  client.on('Network.requestWillBeSent', () => (requests += 1));
  client.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  const started = performance.now();
  await page.goto(service.api);
  await page.locator('#credential').fill('x');
  const milliseconds = Math.round(performance.now() - started);
  t.ok(bytes > 10_000 && bytes < 80_000, `${bytes} bytes on the wire`);
  t.ok(requests <= 6, `${requests} requests`);
  t.comment(`first load: ${Math.round(bytes / 1000)} kB compressed, sign-in field after ${milliseconds} ms`);
  const hosts = await page.evaluate<string[]>(
    'performance.getEntriesByType("resource").map(({ name }) => new URL(name).origin)',
  );
  t.same([...new Set(hosts)], [service.api], 'nothing comes from elsewhere');
});
