import { type Test, test } from 'tap';
import { startNginx } from '../peers/nginx.ts';
import { requirePeer } from '../peers/peer.ts';
import { signIn, visit, startBrowser } from '../page/browser.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';

/** The service below /mail, behind an nginx that compresses, and passes the path on or takes it away. */
async function openProxy(t: Test, { takesPath = false } = {}) {
  const service = await startStandaloneProcess(`${t.testdir()}/data`, {
    BASE_PATH: '/mail',
    BEHIND_PROXY: 'true',
  });
  t.teardown(() => service.kill());
  const { port } = new URL(service.api);
  const headers = 'proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;';
  const compress = 'gzip on; gzip_min_length 1; gzip_proxied any; gzip_types application/json;';
  const nginx = await startNginx(`
    client_max_body_size 40m;
    location = /mail { proxy_pass http://127.0.0.1:${port}; ${headers} }
    location /mail/ { proxy_pass http://127.0.0.1:${port}${takesPath ? '/' : ''}; ${headers} ${compress} }
  `);
  t.teardown(nginx.stop);
  return { service, origin: `http://127.0.0.1:${nginx.port}` };
}

const asAdmin = ({ key }: StandaloneProcess, more: Readonly<Record<string, string>> = {}) => ({
  authorization: `Bearer ${key}`,
  ...more,
});

test('the service works below a path of its proxy, and with weak and suffixed entity tags', async (t) => {
  if (!requirePeer(t, 'nginx')) return;
  const { service, origin } = await openProxy(t);
  const at = `${origin}/mail${server}`;
  const json = { 'content-type': 'application/json' };
  const patch = (etag: string, timeoutSeconds = 61) =>
    fetch(at, {
      method: 'PATCH',
      headers: asAdmin(service, { 'content-type': 'application/merge-patch+json', 'if-match': etag }),
      body: JSON.stringify({ timeoutSeconds }),
    });
  const read = await fetch(at, { headers: asAdmin(service, { 'accept-encoding': 'gzip' }) });
  t.equal(read.headers.get('content-encoding'), 'gzip', 'nginx compresses');
  const weak = read.headers.get('etag') ?? '';
  t.equal(weak, 'W/"0"', 'and weakens the tag');
  t.equal((await patch(weak)).status, 200, 'what was read can be written back');
  t.equal((await patch('"1-gzip"', 62)).status, 200, 'as from Apache');
  t.equal((await patch('W/"1"')).status, 412, 'an old version stays old');
  const again = await fetch(at, { headers: asAdmin(service, { 'if-none-match': '"2-gzip"' }) });
  t.equal(again.status, 304);

  const key = await fetch(`${origin}/mail/v1/api-keys`, {
    method: 'POST',
    headers: asAdmin(service, json),
    body: JSON.stringify({ name: 'erp', scopes: ['settings:read'] }),
  });
  t.equal(key.status, 201);
  const location = key.headers.get('location') ?? '';
  t.match(location, /^\/mail\/v1\/api-keys\//);
  t.equal(
    (await fetch(new URL(location, origin), { method: 'DELETE', headers: asAdmin(service) })).status,
    204,
  );
  const problem = await fetch(`${origin}/mail/v1/nothing`, { headers: asAdmin(service) });
  const { type, status } = (await problem.json()) as { readonly type: string; readonly status: number };
  t.match([status, type], [404, '/mail/problems/not-found']);
  t.match(await (await fetch(new URL(type, origin))).json(), { type, code: 'not-found' });
  const document: unknown = await (await fetch(`${origin}/mail/openapi.json`)).json();
  t.match(document, { servers: [{ url: '/mail' }] });
  const moved = await fetch(`${origin}/mail`, { redirect: 'manual' });
  t.match([moved.status, moved.headers.get('location')], [308, '/mail/']);
  t.equal((await fetch(`${origin}/mail/health/ready`)).status, 200);
  t.equal(
    (await fetch(`${service.api}${server}`, { headers: asAdmin(service) })).status,
    200,
    'past the proxy',
  );
});

test('events and uploads pass through nginx as it is', async (t) => {
  if (!requirePeer(t, 'nginx')) return;
  const { service, origin } = await openProxy(t);
  const events = await fetch(`${origin}/mail/v1/events`, {
    headers: asAdmin(service, { accept: 'text/event-stream' }),
  });
  const stream = events.body?.getReader();
  t.teardown(() => stream?.cancel());
  const body = JSON.stringify({ timeoutSeconds: 62 });
  const type = { 'content-type': 'application/merge-patch+json', 'if-match': '"0"' };
  await fetch(`${origin}/mail${server}`, { method: 'PATCH', headers: asAdmin(service, type), body });
  let text = '';
  while (!text.includes('settings.changed') && !text.includes('outgoing-server')) {
    const { value, done } = (await stream?.read()) ?? { value: undefined, done: true };
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  t.match(text, /outgoing-server/, 'a change arrives without waiting for a full buffer');

  const mail = {
    to: [{ address: 'kunde@example.com' }],
    subject: 'Rechnung',
    text: 'Guten Tag',
    attachments: [
      { filename: 'a.bin', contentType: 'application/octet-stream', content: 'A'.repeat(12_000_000) },
    ],
  };
  const sent = await fetch(`${origin}/mail/v1/mails`, {
    method: 'POST',
    headers: asAdmin(service, { 'content-type': 'application/json' }),
    body: JSON.stringify(mail),
  });
  // Sending is off; what counts is that the service itself has read it all.
  t.equal(sent.headers.get('content-type'), 'application/problem+json', await sent.text());
});

for (const takesPath of [false, true]) {
  test(`a person works below the path, which the proxy ${takesPath ? 'takes away' : 'passes on'}`, async (t) => {
    if (!requirePeer(t, 'nginx', 'chromium')) return;
    const { service, origin } = await openProxy(t, { takesPath });
    const browser = await startBrowser();
    t.teardown(() => browser.close());
    const { page, mistakes } = await visit(t, browser);
    await signIn(page, `${origin}/mail`, service.key, '#/server');
    await page.getByLabel('Hostname').waitFor();
    await page.reload();
    await page.getByLabel('Hostname').waitFor();
    await page.goto(`${origin}/mail/docs`);
    await page.locator('.opblock').first().waitFor();
    t.same(mistakes, []);
  });
}

test('over plain http a person is told why signing in cannot work', async (t) => {
  const service = await startStandaloneProcess(`${t.testdir()}/data`, { BEHIND_PROXY: 'true' });
  t.teardown(() => service.kill());
  const signInFrom = (origin: string): Promise<Response> =>
    fetch(`${service.api}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin },
      body: JSON.stringify({ credential: service.key }),
    });
  const refused = await signInFrom('http://mail.acme.example');
  t.match(await refused.json(), { code: 'session-needs-https', detail: /BEHIND_PROXY/ });
  t.equal(refused.headers.get('set-cookie'), null);
  for (const origin of ['https://mail.acme.example', 'http://localhost:8080', 'http://127.0.0.1:8080']) {
    t.equal((await signInFrom(origin)).status, 200, origin);
  }
});
