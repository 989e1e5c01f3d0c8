/**
 * Counts tests in a TAP stream. A test is a `test(…)` block that asserts something itself; a block that only holds
 * other blocks is a group and does not count, and neither does a file. A skipped block or assertion, and one marked
 * as todo, counts as one skipped test. Whatever makes the run fail otherwise (a crash, an exit code, a timeout, a
 * broken plan) counts as one failed test, so that "0 failed" and exit code 0 always go together.
 */
import type { Parser, Result } from 'tap-parser';

export interface Failure {
  /** File, titles from the outside in, and the assertion. */
  readonly path: readonly string[];
  readonly diagnostics: unknown;
}

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  readonly failures: Failure[];
  /** How many tests were skipped, by the sentence that says why. */
  readonly skips: Map<string, number>;
}

interface Block {
  readonly path: readonly string[];
  /** Nested blocks and skips. */
  inner: number;
  assertions: number;
  failedAssertions: number;
  /** Everything reported as failed so far, nested blocks included. */
  reported: number;
}

export const createTally = (): Tally => ({
  passed: 0,
  failed: 0,
  skipped: 0,
  failures: [],
  skips: new Map(),
});

export function countTests(root: Parser, tally: Tally): void {
  const block = watchBlock(root, [], tally);
  root.on('complete', ({ ok, bailout }) => {
    if (!ok && block.reported === 0) {
      tally.failed += 1;
      const why =
        bailout === false ? 'The run failed without a failed test.' : `Bail out! ${String(bailout)}`;
      tally.failures.push({ path: [why], diagnostics: null });
    }
  });
}

function watchBlock(parser: Parser, path: readonly string[], tally: Tally): Block {
  const block: Block = { path, inner: 0, assertions: 0, failedAssertions: 0, reported: 0 };
  let nested: Block | undefined;
  parser.on('child', (child: Parser) => {
    nested = watchBlock(child, [...path, child.name], tally);
  });
  parser.on('assert', (result: Result) => {
    const closed = nested;
    nested = undefined;
    if (result.skip !== false || result.todo !== false) {
      countSkip(block, result, tally);
    } else if (closed === undefined) {
      countAssertion(block, result, tally);
    } else {
      countBlock(block, closed, result, tally);
    }
  });
  return block;
}

function countSkip(block: Block, { skip, todo, name }: Result, tally: Tally): void {
  const said = skip === false ? todo : skip;
  const why = typeof said === 'string' && said !== '' ? said : name;
  block.inner += 1;
  tally.skipped += 1;
  tally.skips.set(why, (tally.skips.get(why) ?? 0) + 1);
}

function countAssertion(block: Block, result: Result, tally: Tally): void {
  block.assertions += 1;
  if (!result.ok) {
    block.failedAssertions += 1;
    block.reported += 1;
    tally.failures.push({ path: [...block.path, result.name], diagnostics: result.diag });
  }
}

function countBlock(outer: Block, closed: Block, { ok, diag }: Result, tally: Tally): void {
  outer.inner += 1;
  const failedByItself = !ok && closed.reported === 0;
  if (failedByItself) {
    closed.reported = 1;
    tally.failures.push({ path: closed.path, diagnostics: diag });
  }
  outer.reported += closed.reported;
  const isTest = closed.assertions > 0 || closed.inner === 0 || failedByItself;
  if (isTest && (failedByItself || closed.failedAssertions > 0)) {
    tally.failed += 1;
  } else if (isTest) {
    tally.passed += 1;
  }
}
