import type { Logger } from 'pino';
import type { PostausgangEvent, TopicName } from '@postausgang/contracts';
import { type EventLog, followEvents, type LogItem } from '@postausgang/event-log';
import type { Verdict } from '@postausgang/settings';

/** How long somebody waits. */
export interface WaitLimits {
  readonly timeoutMs: number;
  /** Ends the waiting early, as if time were up. */
  readonly signal?: AbortSignal;
}

interface WaitingRoom {
  /** What `find` finds now or after one of the next changes; undefined when time is up, or the room closes. */
  until<Found>(find: () => Found | undefined, limits: WaitLimits): Promise<Found | undefined>;
  /** Says that something may have changed. */
  askAgain(): void;
  /** Ends all waiting; from now on nobody waits. */
  close(): void;
}

interface Waiting {
  readonly ask: () => void;
  readonly giveUp: () => void;
}

/** Where requests wait for what a follower brings. */
export function createWaitingRoom(): WaitingRoom {
  const everybody = new Set<Waiting>();
  let closed = false;

  async function wait<Found>(
    find: () => Found | undefined,
    { timeoutMs, signal }: WaitLimits,
  ): Promise<Found | undefined> {
    const { promise, resolve } = Promise.withResolvers<Found | undefined>();
    const ask = (): void => {
      const found = find();
      if (found !== undefined) resolve(found);
    };
    const giveUp = (): void => resolve(undefined);
    const waiting = { ask, giveUp };
    const timer = setTimeout(giveUp, timeoutMs);
    everybody.add(waiting);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      everybody.delete(waiting);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  return {
    async until(find, limits) {
      const found = find();
      const isOver = closed || limits.signal?.aborted === true;
      return found !== undefined || isOver ? found : wait(find, limits);
    },
    askAgain() {
      for (const { ask } of everybody) ask();
    },
    close() {
      closed = true;
      for (const { giveUp } of everybody) giveUp();
    },
  };
}

interface FoldOptions<State> {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly topic: TopicName;
  readonly state: State;
  readonly evolve: (state: State, event: PostausgangEvent) => Verdict;
  readonly onVerdict?: (event: PostausgangEvent, verdict: Verdict) => void;
}

/** A state that follows a topic of the log. */
export interface Fold<State> {
  /** Resolves when the state is that of the log's end at the start. Rejects with the errors of a follower. */
  readonly caughtUp: Promise<void>;
  /** Read it, do not change it. */
  readonly state: State;
  /** Resolves when the record at an offset is folded (its topic has one partition), after 5 s at the latest. */
  reached(offset: number): Promise<unknown>;
  /** Records that could not be read as events, and were stepped over. */
  unreadableRecords(): number;
  /** Asks now and after each batch of events until `find` finds something; undefined when it does not in time. */
  until<Found>(find: () => Found | undefined, limits: WaitLimits): Promise<Found | undefined>;
  /** Ends the following and every waiting. */
  stop(): Promise<void>;
}

const reachedTimeoutMs = 5_000;

/** Folds a topic. A record that cannot be read is counted, logged and stepped over. */
export function createFold<State>(options: FoldOptions<State>): Fold<State> {
  const { log, logger, topic, state, evolve, onVerdict } = options;
  const waitingRoom = createWaitingRoom();
  let unreadable = 0;
  let next = 0;

  function take({ result, position }: LogItem): void {
    next = position.offset + 1;
    if (result.ok) {
      const verdict = evolve(state, result.event);
      onVerdict?.(result.event, verdict);
      return;
    }
    unreadable += 1;
    const { reason, detail } = result;
    logger.warn({ topic, position, reason, detail }, 'a record cannot be read and is stepped over');
  }

  const follower = followEvents(log, topic, 'start', (items) => {
    for (const item of items) take(item);
    waitingRoom.askAgain();
  });

  return {
    caughtUp: follower.caughtUp,
    state,
    reached: (offset) =>
      waitingRoom.until(() => (next > offset ? true : undefined), { timeoutMs: reachedTimeoutMs }),
    unreadableRecords: () => unreadable,
    until: (find, limits) => waitingRoom.until(find, limits),
    async stop() {
      waitingRoom.close();
      await follower.stop();
    },
  };
}
