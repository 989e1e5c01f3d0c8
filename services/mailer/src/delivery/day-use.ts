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
