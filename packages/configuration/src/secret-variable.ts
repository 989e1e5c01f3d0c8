import { readFile } from 'node:fs/promises';
import { ConfigurationError } from './configuration-error.ts';

/**
 * A secret that stands in a variable, or in the file that a variable of the same name with `_FILE` behind it names; empty
 * where neither does. A line end at the end of the file does not count.
 *
 * @throws ConfigurationError, never with the secret in it.
 */
export async function readSecret(name: string, value: string, file: string): Promise<string> {
  if (file === '') return value;
  if (value !== '') {
    throw new ConfigurationError([`${name}, ${name}_FILE: only one of the two may be set`]);
  }
  return (await readNamedFile(`${name}_FILE`, file)).replace(/\r?\n$/, '');
}

/**
 * The text of the file that a variable names.
 *
 * @throws ConfigurationError that names the variable and the file.
 */
export async function readNamedFile(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigurationError([`${name}: ${file} cannot be read (${code})`]);
  }
}
