import { createHash } from 'node:crypto';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type OutputFile, type Plugin, stop } from 'esbuild';
import * as data from './forms.ts';

/** A file of the page as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly identity: Buffer;
  readonly gzip: Buffer;
  readonly br: Buffer;
}

/** All files of the page. Their addresses begin with a hash of them all, so browsers may keep each of them forever. */
export interface PageFiles {
  readonly prefix: string;
  /** By name: `main.js`, the scripts of views that are loaded later, `style.css`, `icon.svg`. */
  readonly files: ReadonlyMap<string, PageFile>;
}

const folder = fileURLToPath(new URL('browser', import.meta.url));

/** Folders of views that `main.ts` loads with `import()` when they are opened. Nobody needs them to sign in. */
const laterViews = ['overview', 'api-keys', 'activity', 'help'];

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const brotli = promisify(brotliCompress);
const gunzippable = promisify(gzip);

/** Joins the modules of the page with their libraries, and compresses each file. */
export async function loadPageFiles(): Promise<PageFiles> {
  const outputs = await join();
  const hash = createHash('sha256');
  for (const { contents } of outputs) hash.update(contents);
  const files = await Promise.all(outputs.map(pack));
  return { prefix: `/page/${hash.digest('hex').slice(0, 16)}`, files: new Map(files) };
}

async function join(): Promise<readonly OutputFile[]> {
  try {
    const { outputFiles } = await build({
      absWorkingDir: folder,
      entryPoints: [
        'main.ts',
        ...laterViews.map((name) => `views/${name}/${name}.ts`),
        'style.css',
        'icon.svg',
      ],
      outdir: folder,
      write: false,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2023',
      loader: { '.svg': 'copy' },
      legalComments: 'none',
      plugins: [contractsAsData, viewsApart],
      logLevel: 'silent',
    });
    return outputFiles;
  } finally {
    // The process of esbuild is needed once.
    await stop();
  }
}

/** The browser gets forms and sentences as they are, without the contracts that they come from. */
const contractsAsData: Plugin = {
  name: 'contracts-as-data',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#forms$/ }, ({ path }) => ({ path, namespace: 'data' }));
    onLoad({ filter: /.*/, namespace: 'data' }, () => ({
      contents: Object.entries(data)
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join('\n'),
    }));
  },
};

/**
 * A view that is loaded later is a script of its own. What it shares with the page comes from `main.js`, which exports it: a script
 * for both would be one request more before anybody can sign in.
 */
const viewsApart: Plugin = {
  name: 'views-apart',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, importer, path }) => {
      if (kind === 'dynamic-import') return { path: `./${basename(path, '.ts')}.js`, external: true };
      const isApart = laterViews.includes(basename(dirname(importer)));
      return isApart && !path.startsWith('./') ? { path: './main.js', external: true } : undefined;
    });
  },
};

async function pack({ path, contents }: OutputFile): Promise<[string, PageFile]> {
  const identity = Buffer.from(contents);
  // 4 kB smaller than with 9, for some 0.2 s once. The best, 11, takes seconds for 1 kB more.
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
  return [
    basename(path),
    {
      type: types[extname(path)] ?? 'application/octet-stream',
      identity,
      gzip: await gunzippable(identity, { level: 9 }),
      br: await brotli(identity, quality),
    },
  ];
}
