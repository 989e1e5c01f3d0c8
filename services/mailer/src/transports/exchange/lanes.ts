/** A fixed number of things that one user at a time may have; who comes when all are lent waits in line. */
export interface Lanes<Lane> {
  use<Result>(work: (lane: Lane) => Promise<Result>): Promise<Result>;
  /** Resolves when all are back. */
  drained(): Promise<void>;
}

export function createLanes<Lane>(lanes: readonly Lane[]): Lanes<Lane> {
  const free = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];
  const working = new Set<Promise<unknown>>();

  function borrow(): Promise<Lane> {
    // The one that was used last, so that the connections of the others can end.
    const lane = free.pop();
    return lane === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(lane);
  }

  function giveBack(lane: Lane): void {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  }

  async function run<Result>(work: (lane: Lane) => Promise<Result>): Promise<Result> {
    const lane = await borrow();
    try {
      return await work(lane);
    } finally {
      giveBack(lane);
    }
  }

  return {
    use(work) {
      const running = run(work).finally(() => working.delete(running));
      working.add(running);
      return running;
    },
    async drained() {
      await Promise.allSettled(working);
    },
  };
}
