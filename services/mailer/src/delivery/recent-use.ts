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
