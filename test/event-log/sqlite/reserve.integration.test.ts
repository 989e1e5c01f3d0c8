import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventLogError, type NewRecord, type SqliteLog } from '@postausgang/event-log';
import { type Test, test } from 'tap';
import { mountSmallDisk, type SmallDisk } from '../../peers/small-disk.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { createCollector, numbers, record } from '../records.ts';
import { open, topic } from './open-for-test.ts';

const privileged = (text: string): NewRecord => ({ ...record('a', text), mayUseReserve: true });
const mail = (text: string): NewRecord => record('a', text.padEnd(100_000));

const codeOf = (appending: Promise<unknown>): Promise<string> =>
  appending.then(
    () => 'written',
    (error: unknown) => (error instanceof EventLogError ? error.code : String(error)),
  );

/** Nothing is left for anybody, and the log has noticed. */
async function fillUp({ fill }: SmallDisk, log: SqliteLog): Promise<void> {
  await fill(0);
  await waitFor('the log to be full', async () =>
    (await codeOf(log.append(topic, [mail('too much')]))) === 'log-full' ? true : undefined,
  );
}

/** A log with one record on a disk without space. */
async function fullDisk(t: Test): Promise<{ disk: SmallDisk; log: SqliteLog } | undefined> {
  const disk = await mountSmallDisk(t, 16);
  if (disk === undefined) return undefined;
  const log = await open(t, disk.path, { keepReserve: true });
  await log.append(topic, [mail('before')]);
  await fillUp(disk, log);
  return { disk, log };
}

const reserveBytes = ({ path }: SmallDisk): number => statSync(join(path, 'reserve.bin')).size;

for (const megabytes of [16, 64]) {
  test(`a full disk of ${megabytes} MiB takes what may use the reserve and nothing else`, async (t) => {
    const disk = await mountSmallDisk(t, megabytes);
    if (disk === undefined) return;
    const log = await open(t, disk.path, { keepReserve: true });
    const live = createCollector();
    log.follow(topic, 'start', live.handler);
    await log.append(topic, [mail('before')]);
    const wholeBytes = reserveBytes(disk);
    t.equal(wholeBytes, (megabytes / 16) * 1024 * 1024, 'a sixteenth of the disk');
    await fillUp(disk, log);
    t.match(log.readiness(), { ready: false, failure: { code: 'log-full' } });

    for (const n of numbers(30)) {
      await log.append(topic, [privileged(`command ${n}`)]);
    }
    t.ok(reserveBytes(disk) < wholeBytes, 'out of the reserve');
    t.equal(await codeOf(log.append(topic, [record('a', 'small')])), 'log-full', 'which mail does not get');
    t.match(log.readiness(), { ready: false, failure: { code: 'log-full' } }, 'still full for mail');

    await disk.free();
    await waitFor('the log to be ready', async () => (log.readiness().ready ? true : undefined));
    t.equal(reserveBytes(disk), wholeBytes, 'the reserve is whole again');
    await log.append(topic, [mail('after')]);
    await live.until(32);
    t.same(
      live.texts().map((text) => text?.trim()),
      ['before', ...numbers(30).map((n) => `command ${n}`), 'after'],
    );
  });
}

test('of appends that share a commit, those that may use the reserve are written, in order', async (t) => {
  const full = await fullDisk(t);
  if (full === undefined) return;
  const { log } = full;
  const together = [privileged('one'), mail('two'), privileged('three'), mail('four'), privileged('five')];
  const outcomes = await Promise.all(together.map((one) => codeOf(log.append(topic, [one]))));
  t.same(outcomes, ['written', 'log-full', 'written', 'log-full', 'written']);
  const read = await Promise.all([1, 2, 3].map((offset) => log.read(topic, { partition: 0, offset })));
  t.same(
    read.map((one) => Buffer.from(one?.value ?? []).toString()),
    ['one', 'three', 'five'],
  );
});

test('an append of records that are not all privileged does not use the reserve', async (t) => {
  const full = await fullDisk(t);
  if (full === undefined) return;
  const { log } = full;
  t.equal(await codeOf(log.append(topic, [privileged('one'), mail('two')])), 'log-full');
});

test('when the reserve is used up, everything is refused, and nothing is lost', async (t) => {
  const full = await fullDisk(t);
  if (full === undefined) return;
  const { disk, log } = full;
  let written = 0;
  const large = privileged('x'.repeat(200_000));
  while ((await codeOf(log.append(topic, [large]))) === 'written') written += 1;
  t.ok(written > 0, `${written} were written`);
  t.equal(reserveBytes(disk), 0);
  await disk.free();
  await log.append(topic, [privileged('after')]);
  t.same(await log.bounds(topic), [{ partition: 0, start: 0, end: written + 2 }]);
});

test('a log opens on a full disk, and takes what may use the reserve', async (t) => {
  const disk = await mountSmallDisk(t, 16);
  if (disk === undefined) return;
  const log = await open(t, disk.path, { keepReserve: true });
  await log.append(topic, [mail('before')]);
  await log.close();
  await disk.fill(0);
  const again = await open(t, disk.path, { keepReserve: true });
  t.equal(await codeOf(again.append(topic, [mail('two')])), 'log-full');
  await again.append(topic, [privileged('three')]);
  t.same(await again.bounds(topic), [{ partition: 0, start: 0, end: 2 }]);
});

test('whoever finds the folder in use leaves the reserve alone', async (t) => {
  const full = await fullDisk(t);
  if (full === undefined) return;
  const { disk, log } = full;
  const wholeBytes = reserveBytes(disk);
  await t.rejects(open(t, disk.path, { keepReserve: true }), { code: 'log-in-use' });
  t.equal(reserveBytes(disk), wholeBytes);
  await log.append(topic, [privileged('a command')]);
});

test('a reserve of a larger disk is cut', async (t) => {
  const disk = await mountSmallDisk(t, 16);
  if (disk === undefined) return;
  await writeFile(join(disk.path, 'reserve.bin'), Buffer.alloc(2 * 1024 * 1024));
  const log = await open(t, disk.path, { keepReserve: true });
  await log.append(topic, [mail('one')]);
  t.equal(reserveBytes(disk), 1024 * 1024);
});

test('a log that is not asked to keeps no reserve', async (t) => {
  const directory = t.testdir();
  const log = await open(t, directory);
  await log.append(topic, [privileged('one')]);
  t.notOk(existsSync(join(directory, 'reserve.bin')));
});
