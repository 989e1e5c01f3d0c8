/**
 * How one limit is divided among mailers that do not talk to each other. A limit of L is L units; every unit belongs to
 * exactly one partition, and whoever owns the partition may use it. So whatever the mailers own, in sum they never have
 * more than L. With fewer units than partitions they change partitions every few minutes, or a mailer without a unit
 * would never send; at each change they rest until nothing of the owner before counts any more.
 */
export interface Sharing {
  /** How many partitions mail has. */
  readonly partitionCount: number;
  /** How long units stay with their partitions. */
  readonly turnMs: number;
}

/** How many units of a limit belong to a partition at this time. */
export function unitsOf(limit: number, partition: number, nowMs: number, sharing: Sharing): number {
  const { partitionCount, turnMs } = sharing;
  if (limit >= partitionCount) {
    const before = (count: number): number => Math.floor((count * limit) / partitionCount);
    return before(partition + 1) - before(partition);
  }
  const turn = Math.floor(nowMs / turnMs);
  const home = (partition - (turn % partitionCount) + partitionCount) % partitionCount;
  const unit = Math.ceil((home * limit) / partitionCount);
  return unit < limit && Math.floor((unit * partitionCount) / limit) === home ? 1 : 0;
}

/** Whether the units of a limit rest at this time, because they have just changed their partitions. */
export function isResting(
  limit: number,
  owned: readonly number[],
  nowMs: number,
  restMs: number,
  { partitionCount, turnMs }: Sharing,
): boolean {
  const isAlone = owned.length === partitionCount;
  return limit < partitionCount && !isAlone && nowMs % turnMs < restMs;
}

/** Whether the units of a limit have stayed with their partitions all the time. */
export function haveStayed(
  limit: number | null,
  sinceMs: number,
  nowMs: number,
  { partitionCount, turnMs }: Sharing,
): boolean {
  const haveTurns = limit !== null && limit < partitionCount;
  return !haveTurns || Math.floor(sinceMs / turnMs) === Math.floor(nowMs / turnMs);
}

/** When units that have changed their partitions can be used next. */
export function nextUnitsAtMs(nowMs: number, restMs: number, { turnMs }: Sharing): number {
  const restedAtMs = nowMs - (nowMs % turnMs) + restMs;
  return nowMs < restedAtMs ? restedAtMs : restedAtMs + turnMs;
}
