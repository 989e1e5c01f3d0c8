import type { EventLog, Ownership } from '@postausgang/event-log';

/** An ownership that a test moves. */
export interface ScriptedOwnership extends Ownership {
  set(partitions: readonly number[]): void;
}

export function scriptedOwnership(initial: readonly number[] = [0]): ScriptedOwnership {
  const listeners = new Set<(partitions: readonly number[]) => void>();
  let current = initial;
  const set = (partitions: readonly number[]): void => {
    current = partitions;
    listeners.forEach((listener) => listener(current));
  };
  return {
    set,
    partitions: () => current,
    isFresh: (partition) => current.includes(partition),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    release: async () => set([]),
  };
}

export const owned = (log: EventLog, ownership: Ownership): EventLog => ({ ...log, own: () => ownership });
