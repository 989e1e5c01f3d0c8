import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { codeWalls } from './walls/code-walls.ts';
import { importWalls } from './walls/import-walls.ts';
import { pureWalls } from './walls/pure-walls.ts';
import type { Wall } from './walls/wall.ts';

const walls: readonly Wall[] = [...pureWalls, ...importWalls, ...codeWalls];
const root = fileURLToPath(new URL('../..', import.meta.url));
const linter = join(root, 'node_modules/oxlint/bin/oxlint');

function writeSamples(directory: string): void {
  for (const { broken, kept } of walls) {
    for (const [path, source] of Object.entries({ ...broken, ...kept })) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), `${source}\n`);
    }
  }
}

/** Overrides match paths relative to the configuration, so the samples stand in a house of their own with ours. */
function lintSamples(directory: string): ReadonlySet<string> {
  mkdirSync(join(directory, 'test/tooling'), { recursive: true });
  for (const name of [
    'node_modules',
    'tsconfig.json',
    'package.json',
    'oxlint.config.ts',
    'test/tooling/no-clock.ts',
  ]) {
    symlinkSync(join(root, name), join(directory, name));
  }
  const options = ['--type-aware', '-f', 'json', 'packages', 'services', 'test'];
  const run = spawnSync(process.execPath, [linter, ...options], { cwd: directory, encoding: 'utf8' });
  const report: { diagnostics: { code: string; filename: string }[] } = JSON.parse(run.stdout);
  return new Set(report.diagnostics.map(({ code, filename }) => `${filename} ${code}`));
}

function reported(findings: ReadonlySet<string>, files: Wall['broken'], rule: string): readonly string[] {
  return Object.keys(files).filter((path) => findings.has(`${path} ${rule}`));
}

test('every wall is reported where it is broken, and nowhere else', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'postausgang-walls-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeSamples(directory);
  const findings = lintSamples(directory);
  for (const { says, rule, broken, kept = {} } of walls) {
    t.same(reported(findings, broken, rule), Object.keys(broken), says);
    t.same(reported(findings, kept, rule), [], `${says}, and what is allowed passes`);
  }
  t.end();
});
