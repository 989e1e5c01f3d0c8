import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = join(root, 'node_modules/kerberos/build/Release/kerberos.node');
const BUILD_TIMEOUT_MS = 300_000;

/** Builds the native module as an operator does, once. Throws when it cannot be built. */
export function buildKerberos(): void {
  if (existsSync(built)) return;
  const script = join(root, 'packages/windows-authentication/src/kerberos/build-kerberos.ts');
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
  execFileSync(process.execPath, [script], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: 'pipe',
    timeout: BUILD_TIMEOUT_MS,
  });
}
