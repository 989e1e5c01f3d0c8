/** Runs the commands of a document word for word, in a folder that looks like a fresh checkout. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;

/** A document of the repository. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** The commands in a text, block by block; within a list they are indented. */
export const shellBlocks = (text: string): string[] =>
  [...text.matchAll(/^( *)```sh\n([^]*?)^\1```$/gm)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

/** The commands of the README's first mail, block by block, word for word. */
export function firstSteps(): string[] {
  const sections = read('README.md').split(/^## /m);
  return shellBlocks(sections.find((section) => section.startsWith('One mail\n')) ?? '');
}

/** A folder that looks like a fresh checkout, so that the tour's `data` is nobody else's. */
export function linkCheckout(directory: string): void {
  for (const name of readdirSync(root).filter((entry) => !['data', '.git', '.tap'].includes(entry))) {
    symlinkSync(join(root, name), join(directory, name));
  }
}

export interface TourRun {
  readonly code: number | null;
  /** What each block has printed. */
  readonly printed: readonly string[];
  readonly everything: string;
}

const mark = '=== end of block ===';

/** What a newcomer has: npm has put the project's own programs in front for the tests. */
const newcomersPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** Runs blocks one after another in one shell, as somebody does who copies them. */
export function runTour(
  directory: string,
  blocks: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<TourRun> {
  // Each job is a group of processes: npm, and what it has started.
  const stopAll = 'for job in $(jobs -p); do kill -- -$job; done';
  const script = [
    'set -eum',
    `trap '${stopAll}' TERM`,
    ...blocks.flatMap((block) => [block, `echo; echo '${mark}'`]),
    `${stopAll}; wait`,
  ].join('\n');
  const bash = spawn('bash', ['-c', script], {
    cwd: directory,
    env: { ...process.env, PATH: newcomersPath, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let everything = '';
  bash.stdout.on('data', (chunk) => (everything += chunk));
  bash.stderr.on('data', (chunk) => (everything += chunk));
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => bash.kill(), 150_000);
    bash.once('close', (code) => {
      clearTimeout(giveUp);
      resolve({ code, printed: everything.split(mark), everything });
    });
  });
}
