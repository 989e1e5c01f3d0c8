import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { test } from 'tap';
import { createCollector, createErrorSink, numbers, record, textOf } from '../records.ts';
import { open, topic, withDatabase } from './open-for-test.ts';

test('appends that wait share a commit', async (t) => {
  const log = await open(t, t.testdir());
  await Promise.all(numbers(200).map((n) => log.append(topic, [record('a', String(n))])));
  t.ok(log.stats().commits <= 3, `${log.stats().commits} commits`);
  await log.append(topic, [record('a', 'alone')]);
});

test('a commit is bounded in bytes and records, and a larger append goes alone', async (t) => {
  const log = await open(t, t.testdir(), { limits: { batchBytes: 10_000, batchRecords: 8 } });
  await Promise.all(numbers(40).map((n) => log.append(topic, [record('a', String(n))])));
  t.equal(log.stats().commits, 5, '8 records each');
  await Promise.all(numbers(6).map(() => log.append(topic, [record('a', 'x'.repeat(4_000))])));
  t.equal(log.stats().commits, 8, 'two of 4,000 bytes each');
  await log.append(topic, [record('a', 'x'.repeat(50_000))]);
  await log.append(
    topic,
    numbers(20).map((n) => record('a', String(n))),
  );
  t.equal(log.stats().commits, 10);
});

test('appends beyond the bound on waiting bytes are refused, and later ones succeed', async (t) => {
  const log = await open(t, t.testdir(), { limits: { queueBytes: 100_000 } });
  const big = () => log.append(topic, [record('a', 'x'.repeat(40_000))]);
  const accepted = [big(), big()];
  await t.rejects(big(), { code: 'log-overloaded', retriable: true });
  await Promise.all(accepted);
  t.same(await big(), [{ partition: 0, offset: 2 }]);
  await t.rejects(log.append(topic, [record('a', 'x'.repeat(200_000))]), {
    code: 'append-too-large',
    retriable: false,
  });
});

test('a full disk refuses appends, writes no part of them, and is forgotten once there is space', async (t) => {
  const directory = t.testdir();
  const log = await open(t, directory, { limits: { maxPages: 100 } });
  const live = createCollector();
  log.follow(topic, 'start', live.handler);
  const block = (name: string) => numbers(5).map((n) => record('a', `${name}.${n}`.padEnd(50_000)));
  const accepted: string[] = [];
  const full = await fillUp(async (n) => {
    await log.append(topic, block(String(n)));
    accepted.push(String(n));
  });
  t.match(full, { code: 'log-full', retriable: true });
  const kept = accepted.length * 5;
  t.ok(kept > 0);
  await live.until(kept);
  t.equal(withDatabase(directory, count), kept, 'the refused append left nothing');

  withDatabase(directory, (database) => database.exec(`DELETE FROM records_1 WHERE "offset" < ${kept - 5}`));
  const positions = await log.append(topic, block('later'));
  t.same(
    positions.map(({ offset }) => offset),
    numbers(5).map((n) => kept + n),
  );
  await live.until(kept + 5);
  t.equal(live.records.length, kept + 5);
});

async function fillUp(append: (n: number) => Promise<void>): Promise<unknown> {
  for (let n = 0; ; n += 1) {
    try {
      await append(n);
    } catch (error) {
      return error;
    }
  }
}

function count(database: DatabaseSync): unknown {
  return database.prepare('SELECT count(*) AS rows FROM records_1').get()?.['rows'];
}

test('a failed transaction refuses all its appends and leaves the next ones alone', async (t) => {
  const directory = t.testdir();
  const log = await open(t, directory);
  await log.append(topic, [record('a', '0')]);
  withDatabase(directory, (database) =>
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON records_1 WHEN new.key = 'bad'
      BEGIN SELECT raise(ABORT, 'refused by the test'); END`),
  );
  const together = await Promise.allSettled(
    ['good', 'bad'].map((key) => log.append(topic, [record(key, '1')])),
  );
  for (const outcome of together) {
    t.match(outcome, {
      status: 'rejected',
      reason: { code: 'log-unavailable', message: /refused by the test/ },
    });
  }
  t.same(await log.append(topic, [record('good', '1')]), [{ partition: 0, offset: 1 }]);
});

test('a follower far behind a small memory gets everything in order, in bounded batches', async (t) => {
  const limits = { tailRecords: 10, tailBytes: 5_000, chunkRecords: 20, chunkBytes: 20_000 };
  const log = await open(t, t.testdir(), { limits });
  const collector = createCollector();
  const leave = Promise.withResolvers<void>();
  log.follow(topic, 'start', async (batch) => {
    collector.handler(batch);
    await leave.promise;
  });
  const texts = numbers(300).map((n) => String(n).padEnd(n % 10 === 0 ? 12_000 : 100));
  for (const text of texts) {
    await log.append(topic, [record('a', text)]);
  }
  leave.resolve();
  await collector.until(300);
  t.same(collector.texts(), texts);
  t.ok(
    collector.batches.every((size) => size <= 20),
    'never more than 20 records',
  );
  const alone = createCollector();
  const tiny = log.follow(topic, 'start', alone.handler);
  await tiny.caughtUp;
  t.same(alone.texts(), texts);
  t.ok(
    alone.batches.some((size) => size < 20),
    'fewer where they are large',
  );
});

test('the write-ahead log is moved into the database on the way', async (t) => {
  const directory = t.testdir();
  const log = await open(t, directory, { limits: { checkpointBytes: 1_000_000 } });
  for (const n of numbers(60)) {
    await log.append(topic, [record('a', `${n}`.padEnd(100_000))]);
  }
  t.ok(statSync(join(directory, 'events.db-wal')).size < 4_000_000);
  await log.close();
  t.equal(existsSync(join(directory, 'events.db-wal')), false);
});

test('the loss of the writer thread rejects what is under way and is reported', async (t) => {
  const started = Promise.withResolvers<Worker>();
  process.once('worker', started.resolve);
  const sink = createErrorSink();
  const log = await open(t, t.testdir(), { onError: sink.onError });
  await log.append(topic, [record('a', 'kept')]);
  const underWay = log.append(topic, [record('a', 'unknown')]);
  const rejected = t.rejects(underWay, { code: 'log-writer-lost', retriable: false });
  await (await started.promise).terminate();
  await rejected;
  t.match(await sink.first, { code: 'log-writer-lost' });
  await t.rejects(log.append(topic, [record('a', 'late')]), { code: 'log-writer-lost' });
  t.equal(await log.read(topic, { partition: 0, offset: 0 }).then((found) => found && textOf(found)), 'kept');
  await log.close();
});
