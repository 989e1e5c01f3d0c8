import type { Ownership } from '@postausgang/event-log';
import type { MailFollower } from './follow-mail.ts';

/** The partitions this process acts on: those it owns, from when it knows everything about them. */
export interface Acting {
  readonly partitions: () => readonly number[];
  /** Whether the lease on the partition of a mail surely holds; to be asked before the final dot. */
  readonly mayAct: (mail: { readonly request: { readonly partition: number } }) => boolean;
  /** Resolves when everything is folded and this process acts. `onTaken` is called then, and after each later gain. */
  start(follower: MailFollower, onTaken: () => void): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Whoever takes over a partition first reads to the current end of the log: what the owner before has done must not be
 * done again.
 */
export function createActing(ownership: Ownership): Acting {
  let acting: readonly number[] = [];
  let stopped = false;
  let unsubscribe = (): void => undefined;

  const take = async (
    wanted: readonly number[],
    known: Promise<void>,
    onTaken: () => void,
  ): Promise<void> => {
    await known;
    const owned = ownership.partitions();
    const gained = wanted.filter((partition) => owned.includes(partition) && !acting.includes(partition));
    if (!stopped && gained.length > 0) {
      acting = [...acting, ...gained];
      onTaken();
    }
  };
  return {
    partitions: () => acting,
    mayAct: ({ request: { partition } }) => acting.includes(partition) && ownership.isFresh(partition),
    start(follower, onTaken) {
      const taken = take(ownership.partitions(), follower.caughtUp, onTaken);
      unsubscribe = ownership.onChange((owned) => {
        acting = acting.filter((partition) => owned.includes(partition));
        const known = follower.caughtUp.then(() => follower.catchUp());
        // A follower that fails says so itself.
        take(owned, known, onTaken).catch(() => undefined);
      });
      return taken;
    },
    async stop() {
      stopped = true;
      acting = [];
      unsubscribe();
      await ownership.release();
    },
  };
}
