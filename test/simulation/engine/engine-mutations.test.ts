import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'tap';
import { engineMutations } from './engine-mutations.ts';
import { memoryDirectory } from './memory-directory.ts';

/** All of them with `npm run torture -- simulation`. */
const isLong = process.env['TORTURE_ENGINE_SEEDS'] !== undefined;
/** More than any of them needs. */
const mostSeeds = 600;
const run = promisify(execFile);
const program = fileURLToPath(new URL('mutated-run.ts', import.meta.url));

test(
  'each broken rule of the engine breaks a promise in one of the histories',
  { timeout: 3_600_000 },
  async (t) => {
    const directory = await memoryDirectory(t);
    const chosen = [...engineMutations.entries()].filter(([number]) => isLong || number % 6 === 0);
    for (const [number, { file, text }] of chosen) {
      const { stdout } = await run(process.execPath, [program, String(number), String(mostSeeds), directory]);
      t.match(stdout, /^seed \d+: /, `${file}: ${text}`);
    }
    t.comment(`figures: ${chosen.length} broken rules of the engine, each is caught`);
  },
);
