import type { Ownership } from '@postausgang/event-log';
import { homeOf, type WaitingMail } from '@postausgang/mail';
import type { MailFollower } from './follow.ts';
import type { MailView } from '../view/mail-view.ts';

/**
 * Begins to watch a mail that is being taken. The answer is true while this process has been the only one to act on it
 * since: the lease holds and never ended, and nothing has happened to the mail but our own intent. Once that is folded, the
 * answer says whether it counts.
 *
 * @param identity of the attempt it is taken for; the intent of that one is our own.
 */
export function watchOwnership(
  { lease, view }: { readonly lease: Pick<Lease, 'epochOf'>; readonly view: Pick<MailView, 'get'> },
  taken: WaitingMail,
): (identity: string) => boolean {
  const home = homeOf(taken);
  const epoch = lease.epochOf(home);
  return (identity) => {
    const row = view.get(taken.id);
    if (epoch === undefined || lease.epochOf(home) !== epoch || row === undefined) {
      return false;
    }
    const isIntentOurs = row.state === 'sending' && row.intents[0]?.attempt === identity;
    return row.version === taken.version + (isIntentOurs ? 1 : 0);
  };
}

/** The partitions this process acts on: those it owns, from when it knows everything about them. */
export interface Lease {
  readonly partitions: () => readonly number[];
  /** Whether the lease of a partition surely holds at this moment. */
  readonly isFresh: (partition: number) => boolean;
  /**
   * Names the time since which this process acts on a partition without a break; undefined where it does not,
   * or where the lease does not surely hold. Who sees the same epoch before the final dot has been alone in between.
   */
  readonly epochOf: (partition: number) => number | undefined;
  /** Resolves when everything is folded and this process acts. `onTaken` is called then, and after each later gain. */
  start(follower: Pick<MailFollower, 'caughtUp' | 'catchUp'>, onTaken: () => void): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Whoever takes over a partition first reads to the current end of the log: what the owner before has done must not be
 * done again. What was read for an ownership that has changed since counts for nothing.
 */
export function createLease(ownership: Ownership): Lease {
  const epochs = new Map<number, number>();
  let changes = 0;
  let stopped = false;
  let unsubscribe = (): void => undefined;

  const take = async (known: Promise<void>, onTaken: () => void): Promise<void> => {
    const wanted = ownership.partitions();
    const current = changes;
    await known;
    const gained = wanted.filter((partition) => !epochs.has(partition));
    if (!stopped && current === changes && gained.length > 0) {
      gained.forEach((partition) => epochs.set(partition, current));
      onTaken();
    }
  };
  const drop = (owned: readonly number[]): void => {
    changes += 1;
    [...epochs.keys()]
      .filter((partition) => !owned.includes(partition))
      .forEach((partition) => epochs.delete(partition));
  };
  return {
    partitions: () => [...epochs.keys()],
    isFresh: (partition) => epochs.has(partition) && ownership.isFresh(partition),
    epochOf: (partition) => (ownership.isFresh(partition) ? epochs.get(partition) : undefined),
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
