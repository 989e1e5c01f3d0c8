import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { runtimeDependencies, type Sbom } from './third-party.ts';

const root = join(import.meta.dirname, '../..');

test('a release is a tarball of what runs, its list of packages, the client, and their checksums', async (t) => {
  const folder = t.testdir();
  execFileSync(process.execPath, [join(root, 'test/tooling/release.ts'), folder], {
    cwd: root,
    stdio: 'pipe',
  });
  const files = readdirSync(folder);
  const find = (pattern: RegExp): string => files.find((name) => pattern.test(name)) ?? '';
  const [tarball, sbom, client] = [/^postausgang-\d.*\.tar\.gz$/, /\.cdx\.json$/, /client-.*\.tgz$/].map(
    find,
  );
  t.same(new Set(files), new Set(['SHA256SUMS', client, sbom, tarball]));
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder, stdio: 'pipe' });

  const release = tarball?.replace('.tar.gz', '');
  const packed = execFileSync('tar', ['-tzf', join(folder, tarball ?? '')], { maxBuffer: 1 << 24 })
    .toString()
    .split('\n');
  for (const file of [
    'package-lock.json',
    'services/standalone/src/main.ts',
    'deploy/systemd/postausgang.service',
  ]) {
    t.ok(packed.includes(`${release}/${file}`), file);
  }
  t.same(
    packed.filter((name) => name.startsWith(`${release}/test/`)),
    [],
    'no tests',
  );

  const { components }: Sbom = JSON.parse(readFileSync(join(folder, sbom ?? ''), 'utf8'));
  const named = (one: { readonly name: string; readonly version: string }) => `${one.name}@${one.version}`;
  t.strictSame(
    new Set(components.map(named)),
    new Set(runtimeDependencies().map(named)),
    'the packages of the lock file that are not for tests',
  );
  t.notMatch(JSON.stringify(components), /cdx:npm:package:development/);
});
