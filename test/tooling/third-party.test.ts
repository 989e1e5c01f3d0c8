import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import semver from 'semver';
import { test } from 'tap';
import { runtimeDependencies, thirdPartyNotices } from './third-party.ts';

const root = join(import.meta.dirname, '../..');
const dependencies = runtimeDependencies();

/** Below these are known holes. */
const floors: Readonly<Record<string, string>> = {
  'fast-xml-parser': '5.5.6',
  fastify: '5.12.8',
  jose: '6.2.17',
  nodemailer: '10.6.0',
};

const isAtLeast = (version: string, floor: string): boolean => {
  const numbers = (text: string): number[] => text.split('.').map(Number);
  const [have, want] = [numbers(version), numbers(floor)];
  const at = want.findIndex((number, index) => have[index] !== number);
  return at === -1 || (have[at] ?? 0) > (want[at] ?? 0);
};

test('no dependency is older than the version that mended it', async (t) => {
  for (const [name, floor] of Object.entries(floors)) {
    const versions = dependencies.filter((one) => one.name === name).map(({ version }) => version);
    t.not(versions.length, 0, name);
    for (const version of versions)
      t.ok(isAtLeast(version, floor), `${name} ${version} is at least ${floor}`);
  }
  t.ok(isAtLeast('5.12.10', '5.12.8') && !isAtLeast('5.9.99', '5.12.8'));
});

test('no fast JWT library with known holes is among them', async (t) => {
  const names = new Set(dependencies.map(({ name }) => name));
  for (const name of ['@fastify/jwt', 'fast-jwt']) t.notOk(names.has(name), name);
});

/** None of these asks for the source of what it is used in. */
const allowed = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
]);

test('every dependency has a license that may go with ours', async (t) => {
  const isAllowed = (license = ''): boolean =>
    license
      .replaceAll(/[()]/g, '')
      .split(' OR ')
      .some((one) => allowed.has(one));
  t.same(
    dependencies.filter(({ license }) => !isAllowed(license)).map(({ name }) => name),
    [],
  );
});

test('versions are pinned exactly, and come from one registry', async (t) => {
  for (const path of [
    'package.json',
    ...globSync(['packages/*/package.json', 'services/*/package.json'], { cwd: root }),
  ]) {
    const { dependencies: own = {} }: { dependencies?: Record<string, string> } = JSON.parse(
      readFileSync(join(root, path), 'utf8'),
    );
    const loose = Object.entries(own).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    t.same(loose, [], path);
  }
  const hosts = new Set(
    dependencies.flatMap(({ resolved }) => (resolved === undefined ? [] : [new URL(resolved).host])),
  );
  t.ok(hosts.size <= 1);
});

test('npm warns of no package on the oldest Node that a newcomer may have', async (t) => {
  const oldest = 'v20.20.2';
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  t.ok(semver.satisfies(oldest, read('package.json').engines.node));
  const locked: Record<string, { engines?: { node?: string } }> = read('package-lock.json').packages;
  const tooNew = Object.entries(locked).filter(
    ([, { engines = {} }]) => !semver.satisfies(oldest, engines.node ?? '*'),
  );
  t.same(
    tooNew.map(([path]) => path),
    [],
  );
});

test('the notices name everybody whose work is used (npm run generate:notices)', async (t) => {
  const notices = readFileSync(join(root, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  t.equal(notices, thirdPartyNotices());
});

test('npm run sbom gives a CycloneDX list with everything that runs', async (t) => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const bom: { bomFormat: string; components: { name: string; version: string }[] } = JSON.parse(stdout);
  t.equal(bom.bomFormat, 'CycloneDX');
  const listed = new Set(bom.components.map(({ name, version }) => `${name} ${version}`));
  const missing = dependencies.filter(
    ({ name, version, isOptional }) => !isOptional && !listed.has(`${name} ${version}`),
  );
  t.same(
    missing.map(({ name }) => name),
    [],
  );
});
