/**
 * What is in hand: mails from when something is done about them until the event that tells of it has come back through
 * the log. In between the row still looks as if nothing had happened, so nobody may act on it again.
 */
export interface Hand {
  readonly size: number;
  has(key: string): boolean;
  take(key: string): void;
  /** Stays in hand until this event is folded. */
  awaitEvent(key: string, eventId: string): void;
  isAwaited(eventId: string): boolean;
  /** Releases what waited for this event. */
  eventFolded(eventId: string): void;
  drop(key: string): void;
  /** Resolves when nothing is in hand. */
  empty(): Promise<void>;
}

export function createHand(): Hand {
  const inHand = new Set<string>();
  const awaited = new Map<string, readonly string[]>();
  let whenEmpty: (() => void)[] = [];
  const drop = (key: string): void => {
    inHand.delete(key);
    if (inHand.size === 0) {
      whenEmpty.forEach((resolve) => resolve());
      whenEmpty = [];
    }
  };
  return {
    get size() {
      return inHand.size;
    },
    has: (key) => inHand.has(key),
    take: (key) => void inHand.add(key),
    awaitEvent: (key, eventId) => void awaited.set(eventId, [...(awaited.get(eventId) ?? []), key]),
    isAwaited: (eventId) => awaited.has(eventId),
    eventFolded(eventId) {
      const keys = awaited.get(eventId) ?? [];
      awaited.delete(eventId);
      keys.forEach(drop);
    },
    drop,
    empty: () =>
      inHand.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenEmpty.push(resolve)),
  };
}
