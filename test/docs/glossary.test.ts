import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Entry {
  readonly word: string;
  readonly meaning: string;
  /** Identifiers that once named the same. */
  readonly retired: readonly string[];
}

function glossary(): readonly Entry[] {
  const rows = read('docs/glossary.md')
    .split('\n')
    .filter((line) => /^\| (?!word |-)/.test(line));
  return rows.map((row) => {
    const [word = '', meaning = '', others = ''] = row.split('|').slice(1, -1);
    const retired = [...others.matchAll(/`([^`]+)`/g)].map(([, identifier = '']) => identifier);
    return { word: word.trim(), meaning: meaning.trim(), retired };
  });
}

/** Comments and texts: whatever they say is not an identifier. */
const prose = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** The lines of a source file, without what is not code. */
function codeOf(path: string): readonly string[] {
  const code = read(path).replaceAll(prose, (found) => found.replaceAll(/[^\n]/g, ' '));
  return code.split('\n');
}

const asWord = (identifier: string): RegExp =>
  new RegExp(`(?<![\\w$])${identifier.replaceAll('.', '\\.')}(?![\\w$])`);

test('every word of the glossary is explained once', (t) => {
  const entries = glossary();
  t.ok(entries.length > 40, 'the tables are read');
  const words = entries.flatMap(({ word }) => word.split(', '));
  t.same(words, [...new Set(words)]);
  t.ok(entries.every(({ meaning }) => meaning !== ''));
  const identifiers = entries.flatMap(({ retired }) => retired);
  t.same(identifiers, [...new Set(identifiers)], 'each identifier is retired for one word');
  t.ok(
    identifiers.every((identifier) => /^[\w$]+(\.[\w$]+)?$/.test(identifier)),
    'code marks hold identifiers',
  );
  t.end();
});

test('no retired word is an identifier in the source', (t) => {
  const files = globSync(['packages/*/src/**/*.ts', 'services/*/src/**/*.ts'], { cwd: root });
  const sources = files.map((path) => ({ path, lines: codeOf(path) }));
  t.ok(sources.length > 100, 'the sources are read');
  for (const { word, retired } of glossary()) {
    for (const identifier of retired) {
      const pattern = asWord(identifier);
      const uses = sources.flatMap(({ path, lines }) =>
        lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
      );
      t.same(uses, [], `${identifier} is called: ${word}`);
    }
  }
  t.end();
});
