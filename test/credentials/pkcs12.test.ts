import { hash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Test, test } from 'tap';
import { arrangeWithKey, privateKeyPem, readCertificateFile } from '@postausgang/credentials/certificates';
import { decryptRc2Cbc } from '../../packages/credentials/src/certificates/pkcs12/rc2.ts';
import { repeatSha1 } from '../../packages/credentials/src/certificates/pkcs12/repeated-sha1.ts';
import { type Certificate, type Certificates, createCertificates } from '../peers/certificates.ts';
import { problemOf } from './issued-files.ts';
import { run } from './openssl.ts';
import { type Pkcs12Choice, pkcs12File } from './pkcs12-files.ts';

const password = 'Größenwahn-ß€';
const legacy = ['-legacy'];
const des = ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];
const rc2Key = ['-legacy', '-keypbe', 'PBE-SHA1-RC2-128', '-certpbe', 'PBE-SHA1-RC2-40'];

async function issued(t: Test): Promise<{ all: Certificates; rsa: Certificate; ec: Certificate }> {
  const all = await createCertificates();
  t.teardown(() => all.remove());
  const names = ['mail.test'];
  const [rsa, ec] = await Promise.all([
    all.issue('rsa', { names, key: 'rsa-2048' }),
    all.issue('ec', { names, key: 'p-384' }),
  ]);
  return { all, rsa, ec };
}

test('nine kinds of PKCS#12 that openssl makes import, or are refused with the right reason', async (t) => {
  const { all, rsa, ec } = await issued(t);
  const good: readonly (Pkcs12Choice & { of: Certificate })[] = [
    { name: 'modern', of: rsa, password: 'secret' },
    { name: 'legacy 3DES and RC2-40', of: rsa, password: 'secret', options: legacy },
    { name: '3DES', of: rsa, password: 'secret', options: des },
    { name: 'RC2-128', of: rsa, password: 'secret', options: rc2Key },
    { name: 'EC', of: ec, password: 'secret' },
    { name: 'EC legacy', of: ec, password: 'secret', options: legacy },
    { name: 'umlaut password', of: rsa, password },
    { name: 'umlaut password legacy', of: rsa, password, options: legacy },
    { name: 'umlaut password without MAC', of: ec, password, options: ['-nomac'] },
    { name: 'no password', of: ec, password: '' },
    { name: 'with chain', of: rsa, password: 'secret', chain: all.ca },
    { name: 'not encrypted', of: rsa, password: 'secret', options: ['-keypbe', 'NONE', '-certpbe', 'NONE'] },
  ];
  for (const { of, ...choice } of good) {
    const file = await pkcs12File(all.directory, of, choice);
    const { certificate, chain, key } = arrangeWithKey(readCertificateFile(file, choice.password));
    t.equal(certificate.toString(), of.certificate, choice.name);
    t.equal(privateKeyPem(key).trim(), of.key.trim(), `${choice.name}: its key`);
    t.equal(chain.length, choice.chain === undefined ? 0 : 1, `${choice.name}: its chain`);
  }

  const file = await pkcs12File(all.directory, rsa, { name: 'good', password: 'secret' });
  const keyless = await pkcs12File(all.directory, rsa, {
    name: 'keyless',
    password: 'secret',
    withKey: false,
  });
  t.equal(
    problemOf(() => readCertificateFile(file, 'other')),
    'certificate-password-wrong',
  );
  t.equal(
    problemOf(() => readCertificateFile(file)),
    'certificate-password-required',
  );
  t.equal(
    problemOf(() => arrangeWithKey(readCertificateFile(keyless, 'secret'))),
    'private-key-missing',
  );
  for (const size of [10, 500, file.length - 200, file.length - 1]) {
    const problem = problemOf(() => readCertificateFile(file.subarray(0, size), 'secret'));
    t.equal(problem, 'certificate-unreadable', `truncated to ${size} bytes`);
  }
});

test('keys of every PEM form open with their password', async (t) => {
  const { all, rsa } = await issued(t);
  const forms = [
    ['pkcs8', '-topk8', '-v2', 'aes256'],
    ['rsa', '-aes128', '-traditional'],
    ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES'],
  ];
  for (const [index, [command = '', ...options]] of forms.entries()) {
    const out = `${all.directory}/encrypted-${index}.pem`;
    await run(command, '-in', rsa.keyFile, ...options, '-out', out, '-passout', `pass:${password}`);
    const text = `${await readFile(out, 'utf8')}${all.ca.certificate}${rsa.certificate}`;
    const { certificate, chain, key } = arrangeWithKey(readCertificateFile(Buffer.from(text), password));
    t.equal(certificate.toString(), rsa.certificate, options.join(' '));
    t.equal(chain.length, 1);
    t.equal(privateKeyPem(key).trim(), rsa.key.trim());
    t.equal(
      problemOf(() => readCertificateFile(Buffer.from(text), 'x')),
      'certificate-password-wrong',
    );
    t.equal(
      problemOf(() => readCertificateFile(Buffer.from(text))),
      'certificate-password-required',
    );
    t.equal(
      problemOf(() => readCertificateFile(Buffer.from(text.slice(0, 900)), password)),
      'certificate-unreadable',
    );
  }
});

test('RC2 agrees with every example of RFC 2268', async (t) => {
  const long = '88bca90e90875a7f0f79c384627bafb2';
  const examples = [
    ['0000000000000000', 63, '0000000000000000', 'ebb773f993278eff'],
    ['ffffffffffffffff', 64, 'ffffffffffffffff', '278b27e42e2f0d49'],
    ['3000000000000000', 64, '1000000000000001', '30649edf9be7d2c2'],
    ['88', 64, '0000000000000000', '61a8a244adacccf0'],
    ['88bca90e90875a', 64, '0000000000000000', '6ccf4308974c267f'],
    [long, 64, '0000000000000000', '1a807d272bbe5db1'],
    [long, 128, '0000000000000000', '2269552ab0f85ca6'],
    [`${long}16f80a6f85920584c42fceb0be255daf1e`, 129, '0000000000000000', '5b78d3a43dfff1f1'],
  ] as const;
  for (const [key, bits, plain, ciphertext] of examples) {
    const decrypted = decryptRc2Cbc(
      Buffer.from(key, 'hex'),
      bits,
      Buffer.alloc(8),
      Buffer.from(ciphertext, 'hex'),
    );
    t.equal(decrypted.toString('hex'), plain, `${key} ${bits}`);
  }
});

test('SHA-1 again and again is what node:crypto makes of it', async (t) => {
  const start = randomBytes(20);
  let expected = start;
  for (let rounds = 0; rounds <= 100; rounds += 1) {
    t.same(repeatSha1(start, rounds), expected);
    expected = hash('sha1', expected, 'buffer');
  }
});
