import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import {
  exchangeAuthentications,
  exchangeProtocols,
} from '../../packages/contracts/src/settings/exchange-connection.ts';
import { authentications } from '../../packages/contracts/src/settings/outgoing-server.ts';
import { filesOfTest, testLinks } from '../tooling/test-links.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const documents = globSync(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/**/*.md'], { cwd: root });
const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));

const group = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].flatMap(([, found]) => (found === undefined ? [] : [found]));

/** Targets of `[text](target)` that are neither web addresses nor anchors of the same page. */
const relativeLinks = (markdown: string): string[] =>
  group(markdown, /\]\(([^)\s]+)\)/g).filter((target) => !/^([a-z]+:|#)/.test(target));

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
const anchors = (path: string): string[] => group(read(path), /^#+ (.+)$/gm).map(anchorOf);

function isBroken(document: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = join(dirname(document), decodeURI(file));
  if (!existsSync(join(root, path))) {
    return true;
  }
  return anchor !== undefined && path.endsWith('.md') && !anchors(path).includes(anchor);
}

/** Scripts that a text tells its reader to run: `npm run x`, `npm test`, `npm start`, `npm cit` (ci, then test). */
const namedScripts = (markdown: string): string[] => [
  ...group(markdown, /npm run (?:-s |--silent )?([\w:-]+)/g),
  ...group(markdown, /npm (start|test)\b/g),
  ...(/npm cit\b/.test(markdown) ? ['test'] : []),
];

test('every relative link in the documents leads somewhere', (t) => {
  for (const document of documents) {
    const broken = relativeLinks(read(document)).filter((target) => isBroken(document, target));
    t.same(broken, [], document);
  }
  t.end();
});

test('every npm script the documents name exists', (t) => {
  for (const document of documents) {
    const unknown = namedScripts(read(document)).filter((name) => !(name in scripts));
    t.same(unknown, [], document);
  }
  t.end();
});

test('every npm script is explained to a newcomer', (t) => {
  const named = namedScripts(['README.md', 'CONTRIBUTING.md'].map(read).join('\n'));
  const typed = Object.keys(scripts).filter((name) => !/^(pre|post)/.test(name));
  for (const name of typed) {
    t.ok(named.includes(name), `${name} is named in README.md or CONTRIBUTING.md`);
  }
  t.end();
});

test('every test that a document names exists (npm run generate:reference finds those that have moved)', (t) => {
  for (const document of documents) {
    for (const { title, target } of testLinks(read(document))) {
      t.ok(filesOfTest(title).includes(join(dirname(document), target)), `${document}: ${title}`);
    }
  }
  t.end();
});

const decisions = globSync('docs/decisions/*.md', { cwd: root }).toSorted();

test('decision records are numbered without gaps', (t) => {
  const numbers = decisions.map((path) => Number(/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]));
  t.same(
    numbers,
    decisions.map((_, index) => index + 1),
  );
  for (const [index, path] of decisions.entries()) {
    t.match(read(path), new RegExp(`^# ${index + 1}\\. `), path);
  }
  t.end();
});

test('every decision has its status, says what follows, and names tests that prove it', (t) => {
  for (const path of decisions) {
    const [, ...sections] = read(path).split(/^## /m);
    const headings = sections.map((section) => section.split('\n')[0]);
    t.same(headings, ['Status', 'Context', 'Decision', 'Consequences', 'Checked by'], path);
    const [status = ''] = sections;
    t.match(status, /^Status\n\n(Proposed|Accepted|Superseded by \[decision \d+\])/, path);
    t.ok(testLinks(sections.at(-1) ?? '').length > 0, `${path} names a test`);
  }
  t.end();
});

test('every file that a decision names exists', (t) => {
  for (const path of decisions) {
    for (const file of group(read(path), /`((?:test|packages|services|docs)\/[\w./-]+)`/g)) {
      t.ok(existsSync(join(root, file)), `${path}: ${file}`);
    }
  }
  t.end();
});

test('every point of the delivery contract but the fourth names the tests that prove it', (t) => {
  const [, ...points] = read('docs/delivery-contract.md').split(/^## /m);
  for (const point of points) {
    const [heading = ''] = point.split('\n');
    t.ok(testLinks(point).length > 0 || heading.startsWith('4.'), heading);
  }
  t.end();
});

test('the German twin of the settings page has its sections and pictures', (t) => {
  const shapeOf = (path: string) => ({
    headings: group(read(path), /^(#+) /gm),
    pictures: group(read(path), /!\[.*\]\((.+)\)/g),
    names: group(read(path), /`([A-Z_/a-z.-]+)`/g).toSorted(),
  });
  t.same(shapeOf('docs/page.de.md'), shapeOf('docs/page.md'));
  t.end();
});

test('operations.md names a test of the whole product for every way to sign in, and no other', (t) => {
  const [, section = ''] = read('docs/operations.md').split('## Every way to sign in\n');
  const ways = (section.split('\n## ')[0] ?? '').split(/^- /m).slice(1);
  const named = ways.map((way) => group(way, /`([^`]+)`/g).join(' '));
  const oauth = ['clientSecret', 'clientCertificateId'];
  const known = [
    ...authentications.flatMap((one) =>
      one === 'windows' ? ['smtp windows kerberos', 'smtp windows ntlm'] : [`smtp ${one}`],
    ),
    ...exchangeProtocols.flatMap((protocol) =>
      (protocol === 'ews' ? exchangeAuthentications : oauth).map((one) => `${protocol} ${one}`),
    ),
  ];
  t.same(named.toSorted(), known.toSorted());
  for (const way of ways) {
    const [, title = '', file = ''] = /\[(.+)\]\(\.\.\/(test\/end-to-end\/\S+)\)/.exec(way) ?? [];
    t.ok(file !== '' && read(file).includes(`'${title}'`), `${title} in ${file || way}`);
  }
  t.end();
});
