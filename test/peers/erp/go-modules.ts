import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const DOWNLOAD_TIMEOUT_MS = 300_000;

/** What Go programs need, each said by a go.mod. */
export const goModules = {
  'kafka-go': import.meta.dirname,
  'go-client': join(import.meta.dirname, '..', 'clients'),
} as const;

/** Brings the modules that a `go.mod` names, unless they are in the cache of the machine. */
export function fetchGoModules(name: keyof typeof goModules): void {
  execFileSync('go', ['mod', 'download'], {
    cwd: goModules[name],
    stdio: 'pipe',
    timeout: DOWNLOAD_TIMEOUT_MS,
  });
}
