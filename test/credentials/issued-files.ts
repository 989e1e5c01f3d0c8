import type { Test } from 'tap';
import { arrangeWithKey, CertificateError, privateKeyPem } from '@postausgang/credentials/certificates';
import { readCertificateFiles } from '../../packages/credentials/src/certificates/read-certificate-file.ts';
import { type Certificate, type Certificates, createCertificates } from '../peers/certificates.ts';

/** Of every file that a test writes. */
export const password = 'geheim';

/** Certificates to be written into files, with keys of both kinds. */
export async function issued(t: Test): Promise<{ all: Certificates; rsa: Certificate; ec: Certificate }> {
  const all = await createCertificates();
  t.teardown(() => all.remove());
  const names = ['mail.test'];
  const [rsa, ec] = await Promise.all([
    all.issue('rsa', { names, key: 'rsa-2048' }),
    all.issue('ec', { names, key: 'p-256' }),
  ]);
  return { all, rsa, ec };
}

/** Checks that files hold the certificate and its key. */
export function holds(
  t: Test,
  of: Certificate,
  files: readonly Uint8Array[],
  name: string,
  secret?: string,
): void {
  try {
    const { certificate, key } = arrangeWithKey(readCertificateFiles(files, secret));
    t.equal(certificate.toString(), of.certificate, name);
    t.equal(privateKeyPem(key).trim(), of.key.trim(), `${name}: its key`);
  } catch (error) {
    t.fail(`${name}: ${String(error)}`);
  }
}

/** What is wrong with a file; `none` where nothing is. */
export function problemOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return error instanceof CertificateError ? error.problem : `no CertificateError: ${String(error)}`;
  }
  return 'none';
}
