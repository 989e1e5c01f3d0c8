/*
 * Everything is a fold: a state, and what the records of a topic make of it. A fold follows its topic, knows how far it
 * is and how much could not be read, and lets others wait.
 *
 *   settings, mailer status, connection tests   a state in memory, one event after the other (`eachEvent`)
 *   the mail view                               tables: rows and position become durable together, batch by batch
 *   a stream of events                          what one reader has got; a slow reader makes its own fold wait
 *
 * - The door is `apply` for a batch instead of a pure evolve for an event: a table writes a row that changes five times
 *   in a batch once. Nothing else changes the state. If `apply` throws, the follower ends with `handler-failed`.
 * - A state in memory is folded anew at each start. One that is kept says in `from` how far it is.
 * - The log may hold an event twice, since an append may be repeated. The state recognizes it by its id, not the fold:
 *   some states have to remember every id, others none.
 * - A record that cannot be read as an event is counted and reported, and never holds up what comes after it.
 * - Whoever has appended an event waits for what the log makes of it, not for the append: `verdictOn` for an event,
 *   `reached` for a position, `until` for anything about the state. All waiting ends when the fold is stopped.
 */
import { type PostausgangEvent, type TopicName, topics } from '@postausgang/contracts';
import { EventLogError } from './event-log-error.ts';
import type { EventLog, Follower, FollowFrom, Position } from './event-log.ts';
import { type LogItem, toItem } from './events.ts';

/** How long somebody waits; without limits until it happens or the fold is stopped. */
export interface WaitLimits {
  readonly timeoutMs?: number;
  /** Ends the waiting early, as if time were up. */
  readonly signal?: AbortSignal;
}

/**
 * Takes a batch into a state. `tell` passes what an event did to the state on to whoever waits for that event. The next
 * batch comes when the promise has resolved.
 */
export type Apply<State, Verdict> = (
  state: State,
  items: readonly LogItem[],
  tell: (eventId: string, verdict: Verdict) => void,
) => void | Promise<void>;

/** For a state in memory: one event after the other; what cannot be read changes nothing. */
export function eachEvent<State, Verdict>(
  evolve: (state: State, event: PostausgangEvent) => Verdict,
): Apply<State, Verdict> {
  return (state, items, tell) => {
    const events = items.flatMap(({ result }) => (result.ok ? [result.event] : []));
    const verdicts = events.map((event) => [event.id, evolve(state, event)] as const);
    for (const [eventId, verdict] of verdicts) {
      tell(eventId, verdict);
    }
  };
}

interface FoldOptions<State, Verdict> {
  readonly log: EventLog;
  readonly topic: TopicName;
  /** Changed in place by `apply`. */
  readonly state: State;
  readonly apply: Apply<State, Verdict>;
  /** Where to begin, asked when following begins. Default: at the start of the topic. */
  readonly from?: () => FollowFrom;
  /** Following begins when this resolves; where it rejects, so does `caughtUp`. Default: at once. */
  readonly after?: Promise<unknown>;
  /** Is warned of each record that cannot be read. */
  readonly logger?: { readonly warn: (fields: object, message: string) => void };
}

/** A state that follows a topic of the log. */
export interface Fold<State, Verdict = unknown> {
  /** Read it, do not change it. */
  readonly state: State;
  /** Resolves when the state is that of the log's end at the start. Rejects as `Follower.caughtUp` does. */
  readonly caughtUp: Promise<void>;
  /**
   * Resolves when everything that the topic holds at the time of the call is folded. Rejects with the errors of a
   * follower, `follower-stopped` among them.
   */
  catchUp(): Promise<void>;
  /** Calls the listener once when the state is current, and then after each batch; the returned function ends that. */
  onChange(listener: () => void): () => void;
  /** What `find` finds now or after one of the next batches; undefined when it finds nothing in time. */
  until<Found>(find: () => Found | undefined, limits?: WaitLimits): Promise<Found | undefined>;
  /** True when the record at a position is folded; false when it is not in time. */
  reached(position: Position, limits?: WaitLimits): Promise<boolean>;
  /** What the next event with this id does to the state; undefined when none comes in time. Call it before the append. */
  verdictOn(eventId: string, limits?: WaitLimits): Promise<Verdict | undefined>;
  /** Records that could not be read as events, and were stepped over. */
  unreadableRecords(): number;
  /** Ends the following after the batch in hand, and all waiting. */
  stop(): Promise<void>;
}

/** Starts to fold a topic. Throws what `EventLog.follow` throws, unless it has to wait for `after`. */
export function startFold<State, Verdict>(options: FoldOptions<State, Verdict>): Fold<State, Verdict> {
  const { log, topic, state, apply, from = () => 'start', after, logger } = options;
  const waiting = createWaitingRoom();
  const progress = createProgress();
  const verdicts = createVerdicts<Verdict>();
  const listeners = new Set<() => void>();
  let follower: Follower | undefined;
  let unreadable = 0;
  let isCurrent = false;
  let isStopped = false;

  const take = async (items: readonly LogItem[]): Promise<void> => {
    unreadable += reportUnreadable(topic, items, logger);
    await apply(state, items, verdicts.tell);
    progress.advance(items);
    if (isCurrent) {
      listeners.forEach((listener) => listener());
    }
    waiting.askAgain();
  };
  const begin = (): Promise<void> => {
    if (isStopped) {
      throw stoppedError(topic);
    }
    const start = from();
    progress.begin(start);
    waiting.askAgain();
    follower = log.follow(topics[topic].name, start, (records) => take(records.map(toItem)));
    return follower.caughtUp;
  };
  const caughtUp = (after === undefined ? begin() : after.then(begin)).then(() => {
    isCurrent = true;
    listeners.forEach((listener) => listener());
  });
  // Whoever does not ask for it must not be ended by its rejection.
  caughtUp.catch(() => undefined);

  const reached = async (position: Position, limits?: WaitLimits): Promise<boolean> =>
    (await waiting.until(() => progress.hasPassed(position) || undefined, limits)) ?? false;
  return {
    state,
    caughtUp,
    catchUp: async () => reachedAll(topic, await endOf(log, topic, progress.positions()), reached),
    onChange(listener) {
      listeners.add(listener);
      if (isCurrent) {
        listener();
      }
      return () => void listeners.delete(listener);
    },
    until: waiting.until,
    reached,
    verdictOn: (eventId, limits) => verdicts.of(eventId, (find) => waiting.until(find, limits)),
    unreadableRecords: () => unreadable,
    async stop() {
      isStopped = true;
      waiting.close();
      await follower?.stop();
    },
  };
}

/** Says of each record that cannot be read why, and how many there are: they are stepped over. */
function reportUnreadable(
  topic: TopicName,
  items: readonly LogItem[],
  logger: FoldOptions<unknown, unknown>['logger'],
): number {
  let unreadable = 0;
  for (const { result, position } of items) {
    if (!result.ok) {
      unreadable += 1;
      const { reason, detail } = result;
      logger?.warn({ topic, position, reason, detail }, 'a record cannot be read and is stepped over');
    }
  }
  return unreadable;
}

/** @throws EventLogError `follower-stopped` where the fold was stopped before */
async function reachedAll(
  topic: TopicName,
  positions: readonly Position[],
  reached: (position: Position) => Promise<boolean>,
): Promise<void> {
  const isReached = await Promise.all(positions.map((position) => reached(position)));
  if (isReached.includes(false)) {
    throw stoppedError(topic);
  }
}

function stoppedError(topic: TopicName): EventLogError {
  return new EventLogError('follower-stopped', `The fold of ${topics[topic].name} was stopped.`);
}

/** How far each partition is folded. */
function createProgress() {
  const next = new Map<number, number>();
  return {
    begin(from: FollowFrom): void {
      const positions = from === 'start' ? [] : from;
      positions.forEach(({ partition, offset }) => next.set(partition, offset));
    },
    advance(items: readonly LogItem[]): void {
      items.forEach(({ position }) => next.set(position.partition, position.offset + 1));
    },
    hasPassed: ({ partition, offset }: Position): boolean => (next.get(partition) ?? 0) > offset,
    positions: (): readonly Position[] => [...next].map(([partition, offset]) => ({ partition, offset })),
  };
}

/** The last record of each partition that has something new; read without folding it. */
async function endOf(
  log: EventLog,
  topic: TopicName,
  from: readonly Position[],
): Promise<readonly Position[]> {
  const ends = new Map<number, Position>();
  const follower = log.follow(topics[topic].name, from, (records) => {
    records.forEach(({ position }) => ends.set(position.partition, position));
  });
  await follower.caughtUp;
  await follower.stop();
  return [...ends.values()];
}

interface Expected<Verdict> {
  readonly eventId: string;
  verdict: Verdict | undefined;
}

/** The verdicts that somebody waits for. */
function createVerdicts<Verdict>() {
  const expected = new Set<Expected<Verdict>>();
  return {
    tell(eventId: string, verdict: Verdict): void {
      for (const one of expected) {
        if (one.eventId === eventId) {
          one.verdict ??= verdict;
        }
      }
    },
    async of(
      eventId: string,
      wait: (find: () => Verdict | undefined) => Promise<Verdict | undefined>,
    ): Promise<Verdict | undefined> {
      const one: Expected<Verdict> = { eventId, verdict: undefined };
      expected.add(one);
      try {
        return await wait(() => one.verdict);
      } finally {
        expected.delete(one);
      }
    },
  };
}

interface Waiting {
  readonly ask: () => void;
  readonly giveUp: () => void;
}

/** Where everybody waits for what the follower brings. */
function createWaitingRoom() {
  const everybody = new Set<Waiting>();
  let isClosed = false;

  const wait = async <Found>(
    find: () => Found | undefined,
    { timeoutMs, signal }: WaitLimits,
  ): Promise<Found | undefined> => {
    const { promise, resolve } = Promise.withResolvers<Found | undefined>();
    const ask = (): void => {
      const found = find();
      if (found !== undefined) {
        resolve(found);
      }
    };
    const giveUp = (): void => resolve(undefined);
    const waiting = { ask, giveUp };
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs);
    everybody.add(waiting);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      everybody.delete(waiting);
      signal?.removeEventListener('abort', giveUp);
    }
  };

  return {
    async until<Found>(find: () => Found | undefined, limits: WaitLimits = {}): Promise<Found | undefined> {
      const found = find();
      const isOver = isClosed || limits.signal?.aborted === true;
      return found !== undefined || isOver ? found : wait(find, limits);
    },
    askAgain(): void {
      everybody.forEach(({ ask }) => ask());
    },
    close(): void {
      isClosed = true;
      everybody.forEach(({ giveUp }) => giveUp());
    },
  };
}
