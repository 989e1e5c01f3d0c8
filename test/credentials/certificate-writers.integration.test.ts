/* Certificate files of programs that are at hand: each of them is run, and what it writes is read. */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { test } from 'tap';
import { readCertificateFiles } from '../../packages/credentials/src/certificates/read-certificate-file.ts';
import { fetchJars } from '../peers/jars.ts';
import type { Certificate } from '../peers/certificates.ts';
import { requirePeer } from '../peers/peer.ts';
import { holds, issued, password, problemOf } from './issued-files.ts';
import { pkcs12File } from './pkcs12-files.ts';

const writers = `
import sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12, PrivateFormat
directory, certificate, key = sys.argv[1:4]
certificate = x509.load_pem_x509_certificate(open(certificate, 'rb').read())
key = serialization.load_pem_private_key(open(key, 'rb').read(), None)
new = PrivateFormat.PKCS12.encryption_builder()
kinds = {
    'best': serialization.BestAvailableEncryption(b'geheim'),
    '3des': new.kdf_rounds(3000).key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1()).build(b'geheim'),
    'aes': new.kdf_rounds(50000).key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA512()).build(b'geheim'),
    'none': serialization.NoEncryption(),
}
for name, encryption in kinds.items():
    file = pkcs12.serialize_key_and_certificates(b'name', key, certificate, None, encryption)
    open(f'{directory}/python-{name}.p12', 'wb').write(file)
`;

const execute = promisify(execFile);

test('files of Python are read', async (t) => {
  if (!requirePeer(t, 'python-cryptography')) return;
  const { all, rsa } = await issued(t);
  await execute('python3', ['-c', writers, all.directory, rsa.certificateFile, rsa.keyFile]);
  for (const name of ['best', '3des', 'aes', 'none']) {
    const file = await readFile(join(all.directory, `python-${name}.p12`));
    holds(t, rsa, [file], `Python ${name}`, password);
  }
});

/** What keytool needs to copy one store into another. */
function throughKeytool(source: string, target: string, storeType: string): string[] {
  const from = ['-srckeystore', source, '-srcstoretype', 'PKCS12', '-srcstorepass', password];
  const to = ['-destkeystore', target, '-deststoretype', storeType, '-deststorepass', password];
  return ['-importkeystore', '-noprompt', ...from, ...to];
}

test('files of Java are read, those of old versions too', async (t) => {
  if (!requirePeer(t, 'keytool')) return;
  const { all, rsa } = await issued(t);
  const source = join(all.directory, 'source.p12');
  await writeFile(source, await pkcs12File(all.directory, rsa, { name: 'source', password }));
  for (const [name, options] of [
    ['today', []],
    ['as before Java 8u301', ['-J-Dkeystore.pkcs12.legacy']],
    ['without encryption of certificates', ['-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE']],
  ] as const) {
    const target = join(all.directory, `java-${options.length}-${name.length}.p12`);
    await execute('keytool', [...options, ...throughKeytool(source, target, 'PKCS12')]);
    holds(t, rsa, [await readFile(target)], `keytool ${name}`, password);
  }
});

test('files of Bouncy Castle are read', async (t) => {
  if (!requirePeer(t, 'bouncy-castle')) return;
  const { all, rsa, ec } = await issued(t);
  const provider = ['-providerclass', 'org.bouncycastle.jce.provider.BouncyCastleProvider'];
  const path = (await readdir(fetchJars('bouncy-castle'))).map((jar) =>
    join(fetchJars('bouncy-castle'), jar),
  );
  const options = ['-destprovidername', 'BC', ...provider, '-providerpath', path.join(delimiter)];
  const through = async (of: Certificate, storeType: string): Promise<void> => {
    const source = join(all.directory, 'source.p12');
    await writeFile(source, await pkcs12File(all.directory, of, { name: 'source', password }));
    const target = join(all.directory, `bouncy-castle-${storeType}.p12`);
    await rm(target, { force: true });
    // keytool ends with a failure where its own reader does not know what Bouncy Castle has written.
    await execute('keytool', [...throughKeytool(source, target, storeType), ...options]).catch(() => {});
    holds(t, of, [await readFile(target)], `Bouncy Castle ${storeType}`, password);
  };
  const legacy = ['PKCS12-3DES-40RC2', 'PKCS12-3DES-3DES'];
  for (const storeType of [...legacy, 'PKCS12-AES256-AES128', 'PKCS12-AES256-AES128-GCM', 'PKCS12-PBMAC1'])
    await through(rsa, storeType);
  await through(ec, 'PKCS12-AES256-AES128');
});

test('files of GnuTLS are read', async (t) => {
  if (!requirePeer(t, 'gnutls')) return;
  const { all, rsa, ec } = await issued(t);
  const exported = async (of: Certificate, options: readonly string[]): Promise<Buffer> => {
    const target = join(all.directory, 'gnutls.out');
    const from = ['--load-privkey', of.keyFile, '--load-certificate', of.certificateFile];
    await execute('certtool', [...from, '--password', password, ...options, '--outfile', target]);
    return readFile(target);
  };
  const toPkcs12 = ['--to-p12', '--p12-name', 'name'];
  for (const cipher of ['3des', '3des-pkcs12', 'aes-128', 'aes-256', 'rc2-40']) {
    const file = await exported(rsa, [...toPkcs12, '--pkcs-cipher', cipher, '--outder']);
    holds(t, rsa, [file], `GnuTLS ${cipher}`, password);
  }
  for (const issuedOne of [rsa, ec]) {
    holds(t, issuedOne, [await exported(issuedOne, toPkcs12)], 'GnuTLS, armored', password);
    const key = await exported(issuedOne, ['--to-p8']);
    holds(t, issuedOne, [await readFile(issuedOne.certificateFile), key], 'GnuTLS, key of its own', password);
  }
  const rc4 = await exported(rsa, [...toPkcs12, '--pkcs-cipher', 'arcfour', '--outder']);
  t.equal(
    problemOf(() => readCertificateFiles([rc4], password)),
    'certificate-encryption-unsupported',
  );
});

/** As `pk12util` names them; without one it takes what it takes by default. */
const ciphersOfNss = {
  read: [
    [],
    ['AES-128-CBC'],
    ['AES-192-CBC'],
    ['AES-256-CBC'],
    ['DES-EDE3-CBC'],
    ['RC2-CBC'],
    ['CAMELLIA-256-CBC'],
  ],
  unsupported: [['RC4']],
} as const;

test('files of NSS are read, or said to be encrypted in a way that is not supported', async (t) => {
  if (!requirePeer(t, 'nss')) return;
  const { all, rsa, ec } = await issued(t);
  const exported = async (of: Certificate, choices: readonly (readonly string[])[]): Promise<Buffer[]> => {
    const database = ['-d', `sql:${await mkdtemp(join(all.directory, 'nss-'))}`];
    await execute('certutil', ['-N', ...database, '--empty-password']);
    const source = join(all.directory, 'nss-source.p12');
    const options = ['-name', 'name'];
    await writeFile(source, await pkcs12File(all.directory, of, { name: 'nss-source', password, options }));
    await execute('pk12util', ['-i', source, ...database, '-W', password]);
    const target = join(all.directory, 'nss.p12');
    const files: Buffer[] = [];
    for (const [cipher] of choices) {
      const choice = cipher === undefined ? [] : ['-c', cipher, '-C', cipher];
      await execute('pk12util', ['-o', target, '-n', 'name', ...database, '-W', password, ...choice]);
      files.push(await readFile(target));
    }
    return files;
  };
  for (const [index, file] of (await exported(rsa, ciphersOfNss.read)).entries())
    holds(t, rsa, [file], `NSS ${ciphersOfNss.read[index]?.join()}`, password);
  for (const file of await exported(ec, [[]])) holds(t, ec, [file], 'NSS, elliptic curve', password);
  for (const file of await exported(rsa, ciphersOfNss.unsupported)) {
    t.equal(
      problemOf(() => readCertificateFiles([file], password)),
      'certificate-encryption-unsupported',
    );
  }
});

test('files of node-forge are read', async (t) => {
  const { rsa } = await issued(t);
  const key = forge.pki.privateKeyFromPem(rsa.key);
  // One of its own: what others have signed with elliptic curves it writes with other parameters.
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = '01';
  certificate.sign(key, forge.md.sha256.create());
  const own = {
    ...rsa,
    certificate: new X509Certificate(forge.pki.certificateToPem(certificate)).toString(),
  };
  for (const algorithm of ['3des', 'aes128', 'aes192', 'aes256'] as const) {
    const pfx = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, { algorithm, friendlyName: 'name' });
    const file = Buffer.from(forge.asn1.toDer(pfx).getBytes(), 'binary');
    holds(t, own, [file], `node-forge ${algorithm}`, password);
  }
});
