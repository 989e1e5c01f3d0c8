import type { EventData, PostausgangEvent } from '@postausgang/contracts';
import { events } from '@postausgang/contracts';

export type RequestedTest = EventData<'connectionTestRequested'>;

/** The tests that were asked for and have no result yet, with the time they were asked for. */
export type PendingTests = ReadonlyMap<
  string,
  { readonly test: RequestedTest; readonly requestedAt: string }
>;

/** Folds one event of the connection tests. */
export function evolvePendingTests(pending: PendingTests, event: PostausgangEvent): PendingTests {
  if (event.type === events.connectionTestRequested.type) {
    return new Map(pending).set(event.data.testId, { test: event.data, requestedAt: event.time });
  }
  if (event.type === events.connectionTestResult.type) {
    const next = new Map(pending);
    next.delete(event.data.testId);
    return next;
  }
  return pending;
}
