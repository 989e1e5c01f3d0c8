import type { EventLog, EventLogError, NewRecord, StoredRecord } from '@postausgang/event-log';

/** 0 … count - 1 */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export function record(key: string, text: string, headers: Record<string, string> = {}): NewRecord {
  return { key, headers, value: Buffer.from(text) };
}

export function textOf({ value }: StoredRecord): string | null {
  return value === null ? null : Buffer.from(value).toString();
}

/** The records whose text had not come before. */
export function withoutRepeats(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const seen = new Set<string | null>();
  return records.filter((stored) => {
    const isNew = !seen.has(textOf(stored));
    seen.add(textOf(stored));
    return isNew;
  });
}

export function addressOf({ position }: Pick<StoredRecord, 'position'>): string {
  return `${position.partition}/${position.offset}`;
}

/** Keeps what a follower was given, and resolves when it is enough. */
export function createCollector() {
  const records: StoredRecord[] = [];
  const batches: number[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    records,
    batches,
    handler: (batch: readonly StoredRecord[]): void => {
      batches.push(batch.length);
      records.push(...batch);
      waiting.filter(({ count }) => records.length >= count).forEach(({ resolve }) => resolve());
    },
    until(count: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      if (records.length >= count) {
        resolve();
      }
      return promise;
    },
    texts: () => records.map(textOf),
  };
}

/** Keeps the errors a log reports, and resolves with the first. */
export function createErrorSink() {
  const errors: EventLogError[] = [];
  const { promise: first, resolve } = Promise.withResolvers<EventLogError>();
  return {
    errors,
    first,
    onError: (error: EventLogError): void => {
      errors.push(error);
      resolve(error);
    },
  };
}

/** Everything a topic holds at the moment. */
export async function readAll(log: EventLog, topic: string): Promise<StoredRecord[]> {
  const { records, handler } = createCollector();
  const follower = log.follow(topic, 'start', handler);
  await follower.caughtUp;
  await follower.stop();
  return records;
}
