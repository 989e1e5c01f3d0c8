import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { run } from '../../credentials/openssl.ts';
import type { MailAuthority, MailCertificate } from './mail-authority.ts';

const passphrase = 'abc';

export interface Gpgsm {
  /** Rejects when gpgsm does not find the signature of the content good. */
  verify: (content: Uint8Array, signature: Uint8Array) => Promise<void>;
  decrypt: (enveloped: Uint8Array) => Promise<Buffer>;
}

/** GnuPG's S/MIME with a keyring of its own that trusts the authority and holds the keys of these (RSA) readers. */
export async function startGpgsm(
  t: Pick<Test, 'teardown'>,
  authority: MailAuthority,
  readers: readonly MailCertificate[],
): Promise<Gpgsm> {
  const home = join(authority.directory, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const sha1 = /=(.*)/.exec(
    await run('x509', '-in', authority.caFile, '-noout', '-fingerprint', '-sha1'),
  )?.[1];
  await writeFile(join(home, 'trustlist.txt'), `${sha1} S relax\n`);
  await writeFile(join(home, 'gpgsm.conf'), 'disable-crl-checks\n');
  await writeFile(join(home, 'gpg-agent.conf'), 'allow-loopback-pinentry\n');
  // Its agent lives on by itself; this ends the one of this folder.
  t.teardown(() => promisify(execFile)('gpgconf', ['--homedir', home, '--kill', 'all']));
  await gpgsm(home, ['--import', authority.caFile]);
  for (const { certificateFile, keyFile } of readers) {
    const file = `${certificateFile}.p12`;
    const source = ['-in', certificateFile, '-inkey', keyFile, '-legacy'];
    await run('pkcs12', '-export', ...source, '-out', file, '-passout', `pass:${passphrase}`);
    await gpgsm(home, ['--import', file]);
  }
  let count = 0;
  const fileOf = async (bytes: Uint8Array): Promise<string> => {
    const file = join(home, `input-${(count += 1)}`);
    await writeFile(file, bytes);
    return file;
  };
  return {
    async verify(content, signature) {
      await gpgsm(home, ['--verify', await fileOf(signature), await fileOf(content)]);
    },
    async decrypt(enveloped) {
      const output = join(home, `output-${(count += 1)}`);
      await gpgsm(home, ['--output', output, '--decrypt', await fileOf(enveloped)]);
      return readFile(output);
    },
  };
}

async function gpgsm(home: string, options: readonly string[]): Promise<void> {
  const quiet = ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase-fd', '0'];
  const child = spawn('gpgsm', [...quiet, ...options], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${passphrase}\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`gpgsm ${options.join(' ')}: ${errors}`);
}
