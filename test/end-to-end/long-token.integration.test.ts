import { randomUUID } from 'node:crypto';
import { OAuth2Server } from 'oauth2-mock-server';
import { type Test, test } from 'tap';
import { visible, signIn, startBrowser, visit } from '../page/browser.ts';
import { startNginx } from '../peers/nginx.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { startStandaloneProcess } from './standalone-process.ts';

/** The service behind an nginx with the lines that the documents name, and an identity provider. */
async function open(t: Test) {
  const provider = new OAuth2Server();
  await provider.issuer.keys.generate('RS256');
  await provider.start(undefined, '127.0.0.1');
  t.teardown(() => provider.stop());
  const service = await startStandaloneProcess(`${t.testdir()}/data`, {
    BEHIND_PROXY: 'true',
    OIDC_ISSUER: provider.issuer.url ?? '',
    OIDC_SCOPE_CLAIM: 'scp',
  });
  t.teardown(() => service.kill());
  const nginx = await startNginx(`
    large_client_header_buffers 4 20k;
    proxy_buffer_size 20k;
    proxy_buffers 8 20k;
    location / { proxy_pass ${service.api}; proxy_set_header Host $http_host; }
  `);
  t.teardown(nginx.stop);
  /** As Entra ID issues it for somebody who is in so many groups. */
  const tokenFor = (groups: number): Promise<string> =>
    provider.issuer.buildToken({
      scopesOrTransform(header, payload) {
        Object.assign(header, { typ: 'JWT' });
        Object.assign(payload, {
          aud: 'postausgang',
          sub: 'anna',
          name: 'Anna',
          ver: '2.0',
          tid: randomUUID(),
          azp: randomUUID(),
          scp: 'settings:read settings:write mail:read',
          groups: Array.from({ length: groups }, () => randomUUID()),
        });
      },
    });
  return { service, origin: `http://127.0.0.1:${nginx.port}`, tokenFor };
}

test('a person with 200 groups signs in with a token on the page, behind nginx', async (t) => {
  if (!requirePeer(t, 'nginx', 'chromium')) return;
  const { origin, tokenFor } = await open(t);
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  for (const groups of [30, 200]) {
    const { page, context, mistakes } = await visit(t, browser);
    await signIn(page, origin, await tokenFor(groups));
    await page.reload();
    await page.locator('nav.side').waitFor();
    t.ok((await context.cookies()).length > (groups > 100 ? 1 : 0), `${groups} groups`);
    t.same(mistakes, []);
    await context.close();
  }
});

test('a token of 200 groups is taken in the header, and a wrong one says why at the sign-in', async (t) => {
  if (!requirePeer(t, 'nginx', 'chromium')) return;
  const { service, origin, tokenFor } = await open(t);
  const token = await tokenFor(200);
  for (const address of [origin, service.api]) {
    const answer = await fetch(`${address}/v1/session`, { headers: { authorization: `Bearer ${token}` } });
    t.match(await answer.json(), { kind: 'token', id: 'anna', name: 'Anna' });
  }
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const { page } = await visit(t, browser);
  await page.goto(origin);
  await page.locator('#credential').fill(`${token.slice(0, -8)}AAAAAAAA`);
  await page.locator('form button[type=submit]').click();
  await visible(page).getByText('token-signature').waitFor();
  await waitFor(
    'the line in the log',
    () => service.output().includes('"code":"token-signature"') || undefined,
  );
});
