import { execFileSync } from 'node:child_process';

const DOWNLOAD_TIMEOUT_MS = 300_000;

/** Brings the modules that `go.mod` beside this file names, unless they are in the cache of the machine. */
export function fetchGoModules(): void {
  execFileSync('go', ['mod', 'download'], {
    cwd: import.meta.dirname,
    stdio: 'pipe',
    timeout: DOWNLOAD_TIMEOUT_MS,
  });
}
