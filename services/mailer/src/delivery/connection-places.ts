import { isResting, nextUnitsAtMs, type Sharing, unitsOf } from './limit-shares.ts';

/** How many connections this mailer may use of those that all mailers share. */
export interface ConnectionPlaces {
  /** Looks which partitions were gained or lost. */
  notice(owned: readonly number[], nowMs: number): void;
  count(limit: number | null, owned: readonly number[], nowMs: number): number;
  /** When there may be more. */
  nextAtMs(nowMs: number): number;
}

/**
 * The owner before may have a transaction under way on the connection that is taken over, and its idle sessions stay open
 * for some seconds. So a place is used only a while after it was gained.
 */
export function createConnectionPlaces(sharing: Sharing, handOverMs: number): ConnectionPlaces {
  const gained = new Map<number, number>();
  const isSettled = (partition: number, nowMs: number): boolean =>
    sharing.partitionCount === 1 || nowMs - (gained.get(partition) ?? nowMs) >= handOverMs;
  return {
    notice(owned, nowMs) {
      for (const partition of [...gained.keys()].filter((one) => !owned.includes(one))) {
        gained.delete(partition);
      }
      for (const partition of owned.filter((one) => !gained.has(one))) {
        gained.set(partition, nowMs);
      }
    },
    count(limit, owned, nowMs) {
      if (limit === null) {
        return Infinity;
      }
      if (isResting(limit, owned, nowMs, handOverMs, sharing)) {
        return 0;
      }
      return owned
        .filter((partition) => isSettled(partition, nowMs))
        .reduce((sum, partition) => sum + unitsOf(limit, partition, nowMs, sharing), 0);
    },
    nextAtMs(nowMs) {
      const settled = [...gained.values()].map((atMs) => atMs + handOverMs).filter((atMs) => atMs > nowMs);
      return Math.min(...settled, nextUnitsAtMs(nowMs, handOverMs, sharing));
    },
  };
}
