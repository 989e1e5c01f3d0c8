import type { LogItem, Position } from '@postausgang/event-log';
import type { MailTopic } from '../view/mail-view.ts';

/** How far both topics are folded, for whoever waits for a position. */
export interface Progress {
  advance(topic: MailTopic, items: readonly LogItem[]): void;
  /** Where folding goes on after a start: everything before is folded. */
  begin(topic: MailTopic, positions: readonly Position[]): void;
  /** Resolves when the record at this position is folded. */
  reached(topic: MailTopic, position: Position): Promise<void>;
}

interface Waiter extends Position {
  readonly topic: MailTopic;
  readonly resolve: () => void;
}

export function createProgress(): Progress {
  const next = { mailRequests: new Map<number, number>(), mailEvents: new Map<number, number>() };
  let waiters: Waiter[] = [];
  const isFolded = (topic: MailTopic, { partition, offset }: Position): boolean =>
    (next[topic].get(partition) ?? 0) > offset;
  const resolveReached = (): void => {
    const reached = waiters.filter((waiter) => isFolded(waiter.topic, waiter));
    if (reached.length > 0) {
      waiters = waiters.filter((waiter) => !isFolded(waiter.topic, waiter));
      reached.forEach(({ resolve }) => resolve());
    }
  };
  return {
    begin(topic, positions) {
      positions.forEach(({ partition, offset }) => next[topic].set(partition, offset));
      resolveReached();
    },
    advance(topic, items) {
      items.forEach(({ position }) => next[topic].set(position.partition, position.offset + 1));
      resolveReached();
    },
    reached: (topic, position) =>
      isFolded(topic, position)
        ? Promise.resolve()
        : new Promise((resolve) => void waiters.push({ topic, ...position, resolve })),
  };
}
