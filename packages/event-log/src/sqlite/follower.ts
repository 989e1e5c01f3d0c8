import { setImmediate as nextTurn } from 'node:timers/promises';
import { callHandler, EventLogError } from '../event-log-error.ts';
import type { Follower, FollowFrom, Position, RecordHandler } from '../event-log.ts';
import { toEventLogError } from './sqlite-failure.ts';
import type { RecordReader, Topic } from './topic.ts';

export interface FollowerOptions {
  readonly topic: Topic;
  readonly reader: RecordReader;
  readonly from: FollowFrom;
  readonly handler: RecordHandler;
  /** Called once when the follower ends by itself. */
  readonly onFailed: (error: EventLogError) => void;
  /** Called once when it has ended, however. */
  readonly onEnded: () => void;
}

/** One loop, one batch at a time: from memory where the records are still there, otherwise from the file. */
export function startFollower(options: FollowerOptions): Follower {
  const { topic, reader, from, handler, onFailed, onEnded } = options;
  const caughtUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const target = topic.endOffset();
  const wake = createWake();
  let next = startOffset(from);
  let stopped = false;

  const handleNext = async () => {
    const batch = topic.tailFrom(next) ?? reader.chunk(next, topic.endOffset());
    await callHandler(handler, batch, topic.name);
    next = 1 + (batch.at(-1)?.position.offset ?? topic.endOffset() - 1);
    topic.trim();
  };
  const run = async () => {
    refusePositionsOutside(from, topic);
    while (!stopped) {
      if (next >= target) {
        caughtUp.resolve();
      }
      if (next < topic.endOffset()) {
        await handleNext();
        await nextTurn();
      } else {
        await wake.wait();
      }
    }
  };
  const member = { nextOffset: () => next, wake: () => wake.wake() };
  const end = (reason: EventLogError) => {
    topic.removeFollower(member);
    caughtUp.reject(reason);
    onEnded();
    ended.resolve();
  };

  topic.addFollower(member);
  // Whoever does not ask for it must not be ended by its rejection.
  caughtUp.promise.catch(() => undefined);
  void Promise.resolve()
    .then(run)
    .then(() => end(new EventLogError('follower-stopped', `The follower of ${topic.name} was stopped.`)))
    .catch((error: unknown) => {
      const reason = toEventLogError(error, `read ${topic.name}`);
      end(reason);
      onFailed(reason);
    });

  return {
    caughtUp: caughtUp.promise,
    stop() {
      stopped = true;
      wake.wake();
      return ended.promise;
    },
  };
}

/** Remembers a wake that comes while nobody waits. */
function createWake(): { wait(): Promise<void>; wake(): void } {
  let next = Promise.withResolvers<void>();
  return {
    async wait() {
      await next.promise;
      next = Promise.withResolvers();
    },
    wake: () => next.resolve(),
  };
}

function startOffset(from: FollowFrom): number {
  return from === 'start' ? 0 : (from.find(({ partition }) => partition === 0)?.offset ?? 0);
}

/** A view that is ahead of its log belongs to another log; going on would skip records. */
function refusePositionsOutside(from: FollowFrom, topic: Topic): void {
  const end = topic.endOffset();
  const outside = from === 'start' ? undefined : from.find((position) => !isInside(position, end));
  if (outside !== undefined) {
    const message =
      `Topic ${topic.name} has no position ${outside.partition}/${outside.offset}: it has partition 0 ` +
      `and ends at ${end}. The log was replaced or is older than the view; drop the view and start anew.`;
    throw new EventLogError('position-out-of-range', message);
  }
}

function isInside({ partition, offset }: Position, end: number): boolean {
  return partition === 0 && Number.isInteger(offset) && offset >= 0 && offset <= end;
}
