import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const INSTALL_TIMEOUT_MS = 300_000;

/** What Python programs need, each said by a requirements.txt. */
const requirementFiles = {
  moto: join(import.meta.dirname, 's3', 'requirements.txt'),
  'confluent-kafka': join(import.meta.dirname, 'erp', 'requirements.txt'),
  'python-client': join(import.meta.dirname, 'clients', 'requirements.txt'),
} as const;

const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'postausgang-python');

/** Brings the packages from PyPI unless they are there; two processes may do it at once. Returns their folder. */
export function fetchPythonPackages(name: keyof typeof requirementFiles): string {
  const requirements = requirementFiles[name];
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const directory = join(cache, digest.slice(0, 12));
  if (existsSync(directory)) return directory;
  mkdirSync(dirname(directory), { recursive: true });
  const work = mkdtempSync(`${directory}.`);
  const options = ['--quiet', '--no-deps', '--no-compile', '--disable-pip-version-check', '--target', work];
  try {
    execFileSync('python3', ['-m', 'pip', 'install', ...options, '-r', requirements], {
      stdio: 'pipe',
      timeout: INSTALL_TIMEOUT_MS,
    });
    renameSync(work, directory);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}

/** Whether the `python3` on the path can install packages. */
export function hasPip(): boolean {
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
