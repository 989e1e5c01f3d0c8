import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { forms } from './forms.ts';

/** A file of the page as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly identity: Buffer;
  readonly gzip: Buffer;
  readonly br: Buffer;
}

/** All files of the page. Their names begin with a hash of them all, so browsers may keep each of them forever. */
export interface PageFiles {
  readonly prefix: string;
  /** By path below the prefix. */
  readonly files: ReadonlyMap<string, PageFile>;
  /** Paths below the prefix of the libraries and of the forms, by the names modules import them with. */
  readonly libraries: Readonly<Record<string, string>>;
}

const folder = fileURLToPath(new URL('browser', import.meta.url));
const libraryNames = ['preact', 'preact/hooks', 'htm'];
const formsName = '#forms';
const types: Readonly<Record<string, string>> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const brotli = promisify(brotliCompress);
const gunzippable = promisify(gzip);

/** Reads, strips and compresses all files once. */
export async function loadPageFiles(): Promise<PageFiles> {
  const libraries = Object.fromEntries(
    libraryNames.map((name) => [name, `library/${name.replace('/', '-')}.js`]),
  );
  const drawn = { name: 'forms.js', text: `export const forms = ${JSON.stringify(forms)};\n` };
  const texts = new Map([
    ...(await readOwn()),
    ...(await readLibraries(libraries)),
    [drawn.name, drawn.text],
  ]);
  const hash = createHash('sha256');
  for (const [path, text] of texts) hash.update(path).update(text);
  const files = await Promise.all(
    [...texts].map(async ([path, text]): Promise<[string, PageFile]> => [path, await pack(path, text)]),
  );
  return {
    prefix: `/page/${hash.digest('hex').slice(0, 16)}`,
    files: new Map(files),
    libraries: { ...libraries, [formsName]: drawn.name },
  };
}

async function readOwn(): Promise<readonly [string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const texts = await Promise.all(
    paths.map(async (path): Promise<[string, string]> => {
      const text = await readFile(path, 'utf8');
      const name = relative(folder, path).split(sep).join('/');
      return [name, path.endsWith('.ts') ? stripTypes(text) : text];
    }),
  );
  return texts.filter(([, text]) => !isBlank(text));
}

/** The browser never imports a module that consists of types. */
const isBlank = (text: string): boolean => text.replaceAll(/^\s*\/\/.*$/gm, '').trim() === '';

async function readLibraries(
  libraries: Readonly<Record<string, string>>,
): Promise<readonly [string, string][]> {
  return Promise.all(
    Object.entries(libraries).map(async ([name, path]): Promise<[string, string]> => {
      const text = await readFile(fileURLToPath(import.meta.resolve(name)), 'utf8');
      return [path, text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')];
    }),
  );
}

async function pack(path: string, text: string): Promise<PageFile> {
  const identity = Buffer.from(text);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    identity,
    gzip: await gunzippable(identity, { level: 9 }),
    br: await brotli(identity, quality),
  };
}

/** Erasable TypeScript as JavaScript for the browser, with blanks in place of the types. */
function stripTypes(source: string): string {
  return withoutExperimentalWarning(() => stripTypeScriptTypes(source));
}

/** Node strips all our files with this function, but calls it experimental when it is called directly. */
function withoutExperimentalWarning<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
