/** What one history is about, and the promises that are kept or broken while it happens. */
import { events, readRecord, topics } from '@postausgang/contracts';
import type { StoredRecord } from '@postausgang/event-log';
import {
  isBulkAnswer,
  isMailCommand,
  isMailEvent,
  type MailCommand,
  type MailEvent,
  mailIdOf,
} from '../../../packages/mail/src/index.ts';
import { acceptedAtMs, minuteMs } from '../../mail/mail-events.ts';
import { addresses, createLots, type Lots, randomCommand } from '../histories.ts';
import { brokenPromise } from '../promises.ts';
import { rules } from '../rules.ts';
import { landed, type World } from '../world.ts';
import { createMailers, type Mailers } from './mailers.ts';
import { createVirtualLog, type VirtualLog } from './virtual-log.ts';

interface Planned {
  readonly to: readonly string[];
  readonly onUnknown: 'hold' | 'resend';
  /** When it expires, in minutes; null: in days. */
  readonly withinMinutes: number | null;
  readonly orderingKey: string | null;
}

export interface Plan {
  readonly mailers: number;
  readonly mails: readonly Planned[];
  readonly commands: readonly MailCommand[];
  /** Commands about all mails there are, after so many of the others. */
  readonly bulks: readonly {
    readonly verb: 'hold' | 'release' | 'cancel' | 'resend';
    readonly after: number;
  }[];
  readonly budget: Readonly<
    Record<'crash' | 'pause' | 'switch' | 'miss' | 'refuse' | 'own' | 'time', number>
  >;
}

export const partitionCount = 2;
export const bulkIdOf = (bulk: number): string => `bulk-${bulk + 1}`;
export const idOf = (mail: number): string => `mail-${mail + 1}`;

export function planOf(seed: number): Plan {
  const lots = createLots(seed);
  const mailers = lots.one([1, 1, 2, 2, 3]);
  const mails = Array.from({ length: 1 + lots.below(4) }, () => ({
    to: addresses.slice(0, 1 + lots.below(addresses.length)),
    onUnknown: lots.one(['hold', 'hold', 'resend'] as const),
    withinMinutes: lots.one([null, null, null, 30]),
    orderingKey: lots.one([null, null, 'order']),
  }));
  const commands = Array.from({ length: lots.below(5) }, (_, n) =>
    randomCommand(lots, n, idOf(lots.below(mails.length))),
  );
  const bulks = Array.from({ length: lots.one([0, 0, 1, 2]) }, () => ({
    verb: lots.one(['hold', 'release', 'cancel', 'resend'] as const),
    after: lots.below(commands.length + 1),
  })).toSorted((one, other) => one.after - other.after);
  const budget = {
    crash: lots.below(3),
    pause: mailers === 1 ? 0 : lots.below(3),
    switch: lots.below(3),
    miss: lots.below(3),
    refuse: lots.below(3),
    own: mailers === 1 ? 0 : 3 + lots.below(6),
    time: 5 + lots.below(30),
  };
  return { mailers, mails, commands, bulks, budget };
}
/** Whoever waits for the answer to a command. */
export interface Client {
  readonly run: string;
  readonly commandId: string;
  /** The code of a refusal, null: it was carried out. */
  told?: string | null;
}

/** Everything of one history, while it happens. */
export interface Scene {
  readonly plan: Plan;
  readonly log: VirtualLog;
  readonly mailers: Mailers;
  readonly left: Record<keyof Plan['budget'], number>;
  /** One world for each mail, as the promises see it. */
  readonly worlds: Map<string, World>;
  readonly submitted: Set<number>;
  asked: number;
  askedBulks: number;
  /** Of these each mail has its command. */
  readonly expanded: Set<string>;
  /** What waiting clients were told: undefined while they wait. */
  readonly clients: Client[];
  broken: string | null;
}

const partitionOf = (key: string): number => (key.endsWith('2') ? 1 : 0);

export function openScene(plan: Plan, directory: string, lots: Lots): Scene {
  const log = createVirtualLog(partitionOf, partitionCount);
  const worlds = new Map<string, World>();
  const mailers = createMailers({
    log,
    count: plan.mailers,
    partitionCount,
    directory,
    startMs: acceptedAtMs + 1000,
    lots,
    onDot: ({ run, mailId }, accepted) => {
      const world = worlds.get(mailId);
      if (world === undefined) return fail(scene, 'a mail goes out that nobody has requested');
      const attempt = latestAttempt(log, mailId, run);
      if (attempt === undefined) return fail(scene, 'it goes out, and its intent is not in the log');
      const dot = { attempt, accepted, at: world.log.length, isTaken: null };
      look(scene, mailId, { ...world, dots: [...world.dots, dot] });
    },
    onReply: ({ run, mailId }, isTaken) => {
      const world = worlds.get(mailId);
      if (world === undefined) return;
      const last = world.dots.findLast(({ attempt }) => attempt.startsWith(`${mailId}/${run}/`));
      const dots = world.dots.map((dot) => (dot === last ? { ...dot, isTaken } : dot));
      look(scene, mailId, { ...world, dots });
    },
  });
  const scene: Scene = {
    plan,
    log,
    mailers,
    left: { ...plan.budget },
    worlds,
    submitted: new Set(),
    asked: 0,
    askedBulks: 0,
    expanded: new Set(),
    clients: [],
    broken: null,
  };
  return scene;
}

export function fail(scene: Scene, broken: string): void {
  scene.broken ??= broken;
}

/** Judges what has become of the world of a mail. */
function look(scene: Scene, mailId: string, next: World): void {
  const before = scene.worlds.get(mailId);
  scene.worlds.set(mailId, next);
  const broken = before === undefined ? null : brokenPromise(before, next, rules);
  if (broken !== null) fail(scene, `${mailId}: ${broken}`);
}

/** The identity of the attempt whose intent this run has written last. */
function latestAttempt(log: VirtualLog, mailId: string, run: string): string | undefined {
  const found = log
    .records(topics.mailEvents.name)
    .flatMap(eventIn)
    .findLast(
      ({ id, type }) => type === events.mailAttemptStarted.type && id.startsWith(`${mailId}/${run}/`),
    );
  return found?.id.replace(/\/started$/, '');
}

function eventIn(record: StoredRecord): readonly MailEvent[] {
  const result = readRecord(record);
  return result.ok && isMailEvent(result.event) ? [result.event] : [];
}
/** A record of a mailer is in the log: a part of a bulk command, or an event of a mail. */
export function hasLanded(scene: Scene, record: StoredRecord): void {
  const result = readRecord(record);
  if (result.ok && isMailCommand(result.event)) takeCommand(scene, result.event);
  if (result.ok && isBulkAnswer(result.event)) scene.expanded.add(result.event.data.command.id);
  for (const event of eventIn(record)) {
    const mailId = mailIdOf(event) ?? '';
    const world = scene.worlds.get(mailId);
    if (world === undefined) return fail(scene, `${event.type} of a mail that nobody has requested`);
    tooEarly(scene, world, event);
    look(scene, mailId, landed(world, rules, event));
  }
}

/** From now on it has to be answered. */
export function takeCommand({ worlds }: Scene, command: MailCommand): void {
  const { mailId } = command.data;
  const world = worlds.get(mailId);
  if (world === undefined || world.commands.some(({ id }) => id === command.id)) return;
  worlds.set(mailId, { ...world, commands: [...world.commands, command] });
}

const longestReplyMs = 60 * minuteMs;

/** An attempt of a run that works is its own: nobody else says what became of it while a reply may come. */
function tooEarly(scene: Scene, { rows }: World, event: MailEvent): void {
  const row = rows.at(-1);
  if (row?.state !== 'sending' || !event.id.endsWith('/settled')) return;
  const [intent] = row.intents;
  const run = intent?.attempt.split('/')[1] ?? '';
  const sinceMs = scene.mailers.worksSinceMs(run);
  const recordedAtMs = intent?.recordedAtMs ?? 0;
  if (sinceMs === undefined || sinceMs > recordedAtMs) return;
  if (scene.mailers.nowMs() < recordedAtMs + longestReplyMs)
    fail(scene, 'told unknown though the sender lives');
}
