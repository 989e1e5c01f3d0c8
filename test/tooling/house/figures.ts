/** What the sources say about the depth of the house: sizes, long functions, doors, circles between folders. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

export interface Figures {
  readonly files: number;
  readonly lines: number;
  /** `file:line` of each function of more than 60 lines. */
  readonly longFunctions: readonly string[];
  /** `file` of each source of more than 350 lines that nobody generates. */
  readonly longFiles: readonly string[];
  readonly exportedNames: number;
  readonly linesPerExportedName: number;
  /** The folders of the mailer that need each other in a circle. */
  readonly circles: readonly string[];
  /** Imports from a folder of the mailer of what composes the folders. */
  readonly upwardImports: readonly string[];
  /** Members of other people's objects that begin with an underscore, as `file: member`. */
  readonly privateMembers: readonly string[];
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const longestFunction = 60;
const longestFile = 350;
const generated = ['packages/client/src/operations.ts'];
const mailer = 'services/mailer/src/';

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
}

export function measureHouse(): Figures {
  const sources = ['packages', 'services'].flatMap(sourcesBelow);
  const own = sources.filter(({ path }) => !generated.includes(path));
  const lines = own.reduce((sum, source) => sum + source.lines, 0);
  const exportedNames = own.reduce((sum, { text }) => sum + exportsOf(text), 0);
  const arrows = sources.flatMap(importsWithinMailer);
  return {
    files: sources.length,
    lines,
    longFunctions: own.flatMap(longFunctionsOf),
    longFiles: own.filter((source) => source.lines > longestFile).map(({ path }) => path),
    exportedNames,
    linesPerExportedName: Math.round((lines / exportedNames) * 10) / 10,
    circles: circlesOf(arrows.map(({ from, to }) => ({ from: folderOf(from), to: folderOf(to) }))),
    upwardImports: arrows
      .filter(({ from, to }) => folderOf(from) !== '' && folderOf(to) === '')
      .map(({ from, to }) => `${from} -> ${to}`),
    privateMembers: own.flatMap(({ path, text }) =>
      [...text.matchAll(/[\w)\]]\.(_[a-z]\w*)/g)].map(([, member]) => `${path}: ${member}`),
    ),
  };
}

/** The sources of the workspaces in `packages` or `services`. */
export function sourcesBelow(area: string): readonly Source[] {
  const paths = readdirSync(join(root, area)).flatMap((workspace) =>
    readdirSync(join(root, area, workspace), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
      .map((path) => `${area}/${workspace}/${path}`),
  );
  return paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, lines: text.split('\n').length - 1 };
  });
}

/** Names that a file declares and exports; what an index passes on is not a second name. */
function exportsOf(text: string): number {
  return [...text.matchAll(/^export (?:declare )?(?:async )?(?:function|const|class|interface|type) \w/gm)]
    .length;
}

interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function longFunctionsOf({ path, text }: Source): readonly string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      node.forEach(visit);
    } else if (isAstNode(node)) {
      if (
        functionTypes.has(node.type) &&
        text.slice(node.start, node.end).split('\n').length > longestFunction
      ) {
        found.push(`${path}:${text.slice(0, node.start).split('\n').length}`);
      }
      Object.values(node).forEach(visit);
    }
  };
  visit(parseSync(path, text).program);
  return found;
}

function isAstNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Types are no arrows at run time, but they are knowledge: they count. */
function importsWithinMailer({ path, text }: Source): readonly Arrow[] {
  if (!path.startsWith(mailer)) {
    return [];
  }
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, specifier = '']) => ({
    from: path.slice(mailer.length),
    to: normalize(join(dirname(path), specifier)).slice(mailer.length),
  }));
}

/** `transports/smtp/sign-in/sasl.ts` is in `transports/smtp`; a file of the root is in no folder. */
function folderOf(path: string): string {
  const folders = path.split('/').slice(0, -1);
  return folders.slice(0, folders[0] === 'transports' ? 2 : 1).join('/');
}

function circlesOf(arrows: readonly Arrow[]): readonly string[] {
  const folders = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  const reaches = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const { from, to } of arrows) {
        if (from === at && to !== at && to !== '' && !seen.has(to)) {
          seen.add(to);
          open.push(to);
        }
      }
    }
    return seen;
  };
  return [...folders].filter((folder) => folder !== '' && reaches(folder).has(folder));
}
