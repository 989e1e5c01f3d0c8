/**
 * The thread that writes. A sync takes 0.5 to 10 ms on real disks, and nothing else may wait for it.
 *
 * Invariants: this connection is the only one that writes. A batch is one transaction, so it is there as a whole or
 * not at all; it is answered after COMMIT returned, which with `synchronous = FULL` is after the sync. Offsets advance
 * only with a commit, so they have no gaps. A failed batch leaves everything as it was, and the next one is tried
 * anew. (If the disk fails exactly in the sync of a COMMIT and the machine goes down before the next commit, recovery
 * may find the refused batch complete and keep it. Readers drop an event id they have seen, so a repeated append of
 * the same event is harmless.)
 *
 * On a full disk, appends that may use the reserve are committed all the same, without the others of their batch. Until
 * the reserve is whole again, nothing else is: mail must not take what was given up for them.
 */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Committed, FromWriter, PackedBatch, Rolled, ToWriter, WriterStart } from './packed-batch.ts';
import { createReserve, type Reserve } from './reserve.ts';
import {
  makeSegment,
  readSegment,
  recordsTable,
  segmentedVersion,
  segmentFile,
  type SegmentName,
} from './segments.ts';
import { type FailureReport, isForWantOfSpace, reportFailure, reserveInUse } from './sqlite-failure.ts';

/** What a commit writes besides values, roughly: two pages, and key and headers of each record. */
const commitOverheadBytes = 64 * 1024;
const recordOverheadBytes = 400;

if (parentPort !== null) {
  serve(parentPort, workerData);
}

function serve(port: MessagePort, start: WriterStart): void {
  const reserve = start.reserve === null ? null : createReserve(start.reserve);
  const endOffsets = new Map(start.topics.map(({ id, endOffset }) => [id, endOffset]));
  let { segment } = start;
  let file = openFile(start, segment, endOffsets, reserve);
  const roll = (): Rolled => {
    const next = makeNextSegment(start, segment, endOffsets, file.database);
    const sealed = file;
    const opened = orRemoved(start.directory, next, () => ({
      segment: readSegment(start.directory, next),
      file: openFile(start, next, endOffsets, reserve),
    }));
    file = opened.file;
    segment = next;
    attempt(() => closeFile(sealed));
    return { segment: opened.segment };
  };
  const commit = (batch: PackedBatch): void => {
    const result = attempt(() => file.commit(batch));
    const answer: FromWriter = { kind: 'commit', result, values: batch.values };
    port.postMessage(answer, [batch.values]);
    // It would take the space that was given up for commits.
    if (reserve?.isWhole() !== false) {
      file.checkpoint(batch);
    }
  };
  port.on('message', (message: ToWriter) => {
    switch (message.kind) {
      case 'commit':
        return commit(message.batch);
      case 'roll':
        return port.postMessage({ kind: 'roll', result: attempt(roll) } satisfies FromWriter);
      case 'close':
        attempt(() => closeFile(file));
        port.close();
    }
  });
}

/** The file that is written to. */
interface OpenFile {
  readonly database: DatabaseSync;
  readonly commit: (batch: PackedBatch) => Committed;
  readonly checkpoint: (batch: PackedBatch) => void;
}

function openFile(
  start: WriterStart,
  segment: SegmentName,
  endOffsets: Map<number, number>,
  reserve: Reserve | null,
): OpenFile {
  const path = join(start.directory, segmentFile(segment));
  const database = openConnection(path, start.maxPages);
  const write = createCommit(database, start, endOffsets);
  const commit =
    reserve === null
      ? always(write)
      : withReserve(write, reserve, () => checkpointIfRoom(database, path, reserve));
  return { database, commit, checkpoint: createCheckpoint(database, start.checkpointBytes) };
}

function closeFile({ database }: OpenFile): void {
  attempt(() => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
  database.close();
}

/**
 * Where this fails, the same file is written to. An earlier version of the program knows one file only: it is told to keep
 * away before there is a second.
 */
function makeNextSegment(
  { directory, topics }: WriterStart,
  segment: SegmentName,
  endOffsets: ReadonlyMap<number, number>,
  database: DatabaseSync,
): SegmentName {
  if (segment.last === 0) {
    database.exec(`PRAGMA user_version = ${segmentedVersion}`);
  }
  const number = segment.last + 1;
  const next = { first: number, last: number, generation: 0 };
  const newTopics = topics.map(({ id, name }) => ({
    id,
    name,
    firstOffset: endOffsets.get(id) ?? 0,
    isForgotten: false,
  }));
  makeSegment(directory, next, newTopics);
  return next;
}

/**
 * A file that cannot be written to must not stay: the next start would take it for the newest, although what came after it
 * lies in the file before. Where it cannot be removed, the thread ends, and nothing comes after it.
 */
function orRemoved<Result>(directory: string, segment: SegmentName, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    try {
      rmSync(join(directory, segmentFile(segment)), { force: true });
    } catch {
      process.exit(1);
    }
    throw error;
  }
}

function openConnection(path: string, maxPages: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  // fullfsync matters on macOS only, where a plain fsync leaves data in the drive's cache.
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
  database.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${64 * 1024 * 1024}`);
  database.exec(`PRAGMA max_page_count = ${maxPages}`);
  return database;
}

function attempt<Result>(action: () => Result): Result | FailureReport {
  try {
    return action();
  } catch (error) {
    return reportFailure(error);
  }
}

/** Which appends of a batch are written. */
type Choice = 'all' | 'those that may use the reserve';
/** Gives the first offset of each append, null where it was not chosen. */
type WriteBatch = (batch: PackedBatch, choice: Choice) => (number | null)[];

function always(write: WriteBatch): (batch: PackedBatch) => Committed {
  return (batch) => ({ firstOffsets: write(batch, 'all'), full: null });
}

/** More than the pages of a small commit take. */
const commitRoomBytes = 512 * 1024;

/** Commits whatever there is room for. */
function withReserve(
  write: WriteBatch,
  reserve: Reserve,
  checkpointIfRoom: () => void,
): (batch: PackedBatch) => Committed {
  const isWanting = (error: unknown): boolean => isForWantOfSpace(error, reserve.freeBytes);
  const makeRoom = ({ valueSizesBytes }: PackedBatch): boolean => {
    const valuesBytes = valueSizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
    const isGivenUp = reserve.giveUp(commitRoomBytes + 2 * valuesBytes);
    if (isGivenUp) {
      checkpointIfRoom();
    }
    return isGivenUp;
  };
  const writeChosen = (batch: PackedBatch): (number | null)[] => {
    for (;;) {
      try {
        return write(batch, 'those that may use the reserve');
      } catch (error) {
        if (!isWanting(error) || !makeRoom(batch)) {
          throw error;
        }
      }
    }
  };
  const writeAll = (batch: PackedBatch): (number | null)[] | FailureReport => {
    if (!reserve.restore()) {
      return reserveInUse;
    }
    try {
      return write(batch, 'all');
    } catch (error) {
      if (isWanting(error)) {
        return reportFailure(error);
      }
      throw error;
    }
  };
  reserve.restore();
  return (batch) => {
    const written = writeAll(batch);
    if (!('message' in written)) {
      return { firstOffsets: written, full: null };
    }
    const firstOffsets = batch.mayUseReserve.includes(true)
      ? writeChosen(batch)
      : batch.topicIds.map(() => null);
    return { firstOffsets, full: written };
  };
}

function createCommit(
  database: DatabaseSync,
  { topics }: WriterStart,
  endOffsets: Map<number, number>,
): WriteBatch {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const end = database.prepare('COMMIT');
  const inserts = new Map(topics.map(({ id }) => [id, prepareInsert(database, id)]));
  return (batch, choice) => {
    const advanced = new Map(endOffsets);
    try {
      begin.run();
      if (batch.topicIds.length === 0) {
        touch(database);
      }
      const firstOffsets = insertBatch(batch, choice, inserts, advanced);
      end.run();
      for (const [id, endOffset] of advanced) {
        endOffsets.set(id, endOffset);
      }
      return firstOffsets;
    } catch (error) {
      rollBack(database);
      throw error;
    }
  };
}

/** Writes a page that says what it said before: an empty batch asks whether the disk takes one. */
function touch(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  database.exec(`PRAGMA user_version = ${version}`);
}

function prepareInsert(database: DatabaseSync, topicId: number): StatementSync {
  return database.prepare(
    `INSERT INTO ${recordsTable(topicId)} ("offset", timestamp_ms, key, headers, value) VALUES (?, ?, ?, ?, ?)`,
  );
}

function insertBatch(
  batch: PackedBatch,
  choice: Choice,
  inserts: ReadonlyMap<number, StatementSync>,
  endOffsets: Map<number, number>,
): (number | null)[] {
  let record = 0;
  let start = 0;
  return batch.topicIds.map((topicId, append) => {
    const firstOffset = endOffsets.get(topicId) ?? 0;
    const count = batch.recordCounts[append] ?? 0;
    const isChosen = choice === 'all' || batch.mayUseReserve[append] === true;
    for (let index = 0; index < count; index += 1, record += 1) {
      const value = new Uint8Array(batch.values, start, batch.valueSizesBytes[record] ?? 0);
      start += value.byteLength;
      if (!isChosen) {
        continue;
      }
      inserts
        .get(topicId)
        ?.run(
          firstOffset + index,
          batch.timestampsMs[append] ?? 0,
          batch.keys[record] ?? null,
          batch.headers[record] ?? '{}',
          value,
        );
    }
    if (!isChosen) {
      return null;
    }
    endOffsets.set(topicId, firstOffset + count);
    return firstOffset;
  });
}

/** SQLite has rolled back by itself after some errors, and then refuses to do it again. */
function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) {
    database.exec('ROLLBACK');
  }
}

/**
 * Moves the write-ahead log into the database after the answer, so that no append waits inside its own commit. One
 * that cannot finish (a reader in the way, no space) is tried again after the next commit.
 */
function createCheckpoint(database: DatabaseSync, checkpointBytes: number): (batch: PackedBatch) => void {
  const statement = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  let writtenBytes = 0;
  return ({ valueSizesBytes }) => {
    const recordsBytes = valueSizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes + recordOverheadBytes, 0);
    writtenBytes += recordsBytes + commitOverheadBytes;
    if (writtenBytes < checkpointBytes) {
      return;
    }
    const outcome = attempt(() => statement.get());
    if (outcome !== undefined && 'log' in outcome && outcome['log'] === outcome['checkpointed']) {
      writtenBytes = 0;
    }
  };
}

/**
 * On a full disk: moves the write-ahead log into the database if that fits. It holds the same pages many times over, and
 * the next commits write it from its beginning again, which takes no space.
 */
function checkpointIfRoom(database: DatabaseSync, path: string, reserve: Reserve): void {
  attempt(() => {
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
    const missingBytes = pages * pageBytes - statSync(path).size;
    if (missingBytes <= reserve.freeBytes()) {
      database.exec('PRAGMA wal_checkpoint(RESTART)');
    }
  });
}
