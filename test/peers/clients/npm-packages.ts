import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const INSTALL_TIMEOUT_MS = 300_000;
const cache = join(import.meta.dirname, '../../../node_modules/.cache/postausgang-npm');
const files = ['package.json', 'package-lock.json'];

/**
 * Brings the generators of clients for TypeScript, and what their clients need, unless they are there; two processes may do
 * it at once. They are no dependencies of the repository, which would be half as large again.
 *
 * @returns the folder that has `node_modules`
 */
export function fetchNpmPackages(): string {
  const lock = readFileSync(join(import.meta.dirname, 'package-lock.json'));
  const directory = join(cache, createHash('sha256').update(lock).digest('hex').slice(0, 12));
  if (existsSync(directory)) return directory;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(`${directory}.`);
  for (const file of files) cpSync(join(import.meta.dirname, file), join(work, file));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  try {
    execFileSync('npm', ['ci', ...options], { cwd: work, stdio: 'pipe', timeout: INSTALL_TIMEOUT_MS });
    renameSync(work, directory);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}
