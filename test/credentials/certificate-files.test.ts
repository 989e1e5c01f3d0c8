/*
 * Certificate files as programs write them: each is read, or refused for the reason that is true. The files of
 * `test/credentials/files` were written by programs that are not at hand here; their password is `geheim`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import {
  arrangeMany,
  arrangeWithKey,
  arrangeWithoutKey,
  describeCertificate,
  readCertificateFile,
} from '@postausgang/credentials/certificates';
import { readCertificateFiles } from '../../packages/credentials/src/certificates/read-certificate-file.ts';
import { holds, issued, password, problemOf } from './issued-files.ts';
import { keyOfRounds } from './der.ts';
import { run } from './openssl.ts';
import { pkcs12File } from './pkcs12-files.ts';

const samples = join(import.meta.dirname, 'files');
const legacy = ['-provider', 'legacy', '-provider', 'default'];

const pkcs12Kinds: readonly (readonly string[])[] = [
  [],
  ['-legacy'],
  ['-nomac'],
  ['-nomaciter', '-noiter'],
  ['-iter', '100000'],
  ['-keypbe', 'NONE', '-certpbe', 'NONE'],
  ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC'],
  ['-keypbe', 'DES-EDE3-CBC', '-certpbe', 'DES-EDE3-CBC'],
  ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
  ['-legacy', '-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES'],
  ['-legacy', '-keypbe', 'PBE-SHA1-RC2-128', '-certpbe', 'PBE-SHA1-RC2-40'],
  ['-macalg', 'sha224'],
  ['-macalg', 'sha384'],
  ['-macalg', 'sha512'],
];

test('PKCS#12 of every kind that openssl writes is read, and another password is told from it', async (t) => {
  const { all, rsa, ec } = await issued(t);
  for (const [index, options] of pkcs12Kinds.entries()) {
    const name = options.join(' ');
    for (const [kind, of] of Object.entries({ rsa, ec })) {
      const choice = { name: `${kind}-${index}`, password, options, chain: all.ca };
      holds(t, of, [await pkcs12File(all.directory, of, choice)], `${kind} ${name}`, password);
    }
    const file = await readFile(join(all.directory, `ec-${index}.p12`));
    const isOpen = options.includes('NONE') && options.includes('-nomac');
    if (!isOpen)
      t.equal(
        problemOf(() => readCertificateFile(file, 'other')),
        'certificate-password-wrong',
        name,
      );
  }
});

const keyKinds: readonly (readonly string[])[] = [
  ...['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'].flatMap((cipher) =>
    ['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA512'].map((prf) => [
      'pkcs8',
      '-topk8',
      '-v2',
      cipher,
      '-v2prf',
      prf,
    ]),
  ),
  ...[
    'MD5-DES',
    'SHA1-DES',
    'MD5-RC2-64',
    'SHA1-RC2-64',
    'SHA1-RC2-40',
    'SHA1-RC2-128',
    'SHA1-2DES',
    'SHA1-3DES',
  ].map((scheme) => ['pkcs8', '-topk8', '-v1', `PBE-${scheme}`, ...legacy]),
  ...['-des', '-des3', '-aes128', '-aes192', '-aes256', '-camellia128'].map((cipher) => [
    'rsa',
    '-traditional',
    cipher,
    ...legacy,
  ]),
];

test('keys of every kind that openssl encrypts are read beside their certificate', async (t) => {
  const { all, rsa } = await issued(t);
  for (const [index, [command = '', ...options]] of keyKinds.entries()) {
    const out = join(all.directory, `key-${index}.pem`);
    await run(command, '-in', rsa.keyFile, ...options, '-out', out, '-passout', `pass:${password}`);
    const key = await readFile(out);
    const name = [command, ...options].join(' ');
    holds(t, rsa, [Buffer.from(rsa.certificate), key], name, password);
    const read = (secret: string) =>
      problemOf(() => readCertificateFiles([Buffer.from(rsa.certificate), key], secret));
    t.equal(read('other'), 'certificate-password-wrong', name);
    t.equal(read(''), 'certificate-password-required', name);
  }
  const scrypt = join(all.directory, 'scrypt.pem');
  await run('pkcs8', '-topk8', '-scrypt', '-in', rsa.keyFile, '-out', scrypt, '-passout', `pass:${password}`);
  const file = await readFile(scrypt);
  t.equal(
    problemOf(() => readCertificateFile(file, password)),
    'certificate-encryption-unsupported',
  );
});

test('the layout of a text does not matter', async (t) => {
  const { all, rsa, ec } = await issued(t);
  const text = `${rsa.certificate}${rsa.key}`;
  const utf16 = Buffer.from(text, 'utf16le');
  const layouts: Readonly<Record<string, Buffer>> = {
    CRLF: Buffer.from(text.replaceAll('\n', '\r\n')),
    'CR only': Buffer.from(text.replaceAll('\n', '\r')),
    'empty lines': Buffer.from(text.replaceAll('\n', '\n\n')),
    indented: Buffer.from(text.replaceAll(/^/gm, '    ')),
    'tabs and spaces behind the lines': Buffer.from(text.replaceAll('\n', ' \t\n')),
    'UTF-8 with a mark': Buffer.from(`\ufeff${text}`),
    'UTF-16 LE with a mark': Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
    'UTF-16 LE': utf16,
    'UTF-16 BE with a mark': Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]),
    'UTF-16 BE': Buffer.from(utf16).swap16(),
    'bag attributes': Buffer.from(`Bag Attributes\n    localKeyID: 01\nsubject=CN = ä\n${text}`),
    'on one line': Buffer.from(text.replaceAll(/\n(?!-)/g, '').replaceAll('-----M', '-----\nM')),
    'X509 CERTIFICATE': Buffer.from(text.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')),
  };
  for (const [name, file] of Object.entries(layouts)) holds(t, rsa, [file], name);

  const out = (name: string): string => join(all.directory, name);
  await run('rsa', '-in', rsa.keyFile, '-traditional', '-outform', 'DER', '-out', out('pkcs1.der'));
  await run('pkcs8', '-in', rsa.keyFile, '-topk8', '-nocrypt', '-outform', 'DER', '-out', out('pkcs8.der'));
  await run('ec', '-in', ec.keyFile, '-out', out('sec1.pem'));
  await run('ec', '-in', ec.keyFile, '-outform', 'DER', '-out', out('sec1.der'));
  await run(
    'pkcs8',
    '-in',
    ec.keyFile,
    '-topk8',
    '-outform',
    'DER',
    '-out',
    out('enc.der'),
    '-passout',
    `pass:${password}`,
  );
  await run(
    'x509',
    '-in',
    rsa.certificateFile,
    '-trustout',
    '-addtrust',
    'emailProtection',
    '-out',
    out('trusted.pem'),
  );
  await run('x509', '-in', rsa.certificateFile, '-outform', 'DER', '-out', out('certificate.der'));
  const each = async (...names: string[]) => Promise.all(names.map((name) => readFile(out(name))));
  holds(t, rsa, await each('certificate.der', 'pkcs1.der'), 'DER and PKCS#1');
  holds(t, rsa, await each('pkcs8.der', 'certificate.der'), 'key first');
  holds(t, rsa, await each('trusted.pem', 'pkcs8.der'), 'trusted');
  holds(t, ec, [Buffer.from(ec.certificate), ...(await each('sec1.pem'))], 'SEC 1');
  holds(t, ec, [Buffer.from(ec.certificate), ...(await each('sec1.der'))], 'SEC 1 as DER');
  holds(t, ec, [Buffer.from(ec.certificate), ...(await each('enc.der'))], 'encrypted DER', password);

  const p12 = (await pkcs12File(all.directory, rsa, { name: 'bare', password })).toString('base64');
  holds(t, rsa, [Buffer.from(p12)], 'PKCS#12 as base64', password);
  holds(
    t,
    rsa,
    [Buffer.from(`-----BEGIN PKCS12-----\n${p12}\n-----END PKCS12-----`)],
    'armored PKCS#12',
    password,
  );

  const p7b = out('bundle.p7b');
  await run(
    'crl2pkcs7',
    '-nocrl',
    '-certfile',
    rsa.certificateFile,
    '-certfile',
    all.ca.certificateFile,
    '-out',
    p7b,
  );
  const pkcs7 = await readFile(p7b, 'utf8');
  const bundles = [
    pkcs7,
    pkcs7.replaceAll('PKCS7', 'CERTIFICATE'),
    pkcs7.replaceAll('PKCS7', 'CMS'),
    pkcs7.replaceAll(/-----.*\n/g, ''),
  ];
  for (const bundle of bundles) {
    const { certificate, chain } = arrangeWithoutKey(readCertificateFile(Buffer.from(bundle)));
    t.equal(certificate.toString(), rsa.certificate);
    t.equal(chain.length, 1);
  }
});

/** The newest of each file with a key: whom it is for. */
const owners = 'erp@acme.example';

test('files of NSS, GnuTLS, Windows and old Macs are read', async (t) => {
  for (const name of await readdir(samples)) {
    if (!/^(p12|bundle)-/.test(name)) continue;
    const { certificate } = arrangeWithKey(
      readCertificateFile(await readFile(join(samples, name)), password),
    );
    t.same(describeCertificate(certificate).addresses, [owners], name);
  }
  for (const name of ['adcs-certnew.p7b', 'own-base64-no-header.cer']) {
    const { certificate } = arrangeWithoutKey(readCertificateFile(await readFile(join(samples, name))));
    t.same(describeCertificate(certificate).addresses, [owners], name);
  }
});

test('of two certificates for one key the newer one counts', async (t) => {
  const file = readCertificateFile(
    await readFile(join(samples, 'p12-old-and-renewed-same-key.p12')),
    password,
  );
  const { certificate, key } = arrangeWithKey(file);
  const all = file.certificates.filter((one) => one.checkPrivateKey(key));
  t.equal(all.length, 2);
  t.ok(all.every(({ validFromDate }) => validFromDate <= certificate.validFromDate));
});

test('odd and damaged names cost a certificate nothing else', async (t) => {
  const expected: Readonly<Record<string, string>> = {
    'r11idn.pem': 'r11idn@xn--bcher-kva.example',
    'r12smtputf8.pem': 'müller@xn--bcher-kva.example',
    'r24space.pem': 'r24space@example.com',
    'r32badsan.pem': 'r32badsan@example.com',
    'r34edipartysan.pem': 'r34edipartysan@example.com',
    'r36x400san.pem': 'r36x400san@example.com',
  };
  for (const [name, address] of Object.entries(expected)) {
    const { certificate } = arrangeWithoutKey(readCertificateFile(await readFile(join(samples, name))));
    t.same(describeCertificate(certificate).addresses, [address], name);
  }
});

test('any byte of a certificate may be damaged, and nothing fails', async (t) => {
  const { rsa } = await issued(t);
  const whole = readCertificateFile(Buffer.from(rsa.certificate)).certificates[0]?.raw ?? Buffer.alloc(0);
  for (let at = 0; at < whole.length; at += 3) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    const problem = problemOf(() =>
      arrangeMany(readCertificateFile(damaged)).map(({ certificate }) => describeCertificate(certificate)),
    );
    t.match(problem, /^(none|certificate-[a-z-]+)$/, `byte ${at}`);
  }
});

test('one damaged entry does not cost the others, and is named', async (t) => {
  const damaged = readCertificateFile(await readFile(join(samples, 'recipients-one-damaged.pem')));
  t.same(damaged.damaged, [2]);
  t.equal(arrangeMany(damaged).length, 1);
  const generation = arrangeMany(
    readCertificateFile(await readFile(join(samples, 'recipients-wrong-generation-ca.pem'))),
  );
  t.same(
    generation.map(({ certificate, chain }) => [certificate.ca, chain.length]),
    [
      [false, 0],
      [true, 0],
    ],
  );
});

test('a key that asks for endless rounds is refused before one is done', async (t) => {
  const { rsa } = await issued(t);
  for (const rounds of ['7fffffff', '0100000000', '7fffffffffffffff', '00989681']) {
    const file = Buffer.from(`${rsa.certificate}${keyOfRounds(rounds)}`);
    t.match(
      problemOf(() => readCertificateFile(file, password)),
      /^certificate-(rounds-too-many|encryption-unsupported)$/,
    );
  }
  const many = Array.from({ length: 200 }, (_, index) =>
    keyOfRounds(`01${(0x8000 + index).toString(16)}`),
  ).join('');
  t.equal(
    problemOf(() => readCertificateFile(Buffer.from(many), password)),
    'certificate-password-wrong',
  );
});
