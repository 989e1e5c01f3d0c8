import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../credentials/openssl.ts';
import type { KeyChoice } from '../../peers/certificates.ts';

export interface MailCertificate {
  address: string;
  certificate: X509Certificate;
  certificateFile: string;
  keyFile: string;
  key: string;
}

export interface MailAuthority {
  directory: string;
  caFile: string;
  ca: X509Certificate;
  /** A certificate for signing and being encrypted to, with S/MIME capabilities (DER, hexadecimal) if they are given. */
  issue: (address: string, key: KeyChoice, capabilities?: string) => Promise<MailCertificate>;
}

const keyOptions = (key: KeyChoice): string[] => {
  const [kind = '', size = ''] = key.split('-');
  return kind === 'rsa' ? [`rsa:${size}`] : ['ec', '-pkeyopt', `ec_paramgen_curve:P-${size}`];
};

/** An authority for mail certificates that are valid for so many days, all of them made by the command `openssl`. */
export async function createMailAuthority(
  t: { teardown(work: () => Promise<void>): unknown },
  days = 30,
): Promise<MailAuthority> {
  const directory = await mkdtemp(join(tmpdir(), 'smime-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const caFile = join(directory, 'ca.pem');
  const caKeyFile = join(directory, 'ca.key');
  const request = ['req', '-x509', '-noenc', '-days', String(days), '-newkey'];
  await run(
    ...request,
    ...keyOptions('p-256'),
    '-keyout',
    caKeyFile,
    '-out',
    caFile,
    '-subj',
    '/CN=Mail Authority',
  );
  let count = 0;
  return {
    directory,
    caFile,
    ca: new X509Certificate(await readFile(caFile)),
    async issue(address, key, capabilities) {
      count += 1;
      const certificateFile = join(directory, `${count}.pem`);
      const keyFile = join(directory, `${count}.key`);
      const usage = key.startsWith('rsa') ? 'keyEncipherment' : 'keyAgreement';
      const extensions = [
        'basicConstraints=critical,CA:FALSE',
        `keyUsage=critical,digitalSignature,${usage}`,
        'extendedKeyUsage=emailProtection',
        `subjectAltName=email:${address}`,
        ...(capabilities === undefined ? [] : [`1.2.840.113549.1.9.15=DER:${capabilities}`]),
      ].flatMap((extension) => ['-addext', extension]);
      const issuer = ['-CA', caFile, '-CAkey', caKeyFile];
      const files = ['-keyout', keyFile, '-out', certificateFile, '-subj', `/CN=Test ${count}/O=Größe`];
      await run(...request, ...keyOptions(key), ...issuer, ...files, '-utf8', ...extensions);
      const [pem, keyPem] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
      return { address, certificate: new X509Certificate(pem), certificateFile, keyFile, key: keyPem };
    },
  };
}
