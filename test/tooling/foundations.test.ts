/*
 * Where our code relies on what another package or Node does not promise, a decision says so. Found are imports of files
 * that a package does not export, and assignments to what belongs to others.
 */
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');
const require = createRequire(import.meta.url);

const sources = globSync('{packages,services}/*/{src/**/*.ts,*.js}', { cwd: root });
const decisions = globSync('docs/decisions/*.md', { cwd: root }).map(read).join('\n');

const found = (pattern: RegExp): readonly string[] => [
  ...new Set(sources.flatMap((path) => [...read(path).matchAll(pattern)].map(([, text = '']) => text))),
];

/** Package and path within it; undefined for our own files and for modules of Node. */
function partsOf(specifier: string): { readonly name: string; readonly path: string } | undefined {
  const [, name = '', path = ''] = /^((?:@[\w.-]+\/)?[\w.-]+)((?:\/.*)?)$/.exec(specifier) ?? [];
  return name === '' || name.startsWith('.') || name.startsWith('@postausgang/') ? undefined : { name, path };
}

function isExported(specifier: string): boolean {
  const parts = partsOf(specifier);
  if (parts === undefined || parts.path === '') return true;
  const { exports } = require(`${root}/node_modules/${parts.name}/package.json`);
  return Object.keys(exports ?? {}).includes(`.${parts.path}`);
}

test('every file that another package does not export is named in a decision', async (t) => {
  const hidden = found(/(?:from|import\() ?'([^']+)'/g).filter((specifier) => !isExported(specifier));
  t.ok(hidden.length > 0, 'the search finds some');
  t.same(
    hidden.filter((specifier) => !decisions.includes(specifier)),
    [],
  );
});

test('every assignment to a member of others is named in a decision', async (t) => {
  // The exit code is there to be assigned.
  const assigned = found(/\b((?:\w+\.prototype|process(?!\.exitCode)|globalThis|tls)\.\w+) = /g);
  t.ok(assigned.length > 0, 'the search finds some');
  t.same(
    assigned.filter((member) => !decisions.includes(`\`${member}\``)),
    [],
  );
});
