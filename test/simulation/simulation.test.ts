/**
 * The protocol, explored: the functions that decide, and everything that can happen between them. What fails is printed with
 * its seed and as short a history as possible.
 */
import { test } from 'tap';
import { exploreAll } from './explore.ts';
import { command, describe, runHistory } from './histories.ts';
import { rules } from './rules.ts';
import type { Scenario } from './world.ts';

/** 100,000 with `npm run torture -- simulation`. */
const seeds = Number(process.env['TORTURE_SEEDS'] ?? 1000);
const isLong = seeds > 1000;

const budget = { attempts: 1, crashes: 0, repeats: 0, expiries: 0, switches: 0, silences: 0 };
const small: Scenario = {
  recipients: ['a@x.example'],
  mailers: 2,
  onUnknown: 'hold',
  script: [],
  replies: ['sent'],
  budget,
};
const commands = {
  cancel: command('mailCancelRequested', 'c1', {}),
  hold: command('mailHoldRequested', 'c1', {}),
  resend: command('mailResendRequested', 'c1', {}),
};

/** Each is explored to its end. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'two attempts': { ...small, replies: ['sent', 'lost-taken'], budget: { ...budget, attempts: 2 } },
  'an attempt, repeats and a silence': { ...small, budget: { ...budget, repeats: 1, silences: 1 } },
  'a cancel': { ...small, script: [commands.cancel] },
  'a hold': { ...small, script: [commands.hold] },
};

const longScenarios: Readonly<Record<string, Scenario>> = {
  'a cancel and two attempts': {
    ...small,
    script: [commands.cancel],
    replies: ['sent', 'lost-taken'],
    budget: { ...budget, attempts: 2 },
  },
  'a cancel and a crash': { ...small, script: [commands.cancel], budget: { ...budget, crashes: 1 } },
  'a resend and a crash': { ...small, script: [commands.resend], budget: { ...budget, crashes: 1 } },
};

const timeout = isLong ? 4 * 60 * 60_000 : 200_000;

test('of a command and an intent that cross, every history is explored', { timeout }, async (t) => {
  let states = 0;
  for (const [name, scenario] of Object.entries({ ...scenarios, ...(isLong ? longScenarios : {}) })) {
    const explored = exploreAll(rules, scenario);
    t.equal(explored.failure, null, `${name}: ${explored.states} states`);
    states += explored.states;
  }
  t.comment(`figures: ${states} states, every one that can be reached`);
});

test('long histories of several mailers keep every promise', { timeout }, async (t) => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const failure = runHistory(rules, seed);
    if (failure !== null) t.fail(describe(rules, seed, failure));
  }
  t.comment(`figures: ${seeds} histories`);
  t.pass('no promise is broken');
});
