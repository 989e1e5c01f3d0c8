import { spawn } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventLogErrorCodes, EventLogError, openSqliteLog } from '@postausgang/event-log';
import { test } from 'tap';
import { numbers, readAll, record, textOf } from './records.ts';
import { open, topic, withDatabase } from './sqlite/open-for-test.ts';
import { eventLogSuite } from './suite.ts';

eventLogSuite('sqlite', (t, options) => openSqliteLog({ directory: t.testdir(), ...options }));

test('a log that is opened again has everything and goes on counting', async (t) => {
  const directory = t.testdir();
  const topics = [
    { name: 'other.v1', partitions: 1 },
    { name: topic, partitions: 1 },
  ];
  const first = await open(t, directory, { nowMs: () => 1_700_000_000_000 });
  await first.append(topic, [record('a', 'one', { n: '1' }), record('a', 'two')]);
  await first.close();
  t.same(readdirSync(directory).toSorted(), ['events.db', 'lock.db'], 'nothing but the database is left');

  const second = await open(t, directory, { topics });
  t.same(await second.append(topic, [record('a', 'three')]), [{ partition: 0, offset: 2 }]);
  t.same(await second.append('other.v1', [record('a', 'other')]), [{ partition: 0, offset: 0 }]);
  const records = await readAll(second, topic);
  t.same(records.map(textOf), ['one', 'two', 'three']);
  t.match(records[0], { headers: { n: '1' }, timestampMs: 1_700_000_000_000 });
});

test('records of foreign writers without key or value are read as they are', async (t) => {
  const directory = t.testdir();
  const log = await open(t, directory);
  await log.append(topic, [record('a', 'one')]);
  await log.close();
  withDatabase(directory, (database) =>
    database.exec(`INSERT INTO records_1 VALUES (1, 7, NULL, '{}', NULL), (2, 8, 'b', '{}', x'ff')`),
  );
  const again = await open(t, directory);
  const records = await readAll(again, topic);
  t.match(records[1], { key: null, value: null, timestampMs: 7, position: { offset: 1 } });
  t.same([...(records[2]?.value ?? [])], [255]);
  t.equal((await again.read(topic, { partition: 0, offset: 1 }))?.value, null);
});

test('a second opener is refused in a sentence that says who and what to do', async (t) => {
  const directory = t.testdir();
  const log = await open(t, directory);
  const inUse = new EventLogError(
    'log-in-use',
    `The event log in ${directory} is in use by process ${process.pid}. Stop that process, or choose another data directory.`,
  );
  await t.rejects(open(t, directory), inUse);
  await t.rejects(open(t, directory), inUse, 'a refused opener takes nothing from the holder');
  await log.append(topic, [record('a', 'still works')]);
  await log.close();
  const next = await open(t, directory);
  t.same((await readAll(next, topic)).map(textOf), ['still works']);
});

test('nothing acknowledged is lost when the process is killed, and a killed process holds no lock', async (t) => {
  const directory = t.testdir();
  const acknowledged = new Map<number, string>();
  const topics = [{ name: 'killed.v1', partitions: 1 }];
  for (const run of numbers(10)) {
    const child = startAppending(directory, String(run));
    const enough = acknowledged.size + 60 + run * 20;
    for await (const line of createInterface(child.stdout)) {
      const [, offset = '', text = ''] = /^(\d+) (.*)$/.exec(line) ?? [];
      acknowledged.set(Number(offset), text);
      if (acknowledged.size === enough) {
        const busy = { code: 'log-in-use', message: new RegExp(`process ${child.pid}\\b`) };
        await t.rejects(open(t, directory, { topics }), busy);
        child.kill('SIGKILL');
      }
    }
    const log = await open(t, directory, { topics });
    const stored = new Map(
      (await readAll(log, 'killed.v1')).map((found) => [found.position.offset, textOf(found)]),
    );
    const lost = [...acknowledged].filter(([offset, text]) => stored.get(offset)?.slice(0, 40) !== text);
    t.same(lost, [], `run ${run}: all of ${acknowledged.size} acknowledged records are there`);
    t.equal(Math.max(...stored.keys()), stored.size - 1, 'offsets have no gaps');
    await log.close();
  }
});

function startAppending(directory: string, run: string) {
  const script = fileURLToPath(new URL('./appending-process.ts', import.meta.url));
  return spawn(process.execPath, [script, directory, run], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('a log of a newer format or a file that is no log is refused and left as it is', async (t) => {
  const newer = t.testdir({ newer: {}, garbage: { 'events.db': 'not a database, '.repeat(100) } });
  const log = await open(t, join(newer, 'newer'));
  await log.close();
  withDatabase(join(newer, 'newer'), (database) => database.exec('PRAGMA user_version = 3'));
  await t.rejects(open(t, join(newer, 'newer')), { code: 'log-newer-schema', message: /format 3.*up to 2/ });
  await t.rejects(open(t, join(newer, 'newer')), { code: 'log-newer-schema' }, 'the lock was given back');
  await t.rejects(open(t, join(newer, 'garbage')), { code: 'log-corrupt', retriable: false });
});

test('a place that cannot hold a directory is refused', async (t) => {
  const directory = t.testdir({ file: '' });
  await t.rejects(open(t, join(directory, 'file', 'log')), { code: 'log-unavailable' });
});

test('only the owner may read what is written', { skip: process.platform === 'win32' }, async (t) => {
  const directory = join(t.testdir(), 'created', 'here');
  const log = await open(t, directory);
  await log.append(topic, [record('a', 'secret')]);
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  t.equal(modeOf(directory), '700');
  const names = readdirSync(directory).toSorted();
  t.same(names, ['events.db', 'events.db-shm', 'events.db-wal', 'lock.db', 'lock.pid']);
  names.forEach((name) => t.equal(modeOf(join(directory, name)), '600', name));
});

test('every error says by its code whether trying again can help', (t) => {
  for (const [code, { retriable }] of Object.entries(eventLogErrorCodes)) {
    t.match(code, /^[a-z]+(-[a-z]+)+$/);
    t.match(new EventLogError(code as keyof typeof eventLogErrorCodes, 'why'), { code, retriable });
  }
  t.end();
});

test('a stale pid file of a killed process does not matter', async (t) => {
  const directory = t.testdir();
  writeFileSync(join(directory, 'lock.pid'), '1\n');
  const log = await open(t, directory);
  await t.rejects(open(t, directory), { message: new RegExp(`process ${process.pid}\\b`) });
  await log.close();
});
