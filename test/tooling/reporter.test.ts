import { text } from 'node:stream/consumers';
import { test } from 'tap';
import Reporter from './reporter.ts';

function report(...lines: readonly string[]): Promise<string> {
  const reporter = new Reporter();
  reporter.end(`TAP version 14\n${lines.join('\n')}\n`);
  return text(reporter);
}

const lastLine = (output: string): string | undefined => output.trimEnd().split('\n').at(-1);

const twoPass = [
  '# Subtest: test/a.test.ts',
  '    # Subtest: adds',
  '        ok 1 - is two',
  '        ok 2 - is three',
  '        1..2',
  '    ok 1 - adds',
  '    # Subtest: group',
  '        # Subtest: inner',
  '            ok 1 - is four',
  '            1..1',
  '        ok 1 - inner',
  '        1..1',
  '    ok 2 - group',
  '    1..2',
  'ok 1 - test/a.test.ts # time=12.6ms',
];
const oneFails = [
  '# Subtest: test/b.test.ts',
  'listening on 127.0.0.1',
  '    # Subtest: subtracts',
  '        not ok 1 - is zero',
  '          ---',
  '          diff: |',
  '            -0',
  '            +1',
  '          found: { deep: [1, [2, [3, [4]]]] }',
  '          ...',
  '        not ok 2 - is one',
  '        1..2',
  '    not ok 1 - subtracts',
  '    1..1',
  'not ok 2 - test/b.test.ts',
];
const skips = [
  '# Subtest: test/c.test.ts',
  '    ok 1 - sends through Postfix # SKIP Postfix is missing: apt-get install postfix',
  '    # Subtest: sends with TLS',
  '        ok 1 - Postfix is missing: apt-get install postfix # SKIP',
  '        1..1',
  '    ok 2 - sends with TLS',
  '    ok 3 - sends to Kafka # TODO when there is one',
  '    1..3',
  'ok 3 - test/c.test.ts',
];
const crashes = [
  '# Subtest: test/d.test.ts',
  '    1..0 # no tests found',
  'not ok 4 - test/d.test.ts',
  '  ---',
  '  exitCode: 7',
  '  ...',
];

test('counts blocks that assert, not groups, files or assertions', async (t) => {
  const output = await report(...twoPass, '1..1');
  t.equal(lastLine(output), '2 passed, 0 failed');
  t.match(output, /^ok {5}test\/a\.test\.ts 13 ms$/m);
});

test('prints every failed assertion in full and counts its block once', async (t) => {
  const output = await report(...twoPass, ...oneFails, '1..2');
  t.equal(lastLine(output), '2 passed, 1 failed');
  t.match(output, 'FAILED test/b.test.ts › subtracts › is zero\n    diff:\n        -0\n        +1\n');
  t.match(output, '[ 2, [ 3, [ 4 ] ] ]', 'nothing is cut short');
  t.match(output, 'FAILED test/b.test.ts › subtracts › is one');
  t.match(output, 'listening on 127.0.0.1', 'what a failed file printed is shown');
});

test('says each reason for skipping once, with its count, before the last line', async (t) => {
  const output = await report(...twoPass, '# Subtest: x', '1..0', ...skips);
  t.match(output, 'SKIPPED 2 × Postfix is missing: apt-get install postfix\nSKIPPED 1 × when there is one\n');
  t.match(lastLine(output), /, 3 skipped$/);
});

test('counts a file that dies outside of any block as one failed test', async (t) => {
  const output = await report(...crashes, '1..4');
  t.match(output, /FAILED test\/d\.test\.ts\n {4}exitCode: 7/);
  t.match(lastLine(output), /^0 passed, 1 failed$/);
});

test('never says "0 failed" about a run that failed', async (t) => {
  t.equal(lastLine(await report(...twoPass, '1..2')), '2 passed, 1 failed', 'a file that never reported');
  t.equal(lastLine(await report(...twoPass, 'Bail out! no disk')), '2 passed, 1 failed', 'a bail-out');
});
