import type { Ownership } from '@postausgang/event-log';
import type { MailFollower } from './follow-mail.ts';

interface OfPartition {
  readonly request: { readonly partition: number };
}

/** The partitions this process acts on: those it owns, from when it knows everything about them. */
export interface Acting {
  readonly partitions: () => readonly number[];
  /**
   * Names the time since which this process acts on the partition of a mail without a break; undefined where it does not,
   * or where the lease does not surely hold. Who sees the same epoch before the final dot has been alone in between.
   */
  readonly epochOf: (mail: OfPartition) => number | undefined;
  /** Resolves when everything is folded and this process acts. `onTaken` is called then, and after each later gain. */
  start(follower: Pick<MailFollower, 'caughtUp' | 'catchUp'>, onTaken: () => void): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Whoever takes over a partition first reads to the current end of the log: what the owner before has done must not be
 * done again. What was read for an ownership that has changed since counts for nothing.
 */
export function createActing(ownership: Ownership): Acting {
  const epochs = new Map<number, number>();
  let generation = 0;
  let stopped = false;
  let unsubscribe = (): void => undefined;

  const take = async (known: Promise<void>, onTaken: () => void): Promise<void> => {
    const wanted = ownership.partitions();
    const current = generation;
    await known;
    const gained = wanted.filter((partition) => !epochs.has(partition));
    if (!stopped && current === generation && gained.length > 0) {
      gained.forEach((partition) => epochs.set(partition, current));
      onTaken();
    }
  };
  const drop = (owned: readonly number[]): void => {
    generation += 1;
    [...epochs.keys()]
      .filter((partition) => !owned.includes(partition))
      .forEach((partition) => epochs.delete(partition));
  };
  return {
    partitions: () => [...epochs.keys()],
    epochOf: ({ request: { partition } }) =>
      ownership.isFresh(partition) ? epochs.get(partition) : undefined,
    start(follower, onTaken) {
      const taken = take(follower.caughtUp, onTaken);
      unsubscribe = ownership.onChange((owned) => {
        drop(owned);
        const known = follower.caughtUp.then(() => follower.catchUp());
        // A follower that fails says so itself.
        take(known, onTaken).catch(() => undefined);
      });
      return taken;
    },
    async stop() {
      stopped = true;
      drop([]);
      unsubscribe();
      await ownership.release();
    },
  };
}
