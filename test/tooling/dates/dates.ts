/**
 * `npm run test:dates` runs the unit tests under other clocks and in other zones (other-clocks.ts). Arguments are the
 * names of some of the clocks, and test files in place of all unit tests. A test that fails here and passes otherwise
 * depends on the date: it has a fixed instant beside a clock that runs, or calculates with local time.
 */
import { availableParallelism } from 'node:os';
import { isContinuousIntegration, whatIsMissing } from '../../peers/known-peers.ts';
import { otherClocks } from './other-clocks.ts';
import { runAllUnderClock } from './run-under-clock.ts';
import { unitTests } from './test-files.ts';

const given = process.argv.slice(2);
const clocks = otherClocks(Date.now());
const names = given.filter((argument) => !argument.endsWith('.ts'));
const chosen = names.length === 0 ? clocks : clocks.filter(({ name }) => names.includes(name));
const givenFiles = given.filter((argument) => argument.endsWith('.ts'));
const files = givenFiles.length === 0 ? unitTests() : givenFiles;

const unknown = names.filter((name) => !clocks.some((clock) => clock.name === name));
const missing = whatIsMissing('faketime');
if (unknown.length > 0) {
  console.error(
    `There is no clock ${unknown.join(', ')}. There are: ${clocks.map(({ name }) => name).join(', ')}`,
  );
  process.exitCode = 1;
} else if (missing !== undefined) {
  console.error(`*** peer missing: ${missing}\n*** No test has run under another clock.`);
  process.exitCode = isContinuousIntegration() ? 1 : 0;
} else {
  let failed = 0;
  for (const clock of chosen) {
    const startedAtMs = performance.now();
    const begins = new Date(clock.beginsAtMs).toISOString();
    console.log(`\n=== ${clock.name}: ${files.length} files from ${begins} on, TZ=${clock.zone}`);
    await runAllUnderClock(files, clock, availableParallelism(), ({ file, passed, output, tookMs }) => {
      failed += passed ? 0 : 1;
      console.log(`${passed ? 'ok    ' : 'FAILED'} ${file} ${Math.round(tookMs)} ms`);
      if (!passed) console.log(output);
    });
    console.log(`=== ${clock.name}: ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  }
  console.log(`\n${chosen.length * files.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
