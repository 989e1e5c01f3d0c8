import type { Logger } from 'pino';
import {
  type ConnectionTestStep,
  consumerGroups,
  type EventData,
  events,
  type ExchangeConnectionContent,
  type OutgoingServerContent,
  type PostausgangEvent,
  topics,
} from '@postausgang/contracts';
import { eachEvent, type EventLog, type Publisher, startFold } from '@postausgang/event-log';
import { within } from '@postausgang/net';
import { completeConnection, completeContent } from '@postausgang/settings';
import type { SenderChecks } from './sender-checks.ts';

export interface RequestedTest extends EventData<'connectionTestRequested'> {
  readonly content: OutgoingServerContent;
  readonly exchangeConnection?: { readonly resource: string; readonly content: ExchangeConnectionContent };
  /** See `TestRequest`. */
  readonly isSenderOnly?: boolean;
}

/** The tests that were asked for and have no result yet, with the time they were asked for. */
type PendingTests = Map<string, { readonly test: RequestedTest; readonly requestedAt: string }>;

/** Folds one event of the connection tests. */
function evolvePendingTests(pending: PendingTests, event: PostausgangEvent): void {
  if (event.type === events.connectionTestRequested.type) {
    const test = completed(event.data);
    pending.set(test.testId, { test, requestedAt: event.time });
  }
  if (event.type === events.connectionTestResult.type) {
    pending.delete(event.data.testId);
  }
}

/**
 * Settings as they are today, in whichever version of the product the test was requested. Without a grant in it a request
 * has none: only what was saved once may do without.
 */
function completed({
  content,
  exchangeConnection,
  ...test
}: EventData<'connectionTestRequested'>): RequestedTest {
  const connection = exchangeConnection && {
    ...exchangeConnection,
    content: completeConnection({ identityGrant: null, ...exchangeConnection.content }),
  };
  return {
    ...test,
    content: completeContent({ ...content, smtp: { identityGrant: null, ...content.smtp } }),
    ...(connection && { exchangeConnection: connection }),
  };
}

/** A request older than this is not run any more: whoever asked has stopped waiting. */
const staleAfterMs = 60_000;

interface ConnectionTestRunnerOptions {
  readonly log: EventLog;
  readonly publisher: Publisher;
  readonly mailerId: string;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Runs the steps, and tells of each as it happens; it never rejects, whatever is wrong shows in a step. */
  readonly run: (
    test: RequestedTest,
    onStep: (step: ConnectionTestStep) => void,
  ) => Promise<readonly ConnectionTestStep[]>;
  /** Gets every event of the tests before a test is run. */
  readonly onEvent: (event: PostausgangEvent) => void;
  /** This mailer has run a test, and its result is durable. */
  readonly onResult?: ((result: EventData<'connectionTestResult'>) => void) | undefined;
  /** The checks of senders, which are in the same topic and done by the same mailer. */
  readonly senderChecks: SenderChecks;
  /** A test, of this mailer or another, has found that everything works. */
  readonly onPassed?: () => void;
}

export interface ConnectionTestRunner {
  readonly caughtUp: Promise<void>;
  /** Takes no new test and waits for the ones that run, at most so long. */
  stop(graceMs: number): Promise<void>;
}

/** Follows the requests for connection tests, runs each once, and publishes its result. */
export function createConnectionTestRunner(options: ConnectionTestRunnerOptions): ConnectionTestRunner {
  const { log, logger, now, senderChecks } = options;
  const ownership = log.own(topics.connectionTests.name, consumerGroups.connectionTests);
  const taken = new Set<string>();
  const running = new Set<Promise<void>>();
  const pending: PendingTests = new Map();
  let stopped = false;

  function take(test: RequestedTest): void {
    taken.add(test.testId);
    const work = runAndPublish(options, test)
      .catch((error: unknown) =>
        logger.error({ err: error, testId: test.testId }, 'connection test without result'),
      )
      .finally(() => running.delete(work));
    running.add(work);
  }

  function takePending(): void {
    const oldest = now().getTime() - staleAfterMs;
    for (const { test, requestedAt } of pending.values()) {
      if (!stopped && !taken.has(test.testId) && Date.parse(requestedAt) >= oldest && owns()) {
        take(test);
      }
    }
  }

  function owns(): boolean {
    return ownership.partitions().some((partition) => ownership.isFresh(partition));
  }

  const fold = startFold({
    log,
    topic: 'connectionTests',
    state: pending,
    apply: eachEvent((state: PendingTests, event: PostausgangEvent) => evolveAll(options, state, event)),
  });
  fold.onChange(() => {
    for (const id of taken) if (!pending.has(id)) taken.delete(id);
    takePending();
    senderChecks.takePending(owns);
  });
  // A check that the last run has left may find this mailer before it is the one to do it.
  const endOwning = ownership.onChange(() => {
    fold.caughtUp.then(
      () => senderChecks.takePending(owns),
      () => undefined,
    );
  });

  return {
    caughtUp: fold.caughtUp,
    async stop(graceMs) {
      stopped = true;
      endOwning();
      await fold.stop();
      await Promise.all([within(graceMs, Promise.all(running), () => undefined), senderChecks.stop(graceMs)]);
      await ownership.release();
    },
  };
}

function evolveAll(options: ConnectionTestRunnerOptions, state: PendingTests, event: PostausgangEvent): void {
  evolvePendingTests(state, event);
  options.onEvent(event);
  options.senderChecks.evolve(event);
  const isPassed = event.type === events.connectionTestResult.type && event.data.state === 'ok';
  if (isPassed) options.onPassed?.();
}

async function runAndPublish(options: ConnectionTestRunnerOptions, test: RequestedTest): Promise<void> {
  const { publisher, mailerId, now, run } = options;
  const startedAt = now().toISOString();
  const told: Promise<unknown>[] = [];
  const steps = await run(test, (step) => told.push(tell(options, test, step)));
  // The result ends the story, so it comes last.
  await Promise.all(told);
  const failed = steps.some(({ state }) => state === 'failed');
  const result: EventData<'connectionTestResult'> = {
    testId: test.testId,
    resource: test.resource,
    mailerId,
    state: failed ? 'failed' : 'ok',
    startedAt,
    finishedAt: now().toISOString(),
    steps: [...steps],
  };
  await publisher.publish('connectionTestResult', test.testId, result);
  options.onResult?.(result);
}

/** Whoever watches may miss a step; the result has them all. */
async function tell(
  { publisher, mailerId, logger }: ConnectionTestRunnerOptions,
  { testId, resource }: RequestedTest,
  step: ConnectionTestStep,
): Promise<void> {
  try {
    await publisher.publish('connectionTestProgressed', testId, { testId, resource, mailerId, step });
  } catch (error) {
    logger.warn({ err: error, testId }, 'a step of a connection test could not be told');
  }
}
