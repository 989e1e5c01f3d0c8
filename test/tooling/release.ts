/**
 * `npm run release -- <folder>`: what a release consists of. The tarball has the committed files that run and deploy the services,
 * the list names every package that an installation of it gets (CycloneDX), and SHA256SUMS is for `sha256sum -c`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runtimeSbom, type Sbom } from './third-party.ts';

const root = resolve(import.meta.dirname, '../..');
const { name, version }: { name: string; version: string } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const release = `${name}-${version}`;

/** Tests, tools and what belongs to an editor stay in the repository. */
const shipped = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'THIRD-PARTY-NOTICES.txt',
  'deploy',
  'docker-compose.yml',
  'docs',
  'package-lock.json',
  'package.json',
  'packages',
  'services',
];

const folder = resolve(process.argv[2] ?? 'dist');
mkdirSync(folder, { recursive: true });
const inRoot = { cwd: root, maxBuffer: 64 * 1024 * 1024 } as const;

const tarball = `${release}.tar.gz`;
const to = ['--format=tar.gz', `--prefix=${release}/`, `--output=${join(folder, tarball)}`];
execFileSync('git', ['archive', ...to, 'HEAD', '--', ...shipped], inRoot);

const sbom = `${release}.cdx.json`;
const list = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
const everything: Sbom = JSON.parse(execFileSync('npm', list, inRoot).toString());
writeFileSync(join(folder, sbom), `${JSON.stringify(runtimeSbom(everything), null, 2)}\n`);

const client = execFileSync('node', [join(root, 'test/tooling/pack-client.ts'), folder], inRoot);

const files = [tarball, sbom, client.toString().trim()];
const sums = files.map((file) => `${sha256(join(folder, file))}  ${file}\n`);
writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
process.stdout.write([...files, 'SHA256SUMS'].map((file) => `${join(folder, file)}\n`).join(''));

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
