import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Debian lets a machine have one mail server at a time, and the tests already have Postfix. So Exim is not installed: its
 * packages are unpacked into a folder of their own. Exim looks its user up by name, which nss_wrapper gives it.
 */
const packages = [
  'exim4-daemon-light',
  'exim4-base',
  'libgnutls-dane0',
  'libunbound8',
  'libidn12',
  'libnsl2',
  'libevent-2.1-7',
  'libpcre2-8-0',
  'libdb5.3',
  'libnss-wrapper',
];
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
const folder = join(cache, 'exim');

export const eximProgram = join(folder, 'usr/sbin/exim4');

const libraryFolders = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((one) => join(folder, 'usr/lib', one));

/** What Exim is started with, beside its user: see `NSS_WRAPPER_PASSWD`. */
export const eximEnvironment = (): Readonly<Record<string, string>> => ({
  LD_LIBRARY_PATH: libraryFolders.join(':'),
  LD_PRELOAD:
    libraryFolders.map((one) => join(one, 'libnss_wrapper.so')).find((path) => existsSync(path)) ?? '',
});

/** Downloads and unpacks the packages, once; throws when they cannot be had. */
export function fetchExim(): void {
  if (existsSync(eximProgram)) return;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'exim-'));
  try {
    execFileSync('apt-get', ['download', '-q', ...packages], {
      cwd: work,
      stdio: 'ignore',
      timeout: 120_000,
    });
    const root = join(work, 'root');
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(work, file), root], { stdio: 'ignore' });
    }
    // Another test file may have been faster.
    if (!existsSync(folder)) renameSync(root, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
