/**
 * Builds the native module of npm `kerberos` for the Node that runs this, from the sources npm has brought:
 * `npm run build:kerberos`. Needs a C++ compiler, make, python3 and the headers of Kerberos.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function npm(...args: readonly string[]): void {
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed`);
}

// npm before 11 tries to build at install time, and removes an optional package that it could not build.
if (!existsSync('node_modules/kerberos')) {
  npm('install', '--no-save', '--ignore-scripts');
  npm('rebuild', '--ignore-scripts', '--silent');
}
const nodeDirectory = join(dirname(process.execPath), '..');
const hasHeaders = existsSync(join(nodeDirectory, 'include/node/node_api.h'));
const headers = hasHeaders ? [`--nodedir=${nodeDirectory}`] : [];
npm('explore', 'kerberos', '--', 'node-gyp', 'rebuild', ...headers);
