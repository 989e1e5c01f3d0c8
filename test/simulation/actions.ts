/** What can happen next in a world, and what it does. Whoever decides here calls the rules of the product. */
import { failure } from '@postausgang/contracts';
import type { Mail, MailEvent } from '../../packages/mail/src/index.ts';
import type { AttemptInFlight, MailOutcome } from '../../packages/mail/src/outcome.ts';
import type { SendRecipient } from '../../packages/mail/src/transport.ts';
import type { Facts, Step, Told } from '../../services/mailer/src/engine/plan.ts';
import { acceptedAt, attempt, decisions, eventOf } from '../mail/mail-events.ts';
import type { Rules } from './rules.ts';
import {
  type Append,
  context,
  type Doing,
  type Dot,
  landed,
  type Mailer,
  type Reply,
  newRun,
  nowMs,
  openCommands,
  rowOf,
  time,
  type World,
} from './world.ts';

/** What time or the settings decide. */
type Timely = 'rescue' | 'expire' | 'hold' | 'release';

export type Action =
  | { readonly kind: 'ask' }
  | {
      readonly kind: 'fold' | 'take' | 'put-off' | 'abandon' | 'give-up' | 'go-on' | 'crash' | Timely;
      readonly by: number;
    }
  /** `accepted`: how many of the recipients the server takes; none: the attempt ends without an intent. */
  | { readonly kind: 'intend'; readonly by: number; readonly accepted: number }
  | { readonly kind: 'reply'; readonly by: number; readonly reply: Reply }
  | { readonly kind: 'answer'; readonly by: number; readonly command: string }
  | { readonly kind: 'land' | 'land-and-repeat' | 'lose'; readonly append: number };

/** Everything that can happen next. */
export function enabled(world: World, rules: Rules): readonly Action[] {
  const { script, mailers, appends, budget, isAlone } = world;
  const runs = new Set(mailers.map(({ run }) => run));
  return [
    ...(script.length > 0 ? [{ kind: 'ask' } as const] : []),
    ...mailers.flatMap((mailer, by) => [...moves(world, rules, mailer, by)]),
    ...appends
      .slice(0, isAlone ? 1 : appends.length)
      .flatMap(({ run, isInsistent }, append): Action[] => [
        { kind: 'land', append },
        ...(budget.repeats > 0 && !isAlone ? [{ kind: 'land-and-repeat', append } as const] : []),
        ...(mayBeLost(isInsistent, runs.has(run), budget) ? [{ kind: 'lose', append } as const] : []),
      ]),
  ];
}

/** What a living mailer insists on arrives. */
function mayBeLost(isInsistent: boolean, isAlive: boolean, { silences }: World['budget']): boolean {
  return !isAlive || (!isInsistent && silences > 0);
}

function* moves(world: World, rules: Rules, mailer: Mailer, by: number): Generator<Action> {
  const { log, budget } = world;
  const { doing, folded } = mailer;
  const row = rowOf(world, mailer);
  if (folded < log.length) yield { kind: 'fold', by };
  if (budget.crashes > 0) yield { kind: 'crash', by };
  for (const { id } of openCommands(world, mailer, row, rules)) {
    if (answerTo(rules, world, mailer, id) !== undefined) yield { kind: 'answer', by, command: id };
  }
  switch (doing?.kind) {
    case undefined:
      if (rules.mail.isWaiting(row) && budget.attempts > 0) yield { kind: 'take', by };
      if (rules.mail.isWaiting(row) && budget.expiries > 0) yield { kind: 'expire', by };
      if (rules.mail.isWaiting(row) && budget.switches > 0) yield { kind: 'hold', by };
      if (row.state === 'held' && row.heldFor === 'mail-disabled') yield { kind: 'release', by };
      if (isAbandoned(world, mailer)) yield { kind: 'rescue', by };
      return;
    case 'sending':
      yield { kind: 'put-off', by };
      yield { kind: 'abandon', by };
      for (let accepted = 0; accepted <= doing.to.length; accepted += 1)
        yield { kind: 'intend', by, accepted };
      return;
    case 'intended':
      if (hasLanded(world.isAlone ? log : log.slice(0, folded), rules, mailer, doing))
        yield { kind: 'go-on', by };
      else if (budget.silences > 0 || isLost(world, rules, mailer, doing)) yield { kind: 'give-up', by };
      return;
    case 'dotted':
      for (const reply of world.replies) yield { kind: 'reply', by, reply };
      return;
    default:
  }
}

export function perform(world: World, rules: Rules, action: Action): World {
  switch (action.kind) {
    case 'ask': {
      const [command, ...script] = world.script;
      return command === undefined ? world : { ...world, commands: [...world.commands, command], script };
    }
    case 'land':
    case 'land-and-repeat':
    case 'lose':
      return settle(world, rules, action);
    default: {
      const mailer = world.mailers[action.by];
      if (mailer === undefined) throw new Error('no such mailer');
      return act(world, rules, mailer, action);
    }
  }
}

type Settling = Extract<Action, { append: number }>;

function settle(world: World, rules: Rules, { kind, append }: Settling): World {
  const one = world.appends[append];
  if (one === undefined) throw new Error('no such append');
  const isKept = kind === 'land-and-repeat';
  const appends = isKept ? world.appends : world.appends.filter((other) => other !== one);
  const repeats = world.budget.repeats - (isKept ? 1 : 0);
  const isOfLiving = world.mailers.some(({ run }) => run === one.run);
  const silences = world.budget.silences - (kind === 'lose' && isOfLiving ? 1 : 0);
  const next = { ...world, appends, budget: { ...world.budget, repeats, silences } };
  return kind === 'lose' ? next : landed(next, rules, one.event);
}

function act(world: World, rules: Rules, mailer: Mailer, action: Extract<Action, { by: number }>): World {
  const row = rowOf(world, mailer);
  switch (action.kind) {
    case 'fold':
      return changed(world, mailer, folding(world, mailer));
    case 'crash':
      return crash(world, mailer);
    case 'take': {
      if (!rules.mail.isWaiting(row)) throw new Error('nothing to take');
      const to = rules.mail.planEnvelope(row, row.decisions ?? decisions);
      const next = { ...mailer, doing: { kind: 'sending', taken: row, to } as const };
      return changed(spent(world, 'attempts'), mailer, next);
    }
    case 'intend':
      return intend(world, rules, mailer, action.accepted);
    case 'give-up':
      return breakOff(spent(world, 'silences'), rules, mailer);
    case 'go-on':
      return goOn(world, rules, mailer);
    case 'reply':
      return reply(world, rules, mailer, action.reply);
    case 'answer':
      return answer(world, rules, mailer, action.command);
    case 'put-off':
    case 'abandon':
      return breakOffEarly(world, rules, mailer, action.kind);
    case 'rescue':
    case 'expire':
    case 'hold':
    case 'release':
      return ofItsOwn(world, rules, mailer, action.kind);
    default:
      return action satisfies never;
  }
}

/** What the message is made of cannot be had at the moment, or is gone. */
function breakOffEarly(world: World, rules: Rules, mailer: Mailer, kind: 'put-off' | 'abandon'): World {
  const { run, doing } = mailer;
  if (doing?.kind !== 'sending') throw new Error('nothing is being sent');
  const { taken } = doing;
  const telling =
    kind === 'put-off'
      ? { ...rules.mail.defer(taken, why, context), id: rules.eventIds.deferred(run, taken) }
      : { ...rules.mail.giveUp(taken, why, context), id: rules.eventIds.givenUp(run, taken) };
  return tell(world, mailer, telling);
}

const why = failure('content-unavailable');

function ofItsOwn(world: World, rules: Rules, mailer: Mailer, kind: Timely): World {
  const row = rowOf(world, mailer);
  const event = planned(rules, { ...factsOf(mailer), ...reasonFor(kind, row) }, kind);
  if (event === undefined) throw new Error(`no plan to ${kind}`);
  const cost = kind === 'expire' ? 'expiries' : kind === 'hold' ? 'switches' : null;
  return tell(cost === null ? world : spent(world, cost), mailer, event);
}

function planned(rules: Rules, facts: Facts, kind: Step['kind']): Told['event'] | undefined {
  const step = rules.plan(facts).find((one) => one.kind === kind);
  return step !== undefined && 'event' in step ? step.event : undefined;
}

/** What the scheduler would have seen. */
function reasonFor(kind: Timely, row: Mail): Partial<Facts> {
  const swept = { misdated: [], overdue: [], waitingFor: null, unfinished: [] };
  switch (kind) {
    case 'rescue':
      return { swept: { ...swept, unfinished: row.state === 'sending' ? [row] : [] } };
    case 'expire':
      return { swept: { ...swept, overdue: [row] } };
    case 'hold':
      return { holdable: [row] };
    case 'release':
      return { held: [row] };
    default:
      return kind satisfies never;
  }
}

function folding({ log }: World, mailer: Mailer): Mailer {
  const id = log[mailer.folded]?.id;
  const { doing } = mailer;
  return {
    ...mailer,
    folded: mailer.folded + 1,
    doing: doing?.kind === 'telling' && doing.eventId === id ? null : doing,
    answering: mailer.answering.filter((one) => one !== id),
  };
}

function crash(world: World, mailer: Mailer): World {
  const [name, number = '0'] = mailer.run.split('.');
  const run = newRun(`${name}.${Number(number) + 1}`);
  const next = spent(world, 'crashes');
  // Nobody opens a log that is in use, and whoever opens it reads it to the end before he acts.
  return world.isAlone
    ? changed({ ...next, appends: [] }, mailer, { ...run, folded: world.log.length })
    : changed(next, mailer, run);
}

/** Whoever has written the first intent is gone, as the group knows it. */
function isAbandoned(world: World, mailer: Mailer): boolean {
  const row = rowOf(world, mailer);
  const identity = row.state === 'sending' ? row.intents[0]?.attempt : undefined;
  return identity !== undefined && !world.mailers.some(({ run }) => identity.split('/')[1] === run);
}

type WithTaken = Exclude<Doing, { kind: 'telling' }>;

function inFlightOf({ taken, to }: WithTaken): AttemptInFlight {
  const number = (taken.attempts.at(-1)?.number ?? 0) + 1;
  const messageId = '<1@acme.example>';
  return {
    number,
    startedAt: acceptedAt,
    settingsVersion: 3,
    decisions: taken.decisions ?? { ...decisions, onUnknown: taken.onUnknown ?? 'hold' },
    messageId,
    to,
  };
}

function intend(world: World, rules: Rules, mailer: Mailer, count: number): World {
  const { doing } = mailer;
  if (doing?.kind !== 'sending') throw new Error('nothing is being sent');
  const { taken, to } = doing;
  const inFlight = inFlightOf(doing);
  const identity = rules.eventIds.attempt(mailer.run, taken, inFlight.number);
  if (count > 0 && !isOurs(world, rules, mailer, doing, identity)) {
    return changed(world, mailer, { ...mailer, doing: null });
  }
  if (count === 0) {
    const results = to.map((address) => ({ address, outcome: 'rejected' as const }));
    return ended(world, rules, mailer, doing, results, false);
  }
  const accepted = to.slice(0, count);
  const data = {
    ...rules.mail.decisionFields(taken, inFlight.messageId),
    attempt: attempt(inFlight.number, { endedAt: null, outcome: null }),
    decisions: inFlight.decisions,
    recipients: [...accepted],
  };
  const id = rules.eventIds.started(mailer.run, taken, inFlight.number);
  const event = eventOf('mailAttemptStarted', data, { id, time });
  const next = { ...mailer, doing: { ...doing, kind: 'intended', accepted } as const };
  return appended(changed(world, mailer, next), mailer, event, false);
}

function isOurs(world: World, rules: Rules, mailer: Mailer, { taken }: WithTaken, identity: string): boolean {
  const view = { get: () => rowOf(world, mailer) };
  return rules.watchOwnership({ lease: { epochOf: () => 1 }, view }, taken)(identity);
}

function identityOf(rules: Rules, { run }: Mailer, doing: WithTaken): string {
  return rules.eventIds.attempt(run, doing.taken, inFlightOf(doing).number);
}

function hasLanded(log: World['log'], rules: Rules, mailer: Mailer, doing: WithTaken): boolean {
  const id = `${identityOf(rules, mailer, doing)}/started`;
  return log.some((event) => event.id === id);
}

function isLost({ log, appends }: World, rules: Rules, mailer: Mailer, doing: WithTaken): boolean {
  const underWay = appends.map(({ event }) => event);
  return !hasLanded([...log, ...underWay], rules, mailer, doing);
}

function goOn(world: World, rules: Rules, mailer: Mailer): World {
  const { doing } = mailer;
  if (doing?.kind !== 'intended') throw new Error('no intent');
  const identity = identityOf(rules, mailer, doing);
  if (!isOurs(world, rules, mailer, doing, identity)) {
    return breakOff(world, rules, mailer);
  }
  const dot: Dot = { attempt: identity, accepted: doing.accepted, at: world.log.length, isTaken: null };
  const next = { ...mailer, doing: { ...doing, kind: 'dotted' } as const };
  return { ...changed(world, mailer, next), dots: [...world.dots, dot] };
}

/** No dot is sent, and the intent is ended in the log in case it stands there. */
function breakOff(world: World, rules: Rules, mailer: Mailer): World {
  const { doing } = mailer;
  if (doing?.kind !== 'intended') throw new Error('no intent');
  const server = { server: 's', tls: null };
  const outcome = rules.mail.interrupted(doing.taken, inFlightOf(doing), server, context);
  return tell(world, mailer, { ...outcome, id: `${identityOf(rules, mailer, doing)}/outcome` });
}

function reply(world: World, rules: Rules, mailer: Mailer, said: Reply): World {
  const { doing } = mailer;
  if (doing?.kind !== 'dotted') throw new Error('no dot');
  const identity = identityOf(rules, mailer, doing);
  const outcome = said === 'lost' || said === 'lost-taken' ? 'unknown' : said;
  const results = doing.to.map((address): SendRecipient => ({
    address,
    outcome: doing.accepted.includes(address) ? outcome : 'rejected',
  }));
  const isTaken = said === 'sent' || said === 'lost-taken';
  const dots = world.dots.map((dot) => (dot.attempt === identity ? { ...dot, isTaken } : dot));
  return ended({ ...world, dots }, rules, mailer, doing, results, true);
}

function ended(
  world: World,
  rules: Rules,
  mailer: Mailer,
  doing: WithTaken,
  recipients: readonly SendRecipient[],
  isHandedOver: boolean,
): World {
  const result = {
    kind: 'finished',
    recipients,
    server: 's',
    tls: null,
    reply: null,
    failure: null,
  } as const;
  const outcome = rules.mail.afterAttempt(doing.taken, inFlightOf(doing), result, context, isHandedOver);
  return tell(world, mailer, { ...outcome, id: `${identityOf(rules, mailer, doing)}/outcome` });
}

/** As the scheduler looks: only what the rules of commands and rescues read. */
function factsOf({ run }: Mailer): Facts {
  return {
    nowMs,
    jitter: 0.5,
    runId: run,
    serving: { state: 'disabled' } as Facts['serving'],
    leased: new Set([0]),
    danglingGraceMs: 0,
    room: 1,
    swept: null,
    refusals: [],
    commands: [],
    held: [],
    holdable: [],
    lookUps: [],
    sendable: [],
  };
}

/** What the mailer would say to a command, where it can say it now. */
function answerTo(rules: Rules, world: World, mailer: Mailer, commandId: string): Told | undefined {
  const command = world.commands.find(({ id }) => id === commandId);
  if (command === undefined) return undefined;
  const row = rowOf(world, mailer);
  const isMailInFlight = mailer.doing !== null;
  const open = { command, key: row.key, position: { partition: 0, offset: 0 }, mail: row, isMailInFlight };
  const [step] = rules.plan({ ...factsOf(mailer), commands: [open] });
  if (step === undefined || !('event' in step)) return undefined;
  // An attempt can be called off until it has committed; see `AttemptGuard`.
  const isVoid = step.callsOff !== undefined && mailer.doing?.kind !== 'sending';
  return isVoid ? undefined : step;
}

function answer(world: World, rules: Rules, mailer: Mailer, commandId: string): World {
  const step = answerTo(rules, world, mailer, commandId);
  if (step === undefined) throw new Error('no answer');
  const isAboutMail = step.callsOff !== undefined || step.event.inFlightAs.length > 1;
  return isAboutMail ? tell(world, mailer, step.event) : tellBeside(world, mailer, step.event);
}

type Telling = Pick<Told['event'], 'name' | 'data' | 'id'> | (MailOutcome & { readonly id: string });

function eventFor({ name, data, id }: Telling): MailEvent {
  // Name and data are of one kind, which TypeScript does not see in a union.
  return eventOf(name, data as never, { id, time }) as MailEvent;
}

/** The mail is in flight until the event is folded. */
function tell(world: World, mailer: Mailer, telling: Telling): World {
  const next: Mailer = { ...mailer, doing: { kind: 'telling', eventId: telling.id } };
  return appended(changed(world, mailer, next), mailer, eventFor(telling), true);
}

function tellBeside(world: World, mailer: Mailer, telling: Telling): World {
  const next = { ...mailer, answering: [...mailer.answering, telling.id] };
  return appended(changed(world, mailer, next), mailer, eventFor(telling), true);
}

function appended(world: World, { run }: Mailer, event: MailEvent, isInsistent: boolean): World {
  const append: Append = { run, event, isInsistent };
  return { ...world, appends: [...world.appends, append] };
}

function changed(world: World, before: Mailer, after: Mailer): World {
  return { ...world, mailers: world.mailers.map((one) => (one === before ? after : one)) };
}

function spent(world: World, what: keyof World['budget']): World {
  return { ...world, budget: { ...world.budget, [what]: world.budget[what] - 1 } };
}
