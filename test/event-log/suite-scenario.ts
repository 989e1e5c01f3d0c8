import { randomUUID } from 'node:crypto';
import type { EventLog, EventLogError, TopicDefinition } from '@postausgang/event-log';
import { test } from 'tap';
import type { Test } from 'tap';
import { createErrorSink } from './records.ts';

export interface OpenForSuite {
  readonly topics: readonly TopicDefinition[];
  readonly onError: (error: EventLogError) => void;
}

/** Opens a log whose topics are new; the suite closes it. */
export type OpenLog = (t: Test, options: OpenForSuite) => Promise<EventLog>;

export interface Opened {
  readonly log: EventLog;
  readonly topic: string;
  readonly sink: ReturnType<typeof createErrorSink>;
}

/** Declares a test that gets an open log with one new topic. */
export type Scenario = (title: string, run: (t: Test, opened: Opened) => Promise<void>) => void;

export function createScenario(name: string, open: OpenLog): Scenario {
  return (title, run) => {
    test(`${name}: ${title}`, async (t) => run(t, await openForTest(t, open)));
  };
}

async function openForTest(t: Test, open: OpenLog): Promise<Opened> {
  const topic = `suite-${randomUUID()}`;
  const sink = createErrorSink();
  const log = await open(t, { topics: [{ name: topic, partitions: 3 }], onError: sink.onError });
  t.teardown(() => log.close());
  return { log, topic, sink };
}
