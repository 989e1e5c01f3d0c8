import type { Logger } from 'pino';
import type { ConnectionTest, ConnectionTestList, EventData } from '@postausgang/contracts';
import type { EventLog, Publisher } from '@postausgang/event-log';
import {
  connectionTestList,
  connectionTestView,
  createConnectionTestsState,
  evolveConnectionTests,
  type PageRequest,
} from '@postausgang/settings';
import { createFold, type WaitLimits } from '../fold.ts';
import { appendProblem, outcomeUnknown } from '../settings/store.ts';

export interface ConnectionTestsOptions {
  readonly log: EventLog;
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly now: () => Date;
  /** How long a request waits until it comes back through the log. */
  readonly outcomeTimeoutMs: number;
}

const advice = 'Look at the list of tests before you repeat the request.';

/** The connection tests of the resources. */
export interface ConnectionTests {
  readonly caughtUp: Promise<void>;
  /** See `Fold`. */
  reached(offset: number): Promise<unknown>;
  unreadableRecords(): number;
  list(resource: string, page: PageRequest): ConnectionTestList;
  find(resource: string, testId: string): ConnectionTest | undefined;
  /** Asks the mailers for a test; resolves when it can be found. Throws the problems of a failed append. */
  request(data: EventData<'connectionTestRequested'>): Promise<ConnectionTest>;
  /** The test when it has finished; undefined when it has not in time. */
  untilFinished(test: ConnectionTest, limits: WaitLimits): Promise<ConnectionTest | undefined>;
  stop(): Promise<void>;
}

/** Follows the requests for connection tests and their results. */
export function followConnectionTests(options: ConnectionTestsOptions): ConnectionTests {
  const { log, publisher, logger, now, outcomeTimeoutMs } = options;
  const state = createConnectionTestsState();
  const fold = createFold({ log, logger, topic: 'connectionTests', state, evolve: evolveConnectionTests });

  const nowMs = (): number => now().getTime();
  const find = (resource: string, testId: string): ConnectionTest | undefined =>
    connectionTestView(state, resource, testId, nowMs());
  const findFinished = ({ resource, id }: ConnectionTest): ConnectionTest | undefined => {
    const test = find(resource, id);
    return test?.state === 'running' ? undefined : test;
  };

  return {
    caughtUp: fold.caughtUp,
    reached: (offset) => fold.reached(offset),
    unreadableRecords: () => fold.unreadableRecords(),
    list: (resource, page) => connectionTestList(state, resource, page, nowMs()),
    find,
    async request(data) {
      try {
        await publisher.publish('connectionTestRequested', data.testId, data);
      } catch (error) {
        throw appendProblem(error, advice);
      }
      const test = await fold.until(() => find(data.resource, data.testId), { timeoutMs: outcomeTimeoutMs });
      if (test === undefined) throw outcomeUnknown(advice);
      return test;
    },
    untilFinished: (test, limits) => fold.until(() => findFinished(test), limits),
    stop: () => fold.stop(),
  };
}
