import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs the command `openssl`; resolves with what it printed, rejects when it says no. */
export async function run(...options: readonly string[]): Promise<string> {
  const { stdout } = await execute('openssl', options, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
