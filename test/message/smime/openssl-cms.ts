import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MailAuthority, MailCertificate } from './mail-authority.ts';

const execute = promisify(execFile);

async function cms(input: Uint8Array, ...options: readonly string[]): Promise<Buffer> {
  const running = execute('openssl', ['cms', ...options], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  });
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  const { stdout } = await running;
  return stdout;
}

/** The content whose signature `openssl cms` finds to be the sender's; rejects when it does not. */
export function verified(message: Uint8Array, { caFile }: Pick<MailAuthority, 'caFile'>): Promise<Buffer> {
  return cms(message, '-verify', '-CAfile', caFile, '-crlfeol');
}

/** What `openssl cms` gets out of an encrypted message with a recipient's key; rejects when it gets nothing. */
export function decrypted(
  message: Uint8Array,
  { certificateFile, keyFile }: Pick<MailCertificate, 'certificateFile' | 'keyFile'>,
): Promise<Buffer> {
  return cms(message, '-decrypt', '-recip', certificateFile, '-inkey', keyFile);
}
