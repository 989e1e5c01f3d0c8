/* Certificate files of programs that are at hand: each of them is run, and what it writes is read. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { holds, issued, password } from './issued-files.ts';
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

test('files of Java are read, those of old versions too', async (t) => {
  if (!requirePeer(t, 'keytool')) return;
  const { all, rsa } = await issued(t);
  const source = join(all.directory, 'source.p12');
  await writeFile(source, await pkcs12File(all.directory, rsa, { name: 'source', password }));
  const from = ['-srckeystore', source, '-srcstoretype', 'PKCS12', '-srcstorepass', password];
  for (const [name, options] of [
    ['today', []],
    ['as before Java 8u301', ['-J-Dkeystore.pkcs12.legacy']],
    ['without encryption of certificates', ['-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE']],
  ] as const) {
    const target = join(all.directory, `java-${options.length}-${name.length}.p12`);
    const to = ['-destkeystore', target, '-deststoretype', 'PKCS12', '-deststorepass', password];
    await execute('keytool', [...options, '-importkeystore', '-noprompt', ...from, ...to]);
    holds(t, rsa, [await readFile(target)], `keytool ${name}`, password);
  }
});
