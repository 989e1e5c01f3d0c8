/** A process with one broken rule: prints the first seed that notices it, or nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineMutations } from './engine-mutations.ts';

const [number = '', seeds = '', folder = ''] = process.argv.slice(2);
const mutation = engineMutations[Number(number)];
if (mutation === undefined || !existsSync(folder)) throw new Error('a number, seeds and a folder are wanted');
const { file, text, instead } = mutation;
const path = fileURLToPath(new URL(`../../../services/mailer/src/${file}`, import.meta.url));
let isMutated = false;
registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || fileURLToPath(url) !== path) return next(url, context);
    const source = readFileSync(path, 'utf8');
    if (source.split(text).length !== 2) throw new Error(`${file} does not have once: ${text}`);
    isMutated = true;
    const mutated = stripTypeScriptTypes(source.replace(text, () => instead));
    return { format: 'module', source: mutated, shortCircuit: true };
  },
});

const { runEngineHistory } = await import('./engine-histories.ts');
if (!isMutated) throw new Error(`${file} is no part of the engine`);
for (let seed = 1; seed <= Number(seeds); seed += 1) {
  const directory = await mkdtemp(join(folder, 'run-'));
  const { broken } = await runEngineHistory(seed, directory).catch((error: unknown) => ({
    broken: String(error),
  }));
  await rm(directory, { recursive: true, force: true });
  if (broken !== null) {
    process.stdout.write(`seed ${seed}: ${broken}\n`);
    break;
  }
}
process.exit(0);
