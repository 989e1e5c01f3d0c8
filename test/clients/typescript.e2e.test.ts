import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { fetchNpmPackages } from '../peers/clients/npm-packages.ts';
import { requirePeer } from '../peers/peer.ts';
import { documentFile, generate, programFile, roundTrip, run } from './round-trip.ts';

const root = join(import.meta.dirname, '../..');
const types = join(root, 'node_modules/@types');
const options = [
  ...'--ignoreConfig --strict --target es2022 --module nodenext --lib es2023,dom,dom.iterable'.split(' '),
  '--types',
  'node',
  '--typeRoots',
  types,
  '--outDir',
  'compiled',
];

/** A project of its own, which finds the packages of the generators, with a program. */
function createProject(t: Test, program: string): string {
  const project = t.testdir({ 'package.json': '{ "type": "module" }' });
  symlinkSync(join(fetchNpmPackages(), 'node_modules'), join(project, 'node_modules'));
  cpSync(programFile(program), join(project, 'main.ts'));
  return project;
}

const tool = (name: string): string => join(fetchNpmPackages(), 'node_modules/.bin', name);

async function compileAndRun(t: Test, project: string): Promise<void> {
  await run([join(root, 'node_modules/.bin/tsc'), ...options, 'main.ts'], { cwd: project });
  await roundTrip(t, [process.execPath, join(project, 'compiled/main.js')], { cwd: project });
}

test('a client of openapi-generator for TypeScript compiles and works', async (t) => {
  if (!requirePeer(t, 'openapi-generator', 'typescript-client')) return;
  const project = createProject(t, 'typescript-fetch.mts');
  await generate('typescript-fetch', join(project, 'client'), { importFileExtension: '.js' });
  await compileAndRun(t, project);
});

test('the types of openapi-typescript compile and work with openapi-fetch', async (t) => {
  if (!requirePeer(t, 'typescript-client')) return;
  const project = createProject(t, 'openapi-fetch.mts');
  await run([tool('openapi-typescript'), documentFile, '-o', 'schema.ts'], { cwd: project });
  await compileAndRun(t, project);
});

test('the functions of orval compile and work', async (t) => {
  if (!requirePeer(t, 'typescript-client')) return;
  const project = createProject(t, 'orval.mts');
  const output = { target: './client.ts', client: 'fetch', mode: 'single' };
  const configuration = { postausgang: { input: documentFile, output } };
  writeFileSync(join(project, 'orval.config.mjs'), `export default ${JSON.stringify(configuration)};`);
  await run([tool('orval'), '--config', 'orval.config.mjs'], { cwd: project });
  await compileAndRun(t, project);
});
