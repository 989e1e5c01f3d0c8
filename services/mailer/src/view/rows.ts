import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Requester } from '@postausgang/contracts';
import {
  endsAtMs,
  flowOf,
  homeOf,
  isFinished,
  isWaiting,
  lookUpAtMs,
  type Mail,
  type MailRow,
  orderOf,
  requesterKey,
} from '@postausgang/mail';
import { due, flowQueries, flowText, ofPartitions } from './flows.ts';
import { endSeq, firstSeq, slotsPerMs } from './mail-sources.ts';
import { messageKey, textTable } from './mail-text.ts';
import type { DueQuery, MailCounts, NeededRecords, SubjectQuery } from './mail-view.ts';
import { rowCounts } from './row-counts.ts';

/** A mail without `sendAt` is due when it is accepted; a pause is never longer than a day and a tenth. */
const misdated = `
  SELECT id FROM mails WHERE (due_at_ms > ?1 + ${60 * 60 * 1000} AND due_at_ms = accepted_at_ms
    OR due_at_ms > ?1 + ${27 * 60 * 60 * 1000} AND state = 'deferred') AND ${ofPartitions.replace('?', '?2')} LIMIT ?3`;
const overdue = `
  SELECT id FROM mails WHERE not_after_ms <= ? AND ${ofPartitions} ORDER BY not_after_ms LIMIT ?`;
const inState = `
  SELECT id FROM mails WHERE state = ? AND ${ofPartitions} ORDER BY seq LIMIT ?`;
const held = `
  SELECT id FROM mails WHERE held_for = ? AND ${ofPartitions} ORDER BY seq LIMIT ?`;
/** The first of those that go out before a mail, by its ordering key and its place. */
const ahead = `
  SELECT id FROM mails WHERE ordering_key = ? AND request_partition = ? AND request_offset < ?
  ORDER BY request_offset LIMIT 1`;
const toLookUp = `
  SELECT id FROM mails WHERE look_up_at_ms <= ? AND ${ofPartitions} ORDER BY look_up_at_ms LIMIT ?`;

/** A mail whose outcome is not known may be sent again, as one that waits. */
const needed = `
  SELECT id, request_offset FROM mails INDEXED BY mails_by_state
  WHERE state IN ('queued', 'sending', 'deferred', 'held', 'unknown') AND seq < ? AND request_partition = 0`;
const neededOffsets = `
  SELECT "offset" FROM commands WHERE answered_at_ms IS NULL AND "offset" IS NOT NULL
  UNION SELECT "offset" FROM refusals WHERE refused_at_ms IS NULL`;

/**
 * The questions to the table of mails that look at more than one of them.
 *
 * @param flush writes the rows that are only in memory yet.
 */
export function rowQueries(database: DatabaseSync, flush: () => void) {
  const dueStatement = database.prepare(due);
  const flows = flowQueries(database, flush);
  const misdatedStatement = database.prepare(misdated);
  const overdueStatement = database.prepare(overdue);
  const inStateStatement = database.prepare(inState);
  const heldStatement = database.prepare(held);
  const lookUpStatement = database.prepare(toLookUp);
  const aheadStatement = database.prepare(ahead);
  const nextLookUp = database.prepare('SELECT min(look_up_at_ms) AS next FROM mails WHERE look_up_at_ms > ?');
  const nextDue = database.prepare('SELECT min(due_at_ms) AS next FROM mails WHERE due_at_ms > ?');
  const nextOverdue = database.prepare('SELECT min(not_after_ms) AS next FROM mails WHERE not_after_ms > ?');
  const ids = (
    statement: StatementSync,
    first: number | string,
    partitions: readonly number[],
    limit: number,
  ) => {
    flush();
    return statement.all(first, JSON.stringify(partitions), limit).map(({ id }) => String(id));
  };
  const nextTime = (statement: StatementSync, afterMs: number): number | undefined => {
    flush();
    const next = statement.get(afterMs)?.['next'];
    return typeof next === 'number' ? next : undefined;
  };
  return {
    due: ({ nowMs, partitions, limit }: DueQuery) => ids(dueStatement, nowMs, partitions, limit),
    misdated: ({ nowMs, partitions, limit }: DueQuery) => ids(misdatedStatement, nowMs, partitions, limit),
    overdue: ({ nowMs, partitions, limit }: DueQuery) => ids(overdueStatement, nowMs, partitions, limit),
    inState: (state: string, partitions: readonly number[], limit: number) =>
      ids(inStateStatement, state, partitions, limit),
    heldByDisabling: (partitions: readonly number[], limit: number) =>
      ids(heldStatement, 'mail-disabled', partitions, limit),
    toLookUp: ({ nowMs, partitions, limit }: DueQuery) => ids(lookUpStatement, nowMs, partitions, limit),
    nextLookUpAt: (afterMs: number) => nextTime(nextLookUp, afterMs),
    nextDueAt: (afterMs: number) => nextTime(nextDue, afterMs),
    nextOverdueAt: (afterMs: number) => nextTime(nextOverdue, afterMs),
    ahead(mail: Mail) {
      const order = isFinished(mail) ? null : orderOf(mail);
      if (order === null) {
        return null;
      }
      flush();
      const first = aheadStatement.get(order, homeOf(mail), mail.request.offset);
      return first === undefined ? null : String(first['id']);
    },
    ...flows,
    needed: neededQuery(database, flush),
    withSubject: subjectQuery(database, flush),
  };
}

function neededQuery(database: DatabaseSync, flush: () => void) {
  const mails = database.prepare(needed);
  const others = database.prepare(neededOffsets);
  return (acceptedBeforeMs: number): NeededRecords => {
    flush();
    const rows = mails.all(endSeq(acceptedBeforeMs));
    const offsets = [
      ...rows.map((row) => row['request_offset']),
      ...others.all().map(({ offset }) => offset),
    ];
    return { requests: offsets.map(Number), mailIds: rows.map(({ id }) => String(id)) };
  };
}

function subjectQuery(database: DatabaseSync, flush: () => void) {
  const found = database.prepare(
    `SELECT row FROM mails WHERE seq >= ? AND seq < ? AND accepted_at_ms >= ? AND accepted_at_ms < ?
     AND instr(row, ?) > 0 LIMIT ?`,
  );
  return (subject: string, { sinceMs, untilMs, limit }: SubjectQuery): readonly Mail[] => {
    flush();
    // Looked for as it stands in the row: parsing every row of some hours would take long.
    return found
      .all(
        firstSeq(sinceMs),
        endSeq(untilMs),
        sinceMs,
        untilMs,
        `"subject":${JSON.stringify(subject)}`,
        limit,
      )
      .map(({ row }) => JSON.parse(String(row)) as MailRow)
      .filter((row): row is Mail => row.state !== 'awaited' && row.subject === subject);
  };
}

/** The rows of the view, the ones in use kept as objects. */
export interface RowTable {
  get(id: string): MailRow | undefined;
  /** Writes what became of a row; `before` is what `get` gave. */
  put(row: MailRow, before: MailRow | undefined): void;
  /** Takes a row away; `before` is what `get` gave. */
  drop(id: string, before: MailRow | undefined): void;
  /** By state; with a requester, only its mails. */
  counts(of?: Pick<Requester, 'kind' | 'id'>): MailCounts;
  /** Writes what has changed since the last call; before a commit, and before SQL that looks at rows. */
  flush(): void;
  /** The same where many have: to write them all at once would hold everybody up. */
  flushMany(): void;
  /** SQL has removed these rows, none of which was in memory only. */
  removed(gone: readonly Readonly<Record<string, unknown>>[]): void;
  /** Takes back what is only in memory, after rows were changed by SQL. */
  forget(): void;
}

/*
 * Rows are written late: of a mail that comes, goes and is told of within one transaction only the last row is
 * written. Until then the row is in `unwritten`.
 */

/** An event seldom comes alone: without this every one of the three per mail would cost a JSON.parse. About 1 kB each. */
const hotRows = 10_000;

/** Writing so many takes some tens of milliseconds. */
const manyRows = 500;

/** A new row gets the next number of its millisecond. */
const upsert = `
  INSERT INTO mails VALUES ((SELECT coalesce(max(seq) + 1, ?1) FROM mails WHERE seq >= ?1 AND seq < ?2),
    ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, accepted_at_ms = excluded.accepted_at_ms,
    business_reference = excluded.business_reference, request_partition = excluded.request_partition,
    request_offset = excluded.request_offset, due_at_ms = excluded.due_at_ms, not_after_ms = excluded.not_after_ms,
    ordering_key = excluded.ordering_key, finished_at_ms = excluded.finished_at_ms, held_for = excluded.held_for,
    look_up_at_ms = excluded.look_up_at_ms, requested_by = excluded.requested_by, row = excluded.row,
    flow = excluded.flow
  RETURNING seq`;

/** A row that is not in the table yet, and what the table has instead. */
interface Unwritten {
  readonly row: MailRow;
  readonly stored: MailRow | undefined;
}

/** Writes rows, and their words. */
function rowWriter(database: DatabaseSync) {
  const write = database.prepare(upsert);
  write.setReadBigInts(true);
  const remove = database.prepare('DELETE FROM mails WHERE id = ?');
  const removeText = database.prepare(
    'DELETE FROM mail_text WHERE rowid = (SELECT seq FROM mails WHERE id = ?)',
  );
  const text = textTable(database);
  const writeRow = ({ row, stored }: Unwritten): void => {
    const isNew = stored === undefined || stored.state === 'awaited';
    if (row.state !== 'awaited' && stored?.state === 'awaited') {
      // Only now its time is known, and with it the place of the row.
      remove.run(row.id);
    }
    const first = firstSeq(row.state === 'awaited' ? row.firstSeenMs : row.acceptedAtMs);
    const seq = write.get(first, first + slotsPerMs, ...columns(row))?.['seq'];
    if (row.state !== 'awaited' && typeof seq === 'bigint') {
      text.put(seq, row, isNew ? undefined : stored);
    }
  };
  return {
    row: writeRow,
    remove(id: string): void {
      removeText.run(id);
      remove.run(id);
    },
  };
}

export function rowTable(database: DatabaseSync): RowTable {
  const write = rowWriter(database);
  const read = database.prepare('SELECT row FROM mails WHERE id = ?');
  const hot = new Map<string, MailRow>();
  const unwritten = new Map<string, Unwritten>();
  const counts = rowCounts(database);

  const get = (id: string): MailRow | undefined => {
    const known = hot.get(id) ?? unwritten.get(id)?.row;
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
  const flush = (): void => {
    for (const one of unwritten.values()) {
      write.row(one);
    }
    unwritten.clear();
  };
  return {
    get,
    put(row, before) {
      const earlier = unwritten.get(row.id);
      unwritten.set(row.id, { row, stored: earlier === undefined ? before : earlier.stored });
      keepHot(hot, row);
      counts.change(before, row);
    },
    drop(id, before) {
      const unstored = unwritten.get(id);
      unwritten.delete(id);
      hot.delete(id);
      if (before !== undefined) counts.change(before, undefined);
      if (unstored === undefined ? before !== undefined : unstored.stored !== undefined) write.remove(id);
    },
    counts: counts.of,
    flush,
    flushMany() {
      if (unwritten.size >= manyRows) flush();
    },
    removed(gone) {
      for (const { id, state, requested_by: requester } of gone) {
        hot.delete(String(id));
        counts.removed(state as MailRow['state'], typeof requester === 'string' ? requester : null);
      }
    },
    forget() {
      hot.clear();
      unwritten.clear();
      counts.forget();
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
    const none = [null, null, null] as const;
    return [id, state, firstSeenMs, ...none, ...none, firstSeenMs, ...none, null, json, null];
  }
  const waits = isWaiting(row);
  const finishedAtMs = isFinished(row) ? row.finishedAtMs : null;
  return [
    row.id,
    row.state,
    row.acceptedAtMs,
    row.businessReference,
    homeOf(row),
    row.request.offset,
    waits ? row.dueAtMs : null,
    waits ? endsAtMs(row) : null,
    finishedAtMs === null ? orderOf(row) : null,
    finishedAtMs,
    row.state === 'held' ? row.heldFor : null,
    lookUpAtMs(row),
    row.requestedBy === null ? null : requesterKey(row.requestedBy),
    row.messageId === null ? null : messageKey(row.messageId),
    json,
    waits ? flowText(flowOf(row)) : null,
  ];
}
