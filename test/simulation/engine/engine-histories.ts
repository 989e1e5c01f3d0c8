/** Histories of mailers with the real engine: one seed gives the mails, the commands and everything that happens. */
import { isDeepStrictEqual } from 'node:util';
import { events } from '@postausgang/contracts';
import { createLots } from '../histories.ts';
import { rules } from '../rules.ts';
import { type Action, enabled, perform } from './engine-actions.ts';
import { bulkIdOf, fail, openScene, partitionCount, planOf, type Scene } from './scene.ts';

export interface EngineHistory {
  /** The promise that was broken; null: all were kept. */
  readonly broken: string | null;
  readonly history: readonly Action[];
  /** What happened in it: final dots, and commands that were answered. */
  readonly dots: number;
  readonly answers: number;
}
const mostActions = 250;

async function play(
  seed: number,
  directory: string,
  choose: (actions: readonly Action[], scene: Scene, done: readonly Action[]) => Action | undefined,
): Promise<EngineHistory> {
  const plan = planOf(seed);
  const scene = openScene(plan, directory, createLots(seed ^ 0xc0de));
  const history: Action[] = [];
  try {
    while (scene.broken === null) {
      const action = choose(enabled(scene), scene, history);
      if (action === undefined) break;
      history.push(action);
      await perform(scene, action);
    }
    if (scene.broken === null) await calmDown(scene);
    const worlds = [...scene.worlds.values()];
    return {
      broken: scene.broken,
      history,
      dots: worlds.reduce((sum, { dots }) => sum + dots.length, 0),
      answers: worlds.reduce((sum, { answered }) => sum + answered.size, 0),
    };
  } finally {
    scene.mailers.close();
  }
}

/** Lets one history happen, and everything come to its end after it. */
export function runEngineHistory(seed: number, directory: string): Promise<EngineHistory> {
  const lots = createLots(seed ^ 0x5eed);
  const weights = new Map<Action['kind'], number>();
  const weightOf = (kind: Action['kind']): number => {
    const weight = weights.get(kind) ?? lots.one([1, 1, 2, 5]);
    weights.set(kind, weight);
    return weight;
  };
  return play(seed, directory, (actions, _scene, done) => {
    if (done.length >= mostActions || actions.length === 0) return undefined;
    const kinds = [...new Set(actions.map(({ kind }) => kind))];
    const kind = lots.one(kinds.flatMap((one) => Array.from({ length: weightOf(one) }, () => one)));
    return lots.one(actions.filter((one) => one.kind === kind));
  });
}

const patience = 5000;

/** Nobody dies any more, everything arrives: each mail ends or waits for a person, and every command is answered. */
async function calmDown(scene: Scene): Promise<void> {
  const { mailers, left } = scene;
  Object.assign(left, { crash: 0, pause: 0, switch: 0, miss: 0, refuse: 0, own: 0, time: 1 });
  for (const mailer of mailers.all) {
    if (mailer.isPaused) mailers.resume(mailer);
    if (!mailer.isActive) mailers.switch(mailer);
  }
  for (let n = 0; n < patience && scene.broken === null; n += 1) {
    const action = calm(enabled(scene));
    if (action === undefined) return fail(scene, 'nothing can happen any more');
    if (action.kind === 'time') {
      if (unended(scene) === null) break;
      shareOut(scene);
    }
    await perform(scene, action);
    left.time = 1;
  }
  const rest = unended(scene) ?? differing(scene);
  if (rest !== null) fail(scene, rest);
  const wrong = wronglyTold(scene);
  if (wrong !== null) fail(scene, wrong);
}

/** Whoever waits is told what the log says, unless the mailer dies that was asked. */
function wronglyTold(scene: Scene): string | null {
  const alive = scene.mailers.all.map(({ run }) => run?.name);
  for (const { run, commandId, told } of scene.clients) {
    if (told === undefined && alive.includes(run)) return `${run} has not told what became of ${commandId}`;
    const answer = answerIn(scene, commandId);
    if (told !== undefined && answer !== told)
      return `${commandId} was told ${told}, and the log says ${answer}`;
  }
  return null;
}

/** Each partition belongs to one mailer. */
function shareOut({ mailers, plan }: Scene): void {
  if (plan.mailers === 1) return;
  for (const mailer of mailers.all) {
    const wanted = partitions.filter((partition) => partition % plan.mailers === mailer.number);
    const current = mailer.run?.ownership.partitions() ?? [];
    if (!isDeepStrictEqual(wanted, current)) mailers.own(mailer, wanted);
  }
}

const partitions = Array.from({ length: partitionCount }, (_, n) => n);

const order: readonly Action['kind'][] = [
  'submit',
  'ask',
  'ask-all',
  'start',
  'land',
  'hear',
  'give',
  'open',
  'reply',
  'time',
];

function calm(actions: readonly Action[]): Action | undefined {
  const wanted = actions.filter(
    (action) =>
      (action.kind !== 'open' || action.opening === 'accepts') &&
      (action.kind !== 'reply' || action.reply === 'sent') &&
      (action.kind !== 'give' || action.count === action.unread.count),
  );
  return order.flatMap((kind) => wanted.find((action) => action.kind === kind) ?? [])[0];
}

function unended(scene: Scene): string | null {
  const open = scene.plan.bulks.findIndex((_, n) => !scene.expanded.has(bulkIdOf(n)));
  if (open !== -1) return `${bulkIdOf(open)} has not become a command for each mail`;
  for (const [mailId, { rows, commands, answered }] of scene.worlds) {
    const silent = commands.find(({ id }) => !answered.has(id));
    if (silent !== undefined) return `${mailId}: ${silent.type} has no answer`;
    const row = rows.at(-1);
    const isOnHold = row?.state === 'held' && row.heldFor === 'requested';
    if (row === undefined || !(rules.mail.isFinished(row) || isOnHold))
      return `${mailId} stays ${row?.state}`;
  }
  return null;
}

/** Everything is read: each mailer knows what the log says. */
function differing({ mailers, worlds }: Scene): string | null {
  for (const { run } of mailers.all) {
    const state = run?.queue.history().state;
    if (state !== 'complete') return `${run?.name} is ${state} the history`;
    for (const [mailId, { rows }] of worlds) {
      const [known, row] = [run?.queue.find(mailId), rows.at(-1)];
      const isSame = known?.state === row?.state && isDeepStrictEqual(known?.recipients, row?.recipients);
      if (!isSame) return `${mailId} is ${known?.state} to ${run?.name}, and the log says ${row?.state}`;
    }
  }
  return null;
}

/** What the log says to a command: a code, or null where it was carried out. */
function answerIn({ worlds }: Scene, commandId: string): string | null | undefined {
  for (const { answered, log } of worlds.values()) {
    const event = log[answered.get(commandId) ?? -1];
    if (event !== undefined) return event.type === events.mailCommandDeclined.type ? event.data.code : null;
  }
  return undefined;
}

/** What a history breaks, without the actions that are not possible in it. */
function replay(seed: number, directory: string, history: readonly Action[]): Promise<EngineHistory> {
  const rest = [...history];
  return play(seed, directory, (actions) => {
    for (let wanted = rest.shift(); wanted !== undefined; wanted = rest.shift()) {
      const found = actions.find((one) => isDeepStrictEqual(nameOf(one), nameOf(wanted)));
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

/** Tells actions of one history apart. */
function nameOf(action: Action): unknown {
  const { kind } = action;
  switch (kind) {
    case 'open':
    case 'reply': {
      const { dialogue, ...more } = action;
      return { ...more, run: dialogue.run, mail: dialogue.mailId };
    }
    default:
      return action;
  }
}

/** The same failure with as few actions as leaving some out can give. */
async function shortened(
  seed: number,
  newDirectory: () => string,
  failed: EngineHistory,
): Promise<EngineHistory> {
  let shortest = failed;
  for (let size = Math.ceil(failed.history.length / 2); size > 0; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.history.length;) {
      const still = await replay(seed, newDirectory(), shortest.history.toSpliced(at, size));
      if (still.broken !== null && still.history.length < shortest.history.length) shortest = still;
      else at += size;
    }
  }
  return shortest;
}

/** For people: the seed, what broke, and how. */
export async function describeEngine(
  seed: number,
  newDirectory: () => string,
  failed: EngineHistory,
): Promise<string> {
  const { mailers, mails, commands } = planOf(seed);
  const { broken, history } = await shortened(seed, newDirectory, failed);
  const asked = commands.map(
    ({ type, data }) => `${type.replace(/^.*\.mail-(.*)-requested\.v1$/, '$1')} ${data.mailId}`,
  );
  return [
    `seed ${seed}: ${broken}`,
    `${mailers} mailers, ${JSON.stringify(mails)}, ${asked.join(', ')}`,
    ...history.map((action) => JSON.stringify(nameOf(action))),
  ].join('\n  ');
}
