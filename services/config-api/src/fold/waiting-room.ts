/** How long somebody waits. */
export interface WaitLimits {
  readonly timeoutMs: number;
  /** Ends the waiting early, as if time were up. */
  readonly signal?: AbortSignal;
}

export interface WaitingRoom {
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
