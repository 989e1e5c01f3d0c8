import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { createCertificates } from '../peers/certificates.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { CallOptions } from './service-process.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const server = '/v1/outgoing-servers/default';
const username = 'erp@acme.example';
/** Known secrets, with characters that JSON, URLs and base64 write differently. */
const canaries = [
  'Kanarie/+"1ä-saved',
  'Kanarie/+"2ö-draft',
  'Kanarie/+"3ü-refused',
  'Kanarie/+"4ß-replaced',
  'Kanarie/+"5é-file',
];

/** A text in the encodings in which a secret usually leaks. Base64 of a part is searched in all three alignments. */
function encodings(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(Math.ceil((shift * 8) / 6) + 1, Math.floor(((shift + bytes.length) * 8) / 6) - 1);
  });
  const texts = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
    encodeURIComponent(secret),
    ...aligned,
    ...aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    Buffer.from(`\0${username}\0${secret}`).toString('base64'),
  ];
  return [
    ...texts.map((text) => Buffer.from(text)),
    Buffer.from(secret, 'utf16le'),
    Buffer.from(secret, 'latin1'),
  ];
}

function findIn(where: string, bytes: Buffer): string[] {
  return canaries.flatMap((secret, number) =>
    encodings(secret).some((form) => bytes.includes(form)) ? [`canary ${number + 1} in ${where}`] : [],
  );
}

function findInFiles(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.flatMap((entry) => {
    const file = join(entry.parentPath, entry.name);
    return findIn(file, readFileSync(file));
  });
}

/** Calls the API and keeps every byte that comes back. */
function recorder(service: StandaloneProcess) {
  const received: string[] = [];
  const call = async (method: string, path: string, options?: CallOptions) => {
    const answer = await service.call(method, path, options);
    received.push(`${method} ${path}\n${JSON.stringify([...answer.headers])}\n${answer.text}`);
    return answer;
  };
  return { call, received };
}

async function useEverything(
  t: Test,
  call: ReturnType<typeof recorder>['call'],
  port: number,
): Promise<void> {
  const smtp = {
    hostname: '127.0.0.1',
    port,
    encryption: 'none',
    authentication: 'password',
    username,
    password: canaries[3],
    allowCleartextAuthentication: true,
  };
  const senderAddress = { name: 'ACME', address: username };
  const ifMatch = (version: number) => ({ 'if-match': `"${version}"`, prefer: 'wait=applied' });
  const body = { enabled: true, serverType: 'smtp', senderAddress, smtp };
  t.match(await call('PUT', server, { headers: ifMatch(0), body }), { status: 200 });
  const replace = { smtp: { password: canaries[0] } };
  const replaced = await call('PATCH', server, { headers: ifMatch(1), body: replace });
  t.match(replaced.body, { version: 2, smtp: { passwordSet: true }, applied: { state: 'applied' } });

  const draft = { smtp: { password: canaries[1], port } };
  const tests = `${server}/connection-tests`;
  const tested = await call('POST', tests, { headers: { prefer: 'wait=30' }, body: { draft } });
  t.match(tested.body, { state: 'failed' }, 'the draft password is wrong');
  const wrongly = [
    { smtp: { password: [canaries[2]] } },
    { smtp: { password: canaries[2], nonsense: canaries[2] } },
    { smtp: { [canaries[2] ?? '']: 1 } },
    { enabled: canaries[2] },
  ];
  for (const wrong of wrongly.slice(0, 2)) {
    t.match(await call('PATCH', server, { headers: ifMatch(2), body: wrong }), { status: 400 });
  }
  const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
  const accepted = await call('POST', '/v1/mails', { body: mail });
  t.match(accepted, { status: 202 });
  const location = accepted.headers.get('location') ?? '';
  await waitFor('the mail to be sent', async () => {
    const { body: status } = await call('GET', location);
    return (status as { state: string }).state === 'sent' ? true : undefined;
  });
  await call('POST', `${server}/revert`, { headers: ifMatch(2), body: { version: 1 } });
  const reads = [
    '',
    '/history',
    '/history/1',
    '/history/2',
    '/diff?from=1&to=2',
    '/apply-status',
    '/connection-tests',
  ];
  for (const read of [
    ...reads.map((path) => server + path),
    '/v1/mails',
    '/v1/api-keys',
    '/openapi.json',
    '/docs',
  ]) {
    await call('GET', read).catch(() => undefined);
  }
}

const parts = [
  'health',
  'environment',
  'sendingMode',
  'outgoingServer',
  'history',
  'applyStatus',
  'exchangeConnections',
  'credentials',
  'queue',
  'statistics',
];

/** What support gets, which an administrator alone may take away. */
async function takeSupportBundle(t: Test, { call }: ReturnType<typeof recorder>, service: StandaloneProcess) {
  const bundle = await call('GET', '/v1/support-bundle');
  t.match(bundle, {
    status: 200,
    body: {
      version: String,
      parts: {
        ...Object.fromEntries(parts.map((name) => [name, { status: 200, body: Object }])),
        metrics: { status: 200, body: /^postausgang_build_info/m },
      },
    },
  });
  t.match(bundle.headers.get('content-disposition'), /^attachment; filename="postausgang-support-.*\.json"$/);
  for (const ofMail of ['kunde@example.com', 'Rechnung', 'Anbei.', service.key]) {
    t.notOk(bundle.text.includes(ofMail), `nothing of a mail and no key: ${ofMail.slice(0, 10)}`);
  }
  const body = { name: 'reader', scopes: ['settings:read', 'mail:read:all', 'audit:read'] };
  const { key } = Object(await (await call('POST', '/v1/api-keys', { body })).body);
  const refused = await fetch(`${service.api}/v1/support-bundle`, {
    headers: { authorization: `Bearer ${key}` },
  });
  t.equal(refused.status, 403);
}

/** Imports an own certificate, its key under a password; from here on a line of the key is a canary too. */
async function importCertificate(t: Test, call: Parameters<typeof useEverything>[1]): Promise<void> {
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const own = await certificates.issue('own', { names: [username], usage: 'emailProtection' });
  canaries.push(own.key.split('\n')[2] ?? '');
  const passphrase = canaries[4] ?? '';
  const form = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
  const key = createPrivateKey(own.key).export(form).toString();
  const content = Buffer.from(own.certificate + key).toString('base64');
  const body = { name: 'own', kind: 'own', content, password: passphrase };
  t.match(await call('POST', '/v1/certificates', { body: { ...body, password: `${passphrase}!` } }), {
    status: 422,
  });
  const imported = await call('POST', '/v1/certificates', { body });
  t.match(imported, { status: 201, body: { privateKeySet: true } });
  const location = imported.headers.get('location') ?? '';
  for (const path of [
    '/v1/certificates',
    location,
    `${location}/history`,
    `${location}/history/1`,
    '/v1/credentials',
  ]) {
    await call('GET', path);
  }
}

test('shows no password in any file, log line, event or response', async (t) => {
  const directory = `${t.testdir()}/data`;
  const users = { [username]: canaries[0] ?? '' };
  const smtpServer = await startSmtpServer({ users, tls: 'none' });
  t.teardown(smtpServer.stop);
  const service = await startStandaloneProcess(directory, { LOG_LEVEL: 'trace' });
  t.teardown(() => service.kill());
  const recorded = recorder(service);
  const { call, received } = recorded;
  await useEverything(t, call, smtpServer.port);
  await importCertificate(t, call);
  await takeSupportBundle(t, recorded, service);
  const whileRunning = findInFiles(directory);
  t.equal(await service.stop(), 0);

  t.same(whileRunning, [], 'no file while it runs');
  t.same(findInFiles(directory), [], 'no file after it has stopped');
  t.same(findIn('the output', Buffer.from(service.output())), [], 'no log line');
  t.same(
    received.flatMap((text) => findIn(text.split('\n')[0] ?? '', Buffer.from(text))),
    [],
    'no response',
  );
  t.ok(received.length > 15, 'the API was used');
});

test('the search for canaries finds them in every encoding', async (t) => {
  for (const [number, secret] of canaries.entries()) {
    for (const form of encodings(secret)) {
      const hidden = Buffer.concat([Buffer.from('before'), form, Buffer.from('after')]);
      t.ok(findIn('here', hidden).includes(`canary ${number + 1} in here`));
    }
  }
});
