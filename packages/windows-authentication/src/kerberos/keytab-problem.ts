import { open } from 'node:fs/promises';

/** The first two bytes of every keytab: format 5, version 2 (or 1). */
const isKeytab = (bytes: Uint8Array): boolean => bytes[0] === 5 && (bytes[1] === 2 || bytes[1] === 1);

/**
 * What is wrong with a keytab, or null when it can be read. GSSAPI does not say: to it a keytab that it cannot use is one
 * that is not there.
 *
 * @param name as in KRB5_CLIENT_KTNAME: a path, maybe after `FILE:`; other kinds are not looked at
 */
export async function keytabProblem(name: string): Promise<string | null> {
  const path = name.replace(/^(WR)?FILE:/, '');
  if (/^[A-Z]{2,}:/.test(path)) return null;
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && isKeytab(buffer) ? null : `${path} is not a keytab`;
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return `${path} cannot be read (${code})`;
  }
}
