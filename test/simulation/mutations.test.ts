import { join } from 'node:path';
import { test } from 'tap';
import { describe, runHistory } from './histories.ts';
import { mutatedRules } from './mutated-rules.ts';
import { mutations } from './mutations.ts';
import { rules } from './rules.ts';

/** More than any of them needs. */
const mostSeeds = 1000;

test('each broken rule breaks a promise in one of the histories', { timeout: 230_000 }, async (t) => {
  const directory = t.testdir();
  for (const [index, mutation] of mutations.entries()) {
    const broken = await mutatedRules(join(directory, String(index)), mutation);
    const seeds = Array.from({ length: mostSeeds }, (_, n) => n + 1);
    const seed = seeds.find((one) => runHistory(broken, one) !== null);
    t.not(seed, undefined, `${mutation.file}: ${mutation.text}`);
  }
  t.comment(`figures: ${mutations.length} broken rules, each is caught`);
});

test('a failure names its seed and a history that is as short as it gets', async (t) => {
  const [mutation] = mutations;
  if (mutation === undefined) throw new Error('there are mutations');
  const broken = await mutatedRules(t.testdir(), mutation);
  const seed =
    Array.from({ length: mostSeeds }, (_, n) => n).find((one) => runHistory(broken, one) !== null) ?? 0;
  const failure = runHistory(broken, seed);
  if (failure === null) throw new Error('it is caught');
  const text = describe(broken, seed, failure);
  t.match(text, new RegExp(`^seed ${seed}: `));
  t.ok(text.split('\n').length <= failure.history.length + 2, text);
  t.equal(runHistory(rules, seed), null, 'the rules as they are keep every promise');
});
