import type { Ownership } from '../event-log.ts';

export interface Ownerships {
  /** In one process nobody else can own anything: every partition is ours until it is given up. */
  own(partitions: readonly number[]): Ownership;
  releaseAll(): Promise<void>;
}

export function createOwnerships(): Ownerships {
  const held = new Set<Ownership>();
  return {
    own(partitions) {
      const ownership = ownEverything(partitions, () => void held.delete(ownership));
      held.add(ownership);
      return ownership;
    },
    async releaseAll() {
      await Promise.all([...held].map((ownership) => ownership.release()));
    },
  };
}

function ownEverything(partitions: readonly number[], onReleased: () => void): Ownership {
  const listeners = new Set<(partitions: readonly number[]) => void>();
  let owned = partitions;
  return {
    partitions: () => owned,
    isFresh: (partition) => owned.includes(partition),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async release() {
      if (owned.length > 0) {
        owned = [];
        onReleased();
        listeners.forEach((listener) => listener(owned));
      }
    },
  };
}
