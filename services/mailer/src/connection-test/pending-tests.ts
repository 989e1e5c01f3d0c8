import type { EventData, OutgoingServerContent, PostausgangEvent } from '@postausgang/contracts';
import { events } from '@postausgang/contracts';
import { completeContent } from '@postausgang/settings';

export type RequestedTest = EventData<'connectionTestRequested'> & {
  readonly content: OutgoingServerContent;
};

/** The tests that were asked for and have no result yet, with the time they were asked for. */
export type PendingTests = ReadonlyMap<
  string,
  { readonly test: RequestedTest; readonly requestedAt: string }
>;

/** Folds one event of the connection tests. */
export function evolvePendingTests(pending: PendingTests, event: PostausgangEvent): PendingTests {
  if (event.type === events.connectionTestRequested.type) {
    const test = { ...event.data, content: completeContent(event.data.content) };
    return new Map(pending).set(test.testId, { test, requestedAt: event.time });
  }
  if (event.type === events.connectionTestResult.type) {
    const next = new Map(pending);
    next.delete(event.data.testId);
    return next;
  }
  return pending;
}
