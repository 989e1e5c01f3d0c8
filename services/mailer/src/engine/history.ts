/*
 * Mail goes on while the past is read. A view that is far behind its log (lost, from a backup without it, of another version)
 * is built from the log behind the open port, and in the meantime another one is in use:
 *
 *   reading   the log is read once, for what has not ended. Mail is accepted; what depends on the past is told to wait.
 *   filling   that view is in use: mail goes out, and the whole view is built from a second reading of the log.
 *   complete  the whole view has come to the same position in each partition as the other one, and has taken its place.
 *
 * - Both views are folded by the same rules. What the one in use cannot know exactly it leaves out (`interim-view.ts`).
 * - The whole view is never ahead of the other one, so whatever it folds silently was told of before. Before it takes over,
 *   the other one stops, and what comes after that is kept aside until both are at the same positions.
 * - A process that dies builds on: the whole view is kept with its positions, the other one is made again.
 * - A view that is little behind, or whose rest costs less than another reading of everything, is simply caught up with.
 */
import type { Logger } from 'pino';
import { topics } from '@postausgang/contracts';
import type { EventLog, LogItem, Position } from '@postausgang/event-log';
import type { InterimView } from '../view/interim-view.ts';
import type { MailTopic, MailView } from '../view/mail-view.ts';
import { followMail, isOfThisLog, type MailFollower } from './follow.ts';

export interface HistoryStatus {
  readonly state: 'reading' | 'filling' | 'complete';
  /** Events that this reading has come past, of those that were in the log at the start. */
  readonly readEvents: number;
  readonly totalEvents: number;
}

/** For health checks. A service that reads takes mail, so nobody should send it elsewhere. */
export function historyCheck({ state, readEvents, totalEvents }: HistoryStatus): string {
  return state === 'complete' ? 'ok' : `${state} the history: ${readEvents} of ${totalEvents} events`;
}

interface HistoryOptions {
  readonly log: EventLog;
  /** The whole one. */
  readonly view: MailView;
  /** Without it, nothing is done before the whole view has caught up. */
  readonly openInterim?: (() => InterimView) | undefined;
  /** How many events a view may be behind without more ado. */
  readonly fewEvents?: number | undefined;
  /** Called after a batch is folded into the view in use. */
  readonly onFolded: (topic: MailTopic, items: readonly LogItem[]) => void;
  /** The whole view has taken over: everything may have changed. */
  readonly onComplete: () => void;
  readonly onFailure: (error: unknown) => void;
  readonly logger: Pick<Logger, 'info'>;
}

export interface MailHistory {
  /** The view in use. Its `caughtUp` resolves when it can be acted on. */
  readonly follower: MailFollower;
  /** Whether there is so much to read that nobody should wait for it. */
  readonly isBehind: Promise<boolean>;
  /** Resolves when the whole view is in use. */
  readonly complete: Promise<void>;
  status(): HistoryStatus;
  /** Whether the view in use knows everything about a mail, also that there is none. */
  isKnown(id: string): boolean;
}

const usualFewEvents = 5_000;
/** Reading for what has not ended costs about a fifth of folding everything. */
const readingCost = 0.25;

const mailTopics = ['mailRequests', 'mailEvents'] as const;

type Ends = Readonly<Record<MailTopic, Map<number, number>>>;

const noEnds = (): Ends => ({ mailRequests: new Map(), mailEvents: new Map() });

/** What is in use at a moment. Its methods must be called on it, not kept. */
export interface ViewInUse {
  readonly view: MailView;
  use(view: MailView): void;
}

export function createViewInUse(first: MailView): ViewInUse {
  let current = first;
  const get = (_first: MailView, name: string | symbol): unknown => Reflect.get(current, name);
  return {
    view: new Proxy(first, { get }),
    use: (view) => void (current = view),
  };
}

interface State extends HistoryOptions {
  readonly inUse: ViewInUse;
  /** How far each view is. */
  readonly ofWhole: Ends;
  readonly ofInterim: Ends;
  interim: { readonly opened: InterimView; readonly follower: MailFollower } | undefined;
  phase: 'undecided' | HistoryStatus['state'];
  readEvents: number;
  totalEvents: number;
  /** Resolves when the view in the meantime stands still, after which the whole one takes over. */
  still: Promise<void> | undefined;
  isStill: boolean;
  /** What the whole view was given meanwhile beyond the positions of the other one. */
  readonly ahead: { readonly topic: MailTopic; readonly items: readonly LogItem[] }[];
  isStopped: boolean;
  readonly over: PromiseWithResolvers<void>;
}

export function followHistory(options: HistoryOptions & { readonly inUse: ViewInUse }): MailHistory {
  const state: State = {
    ...options,
    ofWhole: noEnds(),
    ofInterim: noEnds(),
    interim: undefined,
    phase: 'undecided',
    readEvents: 0,
    totalEvents: 0,
    still: undefined,
    isStill: false,
    ahead: [],
    isStopped: false,
    over: Promise.withResolvers(),
  };
  const { log, view, onFailure } = options;
  const decided = decide(state);
  const usable = decided.then(({ isLong }) => (isLong ? readForWaiting(state) : undefined));
  const whole = followMail({
    log,
    view,
    after: usable,
    fold: (topic, items) => foldWhole(state, topic, items),
    onFailure,
  });
  const complete = usable.then(() => whole.caughtUp).then(() => handOver(state));
  const caughtUp = usable.then(() => (state.interim === undefined ? complete : undefined));
  const isBehind = decided.then((decision) => decision.isBehind);
  [caughtUp, complete, isBehind].forEach((promise) => promise.catch(() => undefined));
  return {
    isBehind,
    complete,
    status: () => ({
      state: state.phase === 'undecided' ? 'reading' : state.phase,
      readEvents: Math.min(state.readEvents, state.totalEvents),
      totalEvents: state.totalEvents,
    }),
    isKnown: (id) =>
      state.phase === 'complete' ||
      (state.phase === 'filling' && state.interim?.opened.isLeftOut(id) === false),
    follower: {
      caughtUp,
      folded: (topic, position) => folded(state, whole, topic, position),
      catchUp: () => catchUp(state, whole),
      stop: () => stop(state, whole),
    },
  };
}

/** How much there is to read, and whether that is done in two readings. */
async function decide(state: State): Promise<{ readonly isLong: boolean; readonly isBehind: boolean }> {
  const { log, view, openInterim, fewEvents = usualFewEvents } = state;
  if (!(await isOfThisLog(view, log))) view.reset();
  let behind = 0;
  for (const topic of mailTopics) {
    view.positions(topic).forEach(({ partition, offset }) => state.ofWhole[topic].set(partition, offset));
    for (const { partition, start, end } of await log.bounds(topics[topic].name)) {
      const next = Math.max(start, state.ofWhole[topic].get(partition) ?? 0);
      state.totalEvents += end - start;
      behind += Math.max(0, end - next);
    }
  }
  const isBehind = behind > fewEvents;
  const isLong = isBehind && openInterim !== undefined && behind > state.totalEvents * readingCost;
  state.phase = 'reading';
  if (isBehind) {
    state.logger.info({ events: behind, ofEvents: state.totalEvents }, 'the view of mails is behind the log');
  }
  if (!isLong) state.readEvents = state.totalEvents - behind;
  return { isLong, isBehind };
}

/** Reads the log for what has not ended, into a view that is in use from then on. */
async function readForWaiting(state: State): Promise<void> {
  const { log, onFailure, openInterim, inUse } = state;
  if (openInterim === undefined || state.isStopped) return;
  const opened = openInterim();
  inUse.use(opened.view);
  const fold = (topic: MailTopic, items: readonly LogItem[]) => foldInterim(state, topic, items);
  const follower = followMail({ log, view: opened.view, after: Promise.resolve(), fold, onFailure });
  state.interim = { opened, follower };
  await follower.caughtUp;
  opened.endScan();
  const waiting = opened.view.countsByState();
  state.phase = 'filling';
  state.readEvents = readBy(state.ofWhole);
  const { queued, deferred, held, sending } = waiting;
  state.logger.info({ queued, deferred, held, sending }, 'mail goes out; the history follows');
}

/** Offsets count from 0, also where the first records were forgotten: near enough for a progress. */
function readBy(ends: Ends): number {
  return mailTopics.flatMap((topic) => [...ends[topic].values()]).reduce((sum, next) => sum + next, 0);
}

function advance(ends: Ends, topic: MailTopic, items: readonly LogItem[]): void {
  items.forEach(({ position }) => ends[topic].set(position.partition, position.offset + 1));
}

function foldInterim(state: State, topic: MailTopic, items: readonly LogItem[]): void {
  state.interim?.opened.view.apply(topic, items);
  advance(state.ofInterim, topic, items);
  if (state.phase === 'reading') state.readEvents += items.length;
  state.onFolded(topic, items);
}

/** Folds silently what the view in use has told of, and waits for it before what it has not. */
async function foldWhole(state: State, topic: MailTopic, items: readonly LogItem[]): Promise<void> {
  const { interim } = state;
  let rest = items;
  while (interim !== undefined && state.phase !== 'complete') {
    rest = foldTold(state, topic, rest);
    takeOver(state);
    const [next] = rest;
    if (next === undefined || state.isStopped) return;
    if (state.isStill && !isComplete(state)) {
      // Other partitions have to come as far as the other view is, so nothing may be waited for here.
      state.ahead.push({ topic, items: rest });
      return;
    }
    await (state.still ?? interim.follower.folded(topic, next.position));
  }
  foldNew(state, topic, rest);
}

/** A call may have changed it, which is not seen by the compiler. */
const isComplete = ({ phase }: State): boolean => phase === 'complete';

/** Folds what the view in use has told of; returns the rest. */
function foldTold(state: State, topic: MailTopic, items: readonly LogItem[]): readonly LogItem[] {
  const isTold = ({ position: { partition, offset } }: LogItem): boolean =>
    offset < (state.ofInterim[topic].get(partition) ?? 0);
  const told = items.filter(isTold);
  if (told.length > 0) {
    state.view.apply(topic, told);
    advance(state.ofWhole, topic, told);
    state.readEvents += told.length;
  }
  return items.filter((item) => !isTold(item));
}

function foldNew(state: State, topic: MailTopic, items: readonly LogItem[]): void {
  state.view.apply(topic, items);
  state.readEvents += items.length;
  state.onFolded(topic, items);
}

/** The whole view has caught up: the other one stops, and when both are at the same positions, it takes its place. */
async function handOver(state: State): Promise<void> {
  const { interim } = state;
  if (interim === undefined) {
    completed(state);
    return;
  }
  state.still = interim.follower.stop();
  await state.still;
  state.isStill = true;
  takeOver(state);
  await state.over.promise;
  if (!isComplete(state)) throw new Error('The mailer stops');
}

function takeOver(state: State): void {
  const { interim, inUse, view, ahead } = state;
  if (!state.isStill || isComplete(state) || state.isStopped || interim === undefined) return;
  const isEven = mailTopics.every((topic) =>
    [...state.ofInterim[topic]].every(
      ([partition, next]) => (state.ofWhole[topic].get(partition) ?? 0) >= next,
    ),
  );
  if (!isEven) return;
  inUse.use(view);
  completed(state);
  ahead.forEach(({ topic, items }) => foldNew(state, topic, items));
  state.onComplete();
  state.over.resolve();
  interim.opened.view.close();
}

function completed(state: State): void {
  state.phase = 'complete';
  state.readEvents = state.totalEvents;
  if (state.interim !== undefined) {
    state.logger.info({ events: state.totalEvents }, 'the history of mails is complete');
  }
}

/** Who waited for the view in the meantime waits for the whole one when that has taken over. */
async function folded(
  state: State,
  whole: MailFollower,
  topic: MailTopic,
  position: Position,
): Promise<boolean> {
  if (state.interim !== undefined && !isComplete(state)) {
    if (await state.interim.follower.folded(topic, position)) return true;
    await state.over.promise;
  }
  return whole.folded(topic, position);
}

async function catchUp(state: State, whole: MailFollower): Promise<void> {
  if (state.interim !== undefined && !isComplete(state)) {
    try {
      return await state.interim.follower.catchUp();
    } catch (error) {
      if (state.still === undefined || state.isStopped) throw error;
      await state.over.promise;
    }
  }
  return whole.catchUp();
}

async function stop(state: State, whole: MailFollower): Promise<void> {
  const { interim, phase, inUse, view } = state;
  state.isStopped = true;
  const stopped = [whole, ...(interim === undefined ? [] : [interim.follower])].map((one) => one.stop());
  state.over.resolve();
  await Promise.all(stopped);
  // Whatever ends late looks at a view that is open still.
  inUse.use(view);
  if (phase !== 'complete') interim?.opened.view.close();
}
