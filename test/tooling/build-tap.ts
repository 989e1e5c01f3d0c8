/**
 * tap compiles its list of plugins into node_modules, so after an `npm ci` it holds the default list and not the one
 * of .taprc. Rebuilding takes some seconds and is done only then.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const unwantedPlugin = "from '@tapjs/typescript'";
const moduleFile = (path: string): string => fileURLToPath(import.meta.resolve(`../../node_modules/${path}`));

const compiled = readFileSync(moduleFile('@tapjs/test/test-built/dist/esm/index.js'), 'utf8');
if (compiled.replaceAll('"', "'").includes(unwantedPlugin)) {
  const build = [moduleFile('tap/dist/esm/run.mjs'), 'build'];
  const { status } = spawnSync(process.execPath, build, { stdio: ['ignore', 'inherit', 'inherit'] });
  process.exitCode = status ?? 1;
}
