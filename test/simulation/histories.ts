/** Long histories by seed: one number gives the scenario and everything that happens in it. */
import { isDeepStrictEqual } from 'node:util';
import type { EventData } from '@postausgang/contracts';
import type { MailCommand, MailCommandName } from '../../packages/mail/src/index.ts';
import { eventOf } from '../mail/mail-events.ts';
import { type Action, enabled, perform } from './actions.ts';
import { brokenAtEnd, type Failure } from './explore.ts';
import { brokenPromise } from './promises.ts';
import type { Rules } from './rules.ts';
import { allReplies, createWorld, type Scenario, type World } from './world.ts';

/** Draws the same for the same seed. */
export interface Lots {
  below(end: number): number;
  one<Item>(items: readonly Item[]): Item;
}

/** Mulberry32. */
export function createLots(seed: number): Lots {
  let state = seed >>> 0;
  const below = (end: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
  return {
    below,
    one(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('there is nothing to draw from');
      return item;
    },
  };
}

export function command<Name extends MailCommandName>(
  name: Name,
  id: string,
  more: Omit<EventData<Name>, 'mailId'>,
  mailId = 'mail-1',
): MailCommand {
  // The data is that of the name, which TypeScript does not see in a generic one.
  return eventOf(name, { mailId, ...more } as EventData<Name>, { id }) as MailCommand;
}

export const addresses = ['a@x.example', 'b@x.example', 'c@x.example'];

export function randomCommand(lots: Lots, n: number, mailId?: string): MailCommand {
  const id = `c${n}`;
  const address = lots.one(addresses);
  const correctedAddress = lots.one([null, null, `${n}@y.example`]);
  switch (lots.below(8)) {
    case 0:
    case 1:
      return command('mailHoldRequested', id, {}, mailId);
    case 2:
      return command('mailReleaseRequested', id, {}, mailId);
    case 3:
    case 4:
      return command('mailCancelRequested', id, {}, mailId);
    case 5:
      return command('mailResendRequested', id, {}, mailId);
    case 6:
      return command('mailResendRequested', id, { recipients: [{ address, correctedAddress }] }, mailId);
    default: {
      const outcome = lots.one(['sent', 'not-sent'] as const);
      return command('mailResolveRequested', id, { outcome, resend: lots.below(2) === 0 }, mailId);
    }
  }
}

function scenarioOf(seed: number): Scenario {
  const lots = createLots(seed);
  return {
    recipients: addresses.slice(0, 1 + lots.below(addresses.length)),
    mailers: lots.one([1, 2, 2, 3]),
    onUnknown: lots.one(['hold', 'hold', 'hold', 'resend'] as const),
    script: Array.from({ length: lots.below(6) }, (_, n) => randomCommand(lots, n)),
    replies: allReplies,
    budget: {
      attempts: 2 + lots.below(8),
      crashes: lots.below(3),
      repeats: lots.below(4),
      expiries: lots.below(2),
      switches: lots.below(3),
      silences: lots.below(3),
    },
  };
}

const mostActions = 120;

/** Lets one history happen, and everything come to its end after it. */
export function runHistory(rules: Rules, seed: number): Failure | null {
  const scenario = scenarioOf(seed);
  const lots = createLots(seed ^ 0x5eed);
  const weights = new Map<Action['kind'], number>();
  /** Some histories have many crashes, others many repeats, and so on. */
  const weightOf = (kind: Action['kind']): number => {
    const weight = weights.get(kind) ?? lots.one([1, 1, 2, 5]);
    weights.set(kind, weight);
    return weight;
  };
  const history: Action[] = [];
  let world = createWorld(rules, scenario);
  while (history.length < mostActions) {
    const actions = enabled(world, rules);
    if (actions.length === 0) break;
    const kinds = [...new Set(actions.map((action) => action.kind))];
    const kind = lots.one(kinds.flatMap((one) => Array.from({ length: weightOf(one) }, () => one)));
    const action = lots.one(actions.filter((one) => one.kind === kind));
    history.push(action);
    const next = perform(world, rules, action);
    const broken = brokenPromise(world, next, rules);
    if (broken !== null) return { broken, history };
    world = next;
  }
  const broken = brokenAtEnd(rules, world);
  return broken === null ? null : { broken, history };
}

/** What a history breaks, without the actions that are not possible in it. */
function replay(rules: Rules, scenario: Scenario, history: readonly Action[]): Failure | null {
  const done: Action[] = [];
  let world: World = createWorld(rules, scenario);
  for (const action of history) {
    if (enabled(world, rules).some((one) => isDeepStrictEqual(one, action))) {
      done.push(action);
      const next = perform(world, rules, action);
      const broken = brokenPromise(world, next, rules);
      if (broken !== null) return { broken, history: done };
      world = next;
    }
  }
  const broken = brokenAtEnd(rules, world);
  return broken === null ? null : { broken, history: done };
}

/** The same failure with as few actions as leaving some out can give. */
function shortened(rules: Rules, scenario: Scenario, failure: Failure): Failure {
  let shortest = failure;
  for (let size = Math.ceil(failure.history.length / 2); size > 0; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.history.length;) {
      const less = shortest.history.toSpliced(at, size);
      const still = replay(rules, scenario, less);
      if (still !== null && still.history.length < shortest.history.length) {
        shortest = still;
      } else {
        at += size;
      }
    }
  }
  return shortest;
}

/** For people: the seed, what broke, and how. */
export function describe(rules: Rules, seed: number, failure: Failure): string {
  const scenario = scenarioOf(seed);
  const { broken, history } = shortened(rules, scenario, failure);
  const { recipients, onUnknown, script } = scenario;
  const steps = history.map(({ kind, ...more }) => `${kind} ${Object.values(more).join(' ')}`.trim());
  const commands = script.map(({ type }) => type.replace(/^.*\.mail-(.*)-requested\.v1$/, '$1'));
  return [
    `seed ${seed}: ${broken}`,
    `${recipients.length} recipients, ${onUnknown}, commands: ${commands.join(', ')}`,
    ...steps,
  ].join('\n  ');
}
