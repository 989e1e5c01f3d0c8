import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { finding, readRecord, topics } from '@postausgang/contracts';
import { revealSecret } from '@postausgang/credentials';
import { privateKeyOfPem, publicKeyDigest } from '@postausgang/credentials/certificates';
import { privateKeyBinding } from '@postausgang/settings';
import { run } from '../credentials/openssl.ts';
import { pkcs12File } from '../credentials/pkcs12-files.ts';
import { type Certificate, type Certificates, createCertificates } from '../peers/certificates.ts';
import { type Answer, type Service, startService } from './fixture.ts';
import { ifMatch, patch } from './settings-calls.ts';

const path = '/v1/certificates';
const findingsOf = ({ body }: Answer) => body['findings'] ?? [];
const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');

async function issued(t: Test): Promise<Certificates> {
  const all = await createCertificates();
  t.teardown(() => all.remove());
  return all;
}

const mail = (address: string) => ({
  names: [],
  key: 'rsa-2048' as const,
  extensions: [
    'keyUsage=critical,digitalSignature,keyEncipherment',
    'extendedKeyUsage=emailProtection,clientAuth',
    `subjectAltName=email:${address}`,
  ],
});

const importOwn = ({ call }: Service, { certificate, key }: Certificate, name = 'ours') =>
  call('POST', path, { body: { name, kind: 'own', content: base64(certificate + key) } });

async function settingsEvents({ log }: Service) {
  const events: unknown[] = [];
  const follower = log.follow(topics.settings.name, 'start', (records) => {
    for (const record of records) {
      const result = readRecord(record);
      if (result.ok) events.push(result.event);
    }
  });
  await follower.caughtUp;
  await follower.stop();
  return events as { type: string; id: string; data: Record<string, unknown> }[];
}

test('an own certificate is imported, its key sealed to the mailers, and nothing shows it again', async (t) => {
  const service = await startService(t);
  const { call, opener } = service;
  const all = await issued(t);
  const own = await all.issue('own', mail('erp@acme.example'));
  const file = await pkcs12File(all.directory, own, { name: 'own', password: 'Schlüssel', chain: all.ca });
  const body = { name: 'S/MIME', kind: 'own', content: base64(file), password: 'Schlüssel' };
  const created = await call('POST', path, { body });
  t.match(created, {
    status: 201,
    headers: { etag: '"1"' },
    body: {
      kind: 'own',
      privateKeySet: true,
      details: { addresses: ['erp@acme.example'], goodFor: ['sign', 'encrypt', 'client'] },
      chain: [all.ca.certificate],
      usedBy: [],
      warnings: [],
      issuerKnown: false,
    },
  });
  t.notMatch(created.text, /PRIVATE KEY|Schlüssel/);

  const [event] = (await settingsEvents(service)).filter(({ type }) => type.includes('certificate-changed'));
  t.notMatch(JSON.stringify(event), /PRIVATE KEY|Schlüssel/);
  const { resource, content } = (event?.data ?? {}) as {
    resource: string;
    content: { privateKey: { sealed: Parameters<typeof opener.open>[0] }; publicKeySha256: string };
  };
  const { sealed } = content.privateKey;
  const secret = await opener.open(sealed, privateKeyBinding(resource, content.publicKeySha256));
  t.equal(publicKeyDigest(createPublicKey(privateKeyOfPem(revealSecret(secret)))), content.publicKeySha256);
  await t.rejects(opener.open(sealed, privateKeyBinding(resource, 'another')), { code: 'secret-required' });
  await t.rejects(opener.open(sealed, privateKeyBinding('certificates/x', content.publicKeySha256)));
});

test('what is wrong with a file is told at its place', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const all = await issued(t);
  const own = await all.issue('own', mail('erp@acme.example'));
  const weak = await all.issue('weak', { ...mail('weak@acme.example'), key: 'rsa-1024' });
  const file = await pkcs12File(all.directory, own, { name: 'own', password: 'right' });
  const tries = [
    [{ kind: 'own', content: base64(file), password: 'wrong' }, '/password', 'certificate-password-wrong'],
    [{ kind: 'own', content: base64(file) }, '/password', 'certificate-password-required'],
    [{ kind: 'own', content: base64(own.certificate) }, '/content', 'private-key-missing'],
    [{ kind: 'own', content: base64(own.certificate + all.server.key) }, '/content', 'private-key-mismatch'],
    [
      { kind: 'own', content: base64(file.subarray(0, 900)), password: 'right' },
      '/content',
      'certificate-unreadable',
    ],
    [{ kind: 'own', content: 'no base64!' }, '/content', 'base64-invalid'],
    [{ kind: 'own', content: base64(weak.certificate + weak.key) }, '/content', 'certificate-key-weak'],
    [
      { kind: 'own', content: base64(all.expired.certificate + all.expired.key) },
      '/content',
      'certificate-expired',
    ],
    [{ kind: 'trusted', content: base64(all.expired.certificate) }, '/content', 'certificate-expired'],
    [{ kind: 'recipient', content: base64(all.server.certificate) }, '/content', 'certificate-usage-wrong'],
  ] as const;
  for (const [body, pointer, code] of tries) {
    const answer = await call('POST', path, { body: { name: 'x', ...body } });
    t.match(answer, { status: 422, body: { code: 'certificate-invalid' } }, code);
    t.match(
      findingsOf(answer),
      [[pointer, code]].map(([at, what]) => ({ pointer: at, code: what })),
      code,
    );
  }
  t.strictSame((await call('GET', path)).body, { items: [] });
});

test('keys need the scope for secrets, the rest that for settings', async (t) => {
  const service = await startService(t);
  const all = await issued(t);
  const own = await all.issue('own', mail('erp@acme.example'));
  const key = await service.keyWith('settings:read', 'settings:write');
  const call = (body: object, at = path) => service.call('POST', at, { key, body });
  t.match(await call({ name: 'x', kind: 'own', content: base64(own.certificate + own.key) }), {
    status: 403,
  });
  t.match(await call({ name: 'x', keyType: 'p-256', subject: { commonName: 'x' } }, `${path}/keys`), {
    status: 403,
  });
  t.match(await call({ name: 'x', kind: 'trusted', content: base64(all.ca.certificate) }), { status: 201 });
  const reader = await service.keyWith('settings:read');
  t.match(await service.call('GET', path, { key: reader }), { status: 200 });
  const body = { name: 'y', kind: 'trusted', content: base64(all.ca.certificate) };
  t.match(await service.call('POST', path, { key: reader, body }), { status: 403 });
});

test('a key that is created here gets its certificate from an authority', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const all = await issued(t);
  const subject = { commonName: 'Rechnungsstelle', addresses: ['erp@acme.example'] };
  const created = await call('POST', `${path}/keys`, { body: { name: 'neu', keyType: 'p-256', subject } });
  t.match(created, { status: 201, body: { certificate: null, details: null, privateKeySet: true } });
  t.notMatch(created.text, 'PRIVATE KEY');
  const at = String(created.headers['location']);
  const id = String(created.body['id']);
  const server = {
    enabled: true,
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: 'mail.acme.example', authentication: 'none', clientCertificateId: id },
  };
  t.match(findingsOf(await patch(service, 0, server)), [
    { pointer: '/smtp/clientCertificateId', code: 'certificate-pending' },
  ]);

  const request = `${all.directory}/request.csr`;
  await writeFile(request, String(created.body['signingRequest']));
  const signing = ['-CA', all.ca.certificateFile, '-CAkey', all.ca.keyFile, '-copy_extensions', 'copy'];
  const pem = await run('x509', '-req', '-in', request, ...signing, '-days', '20');
  const issue = (content: string, version: number) =>
    call('PUT', `${at}/certificate`, { body: { content: base64(content) }, headers: ifMatch(version) });
  t.match(findingsOf(await issue(all.server.certificate, 1)), [{ code: 'private-key-mismatch' }]);
  t.match(await call('PUT', `${at}/certificate`, { body: { content: base64(pem) } }), { status: 428 });
  const done = await issue(pem + all.ca.certificate, 1);
  t.match(done, {
    status: 200,
    headers: { etag: '"2"' },
    body: { privateKeySet: true, details: { addresses: ['erp@acme.example'] }, daysLeft: 19 },
  });
  t.match(await patch(service, 0, server), { status: 200 });

  t.match((await call('GET', at)).body, { usedBy: ['outgoing-servers/default'] });
  const refused = await call('DELETE', at, { headers: ifMatch(2) });
  t.match(refused, { status: 409, body: { code: 'resource-in-use', detail: /outgoing-servers\/default/ } });
  await patch(service, 1, { smtp: { clientCertificateId: null } });
  t.match(await call('DELETE', at, { headers: ifMatch(2) }), { status: 204 });
  t.match(await call('GET', at), { status: 404 });
  const { body } = await call('GET', `${at}/history`);
  t.match(body, { items: [{ operation: 'delete' }, { operation: 'put' }, { operation: 'create' }] });
});

test('a trusted certificate is named after itself, once, and comes back under its name', async (t) => {
  const { call } = await startService(t);
  const all = await issued(t);
  const body = { name: 'our authority', kind: 'trusted', content: base64(all.ca.certificate) };
  const created = await call('POST', path, { body });
  t.match(created, {
    status: 201,
    body: { id: /^trusted-[0-9a-f]{64}$/, issuerKnown: true, privateKeySet: false },
  });
  const again = await call('POST', path, { body: { ...body, name: 'another name' } });
  t.strictSame(again.body, created.body);
  const at = String(created.headers['location']);
  t.match(await call('PATCH', at, { body: { name: 'better' }, headers: ifMatch(1) }), {
    body: { name: 'better' },
  });
  t.match(await call('DELETE', at, { headers: ifMatch(2) }), { status: 204 });
  t.match(await call('POST', path, { body }), { status: 201, body: { id: created.body['id'], version: 4 } });
  const server = await all.issue('own', mail('a@acme.example'));
  const seen = await call('POST', path, {
    body: { name: 'x', kind: 'recipient', content: base64(server.certificate) },
  });
  t.match(seen.body, { issuerKnown: true });
});

test('certificates of recipients come many at once, and the newest valid one is used first', async (t) => {
  const { call } = await startService(t);
  const all = await issued(t);
  const day = 86_400_000;
  const at = '/v1/recipient-certificates';
  const [old, recent, other, weak, nobody] = await Promise.all([
    all.issue('old', { ...mail('Kunde@Example.com'), notBefore: new Date(Date.now() - 9 * day) }),
    all.issue('recent', { ...mail('kunde@example.com'), notBefore: new Date(Date.now() - 2 * day) }),
    all.issue('other', mail('andere@example.com')),
    all.issue('weak', { ...mail('weak@example.com'), key: 'rsa-1024' }),
    all.issue('nobody', { names: [], key: 'rsa-2048', extensions: ['keyUsage=keyEncipherment'] }),
  ]);
  const bundle = [old, recent, other, weak, nobody, all.ca].map(({ certificate }) => certificate).join('');
  const imported = await call('POST', at, { body: { content: base64(bundle) } });
  t.match(imported, { status: 200 });
  t.match(imported.body['items'], [
    { state: 'imported', addresses: ['Kunde@Example.com'] },
    { state: 'imported' },
    { state: 'imported' },
    { state: 'refused', id: null, findings: [{ code: 'certificate-key-weak' }] },
    { state: 'refused', findings: [{ code: 'certificate-address-missing' }] },
  ]);
  const again = await call('POST', at, { body: { content: base64(bundle) } });
  t.match(again.body['items'], [{ state: 'known' }, { state: 'known' }, { state: 'known' }]);

  const found = await call('GET', `${at}?address=KUNDE@example.com`);
  t.match(found.body, { items: [{ certificate: recent.certificate }, { certificate: old.certificate }] });
  t.match((await call('GET', at)).body, { items: { length: 3 } });
  const p7b = `${all.directory}/all.p7b`;
  await run('crl2pkcs7', '-nocrl', '-certfile', other.certificateFile, '-outform', 'DER', '-out', p7b);
  const bundled = await call('POST', at, { body: { content: base64(await readFile(p7b)) } });
  t.match(bundled.body['items'], [{ state: 'known' }]);
});

test('settings name certificates that can do what is asked of them', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const all = await issued(t);
  const day = 86_400_000;
  const own = await all.issue('own', mail('erp@acme.example'));
  const foreign = await all.issue('foreign', mail('other@acme.example'));
  const client = await all.issue('client', { names: ['client.test'], usage: 'clientAuth' });
  const idOf = async (certificate: Certificate): Promise<string> =>
    String((await importOwn(service, certificate)).body['id']);
  const [ownId, foreignId, clientId] = [await idOf(own), await idOf(foreign), await idOf(client)];
  const trusted = await call('POST', path, {
    body: { name: 'ca', kind: 'trusted', content: base64(all.ca.certificate) },
  });
  const trustedId = String(trusted.body['id']);
  const base = {
    enabled: true,
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: 'mail.acme.example', authentication: 'none' },
  };
  const findings = async (body: object) => findingsOf(await patch(service, 0, { ...base, ...body }));
  const smtp = (fields: object) => ({ smtp: { ...base.smtp, ...fields } });

  t.match(await findings(smtp({ clientCertificateId: 'nobody' })), [{ code: 'certificate-unknown' }]);
  t.match(await findings(smtp({ clientCertificateId: trustedId })), [{ code: 'certificate-kind-wrong' }]);
  t.match(await findings(smtp({ trustedCertificateId: ownId })), [{ code: 'certificate-kind-wrong' }]);
  t.match(await findings({ smime: { sign: true } }), [{ code: 'certificate-required' }]);
  t.match(await findings({ smime: { encrypt: 'required' } }), [{ code: 'certificate-required' }]);
  t.match(await findings({ smime: { sign: true, certificateId: clientId } }), [
    { code: 'certificate-usage-wrong' },
  ]);
  t.match(await findings({ smime: { sign: true, certificateId: foreignId } }), [
    { code: 'certificate-address-mismatch' },
  ]);
  t.match(await findings({ smime: { encrypt: 'gateway', certificateId: ownId } }), [
    { pointer: '/smime/gatewayCertificateId', code: 'certificate-required' },
  ]);
  const good = {
    ...smtp({ clientCertificateId: clientId, trustedCertificateId: trustedId }),
    smime: { sign: true, encrypt: 'when-possible', certificateId: ownId, contentEncryption: 'aes-256-gcm' },
  };
  t.match(await patch(service, 0, { ...base, ...good }), { status: 200, body: { warnings: [] } });

  const later = await startService(t, {
    log: service.log,
    directory: service.directory,
    now: () => new Date(Date.now() + 40 * day),
  });
  const { body } = await later.call('GET', '/v1/outgoing-servers/default');
  t.match(body['warnings'], [
    { pointer: '/smtp/clientCertificateId', code: 'certificate-expired' },
    { pointer: '/smtp/trustedCertificateId', code: 'certificate-expired' },
    { pointer: '/smime/certificateId', code: 'certificate-expired' },
  ]);
});

test('what expires is told once at each threshold, by whatever service notices', async (t) => {
  const service = await startService(t);
  const all = await issued(t);
  await importOwn(service, await all.issue('own', mail('erp@acme.example')));
  const secret = {
    name: 'Exchange',
    email: 'erp@acme.example',
    protocol: 'graph',
    tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
    clientSecret: 'geheim-4711',
    clientSecretExpiresAt: new Date(Date.now() + 50 * 86_400_000).toISOString(),
  };
  t.match(await service.call('POST', '/v1/exchange-connections', { body: secret }), { status: 201 });
  t.match((await service.call('GET', '/v1/credentials')).body, {
    items: [
      { credential: 'certificate', state: 'expiring', daysLeft: 29 },
      { credential: 'client-secret', state: 'expiring', daysLeft: 49, name: 'Exchange' },
    ],
  });
  const told = async () =>
    (await settingsEvents(service))
      .filter(({ type }) => type.includes('credential-expiring'))
      .map(({ data }) => `${data['credential']} ${data['days']}`)
      .toSorted();
  for (const days of [0, 0, 24, 25, 29.5, 45]) {
    const now = () => new Date(Date.now() + days * 86_400_000);
    const looking = await startService(t, { log: service.log, directory: service.directory, now });
    await looking.close();
  }
  t.strictSame(await told(), [
    'certificate 1',
    'certificate 30',
    'certificate 7',
    'client-secret 30',
    'client-secret 60',
    'client-secret 7',
  ]);
});

test('the metric holds when each certificate and client secret expires, and forgets what is gone', async (t) => {
  const service = await startService(t);
  const all = await issued(t);
  const own = await all.issue('own', mail('erp@acme.example'));
  const imported = await importOwn(service, own);
  const secretExpiresAt = new Date(Date.now() + 500 * 86_400_000);
  const secret = {
    name: 'Exchange',
    email: 'erp@acme.example',
    protocol: 'graph',
    tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
    clientSecret: 'geheim-4711',
    clientSecretExpiresAt: secretExpiresAt.toISOString(),
  };
  const connection = await service.call('POST', '/v1/exchange-connections', { body: secret });
  const samples = async (): Promise<Record<string, string>> => {
    const { text } = await service.call('GET', '/metrics');
    const found = text.matchAll(/^postausgang_credential_expiry_timestamp_seconds\{(.*)\} (\S+)$/gm);
    return Object.fromEntries(Array.from(found, ([, labels = '', value = '']) => [labels, value]));
  };
  const certificate = `resource="certificates/${imported.body['id']}",credential="certificate"`;
  const clientSecret = `resource="exchange-connections/${connection.body['id']}",credential="client-secret"`;
  const notAfter = new X509Certificate(own.certificate).validTo;
  t.strictSame(await samples(), {
    [certificate]: String(Date.parse(notAfter) / 1000),
    [clientSecret]: String(secretExpiresAt.getTime() / 1000),
  });
  const at = `${path}/${imported.body['id']}`;
  t.match(await service.call('DELETE', at, { headers: { 'if-match': '"1"' } }), { status: 204 });
  t.strictSame(Object.keys(await samples()), [clientSecret]);
});

test('certificate and key may come as two files', async (t) => {
  const { call } = await startService(t);
  const all = await issued(t);
  const own = await all.issue('own', mail('erp@acme.example'));
  const other = await all.issue('other', mail('erp@acme.example'));
  const body = { name: 'two files', kind: 'own', content: base64(own.certificate) };
  t.same(findingsOf(await call('POST', path, { body })), [finding('/content', 'private-key-missing')]);
  const withOther = { ...body, keyContent: base64(other.key) };
  t.same(findingsOf(await call('POST', path, { body: withOther })), [
    finding('/content', 'private-key-mismatch'),
  ]);
  const noBase64 = { ...body, keyContent: '%' };
  t.same(findingsOf(await call('POST', path, { body: noBase64 })), [
    finding('/keyContent', 'base64-invalid'),
  ]);
  const created = await call('POST', path, { body: { ...body, keyContent: base64(own.key) } });
  t.match(created, { status: 201, body: { privateKeySet: true, certificate: own.certificate } });
});

test('others are answered while the password of a file is tried', async (t) => {
  const { call } = await startService(t);
  const file = await readFile(join(import.meta.dirname, '../credentials/files/p12-nss-3des.p12'));
  const body = { name: 'slow', kind: 'own', content: base64(file), password: 'falsch' };
  let isRead = false;
  const imported = call('POST', path, { body }).finally(() => {
    isRead = true;
  });
  for (let count = 0; count < 5; count += 1) t.equal((await call('GET', path)).status, 200);
  t.notOk(isRead, 'half a million rounds take longer than five lists');
  t.same(findingsOf(await imported), [finding('/password', 'certificate-password-wrong')]);
});

test('a damaged certificate among those of recipients is named, and the others are imported', async (t) => {
  const { call } = await startService(t);
  const all = await issued(t);
  const [one, two] = [
    await all.issue('one', mail('a@b.example')),
    await all.issue('two', mail('c@bücher.example')),
  ];
  const damaged = '-----BEGIN CERTIFICATE-----\nMIICAQ==\n-----END CERTIFICATE-----\n';
  const content = base64(`${one.certificate}${damaged}${two.certificate}`);
  const { body } = await call('POST', '/v1/recipient-certificates', { body: { content } });
  t.match(body['items'], [
    { state: 'imported', addresses: ['a@b.example'] },
    { state: 'imported' },
    {
      state: 'refused',
      subject: 'Certificate 2 of the file',
      findings: [{ code: 'certificate-unreadable' }],
    },
  ]);
});

test('certificates of a domain with umlauts are found by either of its names', async (t) => {
  const { call } = await startService(t);
  const all = await issued(t);
  const { certificate } = await all.issue('idn', mail('kunde@xn--bcher-kva.example'));
  await call('POST', '/v1/recipient-certificates', { body: { content: base64(certificate) } });
  for (const address of ['kunde@bücher.example', 'Kunde@BÜCHER.example', 'kunde@xn--bcher-kva.example']) {
    const { body } = await call('GET', `/v1/recipient-certificates?address=${encodeURIComponent(address)}`);
    t.match(body['items'], [{ details: { addresses: ['kunde@xn--bcher-kva.example'] } }], address);
  }
});
