/**
 * How fast the embedded log is beside a plain node:sqlite loop that syncs each commit, in the same run, and how fast
 * a follower reads. Disks and machines swing: look at the ratios. `node test/bench/log.ts [directory] [rounds]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteLog } from '@postausgang/event-log';
import type { NewRecord, SqliteLog } from '@postausgang/event-log';

const [base = tmpdir(), rounds = '3'] = process.argv.slice(2);
const topic = 'bench.v1';
const headers = {
  ce_id: '0198c1de-7a37-7b6e-a2ac-5b4f0f6a1c11',
  ce_type: 'io.postausgang.mail-requested.v1',
  ce_source: '/mailer/bench',
  ce_time: new Date().toISOString(),
  ce_specversion: '1.0',
  'content-type': 'application/json',
};

function recordOf(sizeBytes: number): NewRecord {
  return { key: 'invoice-4711', headers, value: new Uint8Array(sizeBytes).fill(97) };
}

async function inNewDirectory<Result>(use: (directory: string) => Result | Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(base, 'postausgang-bench-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function withLog<Result>(directory: string, use: (log: SqliteLog) => Promise<Result>): Promise<Result> {
  const onError = (error: Error) => {
    throw error;
  };
  const log = await openSqliteLog({ directory, topics: [{ name: topic, partitions: 1 }], onError });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

const perSecond = (count: number, startMs: number) => (count * 1_000) / (performance.now() - startMs);

/** The rate of one commit per record, on the calling thread. */
function plainLoop(directory: string, sizeBytes: number, count: number): number {
  const database = new DatabaseSync(join(directory, 'plain.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(
    'CREATE TABLE records (id INTEGER PRIMARY KEY, at INTEGER, key TEXT, headers TEXT, value BLOB)',
  );
  const insert = database.prepare('INSERT INTO records (at, key, headers, value) VALUES (?, ?, ?, ?)');
  const { key, value } = recordOf(sizeBytes);
  const startMs = performance.now();
  for (let n = 0; n < count; n += 1) {
    insert.run(Date.now(), key, JSON.stringify(headers), value);
  }
  const rate = perSecond(count, startMs);
  database.close();
  return rate;
}

async function appendFrom(
  log: SqliteLog,
  callers: number,
  sizeBytes: number,
  count: number,
): Promise<number> {
  const record = recordOf(sizeBytes);
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await log.append(topic, [record]);
    }
  };
  // The writer thread starts beside the first append.
  await log.append(topic, [record]);
  const startMs = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return perSecond(count, startMs);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

async function compareAppends(sizeBytes: number, alone: number, together: number): Promise<void> {
  const rates: Record<'plain' | 'one' | 'hundred', number[]> = { plain: [], one: [], hundred: [] };
  const log = (callers: number, count: number) =>
    inNewDirectory((directory) =>
      withLog(directory, (opened) => appendFrom(opened, callers, sizeBytes, count)),
    );
  for (let round = 0; round < Number(rounds); round += 1) {
    rates.plain.push(await inNewDirectory((directory) => plainLoop(directory, sizeBytes, alone)));
    rates.one.push(await log(1, alone));
    rates.hundred.push(await log(100, together));
  }
  const plain = median(rates.plain);
  console.log(`${sizeBytes} bytes, appends per second (ratio to the plain loop)`);
  console.log(`  plain loop, one commit each  ${plain.toFixed(0).padStart(8)}`);
  for (const [title, values] of [
    ['log, 1 caller', rates.one],
    ['log, 100 callers', rates.hundred],
  ] as const) {
    const rate = median(values);
    console.log(`  ${title.padEnd(28)} ${rate.toFixed(0).padStart(8)}  ${(rate / plain).toFixed(2)} x`);
  }
}

async function measureFollow(count: number): Promise<void> {
  await inNewDirectory(async (directory) => {
    await withLog(directory, async (log) => {
      const batch = Array.from({ length: 1_000 }, () => recordOf(300));
      for (let appended = 0; appended < count; appended += batch.length) {
        await log.append(topic, batch);
      }
    });
    const rates: number[] = [];
    for (let round = 0; round < Number(rounds); round += 1) {
      rates.push(await withLog(directory, (log) => followAll(log, count)));
    }
    console.log(
      `follow from the start, ${count} records of 300 bytes: ${median(rates).toFixed(0)} records per second`,
    );
  });
}

async function followAll(log: SqliteLog, count: number): Promise<number> {
  let seen = 0;
  const startMs = performance.now();
  const follower = log.follow(topic, 'start', (records) => {
    seen += records.length;
  });
  await follower.caughtUp;
  if (seen !== count) {
    throw new Error(`Followed ${seen} of ${count} records`);
  }
  return perSecond(count, startMs);
}

await compareAppends(1_000, 1_000, 20_000);
await compareAppends(270_000, 200, 1_500);
await measureFollow(200_000);
