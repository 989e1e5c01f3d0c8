/**
 * Loaded into a service with `--import`: notes every function of the house that is entered, in order. SIGUSR2 writes what
 * has come since the last one as `walk-N.json` into the folder that WALK_FOLDER names. See `walk.ts`.
 */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The files entered, in order, as indexes into `files`. */
export interface Trace {
  readonly files: readonly string[];
  readonly entered: readonly number[];
}

const folder = process.env['WALK_FOLDER'] ?? '.';
/** An idle service enters thousands of functions a minute; what nobody asks for must not fill the memory. */
const mostEntries = 400_000;
const files: string[] = [];
let entered: number[] = [];
let written = 0;

Object.assign(globalThis, {
  enterFile: (index: number) => void (entered.length < mostEntries && entered.push(index)),
});
process.on('SIGUSR2', () => {
  const trace: Trace = { files, entered };
  writeFileSync(join(folder, `walk-${written}.json`), JSON.stringify(trace));
  written += 1;
  entered = [];
});

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const file = /\/((?:packages|services)\/[^/]+\/src\/.*\.ts)$/.exec(url)?.[1];
    const isOfBrowser = file?.startsWith('services/page/src/browser/') === true;
    if (file === undefined || isOfBrowser || loaded.source === undefined || loaded.source === null) {
      return loaded;
    }
    const source =
      typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: instrumented(file, source) };
  },
});

/** The source with a call at the start of each function. */
function instrumented(file: string, source: string): string {
  const index = files.push(file) - 1;
  const inserts: { readonly at: number; readonly text: string }[] = [];
  visit(parseSync(file, source).program, (body, isBlock) => {
    if (isBlock) {
      inserts.push({ at: body.start + 1, text: `globalThis.enterFile(${index});` });
    } else {
      inserts.push(
        { at: body.start, text: `(globalThis.enterFile(${index}), ` },
        { at: body.end, text: ')' },
      );
    }
  });
  const parts: string[] = [];
  let end = 0;
  for (const { at, text } of inserts.toSorted((one, other) => one.at - other.at)) {
    parts.push(source.slice(end, at), text);
    end = at;
  }
  return parts.join('') + source.slice(end);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function visit(node: unknown, onBody: (body: Span, isBlock: boolean) => void): void {
  if (Array.isArray(node)) {
    node.forEach((one) => visit(one, onBody));
  } else if (isNode(node)) {
    if (functionTypes.has(node.type) && isNode(node['body'])) {
      onBody(node['body'], node['body'].type === 'BlockStatement');
    }
    Object.values(node).forEach((value) => visit(value, onBody));
  }
}

function isNode(
  value: unknown,
): value is Span & { readonly type: string; readonly [member: string]: unknown } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
