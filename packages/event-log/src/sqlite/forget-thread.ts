/**
 * The thread that forgets. It goes through the sealed files of a log, oldest first, and writes what is left of those in which
 * records are too old to another file. Small neighbors become one file on this occasion.
 *
 * The thread that reads is told when the other file is durable, and only when it reads there are the old ones removed. So
 * a process that ends in between leaves records twice, and never not at all.
 */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { ForgetJob, FromForgetter } from './forgetting.ts';
import {
  makeSegment,
  type NewSegmentTopic,
  readSegment,
  recordsTable,
  removeSegment,
  type Segment,
  type SegmentName,
} from './segments.ts';
import { reportFailure } from './sqlite-failure.ts';

/** Neighbors become one file up to this size, and this time while there is something in them to forget. */
const smallBytes = 32 * 1024 * 1024;
const longestMs = 7 * 24 * 60 * 60 * 1000;
/** Offsets that are copied at once: the thread can be ended in between. */
const offsetsAtOnce = 1_000;

function work(port: MessagePort, job: ForgetJob): void {
  const say = (message: FromForgetter): void => port.postMessage(message);
  try {
    forgetOld(job, (names, by) => {
      say({ kind: 'replaced', names, by });
      waitUntilRead(job);
      names.forEach((name) => removeSegment(job.directory, name));
    });
    say({ kind: 'ended', failure: null });
  } catch (error) {
    say({ kind: 'ended', failure: reportFailure(error) });
  }
  port.close();
}

/** The other thread has changed over when it says so. */
function waitUntilRead({ changedOver }: ForgetJob): void {
  while (receiveMessageOnPort(changedOver) === undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
}

/** @param replaced hears of each file that has taken the place of others. */
export function forgetOld(
  job: Omit<ForgetJob, 'changedOver'>,
  replaced: (names: readonly SegmentName[], by: Segment) => void,
): void {
  let previous: Segment | undefined;
  for (const name of job.sealed) {
    const segment = readSegment(job.directory, name);
    const due = dueTopics(job, segment);
    if (due === undefined) {
      previous = segment;
      continue;
    }
    const isJoined = previous !== undefined && mayJoin(job, previous, segment, due);
    const run = previous !== undefined && isJoined ? [previous, segment] : [segment];
    previous = readSegment(job.directory, writeRest(job, run, due));
    replaced(
      run.map((one) => one.name),
      previous,
    );
  }
}

/** What a file has forgotten then; undefined where there is nothing to do. */
function dueTopics(job: Pick<ForgetJob, 'topics'>, segment: Segment): ReadonlySet<string> | undefined {
  const database = new DatabaseSync(segment.path, { timeout: 5_000 });
  try {
    const forgotten = new Set<string>();
    let isDue = false;
    for (const topic of job.topics) {
      const stored = segment.topics.get(topic.name);
      if (stored === undefined || topic.keep.kind !== 'until') continue;
      const table = recordsTable(stored.id);
      if (isOlder(database, table, topic.keep.beforeMs)) {
        rememberKept(database, topic.keep);
        const surplus = database.prepare(`SELECT 1 FROM ${table} WHERE NOT (${isKept}) LIMIT 1`).get();
        isDue ||= surplus !== undefined;
        if (surplus !== undefined) forgotten.add(topic.name);
      }
      if (stored.isForgotten) forgotten.add(topic.name);
    }
    return isDue ? forgotten : undefined;
  } finally {
    database.close();
  }
}

/** Most files are known to be younger by their last record. A clock that was wrong may have stamped any of them. */
function isOlder(database: DatabaseSync, table: string, beforeMs: number): boolean {
  const last = database.prepare(`SELECT timestamp_ms FROM ${table} ORDER BY "offset" DESC LIMIT 1`).get();
  if (last === undefined || Number(last['timestamp_ms']) >= beforeMs) return false;
  const newest = database.prepare(`SELECT max(timestamp_ms) AS newest FROM ${table}`).get();
  return Number(newest?.['newest']) < beforeMs;
}

function mayJoin(
  { topics }: Pick<ForgetJob, 'topics'>,
  previous: Segment,
  segment: Segment,
  forgotten: ReadonlySet<string>,
): boolean {
  const isAlike = [...previous.topics].every(
    ([topic, { isForgotten }]) => isForgotten === forgotten.has(topic),
  );
  if (previous.name.last === 0 || !isAlike || statSync(previous.path).size >= smallBytes) return false;
  return topics
    .filter(({ name, keep }) => keep.kind === 'until' && !forgotten.has(name))
    .every(({ name }) => timeOf(segment, name, 'DESC') - timeOf(previous, name, 'ASC') <= longestMs);
}

/** When the first or the last record of a topic was written; 0 where there is none. */
function timeOf({ path, topics }: Segment, topic: string, order: 'ASC' | 'DESC'): number {
  const stored = topics.get(topic);
  if (stored === undefined) return 0;
  const database = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
  try {
    const row = database
      .prepare(`SELECT timestamp_ms FROM ${recordsTable(stored.id)} ORDER BY "offset" ${order} LIMIT 1`)
      .get();
    return Number(row?.['timestamp_ms'] ?? 0);
  } finally {
    database.close();
  }
}

type Keep = ForgetJob['topics'][number]['keep'];

const isKept = `"offset" IN (SELECT value FROM temp.kept_offsets) OR key IN (SELECT value FROM temp.kept_subjects)
  OR headers ->> '$.ce_subject' IN (SELECT value FROM temp.kept_subjects)`;

/** For `isKept`. */
function rememberKept(database: DatabaseSync, keep: Extract<Keep, { kind: 'until' }>): void {
  database.exec(`PRAGMA temp_store = MEMORY;
    CREATE TEMP TABLE IF NOT EXISTS kept_offsets (value INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS kept_subjects (value TEXT PRIMARY KEY) WITHOUT ROWID;
    DELETE FROM temp.kept_offsets; DELETE FROM temp.kept_subjects`);
  const offset = database.prepare('INSERT OR IGNORE INTO temp.kept_offsets VALUES (?)');
  const subject = database.prepare('INSERT OR IGNORE INTO temp.kept_subjects VALUES (?)');
  keep.offsets.forEach((value) => offset.run(value));
  keep.subjects.forEach((value) => subject.run(value));
}

/** Writes what is left of neighbors to one file. */
function writeRest(
  job: Omit<ForgetJob, 'changedOver'>,
  run: readonly Segment[],
  forgotten: ReadonlySet<string>,
): SegmentName {
  const names = run.map(({ name }) => name);
  const name = {
    first: Math.min(...names.map(({ first }) => first)),
    last: Math.max(...names.map(({ last }) => last)),
    generation: 1 + Math.max(...names.map(({ generation }) => generation)),
  };
  makeSegment(job.directory, name, topicsOf(run, forgotten), (database) => {
    for (const topic of job.topics) {
      const newer = topic.keep.kind === 'newest' ? newerKeys(job, name, topic.name) : new Set<string>();
      for (const segment of run.toReversed()) {
        copyTopic(database, segment, topic, { newer, isForgotten: forgotten.has(topic.name) });
      }
    }
  });
  return name;
}

function topicsOf(run: readonly Segment[], forgotten: ReadonlySet<string>): readonly NewSegmentTopic[] {
  const topics = new Map<string, NewSegmentTopic>();
  for (const segment of run) {
    for (const [name, { id, firstOffset }] of segment.topics) {
      const isForgotten = forgotten.has(name);
      topics.set(name, { id, name, isForgotten, firstOffset: topics.get(name)?.firstOffset ?? firstOffset });
    }
  }
  return [...topics.values()];
}

/** The keys that have a newer record in a later file. */
function newerKeys(job: Omit<ForgetJob, 'changedOver'>, name: SegmentName, topic: string): Set<string> {
  const keys = new Set<string>();
  for (const later of [...job.sealed.filter(({ first }) => first > name.last), job.active]) {
    const { path, topics } = readSegment(job.directory, later);
    const stored = topics.get(topic);
    if (stored === undefined) continue;
    const database = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
    try {
      const rows = database.prepare(`SELECT DISTINCT key FROM ${recordsTable(stored.id)}`).all();
      rows.forEach(({ key }) => keys.add(String(key)));
    } finally {
      database.close();
    }
  }
  return keys;
}

interface Copying {
  /** Keys that have a newer record. Those of this file are added. */
  readonly newer: Set<string>;
  readonly isForgotten: boolean;
}

function copyTopic(
  database: DatabaseSync,
  segment: Segment,
  { name, keep }: ForgetJob['topics'][number],
  { newer, isForgotten }: Copying,
): void {
  const stored = segment.topics.get(name);
  if (stored === undefined) return;
  const table = recordsTable(stored.id);
  database.prepare('ATTACH ? AS source').run(segment.path);
  try {
    if (keep.kind === 'until') {
      rememberKept(database, keep);
      copyWhere(database, table, isForgotten ? isKept : 'true');
    } else if (keep.kind === 'newest') {
      copyNewest(database, table, newer);
    } else {
      copyWhere(database, table, 'true');
    }
  } finally {
    database.exec('DETACH source');
  }
}

function copyWhere(database: DatabaseSync, table: string, condition: string): void {
  const copy = database.prepare(`INSERT INTO main.${table} SELECT * FROM source.${table}
    WHERE "offset" >= ? AND "offset" < ? AND (${condition})`);
  const next = database.prepare(`SELECT min("offset") AS next FROM source.${table} WHERE "offset" >= ?`);
  for (let offset = nextOf(next, 0); offset !== undefined; offset = nextOf(next, offset + offsetsAtOnce)) {
    copy.run(offset, offset + offsetsAtOnce);
  }
}

function nextOf(statement: ReturnType<DatabaseSync['prepare']>, offset: number): number | undefined {
  const next = statement.get(offset)?.['next'];
  return typeof next === 'number' ? next : undefined;
}

/** As Kafka compacts: of each key the newest record of the log. */
function copyNewest(database: DatabaseSync, table: string, newer: Set<string>): void {
  const copy = database.prepare(`INSERT INTO main.${table} SELECT * FROM source.${table} WHERE "offset" = ?`);
  const newest = database
    .prepare(`SELECT key, max("offset") AS newest FROM source.${table} WHERE key IS NOT NULL GROUP BY key`)
    .all();
  for (const { key, newest: offset } of newest) {
    if (!newer.has(String(key))) copy.run(Number(offset));
    newer.add(String(key));
  }
}

if (parentPort !== null) {
  work(parentPort, workerData as ForgetJob);
}
