import type { DatabaseSync } from 'node:sqlite';
import type { RefusedRequest } from '@postausgang/contracts';
import { type RequestPosition, toInstant } from '@postausgang/mail';
import type { DueRefusal, RefusalCursor, RefusalPage, RefusalQuery } from './mail-view.ts';

/**
 * Requests that cannot be taken. One is due from when it is read until its refusal is: so none is forgotten and none
 * doubled. The two topics are read independently, so the refusal may well come first.
 */
export interface RefusalTable {
  add(refusal: DueRefusal): void;
  /** The refusal has been read. */
  refused(refusal: DueRefusal, atMs: number): void;
  due(partitions: readonly number[], limit: number): readonly DueRefusal[];
  list(query: RefusalQuery): RefusalPage;
  /** Removes what was refused before a time. */
  prune(beforeMs: number): void;
  /** Counts anew, after the table was changed by SQL. */
  forget(): void;
}

const upsert = `
  INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (partition, offset) DO UPDATE SET refused_at_ms = coalesce(refused_at_ms, excluded.refused_at_ms)`;
const listed = `
  SELECT * FROM refusals
  WHERE refused_at_ms IS NOT NULL AND refused_at_ms >= ?1 AND refused_at_ms < ?2
    AND (refused_at_ms, partition, offset) < (?3, ?4, ?5)
  ORDER BY refused_at_ms DESC, partition DESC, offset DESC LIMIT ?6`;

export function refusalTable(database: DatabaseSync): RefusalTable {
  const write = database.prepare(upsert);
  const prune = database.prepare('DELETE FROM refusals WHERE refused_at_ms < ?');
  const count = database.prepare('SELECT count(*) AS count FROM refusals WHERE refused_at_ms IS NULL');
  const select = database.prepare(
    `SELECT * FROM refusals WHERE refused_at_ms IS NULL
     AND partition IN (SELECT value FROM json_each(?)) ORDER BY partition, offset LIMIT ?`,
  );
  const list = database.prepare(listed);
  // Nearly always 0, and then `due`, which is asked all the time, costs nothing.
  let waiting: number | undefined;
  const put = ({ request, key, mailId, code, detail }: DueRefusal, atMs: number | null): void => {
    write.run(request.partition, request.offset, key, mailId, code, detail, atMs);
    waiting = undefined;
  };
  return {
    add: (refusal) => put(refusal, null),
    refused: put,
    due(partitions, limit) {
      waiting ??= Number(count.get()?.['count']);
      return waiting === 0 ? [] : select.all(JSON.stringify(partitions), limit).map(readRefusal);
    },
    list({ sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER, cursor, limit }) {
      const after = cursor ?? { refusedAtMs: Number.MAX_SAFE_INTEGER, partition: 0, offset: 0 };
      const { refusedAtMs, partition, offset } = after;
      const rows = list.all(sinceMs, untilMs, refusedAtMs, partition, offset, limit + 1);
      const items = rows.slice(0, limit).map(readRefused);
      return { items, next: rows.length > limit ? cursorOf(rows[limit - 1]) : null };
    },
    prune: (beforeMs) => void prune.run(beforeMs),
    forget() {
      waiting = undefined;
    },
  };
}

type Row = Readonly<Record<string, unknown>>;

function readRefusal(row: Row): DueRefusal {
  return {
    request: positionOf(row),
    key: String(row['key']),
    mailId: typeof row['mail_id'] === 'string' ? row['mail_id'] : null,
    code: row['code'] as DueRefusal['code'],
    detail: String(row['detail']),
  };
}

function readRefused(row: Row): RefusedRequest {
  const { request, mailId, code, detail } = readRefusal(row);
  return { ...request, code, detail, mailId, refusedAt: toInstant(Number(row['refused_at_ms'])) };
}

function cursorOf(row: Row | undefined): RefusalCursor | null {
  return row === undefined ? null : { refusedAtMs: Number(row['refused_at_ms']), ...positionOf(row) };
}

function positionOf(row: Row): RequestPosition {
  return { partition: Number(row['partition']), offset: Number(row['offset']) };
}
