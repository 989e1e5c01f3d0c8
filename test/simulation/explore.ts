/** Every history of a scenario, and some of the long ones. */
import { type Action, enabled, perform } from './actions.ts';
import { brokenPromise } from './promises.ts';
import type { Rules } from './rules.ts';
import { createWorld, keyOf, type Scenario, type World } from './world.ts';

export interface Failure {
  readonly broken: string;
  /** From the beginning. */
  readonly history: readonly Action[];
}

export interface Explored {
  readonly states: number;
  readonly failure: Failure | null;
}

interface Reached {
  readonly world: World;
  readonly action: Action | null;
  readonly from: Reached | null;
}

/** Visits every world that can be reached. `mostStates` ends it early, and it says so by an error. */
export function exploreAll(
  rules: Rules,
  scenario: Scenario,
  mostStates = Number.POSITIVE_INFINITY,
): Explored {
  const start: Reached = { world: createWorld(rules, scenario), action: null, from: null };
  const seen = new Set([keyOf(start.world)]);
  const open = [start];
  for (let reached = open.pop(); reached !== undefined; reached = open.pop()) {
    const actions = enabled(reached.world, rules);
    if (actions.length === 0) {
      const broken = brokenAtEnd(rules, reached.world);
      if (broken !== null) return failed(seen, reached, broken);
    }
    for (const action of actions) {
      const next = { world: perform(reached.world, rules, action), action, from: reached };
      const broken = brokenPromise(reached.world, next.world, rules);
      if (broken !== null) return failed(seen, next, broken);
      const key = keyOf(next.world);
      if (!seen.has(key)) {
        seen.add(key);
        open.push(next);
      }
    }
    if (seen.size > mostStates) throw new Error(`more than ${mostStates} states`);
  }
  return { states: seen.size, failure: null };
}

function failed(seen: ReadonlySet<string>, reached: Reached, broken: string): Explored {
  const history: Action[] = [];
  for (let one: Reached | null = reached; one !== null; one = one.from) {
    if (one.action !== null) history.unshift(one.action);
  }
  return { states: seen.size, failure: { broken, history } };
}

const patience = 400;

/** When nobody dies any more and everything arrives: the mail ends or waits for a person, and every command is answered. */
export function brokenAtEnd(rules: Rules, end: World): string | null {
  const budget = { attempts: 8, crashes: 0, repeats: 0, expiries: 0, switches: 0, silences: 0 };
  let world: World = { ...end, replies: ['sent'], budget };
  for (let n = 0; n < patience; n += 1) {
    const action = calm(enabled(world, rules));
    if (action === undefined) return unended(rules, world);
    const next = perform(world, rules, action);
    const broken = brokenPromise(world, next, rules);
    if (broken !== null) return broken;
    world = next;
  }
  return 'it goes on for ever';
}

const order: readonly Action['kind'][] = [
  'give-up',
  'ask',
  'land',
  'fold',
  'go-on',
  'reply',
  'answer',
  'release',
  'rescue',
  'intend',
  'take',
];

function calm(actions: readonly Action[]): Action | undefined {
  const wanted = actions.filter((action) => action.kind !== 'intend' || action.accepted > 0);
  return order.flatMap((kind) => wanted.findLast((action) => action.kind === kind) ?? [])[0];
}

function unended(rules: Rules, { rows, commands, answered }: World): string | null {
  const row = rows.at(-1);
  const silent = commands.find(({ id }) => !answered.has(id));
  if (silent !== undefined) return `${silent.type} has no answer`;
  return row !== undefined && (rules.mail.isFinished(row) || row.state === 'held')
    ? null
    : `the mail stays ${row?.state}`;
}
