import { isResting, nextUnitsAtMs, type Sharing, unitsOf } from './limit-shares.ts';

/** How many connections this mailer may use of those that all mailers share. */
export interface ConnectionPlaces {
  /** Looks which partitions were gained or lost. */
  notice(owned: readonly number[], nowMs: number): void;
  count(limit: number | null, owned: readonly number[], nowMs: number): number;
  /** When there may be more. */
  nextAtMs(owned: readonly number[], nowMs: number): number;
}

/** A partition while it was ours. */
interface Held {
  readonly epoch: number | undefined;
  readonly gainedAtMs: number;
  /** When it was surely ours for the last time. */
  readonly lastAtMs: number;
}

/**
 * The owner before may have a transaction under way on the connection that is taken over, and its idle sessions stay open
 * for some seconds. So a place is used only a while after it was gained.
 *
 * A partition that was away may have been with another mailer, whether or not we have looked meanwhile. Only where we
 * could use its place and were away for less than that while has nobody else come to use it.
 */
export function createConnectionPlaces(
  sharing: Sharing,
  handOverMs: number,
  epochOf: (partition: number) => number | undefined,
): ConnectionPlaces {
  const held = new Map<number, Held>();
  const gainedAtMs = (partition: number, nowMs: number): number => held.get(partition)?.gainedAtMs ?? nowMs;
  const isSettled = (partition: number, nowMs: number): boolean =>
    sharing.partitionCount === 1 || nowMs - gainedAtMs(partition, nowMs) >= handOverMs;

  const look = (partition: number, nowMs: number): Held => {
    const epoch = epochOf(partition);
    const before = held.get(partition);
    if (before === undefined) {
      return { epoch, gainedAtMs: nowMs, lastAtMs: nowMs };
    }
    if (epoch === undefined) {
      return before;
    }
    const wasSettled = before.lastAtMs - before.gainedAtMs >= handOverMs;
    const isStillOurs = epoch === before.epoch || (wasSettled && nowMs - before.lastAtMs < handOverMs);
    return { epoch, gainedAtMs: isStillOurs ? before.gainedAtMs : nowMs, lastAtMs: nowMs };
  };
  return {
    notice: (owned, nowMs) => owned.forEach((partition) => held.set(partition, look(partition, nowMs))),
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
    nextAtMs(owned, nowMs) {
      const settled = owned
        .map((partition) => gainedAtMs(partition, nowMs) + handOverMs)
        .filter((atMs) => atMs > nowMs);
      return Math.min(...settled, nextUnitsAtMs(nowMs, handOverMs, sharing));
    },
  };
}
