import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from '../peers/certificates.ts';

const run = promisify(execFile);

export interface Pkcs12Choice {
  name: string;
  password: string;
  /** Options of `openssl pkcs12`. */
  options?: readonly string[];
  chain?: Certificate;
  withKey?: boolean;
}

/** A PKCS#12 file made by the command `openssl pkcs12`. */
export async function pkcs12File(directory: string, of: Certificate, choice: Pkcs12Choice): Promise<Buffer> {
  const { name, password, options = [], chain, withKey = true } = choice;
  const file = join(directory, `${name}.p12`);
  const source = ['-in', of.certificateFile, ...(withKey ? ['-inkey', of.keyFile] : ['-nokeys'])];
  const chained = chain === undefined ? [] : ['-certfile', chain.certificateFile];
  const output = ['-out', file, '-passout', `pass:${password}`];
  await run('openssl', ['pkcs12', '-export', ...source, ...chained, ...options, ...output]);
  return readFile(file);
}
