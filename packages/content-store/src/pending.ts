import { ContentStoreError } from './content-store-error.ts';

/** What a store is doing, so that closing can wait for it. */
export interface Pending {
  /** Runs the work, unless the store is closed. */
  run<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createPending(): Pending {
  const running = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async run(work) {
      if (closed) {
        throw new ContentStoreError('store-closed', 'The content store is closed');
      }
      const result = work();
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(running);
    },
  };
}
