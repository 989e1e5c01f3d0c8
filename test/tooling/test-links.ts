/**
 * Documents prove what they say by links to tests: the text of such a link is the title of the test. Tests move more
 * often than their titles change, so `npm run generate:reference` finds each title again and mends the link.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A link to a test file. A text in code marks names the whole file, any other text one test in it. */
export interface TestLink {
  readonly title: string;
  /** As it is written, relative to the document. */
  readonly target: string;
}

const testLink = /\[([^\]]+)\]\(((?:\.\.\/)+test\/[^)\s#]+\.ts)\)/g;

export function testLinks(markdown: string): readonly TestLink[] {
  return [...markdown.matchAll(testLink)]
    .map(([, title = '', target = '']) => ({ title: title.replaceAll(/\s+/g, ' '), target }))
    .filter(({ title }) => !title.startsWith('`'));
}

const titled = /(?:\b(?:test|scenario)\(|\btitle:)\s*(['"`])((?:\\.|(?!\1).)+)\1/g;

let known: ReadonlyMap<string, readonly string[]> | undefined;

/**
 * The files, relative to the root, that have a test with this title. A test made from a table has its title there; titles
 * made of pieces are not known.
 */
export function filesOfTest(title: string): readonly string[] {
  known ??= readTitles();
  return known.get(title) ?? [];
}

function readTitles(): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, readonly string[]>();
  for (const file of globSync('test/**/*.ts', { cwd: root })) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    for (const [, , written = ''] of text.matchAll(titled)) {
      const title = written.replaceAll(/\\(.)/g, '$1');
      files.set(title, [...(files.get(title) ?? []), file]);
    }
  }
  return files;
}

/** The document with each link whose test is in one other file leading there. `path` is relative to the root. */
export function withTestLinks(markdown: string, path: string): string {
  return markdown.replaceAll(testLink, (link, text: string, target: string) => {
    const files = text.startsWith('`') ? [] : filesOfTest(text.replaceAll(/\s+/g, ' '));
    const [only = ''] = files;
    const wanted = relative(dirname(path), only);
    return files.length !== 1 || wanted === target ? link : `[${text}](${wanted})`;
  });
}
