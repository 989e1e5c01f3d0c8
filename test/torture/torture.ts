/**
 * The long forms of the tests: `npm run torture` runs all of them, `npm run torture -- kills soak` some,
 * `npm run torture -- kills TORTURE_KILLS=100` with other parameters. Prints what the tests print, and a table at the end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Suite, suites } from './suites.ts';

interface Result {
  readonly name: string;
  readonly passed: boolean;
  readonly minutes: number;
  readonly figures: readonly string[];
}

const argument = process.argv.slice(2);
const given = Object.fromEntries(
  argument.filter((each) => each.includes('=')).map((each) => each.split('=') as [string, string]),
);
const names = argument.filter((each) => !each.includes('='));
const unknown = names.filter((name) => !Object.hasOwn(suites, name));

/** Runs one file in a process of its own and gives on what it prints, but for the single assertions. */
async function runFile(file: string, variables: Suite['variables'], figures: string[]): Promise<boolean> {
  const program = ['--import=./test/tooling/plain-children.ts', file];
  const environment = { TAP_TIMEOUT: '86400', ...variables, ...process.env, ...given };
  const child = spawn(process.execPath, program, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (/^\s*ok /.test(line)) return;
    console.log(line);
    const [, figure] = /# figures: (.*)/.exec(line) ?? [];
    if (figure !== undefined) figures.push(figure);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}

async function runSuite(name: string, { about, files, variables, minutes }: Suite): Promise<Result> {
  console.log(`\n=== ${name}: ${about} (about ${minutes} minutes)`);
  const figures: string[] = [];
  const startedAt = performance.now();
  let passed = true;
  for (const file of files) passed = (await runFile(file, variables, figures)) && passed;
  return { name, passed, minutes: (performance.now() - startedAt) / 60_000, figures };
}

function print(results: readonly Result[]): void {
  console.log('\nsuite         result  minutes  figures');
  for (const { name, passed, minutes, figures } of results) {
    const [first = '', ...others] = figures;
    console.log(
      `${name.padEnd(13)} ${passed ? 'passed' : 'FAILED'}  ${minutes.toFixed(1).padStart(7)}  ${first}`,
    );
    for (const other of others) console.log(`${' '.repeat(31)}${other}`);
  }
}

if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. There are: ${Object.keys(suites).join(', ')}`);
  process.exitCode = 1;
} else {
  const results: Result[] = [];
  for (const [name, suite] of Object.entries(suites)) {
    if (names.length === 0 || names.includes(name)) results.push(await runSuite(name, suite));
  }
  print(results);
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
