/** `npm run pack:client [folder]`: compiles the client and packs it as npm publishes it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const source = join(root, 'packages/client');

const destination = resolve(process.argv[2] ?? 'dist');
const work = mkdtempSync(join(tmpdir(), 'postausgang-client-'));
try {
  const tsc = join(root, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', source, '--outDir', join(work, 'dist')], { stdio: 'inherit' });
  for (const file of [join(source, 'README.md'), join(root, 'LICENSE')])
    cpSync(file, join(work, basename(file)));
  // In the repository the package is its sources, and private.
  const { private: _private, ...manifest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const exports = { '.': { types: './dist/index.d.ts', default: './dist/index.js' } };
  writeFileSync(
    join(work, 'package.json'),
    JSON.stringify({ ...manifest, exports, files: ['dist'] }, null, 2),
  );
  mkdirSync(destination, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', destination], {
    cwd: work,
    stdio: 'inherit',
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
