/** What the group gave us, and how long we can be sure of it. */
export interface Lease {
  partitions(): readonly number[];
  isFresh(partition: number): boolean;
  /** `sentAt`: when the heartbeat left that the coordinator then answered. */
  renew(sentAt: Instant): void;
  /** Tells the listeners when the partitions change. */
  hold(partitions: readonly number[]): void;
  onChange(listener: (partitions: readonly number[]) => void): () => void;
}

/** One moment on both clocks: the monotonic one stops while a machine sleeps, the other one can be set. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export interface LeaseOptions {
  /** For this long after a heartbeat nobody else can own the partitions, with a wide margin. */
  readonly leaseMs: number;
  /** After this time without a heartbeat the group has given them to others. */
  readonly sessionTimeoutMs: number;
  readonly clock: () => Instant;
}

export const systemClock = (): Instant => ({ monotonicMs: performance.now(), wallMs: Date.now() });

export function createLease({ leaseMs, sessionTimeoutMs, clock }: LeaseOptions): Lease {
  const listeners = new Set<(partitions: readonly number[]) => void>();
  let held: readonly number[] = [];
  let renewedAt = clock();
  let expiry: NodeJS.Timeout | undefined;

  const ageMs = () => {
    const now = clock();
    return Math.max(now.monotonicMs - renewedAt.monotonicMs, now.wallMs - renewedAt.wallMs);
  };
  const hold = (partitions: readonly number[]) => {
    const isSame = partitions.join() === held.join();
    held = partitions;
    if (partitions.length === 0) {
      clearTimeout(expiry);
    }
    if (!isSame) {
      listeners.forEach((listener) => listener(held));
    }
  };
  return {
    hold,
    partitions: () => held,
    isFresh: (partition) => held.includes(partition) && ageMs() < leaseMs,
    renew(sentAt) {
      renewedAt = sentAt;
      clearTimeout(expiry);
      expiry = setTimeout(() => hold([]), Math.max(0, sessionTimeoutMs - ageMs()));
      expiry.unref();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
