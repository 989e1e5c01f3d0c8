import { spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { copySqliteLog, openSqliteLog, type SqliteLog, type TopicRetention } from '@postausgang/event-log';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import { createCollector, numbers, readAll, record, textOf } from '../records.ts';

const day = 24 * 60 * 60 * 1000;
const topics = ['settings', 'status', 'requests', 'events'].map((name) => ({ name, partitions: 1 }));
/** A file is never too small to be sealed, and is sealed after a day. */
const limits = { smallSegmentBytes: 0, segmentMs: day };

const retention = (kept: { offsets?: readonly number[]; subjects?: readonly string[] } = {}) =>
  new Map<string, TopicRetention>([
    ['settings', { kind: 'forever' }],
    ['status', { kind: 'newest' }],
    ['requests', { kind: 'time', ms: 14 * day, offsets: kept.offsets ?? [] }],
    ['events', { kind: 'time', ms: 90 * day, subjects: kept.subjects ?? [] }],
  ]);

/** A log whose clock is that of the test. */
async function openAt(t: Test, directory: string, clock: { nowMs: number }): Promise<SqliteLog> {
  const onError = (error: Error): void => void t.fail(error.message);
  const log = await openSqliteLog({ directory, topics, onError, limits, nowMs: () => clock.nowMs });
  t.teardown(() => log.close());
  return log;
}

const start = Date.UTC(2030, 0, 1);

const stepMs = 5 * day;

/**
 * Every five days a setting, the state of one mailer, a request and its outcome, numbered from 1; each fourth time, what is too
 * old is forgotten.
 */
async function live(log: SqliteLog, clock: { nowMs: number }, steps: number, kept = {}): Promise<void> {
  for (const n of numbers(steps)) {
    clock.nowMs += stepMs;
    const text = String(Math.round((clock.nowMs - start) / stepMs));
    await log.append('settings', [record('server', text)]);
    await log.append('status', [record('mailer', text)]);
    await log.append('requests', [record(`mail-${text}`, text.padEnd(20_000))]);
    await log.append('events', [record(`mail-${text}`, text, { ce_subject: `mail-${text}` })]);
    if (n % 4 === 3 || n === steps - 1) {
      await log.forget({ retention: retention(kept), nowMs: clock.nowMs });
    }
  }
}

const numbersIn = async (log: SqliteLog, topic: string): Promise<number[]> =>
  (await readAll(log, topic)).map((found) => Number(textOf(found)));

/** From one number to another, both included. */
const range = (from: number, to: number): number[] => numbers(to - from + 1).map((index) => from + index);

const bytesIn = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

test('requests are forgotten after 14 days and events after 90, settings never, and offsets stay', async (t) => {
  const directory = t.testdir();
  const clock = { nowMs: start };
  const log = await openAt(t, directory, clock);
  await live(log, clock, 28);
  const requests = await numbersIn(log, 'requests');
  const events = await numbersIn(log, 'events');
  const [firstRequest = 0] = requests;
  const [firstEvent = 0] = events;
  t.same(await numbersIn(log, 'settings'), range(1, 28));
  t.same(requests, range(firstRequest, 28), 'without gaps');
  t.ok(
    firstRequest >= 20 && firstRequest <= 26,
    `nothing younger than 14 days is missing: from ${firstRequest}`,
  );
  t.same(events, range(firstEvent, 28), 'without gaps');
  t.ok(firstEvent >= 3 && firstEvent <= 11, `nothing younger than 90 days is missing: from ${firstEvent}`);
  t.ok((await numbersIn(log, 'status')).length < 16, 'of the mailer, old states are forgotten');
  t.match((await log.bounds('requests'))[0], { start: firstRequest - 1, end: 28 });
  t.match((await log.bounds('settings'))[0], { start: 0, end: 28 });
  t.equal((await log.read('requests', { partition: 0, offset: 27 }))?.key, 'mail-28');
  t.equal(await log.read('requests', { partition: 0, offset: 0 }), undefined);

  await log.close();
  const again = await openAt(t, directory, clock);
  t.same(await numbersIn(again, 'requests'), requests);
  t.same(await numbersIn(again, 'events'), events);
  t.same(await again.append('requests', [record('next', '29')]), [{ partition: 0, offset: 28 }]);
});

test('a reader that asks for what is gone gets the first there is, and then the rest', async (t) => {
  const clock = { nowMs: start };
  const log = await openAt(t, t.testdir(), clock);
  await live(log, clock, 10);
  const { records, handler, until } = createCollector();
  const follower = log.follow('requests', [{ partition: 0, offset: 3 }], handler);
  await follower.caughtUp;
  const past = records.length;
  await log.append('requests', [record('live', '11')]);
  await until(past + 1);
  await follower.stop();
  t.same(
    records.map((found) => Number(textOf(found))),
    [...(await numbersIn(log, 'requests'))],
  );
});

test('the data folder no longer grows when the time of requests is over', async (t) => {
  const directory = t.testdir();
  const clock = { nowMs: start };
  const log = await openAt(t, directory, clock);
  const big = (): Promise<unknown> =>
    Promise.all(numbers(10).map((n) => log.append('requests', [record(`m${n}`, 'x'.repeat(100_000))])));
  const sizes: number[] = [];
  for (const _ of numbers(14)) {
    clock.nowMs += stepMs;
    await big();
    await log.forget({ retention: retention(), nowMs: clock.nowMs });
    sizes.push(bytesIn(directory));
  }
  const atFull = Math.max(...sizes.slice(4, 7));
  t.ok((sizes.at(-1) ?? 0) <= 1.3 * atFull, `${sizes.at(-1)} bytes in the end, ${atFull} before`);
  t.ok(readdirSync(join(directory, 'segments')).length < 30, 'and it has few files');
});

test('what still waits is kept, however old, and goes when it no longer waits', async (t) => {
  const clock = { nowMs: start };
  const log = await openAt(t, t.testdir(), clock);
  await live(log, clock, 28, { offsets: [4], subjects: ['mail-5'] });
  t.equal((await numbersIn(log, 'requests'))[0], 5);
  t.equal((await numbersIn(log, 'events'))[0], 5);
  t.equal((await log.read('requests', { partition: 0, offset: 4 }))?.key, 'mail-5');
  t.ok(((await log.bounds('requests'))[0]?.start ?? 0) > 15, 'the topic is whole only from later on');
  await live(log, clock, 1);
  t.not((await numbersIn(log, 'requests'))[0], 5);
  t.not((await numbersIn(log, 'events'))[0], 5);
});

test('a clock that is wrong by years forgets nothing that is younger than the newest record says', async (t) => {
  const clock = { nowMs: start };
  const log = await openAt(t, t.testdir(), clock);
  await live(log, clock, 2);
  await log.forget({ retention: retention(), nowMs: clock.nowMs + 1_000 * stepMs });
  t.same(await numbersIn(log, 'requests'), [1, 2]);
  clock.nowMs += 1_000 * stepMs;
  await live(log, clock, 1);
  t.same(await numbersIn(log, 'settings'), [1, 2, 1_003], 'settings stay, whatever the clock says');
  t.equal((await numbersIn(log, 'requests')).at(-1), 1_003);
  clock.nowMs -= 1_000 * stepMs;
  await live(log, clock, 3);
  t.same((await numbersIn(log, 'requests')).slice(-3), [4, 5, 6], 'what comes after it is kept');
});

test('the log of one file that earlier versions have made is taken over and becomes small', async (t) => {
  const directory = t.testdir();
  const clock = { nowMs: start };
  const old = await openAt(t, directory, clock);
  for (const n of numbers(200)) await old.append('requests', [record(`m${n}`, 'x'.repeat(50_000))]);
  await old.append('settings', [record('server', 'the first')]);
  await old.close();
  t.notOk(existsSync(join(directory, 'segments')), 'a young log is one file');
  const { size, ino } = statSync(join(directory, 'events.db'));
  const log = await openAt(t, directory, clock);
  await live(log, clock, 8);
  t.ok(statSync(join(directory, 'events.db')).size < size / 20, 'it is emptied');
  t.equal(
    statSync(join(directory, 'events.db')).ino,
    ino,
    'and still the same file, by which the log is known',
  );
  t.same((await readAll(log, 'settings')).map(textOf)[0], 'the first');
});

test('a file that grows large is sealed at once, and appends go on in order', async (t) => {
  const directory = t.testdir();
  const onError = (error: Error): void => void t.fail(error.message);
  const log = await openSqliteLog({ directory, topics, onError, limits: { segmentBytes: 200_000 } });
  t.teardown(() => log.close());
  const texts = numbers(100).map((n) => `${n} ${'x'.repeat(9_000)}`);
  const { records, handler, until } = createCollector();
  const follower = log.follow('events', 'start', handler);
  const positions = await Promise.all(texts.map((text) => log.append('events', [record('a', text)])));
  t.same(
    positions.flat().map(({ offset }) => offset),
    numbers(100),
  );
  for (const text of texts) await log.append('events', [record('a', text)]);
  await until(200);
  await follower.stop();
  t.same(records.map(textOf), [...texts, ...texts]);
  t.same((await readAll(log, 'events')).map(textOf), [...texts, ...texts]);
  t.ok(readdirSync(join(directory, 'segments')).filter((name) => name.endsWith('.db')).length >= 4);
});

test('where another file cannot be begun, the same one is written to, and nothing is lost', async (t) => {
  const directory = t.testdir();
  const clock = { nowMs: start };
  const log = await openAt(t, directory, clock);
  // What SQLite needs beside the file lies there as something else.
  mkdirSync(join(directory, 'segments', '00000001-00000001.0.db-wal'), { recursive: true });
  await log.append('requests', [record('a', '1')]);
  clock.nowMs += 10 * day;
  await log.append('requests', [record('a', '2')]);
  await t.rejects(log.forget({ retention: retention(), nowMs: clock.nowMs }), { code: 'log-unavailable' });
  await log.append('requests', [record('a', '3')]);
  t.same(await numbersIn(log, 'requests'), [1, 2, 3]);
  await log.close();
  await t.rejects(log.forget({ retention: retention(), nowMs: clock.nowMs }), { code: 'log-closed' });
  t.same(readdirSync(join(directory, 'segments')), ['00000001-00000001.0.db-wal'], 'no file is left behind');
  rmSync(join(directory, 'segments'), { recursive: true });
  const again = await openAt(t, directory, clock);
  await again.append('requests', [record('a', '4')]);
  await again.forget({ retention: retention(), nowMs: clock.nowMs });
  t.same(await numbersIn(again, 'requests'), [1, 2, 3, 4]);
});

test('whatever a crash leaves between the steps of forgetting, the log is whole', async (t) => {
  const clock = { nowMs: start };
  const before = join(t.testdir({ before: {}, states: {} }), 'before');
  const states = join(before, '..', 'states');
  const log = await openAt(t, before, clock);
  await live(log, clock, 6);
  await log.close();
  const snapshot = (name: string): string => {
    cpSync(before, join(states, name), { recursive: true });
    return join(states, name);
  };
  const whole = snapshot('whole');
  const later = await openAt(t, before, clock);
  await live(later, clock, 6);
  const settings = await numbersIn(later, 'settings');
  const requests = await numbersIn(later, 'requests');
  await later.close();

  const unfinished = snapshot('unfinished');
  writeFileSync(join(unfinished, 'segments', '00000002-00000003.9.db.tmp'), 'half written');
  const notRemoved = snapshot('not removed');
  for (const file of readdirSync(join(whole, 'segments'))) {
    const to = join(notRemoved, 'segments', file);
    const last = Number(/-0*(\d+)\./.exec(file)?.[1]);
    if (!existsSync(to) && last < 3) copyFileSync(join(whole, 'segments', file), to);
  }
  for (const directory of [unfinished, notRemoved]) {
    const again = await openAt(t, directory, clock);
    t.same(await numbersIn(again, 'settings'), settings, directory);
    t.same(await numbersIn(again, 'requests'), requests, directory);
    await again.close();
    t.notOk(readdirSync(join(directory, 'segments')).some((name) => name.includes('tmp')));
  }

  const incomplete = snapshot('incomplete');
  const [first = ''] = readdirSync(join(incomplete, 'segments')).toSorted();
  rmSync(join(incomplete, 'segments', first));
  await t.rejects(openAt(t, incomplete, clock), { code: 'log-corrupt', message: /segment \d+ is missing/ });
});

test('killed while files are sealed and forgotten, a log loses nothing that it has to keep', async (t) => {
  const directory = t.testdir();
  const script = fileURLToPath(new URL('./forgetting-process.ts', import.meta.url));
  const acknowledged: number[] = [];
  for (const run of numbers(2)) {
    const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    const enough = acknowledged.length + 9 + run * 4;
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(Number(line));
      if (acknowledged.length >= enough) child.kill('SIGKILL');
    }
    const onError = (error: Error): void => void t.fail(error.message);
    const log = await openSqliteLog({ directory, topics, onError });
    const stored = new Set((await readAll(log, 'settings')).map(({ position }) => position.offset));
    t.same(
      acknowledged.filter((offset) => !stored.has(offset)),
      [],
      `run ${run}: every setting is there`,
    );
    t.equal(Math.max(...stored), stored.size - 1, 'offsets have no gaps and no record is there twice');
    const requests = (await readAll(log, 'requests')).map(({ position }) => position.offset);
    t.same(
      requests,
      range(requests[0] ?? 0, requests.at(-1) ?? 0),
      'and what is left of the requests is in one piece',
    );
    await log.close();
  }
});

test('a copy has every file of a log that goes on meanwhile, and opens as the log it was', async (t) => {
  const root = t.testdir({ log: {}, copy: {} });
  const clock = { nowMs: start };
  const log = await openAt(t, join(root, 'log'), clock);
  await live(log, clock, 10);
  const expected = await numbersIn(log, 'requests');
  const [copied] = await Promise.all([
    copySqliteLog({ directory: join(root, 'log'), target: join(root, 'copy') }),
    live(log, clock, 3),
  ]);
  t.equal(copied.format, 2);
  const copy = await openAt(t, join(root, 'copy'), clock);
  const found = await numbersIn(copy, 'requests');
  t.same((await numbersIn(copy, 'settings')).length, copied.records['settings']);
  t.same(found, range(found[0] ?? 0, found.at(-1) ?? 0));
  t.ok((found.at(-1) ?? 0) >= (expected.at(-1) ?? 0), 'everything from before the copy is in it');
});

test('whatever is appended, sealed and forgotten, a reader gets every record that is kept, in order', async (t) => {
  const steps = fc.array(
    fc.record({ count: fc.nat({ max: 4 }), days: fc.nat({ max: 20 }), keep: fc.nat({ max: 30 }) }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const directory = t.testdir();
      mkdirSync(directory, { recursive: true });
      const clock = { nowMs: start };
      const times: number[] = [];
      const log = await openAt(t, directory, clock);
      const kept = new Set(all.map(({ keep }) => keep));
      for (const { count, days } of all) {
        clock.nowMs += days * day;
        for (const _ of numbers(count)) {
          await log.append('requests', [record('a', String(times.length))]);
          times.push(clock.nowMs);
        }
        await log.forget({ retention: retention({ offsets: [...kept] }), nowMs: clock.nowMs });
      }
      const newest = times.at(-1) ?? 0;
      const found = new Set(await numbersIn(log, 'requests'));
      await log.close();
      return times.every((at, offset) => (at < newest - 14 * day && !kept.has(offset)) || found.has(offset));
    }),
    { numRuns: 4 },
  );
});
