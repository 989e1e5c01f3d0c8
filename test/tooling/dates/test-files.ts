import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mayHaveTwoClocks } from './two-clocks.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The tests that need nothing but this repository, by their paths in it. */
export const unitTests = (): readonly string[] =>
  globSync('test/**/*.test.ts', {
    cwd: root,
    exclude: ['**/*.integration.test.ts', '**/*.e2e.test.ts'],
  }).toSorted();

/** Those that hold a fixed instant and a clock that runs, in themselves or in what they import from the tests. */
export const dateSensitiveTests = (): readonly string[] =>
  unitTests().filter(
    (file) => !file.startsWith('test/tooling/') && mayHaveTwoClocks(textsOf(join(root, file))),
  );

/** The texts of a file of the tests, and of all that it imports from them. */
function textsOf(file: string, seen = new Map<string, string>()): readonly string[] {
  if (seen.has(file) || !relative(root, file).startsWith('test/') || !existsSync(file)) return [];
  const source = readFileSync(file, 'utf8');
  seen.set(file, source);
  for (const [, path = ''] of source.matchAll(/\bfrom '(\.[^']+)'/g))
    textsOf(join(dirname(file), path), seen);
  return [...seen.values()];
}
