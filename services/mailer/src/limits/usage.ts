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

/** Uses within a window that slides, counted by the partition they are charged to. */
export interface RecentUse {
  use(key: string, partition: number, atMs: number): void;
  /** A use that is known has lasted until this time. */
  prolong(key: string, atMs: number): void;
  count(partition: number, nowMs: number): number;
  total(nowMs: number): number;
  /** When the oldest use leaves the window; undefined without any. */
  nextFreeAtMs(nowMs: number): number | undefined;
}

interface Use {
  readonly partition: number;
  readonly atMs: number;
}

/** A clock that was set back leaves uses in the future: they count as of now, or they would never leave. */
export function createRecentUse(windowMs: number): RecentUse {
  const uses = new Map<string, Use>();
  const counts = new Map<number, number>();
  const add = (partition: number, by: number): void =>
    void counts.set(partition, (counts.get(partition) ?? 0) + by);
  const forget = (key: string, { partition }: Use): void => {
    uses.delete(key);
    add(partition, -1);
  };
  const put = (key: string, use: Use): void => {
    uses.set(key, use);
    add(use.partition, 1);
  };
  const slide = (nowMs: number): void => {
    for (const [key, use] of uses) {
      if (use.atMs > nowMs) {
        forget(key, use);
        put(key, { ...use, atMs: nowMs });
      } else if (use.atMs + windowMs <= nowMs) {
        forget(key, use);
      } else {
        return;
      }
    }
  };
  const use = (key: string, partition: number, atMs: number): void => {
    const known = uses.get(key);
    if (known !== undefined) {
      forget(key, known);
    }
    put(key, { partition, atMs });
  };
  return {
    use,
    prolong(key, atMs) {
      const known = uses.get(key);
      if (known !== undefined) {
        use(key, known.partition, Math.max(atMs, known.atMs));
      }
    },
    count(partition, nowMs) {
      slide(nowMs);
      return counts.get(partition) ?? 0;
    },
    total(nowMs) {
      slide(nowMs);
      return uses.size;
    },
    nextFreeAtMs(nowMs) {
      slide(nowMs);
      const [oldest] = uses.values();
      return oldest === undefined ? undefined : oldest.atMs + windowMs;
    },
  };
}

const minuteMs = 60_000;

/** Recipients by the minute of their attempt and the partition they are charged to, as the view keeps them. Buckets of the same add up. */
export interface UsageBucket {
  readonly partition: number;
  /** Minutes since 1970. */
  readonly minute: number;
  readonly mails: number;
  readonly recipients: number;
}

export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / minuteMs);
}

/** Recipients within a long window that slides minute by minute; a minute counts until all of it has left. */
export interface DayUse {
  add(partition: number, minute: number, recipients: number): void;
  count(partition: number, nowMs: number): number;
  /** When a partition has used less than so many. */
  belowAtMs(partition: number, units: number, nowMs: number): number;
}

interface PartitionUse {
  readonly byMinute: Map<number, number>;
  sum: number;
}

export function createDayUse(windowMs: number, buckets: readonly UsageBucket[]): DayUse {
  const partitions = new Map<number, PartitionUse>();
  const of = (partition: number): PartitionUse => {
    const known = partitions.get(partition) ?? { byMinute: new Map<number, number>(), sum: 0 };
    partitions.set(partition, known);
    return known;
  };
  const add: DayUse['add'] = (partition, minute, recipients) => {
    const use = of(partition);
    use.byMinute.set(minute, (use.byMinute.get(minute) ?? 0) + recipients);
    use.sum += recipients;
  };
  const leavesAtMs = (minute: number): number => (minute + 1) * minuteMs + windowMs;
  const slide = (use: PartitionUse, nowMs: number): void => {
    for (const [minute, recipients] of use.byMinute) {
      // What lies far in the future comes from a clock that was wrong, and would count for ever.
      const isOver = leavesAtMs(minute) <= nowMs || minute * minuteMs > nowMs + windowMs;
      if (!isOver) {
        return;
      }
      use.byMinute.delete(minute);
      use.sum -= recipients;
    }
  };
  for (const { partition, minute, recipients } of buckets) {
    add(partition, minute, recipients);
  }
  return {
    add,
    count(partition, nowMs) {
      const use = of(partition);
      slide(use, nowMs);
      return use.sum;
    },
    belowAtMs(partition, units, nowMs) {
      const { byMinute, sum } = of(partition);
      let left = sum;
      for (const [minute, recipients] of byMinute) {
        if (left < units) {
          return nowMs;
        }
        left -= recipients;
        if (left < units) {
          return leavesAtMs(minute);
        }
      }
      return nowMs;
    },
  };
}

/** What was charged to each partition. */
export interface Usage {
  readonly minute: RecentUse;
  readonly day: DayUse;
}

export interface GovernorTimes {
  /** A little longer than a minute: a server measures at its own end of the line. */
  readonly minuteMs: number;
  readonly dayMs: number;
  /** How long units stay with their partitions, where there are fewer of them. */
  readonly turnMs: number;
  /** Longer than a session stays open unused, and than nearly every transaction. */
  readonly handOverMs: number;
}

export interface Used {
  readonly mails: number;
  readonly recipients: number;
}

/** What is used, where it is not kept: counted, for nothing has to be remembered one by one. */
export function usedIn(buckets: readonly UsageBucket[], times: GovernorTimes, nowMs: number): Used {
  const recent = buckets.filter((bucket) => isOfLastMinute(bucket, times, nowMs));
  const day = createDayUse(times.dayMs, buckets);
  const partitions = [...new Set(buckets.map(({ partition }) => partition))];
  return {
    mails: recent.reduce((sum, { mails }) => sum + mails, 0),
    recipients: partitions.reduce((sum, partition) => sum + day.count(partition, nowMs), 0),
  };
}

function isOfLastMinute({ minute }: UsageBucket, times: GovernorTimes, nowMs: number): boolean {
  return (minute + 1) * 60_000 > nowMs - times.minuteMs && minute <= minuteOf(nowMs);
}

/** Of the last minute only its minutes are known after a start: what was used in them counts as used now. */
export function openUsage(buckets: readonly UsageBucket[], times: GovernorTimes, nowMs: number): Usage {
  const minute = createRecentUse(times.minuteMs);
  let uses = 0;
  for (const { partition, mails } of buckets.filter((bucket) => isOfLastMinute(bucket, times, nowMs))) {
    for (let count = 0; count < mails; count += 1) {
      uses += 1;
      minute.use(`before/${uses}`, partition, nowMs);
    }
  }
  return { minute, day: createDayUse(times.dayMs, buckets) };
}
