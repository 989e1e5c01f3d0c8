import type { PostausgangEvent, TopicName } from '@postausgang/contracts';
import { type EventLog, followEvents, type LogItem } from '@postausgang/event-log';
import type { Verdict } from '@postausgang/settings';
import type { Logger } from 'pino';
import { createWaitingRoom, type WaitLimits } from './waiting-room.ts';

export interface FoldOptions<State> {
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
