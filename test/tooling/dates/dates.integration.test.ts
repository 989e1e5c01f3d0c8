import { availableParallelism } from 'node:os';
import tap, { test } from 'tap';
import { requirePeer } from '../../peers/peer.ts';
import { farClock } from './other-clocks.ts';
import { runAllUnderClock } from './run-under-clock.ts';
import { dateSensitiveTests } from './test-files.ts';

// As long as all of these files together may take beside a busy suite.
const longestMs = 1_200_000;
tap.setTimeout(longestMs);

test(
  'tests with a fixed instant and a running clock pass years ahead as well',
  { timeout: longestMs },
  async (t) => {
    if (!requirePeer(t, 'faketime')) return;
    const files = dateSensitiveTests();
    t.ok(files.length > 0, 'some tests have both, where they are found');
    await runAllUnderClock(
      files,
      farClock(Date.now()),
      availableParallelism(),
      ({ file, passed, output }) => {
        if (!passed) t.comment(output);
        t.ok(passed, `${file} (npm run test:dates -- far ${file})`);
      },
    );
  },
);
