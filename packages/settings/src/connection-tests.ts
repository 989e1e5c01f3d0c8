import {
  type ConnectionTest,
  type ConnectionTestList,
  type ConnectionTestStep,
  type EventOf,
  type PostausgangEvent,
  withClass,
} from '@postausgang/contracts';
import { parseInstant } from './formats.ts';
import { outgoingServerKind } from './outgoing-server.ts';
import { idOf, type PageRequest, type Verdict } from './resource.ts';

/** How many tests of one resource are kept. */
export const maxTestsPerResource = 500;

/** A mailer that has not answered after this time will not answer any more. */
export const testAbandonedAfterMs = 10 * 60 * 1000;

type Tests = Map<string, ConnectionTest>;

/** Resource to test id to test, oldest first. The fold changes the maps in place; the tests are values. */
export type ConnectionTestsState = Map<string, Tests>;

export function createConnectionTestsState(): ConnectionTestsState {
  return new Map();
}

/**
 * Folds one event of the connection tests. A second request with the id of a test and a second result are duplicates;
 * the result of a test that is not known is ignored. Total.
 */
export function evolveConnectionTests(state: ConnectionTestsState, event: PostausgangEvent): Verdict {
  switch (event.type) {
    case 'io.postausgang.connection-test-requested.v1':
      return addTest(state, event);
    case 'io.postausgang.connection-test-progressed.v1':
      return addStep(state, event);
    case 'io.postausgang.connection-test-result.v1':
      return finishTest(state, event);
    default:
      return 'ignored';
  }
}

/** A test of a resource. One without a result for ten minutes shows as failed without steps; a late result counts. */
export function connectionTestView(
  state: ConnectionTestsState,
  resource: string,
  testId: string,
  nowMs: number,
): ConnectionTest | undefined {
  const test = state.get(resource)?.get(testId);
  return test === undefined ? undefined : asOf(test, nowMs);
}

/** The tests of a resource, newest first. The cursor is a test id; one that is not known gives an empty page. */
export function connectionTestList(
  state: ConnectionTestsState,
  resource: string,
  { cursor, limit }: PageRequest,
  nowMs: number,
): ConnectionTestList {
  const newestFirst = [...(state.get(resource)?.values() ?? [])].toReversed();
  const start = cursor === null ? 0 : indexBehind(newestFirst, cursor);
  const page = newestFirst.slice(start, start + limit);
  const isLastPage = start + limit >= newestFirst.length;
  return {
    items: page.map((test) => asOf(test, nowMs)),
    nextCursor: isLastPage ? null : (page.at(-1)?.id ?? null),
  };
}

function addTest(state: ConnectionTestsState, { time, data }: EventOf<'connectionTestRequested'>): Verdict {
  const { testId, resource, settingsVersion, draft, probeTo, actor } = data;
  const tests: Tests = state.get(resource) ?? new Map();
  if (tests.has(testId)) return 'duplicate';
  state.set(resource, tests);
  tests.set(testId, {
    id: testId,
    resource,
    serverId: idOf(outgoingServerKind, resource) ?? null,
    state: 'running',
    requestedAt: time,
    requestedBy: actor.name,
    startedAt: null,
    finishedAt: null,
    settingsVersion,
    draft,
    probeTo,
    mailerId: null,
    steps: [],
  });
  dropOldest(tests);
  return 'accepted';
}

/** A test that has finished has its steps from the result; a step that comes later or again changes nothing. */
function addStep(state: ConnectionTestsState, { data }: EventOf<'connectionTestProgressed'>): Verdict {
  const { testId, resource, mailerId, step } = data;
  const tests = state.get(resource);
  const test = tests?.get(testId);
  if (tests === undefined || test === undefined) return 'ignored';
  if (test.state !== 'running' || test.steps.some(({ name }) => name === step.name)) return 'duplicate';
  tests.set(testId, { ...test, mailerId, steps: [...test.steps, step] });
  return 'accepted';
}

function finishTest(state: ConnectionTestsState, event: EventOf<'connectionTestResult'>): Verdict {
  const { testId, resource, mailerId, state: result, startedAt, finishedAt, steps } = event.data;
  const tests = state.get(resource);
  const test = tests?.get(testId);
  if (tests === undefined || test === undefined) return 'ignored';
  if (test.state !== 'running') return 'duplicate';
  tests.set(testId, {
    ...test,
    state: result,
    startedAt,
    finishedAt,
    mailerId,
    steps: steps.map(classified),
  });
  return 'accepted';
}

function classified(step: ConnectionTestStep): ConnectionTestStep {
  return step.hint === undefined ? step : { ...step, hint: withClass(step.hint) };
}

function dropOldest(tests: Tests): void {
  const [oldest] = tests.keys();
  if (tests.size > maxTestsPerResource && oldest !== undefined) tests.delete(oldest);
}

function indexBehind(newestFirst: readonly ConnectionTest[], testId: string): number {
  const index = newestFirst.findIndex(({ id }) => id === testId);
  return index < 0 ? newestFirst.length : index + 1;
}

function asOf(test: ConnectionTest, nowMs: number): ConnectionTest {
  const ageMs = nowMs - (parseInstant(test.requestedAt) ?? -Infinity);
  return test.state === 'running' && ageMs > testAbandonedAfterMs ? { ...test, state: 'failed' } : test;
}
