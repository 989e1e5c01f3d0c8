import type { DatabaseSync } from 'node:sqlite';
import { endsAtMs, isFinished, isWaiting, lookUpAtMs, type MailRow } from '@postausgang/mail';
import type { MailCounts } from './mail-view.ts';

/** The rows of the view, the ones in use kept as objects. */
export interface RowTable {
  get(id: string): MailRow | undefined;
  /** Writes what became of a row; `before` is what `get` gave. */
  put(row: MailRow, before: MailRow | undefined): void;
  counts(): MailCounts;
  /** Writes what has changed since the last call; before a commit, and before SQL that looks at rows. */
  flush(): void;
  /** Takes back what is only in memory, after rows were changed by SQL. */
  forget(): void;
}

/*
 * Rows are written late: of a mail that comes, goes and is told of within one transaction only the last row is
 * written. Until then the row is in `unwritten`.
 */

/** An event seldom comes alone: without this every one of the three per mail would cost a JSON.parse. About 1 kB each. */
const hotRows = 10_000;

const upsert = `
  INSERT INTO mails VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, accepted_at_ms = excluded.accepted_at_ms,
    business_reference = excluded.business_reference, request_partition = excluded.request_partition,
    request_offset = excluded.request_offset, due_at_ms = excluded.due_at_ms, not_after_ms = excluded.not_after_ms,
    ordering_key = excluded.ordering_key, finished_at_ms = excluded.finished_at_ms, held_for = excluded.held_for,
    look_up_at_ms = excluded.look_up_at_ms, row = excluded.row`;

export function rowTable(database: DatabaseSync): RowTable {
  const write = database.prepare(upsert);
  const read = database.prepare('SELECT row FROM mails WHERE id = ?');
  const hot = new Map<string, MailRow>();
  const unwritten = new Map<string, MailRow>();
  let counts = countRows(database);

  const get = (id: string): MailRow | undefined => {
    const known = hot.get(id) ?? unwritten.get(id);
    if (known !== undefined) {
      return known;
    }
    const stored = read.get(id)?.['row'];
    const row = typeof stored === 'string' ? (JSON.parse(stored) as MailRow) : undefined;
    if (row !== undefined) {
      keepHot(hot, row);
    }
    return row;
  };
  return {
    get,
    put(row, before) {
      unwritten.set(row.id, row);
      keepHot(hot, row);
      if (before !== undefined) {
        counts[before.state] -= 1;
      }
      counts[row.state] += 1;
    },
    counts: () => ({ ...counts }),
    flush() {
      for (const row of unwritten.values()) {
        write.run(...columns(row));
      }
      unwritten.clear();
    },
    forget() {
      hot.clear();
      unwritten.clear();
      counts = countRows(database);
    },
  };
}

/** The newest stay. When a mail has ended, is put off or held, nothing follows, or not for a while. */
function keepHot(hot: Map<string, MailRow>, row: MailRow): void {
  hot.delete(row.id);
  if (isFinished(row) || row.state === 'deferred' || row.state === 'held') {
    return;
  }
  hot.set(row.id, row);
  if (hot.size > hotRows) {
    hot.delete(hot.keys().next().value ?? '');
  }
}

type Column = string | number | null;

function columns(row: MailRow): Column[] {
  const json = JSON.stringify(row);
  if (row.state === 'awaited') {
    const { id, state, firstSeenMs } = row;
    return [id, state, firstSeenMs, null, null, null, null, null, null, firstSeenMs, null, null, json];
  }
  const waits = isWaiting(row);
  const finishedAtMs = isFinished(row) ? row.finishedAtMs : null;
  return [
    row.id,
    row.state,
    row.acceptedAtMs,
    row.businessReference,
    row.request.partition,
    row.request.offset,
    waits ? row.dueAtMs : null,
    waits ? endsAtMs(row) : null,
    finishedAtMs === null ? row.orderingKey : null,
    finishedAtMs,
    row.state === 'held' ? row.heldFor : null,
    lookUpAtMs(row),
    json,
  ];
}

function countRows(database: DatabaseSync): Record<MailRow['state'], number> {
  const counts: Record<MailRow['state'], number> = {
    awaited: 0,
    queued: 0,
    sending: 0,
    deferred: 0,
    held: 0,
    sent: 0,
    'partly-sent': 0,
    failed: 0,
    expired: 0,
    cancelled: 0,
    unknown: 0,
  };
  for (const { state, count } of database
    .prepare('SELECT state, count(*) AS count FROM mails GROUP BY state')
    .all()) {
    counts[state as MailRow['state']] = Number(count);
  }
  return counts;
}
