import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Test, test } from 'tap';
import {
  arrangeMany,
  arrangeWithKey,
  arrangeWithoutKey,
  certificatePem,
  createKeyPair,
  createSigningRequest,
  describeCertificate,
  isKeyOf,
  keyKinds,
  privateKeyOfPem,
  privateKeyPem,
  publicKeyDigest,
  readCertificateFile,
  unsuitability,
} from '@postausgang/credentials/certificates';
import { type CertificateRequest, type Certificates, createCertificates } from '../peers/certificates.ts';
import { run } from './openssl.ts';
import { problemOf } from './issued-files.ts';

async function authority(t: Test): Promise<Certificates> {
  const all = await createCertificates();
  t.teardown(() => all.remove());
  return all;
}

const x509 = (pem: string): X509Certificate => new X509Certificate(pem);
const day = 86_400_000;

test('certificates and keys are found in PEM in any order, in DER and in PKCS#7', async (t) => {
  const all = await authority(t);
  const { server, ca } = all;
  const orders = [
    [server.key, server.certificate, ca.certificate],
    [ca.certificate, 'Bag Attributes\n  friendlyName: x\n', server.certificate, server.key],
    [server.certificate, ca.certificate, server.certificate, server.key],
  ];
  for (const parts of orders) {
    const found = arrangeWithKey(readCertificateFile(Buffer.from(parts.join(''))));
    t.equal(found.certificate.toString(), server.certificate);
    t.same(found.chain.map(String), [ca.certificate]);
  }

  const der = x509(server.certificate).raw;
  t.equal(certificatePem(der), server.certificate);
  t.equal(arrangeWithoutKey(readCertificateFile(der)).certificate.toString(), server.certificate);

  const bundle = `${all.directory}/bundle.p7b`;
  for (const form of ['DER', 'PEM']) {
    const files = ['-certfile', ca.certificateFile, '-certfile', server.certificateFile];
    await run('crl2pkcs7', '-nocrl', ...files, '-outform', form, '-out', bundle);

    const found = arrangeWithoutKey(readCertificateFile(await readFile(bundle)));
    t.equal(found.certificate.toString(), server.certificate, form);
    t.same(found.chain.map(String), [ca.certificate], form);
  }
});

test('what cannot be used together is refused with a reason', async (t) => {
  const all = await authority(t);
  const { server, ca, wrongName, selfSigned } = all;
  const other = await createCertificates();
  t.teardown(() => other.remove());
  const read = (...parts: string[]) => readCertificateFile(Buffer.from(parts.join('')));
  const withKey = (...parts: string[]) => problemOf(() => arrangeWithKey(read(...parts)));

  t.equal(withKey(server.certificate, wrongName.key), 'private-key-mismatch');
  t.equal(withKey(server.certificate), 'private-key-missing');
  t.equal(withKey(server.key), 'certificate-missing');
  t.equal(withKey(server.certificate, server.key, wrongName.key), 'certificate-ambiguous');
  // Both authorities have the same name; only one of them has signed.
  t.equal(withKey(server.certificate, server.key, other.ca.certificate), 'certificate-chain-broken');
  t.equal(
    problemOf(() => arrangeWithoutKey(read(server.certificate, wrongName.certificate))),
    'certificate-ambiguous',
  );
  t.equal(
    problemOf(() => read('neither this nor that')),
    'certificate-unreadable',
  );
  t.equal(
    problemOf(() => read('-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n')),
    'certificate-missing',
  );
  t.equal(
    problemOf(() => readCertificateFile(Buffer.alloc(2 * 1024 * 1024))),
    'certificate-unreadable',
  );
  const many = arrangeMany(
    read(server.certificate, ca.certificate, wrongName.certificate, selfSigned.certificate),
  );
  t.same(
    many.map(({ certificate }) => certificate.toString()),
    [server.certificate, wrongName.certificate, selfSigned.certificate],
  );
});

test('a certificate is described for people and for choosing one', async (t) => {
  const all = await authority(t);
  const extensions = [
    'keyUsage=critical,digitalSignature,keyEncipherment',
    'extendedKeyUsage=emailProtection,clientAuth',
    'subjectAltName=email:Kunde@Example.com,email:kunde@example.org,DNS:mail.example,IP:192.0.2.7',
  ];
  const issued = await all.issue('kunde', { names: [], commonName: 'Kunde', key: 'rsa-2048', extensions });
  const description = describeCertificate(x509(issued.certificate));
  t.match(description, {
    subject: 'CN=Kunde',
    issuer: 'CN=Test Authority',
    addresses: ['Kunde@Example.com', 'kunde@example.org'],
    dnsNames: ['mail.example'],
    ipAddresses: ['192.0.2.7'],
    publicKey: { type: 'rsa', bits: 2048, curve: null },
    isAuthority: false,
    isSelfSigned: false,
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.2'],
  });
  const printed = await run(
    'x509',
    '-in',
    issued.certificateFile,
    '-noout',
    '-fingerprint',
    '-sha256',
    '-serial',
  );
  t.match(printed, description.fingerprintSha256);
  t.match(printed, `serial=${description.serialNumber}`);
  t.match(describeCertificate(x509(all.ca.certificate)), {
    isAuthority: true,
    isSelfSigned: true,
    publicKey: { type: 'ec', curve: 'P-256' },
  });
});

test('the subject is searched for an address as well', async (t) => {
  const all = await authority(t);
  const file = `${all.directory}/old.pem`;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', `${file}.key`];
  await run('req', '-x509', ...key, '-out', file, '-subj', '/CN=Alt/emailAddress=alt@example.com');

  t.same(describeCertificate(x509(await readFile(file, 'utf8'))).addresses, ['alt@example.com']);
});

test('what speaks against a certificate is told for each purpose', async (t) => {
  const all = await authority(t);
  const now = new Date();
  const judge = async (
    purpose: Parameters<typeof unsuitability>[1],
    request: Omit<CertificateRequest, 'names'>,
  ) => {
    const { certificate } = await all.issue(`judged-${Math.random()}`, {
      names: ['a@mail.test'],
      ...request,
    });
    return unsuitability(x509(certificate), purpose, now);
  };
  const usage = (keyUsage: string, extended = 'emailProtection'): string[] => [
    `keyUsage=critical,${keyUsage}`,
    `extendedKeyUsage=${extended}`,
  ];
  const rsa = { key: 'rsa-2048' } as const;

  t.same(await judge('sign', { ...rsa, extensions: usage('digitalSignature') }), []);
  t.same(await judge('sign', { ...rsa, extensions: usage('nonRepudiation') }), []);
  t.same(await judge('sign', { ...rsa, extensions: [] }), []);
  t.same(await judge('sign', { ...rsa, extensions: usage('keyEncipherment') }), ['certificate-usage-wrong']);
  t.same(await judge('sign', { usage: 'serverAuth' }), ['certificate-usage-wrong']);
  t.same(await judge('encrypt', { ...rsa, extensions: usage('keyEncipherment') }), []);
  t.same(await judge('encrypt', { ...rsa, extensions: usage('keyEncipherment', 'anyExtendedKeyUsage') }), []);
  t.same(await judge('encrypt', { ...rsa, extensions: usage('digitalSignature') }), [
    'certificate-usage-wrong',
  ]);
  t.same(await judge('encrypt', { extensions: usage('keyAgreement') }), []);
  t.same(await judge('encrypt', { extensions: usage('keyEncipherment') }), ['certificate-usage-wrong']);
  t.same(await judge('client', { usage: 'clientAuth' }), []);
  t.same(await judge('client', { usage: 'emailProtection' }), ['certificate-usage-wrong']);
  t.same(await judge('trust', { usage: 'serverAuth' }), []);
  t.same(await judge('encrypt', { key: 'rsa-1024', extensions: [] }), ['certificate-key-weak']);
  t.same(await judge('sign', { notAfter: new Date(now.getTime() - day), extensions: [] }), [
    'certificate-expired',
  ]);
  t.same(await judge('sign', { notBefore: new Date(now.getTime() + day), extensions: [] }), [
    'certificate-not-yet-valid',
  ]);
  t.same(
    await judge('encrypt', { key: 'rsa-1024', usage: 'clientAuth', notAfter: new Date(now.getTime() - day) }),
    ['certificate-expired', 'certificate-key-weak', 'certificate-usage-wrong'],
  );
});

test('a key of each kind gets a request that openssl accepts and certifies', async (t) => {
  const all = await authority(t);
  const subject = {
    commonName: 'Rechnungsstelle Süd',
    organization: 'ACME GmbH',
    country: 'DE',
    addresses: ['rechnung@acme.example'],
    dnsNames: ['mail.acme.example'],
  };
  for (const kind of keyKinds) {
    const pair = await createKeyPair(kind);
    const file = `${all.directory}/${kind}.csr`;
    await writeFile(file, createSigningRequest(pair, subject));
    const text = await run('req', '-in', file, '-verify', '-noout', '-text', '-nameopt', 'utf8');
    t.match(text, /C ?= ?DE, O ?= ?ACME GmbH, CN ?= ?Rechnungsstelle Süd/, kind);
    t.match(text, 'email:rechnung@acme.example, DNS:mail.acme.example', kind);
    const signing = ['-CA', all.ca.certificateFile, '-CAkey', all.ca.keyFile, '-copy_extensions', 'copy'];
    const pem = await run('x509', '-req', '-in', file, ...signing, '-days', '30');
    const key = privateKeyOfPem(privateKeyPem(pair.privateKey));
    t.ok(isKeyOf(x509(pem), key), kind);
    t.equal(publicKeyDigest(x509(pem).publicKey), publicKeyDigest(pair.publicKey), kind);
    t.same(describeCertificate(x509(pem)).addresses, ['rechnung@acme.example'], kind);
  }
});
