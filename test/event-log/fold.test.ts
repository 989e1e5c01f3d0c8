import { setImmediate as nextTurn } from 'node:timers/promises';
import { topics } from '@postausgang/contracts';
import {
  createPublisher,
  eachEvent,
  type EventLogError,
  type LogItem,
  openSqliteLog,
  startFold,
} from '@postausgang/event-log';
import { type Test, test } from 'tap';
import { foldSuite } from './suite-fold.ts';

const topic = 'mailerStatus';
const { name } = topics[topic];

function openLog(t: Test, directory = t.testdir()) {
  const onError = (error: Error) => t.error(error);
  return openSqliteLog({ directory, topics: Object.values(topics), onError });
}

foldSuite('sqlite', openLog, 60);

async function setUp(t: Test) {
  const errors: EventLogError[] = [];
  const log = await openSqliteLog({
    directory: t.testdir(),
    topics: Object.values(topics),
    onError: (error) => errors.push(error),
  });
  t.teardown(() => log.close());
  let ids = 0;
  const newId = () => `e${(ids += 1)}`;
  const publisher = createPublisher(log, { source: '/test', now: () => new Date(0), newId });
  /** Appends an event with the next id, from e1 on. */
  const write = (id?: string) =>
    publisher.publish('mailerStarted', 'm1', { mailerId: 'm1' }, id === undefined ? {} : { id });
  return { log, errors, write };
}

/** A state that is the ids of the events; the verdict on each is how many there were before. */
const collectIds = eachEvent((ids: string[], { id }) => ids.push(id) - 1);

test('a fold gets what its own process has published as the very object, and reads it anew after a restart', async (t) => {
  const directory = t.testdir();
  const firstItem = (log: Awaited<ReturnType<typeof openLog>>) =>
    new Promise<LogItem>((resolve) => {
      startFold({
        log,
        topic,
        state: undefined,
        apply: (_state, [item]) => (item === undefined ? undefined : resolve(item)),
      });
    });
  const first = await openLog(t, directory);
  const publisher = createPublisher(first, { source: '/m1', now: () => new Date(0), newId: () => 'e1' });
  const own = firstItem(first);
  const { event } = await publisher.publish('mailerStarted', 'm1', { mailerId: 'm1', runId: 'r1' });
  const item = await own;
  t.ok(item.isOwn);
  t.ok(item.result.ok && item.result.event === event && item.result.event.data === event.data);
  await first.close();

  const second = await openLog(t, directory);
  const stored = await firstItem(second);
  await second.close();
  t.notOk(stored.isOwn);
  t.same(stored, { ...item, isOwn: false });
  t.ok(stored.result.ok && stored.result.event !== event);
});

test('whoever waits for the state finds now, later, or not at all', async (t) => {
  const { log, write } = await setUp(t);
  const fold = startFold({ log, topic, state: [], apply: collectIds });
  let found: string | undefined = 'now';
  const find = () => found;
  t.equal(await fold.until(find), 'now');
  found = undefined;
  t.equal(await fold.until(find, { timeoutMs: 1 }), undefined, 'time is up');
  t.equal(await fold.until(find, { signal: AbortSignal.abort() }), undefined);
  const leaving = new AbortController();
  const left = fold.until(find, { timeoutMs: 60_000, signal: leaving.signal });
  const later = fold.until(find, { timeoutMs: 60_000 });
  leaving.abort();
  t.equal(await left, undefined);
  await fold.reached((await write()).position);
  found = 'later';
  await write();
  t.equal(await later, 'later');
  found = undefined;
  const pending = fold.until(find);
  await fold.stop();
  t.equal(await pending, undefined);
  t.equal(await fold.until(find), undefined, 'nobody waits for a fold that was stopped');
  t.equal(await fold.reached({ partition: 0, offset: 99 }), false);
});

test('the first verdict on an event counts, and only for those who wait', async (t) => {
  const { log, write } = await setUp(t);
  const fold = startFold({ log, topic, state: [], apply: collectIds });
  const first = fold.verdictOn('twice');
  const same = fold.verdictOn('twice');
  const never = fold.verdictOn('never');
  await write('other');
  await write('twice');
  const { position } = await write('twice');
  t.equal(await first, 1);
  t.equal(await same, 1);
  await fold.reached(position);
  t.same(fold.state, ['other', 'twice', 'twice']);
  t.equal(await fold.verdictOn('twice', { timeoutMs: 1 }), undefined, 'what has been is not told again');
  await fold.stop();
  t.equal(await never, undefined);
});

test('a record that is no event is counted, warned of and stepped over', async (t) => {
  const { log, write } = await setUp(t);
  const warnings: object[] = [];
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  await log.append(name, [{ key: 'x', headers: {}, value: new TextEncoder().encode('garbage') }]);
  await write();
  const fold = startFold({ log, logger, topic, state: [], apply: collectIds });
  await fold.caughtUp;
  t.same(fold.state, ['e1']);
  t.equal(fold.unreadableRecords(), 1);
  t.match(warnings, [{ topic, position: { partition: 0, offset: 0 }, reason: String, detail: String }]);
});

test('a listener hears once that the state is current, and then of each batch', async (t) => {
  const { log, write } = await setUp(t);
  await write();
  const fold = startFold({ log, topic, state: [] as string[], apply: collectIds });
  const heard: string[] = [];
  const end = fold.onChange(() => void heard.push(fold.state.join()));
  await write();
  await fold.caughtUp;
  await fold.reached({ partition: 0, offset: 1 });
  const late: string[] = [];
  fold.onChange(() => void late.push(fold.state.join()));
  await fold.reached((await write()).position);
  end();
  await fold.reached((await write()).position);
  t.equal(heard[0]?.startsWith('e1'), true, 'nothing of the past alone');
  t.equal(heard.at(-1), 'e1,e2,e3');
  t.same(late, ['e1,e2', 'e1,e2,e3', 'e1,e2,e3,e4'], 'whoever comes late hears at once');
});

test('a batch is over when its promise is, and a fold that is stopped ends after it', async (t) => {
  const { log, write } = await setUp(t);
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const fold = startFold({
    log,
    topic,
    state: [] as number[],
    async apply(batches, items) {
      entered.resolve();
      await leave.promise;
      batches.push(items.length);
    },
  });
  const { position } = await write();
  await entered.promise;
  await write();
  t.equal(await fold.reached(position, { timeoutMs: 1 }), false);
  const stopped = fold.stop();
  await nextTurn();
  t.same(fold.state, []);
  leave.resolve();
  await stopped;
  t.same(fold.state, [1]);
  await t.rejects(fold.catchUp(), { code: 'follower-stopped' });
});

test('a fold goes on where its state is, when what it waits for is done', async (t) => {
  const { log, write } = await setUp(t);
  for (const _ of [1, 2, 3]) await write();
  const checked = Promise.withResolvers<void>();
  const state = ['e1'];
  const from = () => [{ partition: 0, offset: state.length }];
  const fold = startFold({ log, topic, state, apply: collectIds, from, after: checked.promise });
  const known = fold.reached({ partition: 0, offset: 1 });
  await nextTurn();
  t.same(state, ['e1']);
  state.push('e2');
  checked.resolve();
  t.equal(await known, true, 'what the state has is reached before anything is read');
  await fold.caughtUp;
  t.same(state, ['e1', 'e2', 'e3']);
  await fold.stop();

  const waiting = Promise.withResolvers<void>();
  const early = startFold({ log, topic, state: [], apply: collectIds, after: waiting.promise });
  await early.stop();
  waiting.resolve();
  await t.rejects(early.caughtUp, { code: 'follower-stopped' });
  const after = Promise.reject(new Error('the view is broken'));
  await t.rejects(startFold({ log, topic, state: [], apply: collectIds, after }).caughtUp, /view is broken/);
});

test('a state that cannot take a batch ends its fold, which never says that it has', async (t) => {
  const { log, errors, write } = await setUp(t);
  const { position } = await write();
  const fold = startFold({
    log,
    topic,
    state: undefined,
    apply() {
      throw new Error('the disk is full');
    },
  });
  await t.rejects(fold.caughtUp, { code: 'handler-failed' });
  t.match(errors, [{ code: 'handler-failed', message: /the disk is full/ }]);
  t.equal(await fold.reached(position, { timeoutMs: 1 }), false);
  await log.close();
  t.throws(() => startFold({ log, topic, state: [], apply: collectIds }), { code: 'log-closed' });
});
