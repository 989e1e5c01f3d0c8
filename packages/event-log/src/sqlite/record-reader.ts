import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredRecord } from '../event-log.ts';
import type { SqliteLogLimits } from './limits.ts';
import { recordsTable } from './segments.ts';

/** How many of `count` records go into one batch for a follower: as many as fit, at least one where there is one. */
export function takeChunk(
  count: number,
  sizeOf: (index: number) => number,
  { chunkBytes, chunkRecords }: Pick<SqliteLogLimits, 'chunkBytes' | 'chunkRecords'>,
): number {
  const most = Math.min(count, chunkRecords);
  let sizeBytes = 0;
  for (let index = 0; index < most; index += 1) {
    sizeBytes += sizeOf(index);
    if (index > 0 && sizeBytes > chunkBytes) {
      return index;
    }
  }
  return most;
}

/** Reads one topic's records from the file, on the thread that asks. */
export interface RecordReader {
  /** The next records from an offset on and before `endOffset`, as many as a batch may hold. */
  chunk(offset: number, endOffset: number): readonly StoredRecord[];
  one(offset: number): StoredRecord | undefined;
}

/** Reads one topic's records from one file. */
export interface FileReader extends RecordReader {
  /** When the first and the last record of the file were written; undefined where it has none. */
  times(): { readonly firstMs: number; readonly lastMs: number } | undefined;
}

type Limits = Pick<SqliteLogLimits, 'chunkBytes' | 'chunkRecords'>;
type Value = Uint8Array | null;

/** A row without its value: offset, timestamp, key, headers as JSON, size of the value (null: no value). */
type Row = readonly [number, number, string | null, string, number | null];

/** Below this size many values are read as one blob, which halves the time; above, the extra copy costs more. */
const smallValueBytes = 4 * 1024;

export function createRecordReader(database: DatabaseSync, topicId: number, limits: Limits): FileReader {
  const statements = prepareStatements(database, recordsTable(topicId));

  const readValues = (rows: readonly Row[], first: number, last: number): readonly Value[] => {
    const sizeBytes = rows.reduce((sum, row) => sum + (row[4] ?? 0), 0);
    if (sizeBytes > rows.length * smallValueBytes) {
      return arrays<[Value]>(statements.values.all(first, last)).map(([value]) => value);
    }
    const [joined] = arrays<[Value]>(statements.joinedValues.all(first, last))[0] ?? [null];
    return cut(joined ?? new Uint8Array(0), rows);
  };
  const toRecords = (rows: readonly Row[]): StoredRecord[] => {
    const values = readValues(rows, rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? -1);
    return rows.map((row, index) => toRecord(row, values[index] ?? null));
  };

  return {
    chunk(offset, endOffset) {
      const rows = arrays<Row>(statements.rows.all(offset, endOffset, limits.chunkRecords));
      const count = takeChunk(rows.length, (index) => rows[index]?.[4] ?? 0, limits);
      return toRecords(rows.slice(0, count));
    },
    one(offset) {
      return toRecords(arrays<Row>(statements.rows.all(offset, offset + 1, 1)))[0];
    },
    times() {
      const [firstMs, lastMs] = arrays<readonly (number | null)[]>(statements.times.all())[0] ?? [];
      return typeof firstMs === 'number' && typeof lastMs === 'number' ? { firstMs, lastMs } : undefined;
    },
  };
}

function prepareStatements(database: DatabaseSync, table: string) {
  const prepare = (sql: string): StatementSync => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const range = `SELECT value FROM ${table} WHERE "offset" BETWEEN ? AND ? ORDER BY "offset"`;
  return {
    rows: prepare(
      `SELECT "offset", timestamp_ms, key, headers, length(value) FROM ${table}
       WHERE "offset" >= ? AND "offset" < ? ORDER BY "offset" LIMIT ?`,
    ),
    values: prepare(range),
    times: prepare(
      `SELECT (SELECT timestamp_ms FROM ${table} ORDER BY "offset" LIMIT 1),
         (SELECT timestamp_ms FROM ${table} ORDER BY "offset" DESC LIMIT 1)`,
    ),
    joinedValues: prepare(`SELECT CAST(group_concat(value, '') AS BLOB) FROM (${range})`),
  };
}

/** The statements return arrays, which their type does not say. */
function arrays<Columns>(rows: unknown): readonly Columns[] {
  return rows as readonly Columns[];
}

function cut(joined: Uint8Array, rows: readonly Row[]): readonly Value[] {
  let start = 0;
  return rows.map((row) => {
    const size = row[4];
    if (size === null) {
      return null;
    }
    start += size;
    return joined.subarray(start - size, start);
  });
}

function toRecord([offset, timestampMs, key, headers]: Row, value: Value): StoredRecord {
  return { position: { partition: 0, offset }, key, headers: JSON.parse(headers), value, timestampMs };
}
