import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Mail, MailRow } from '@postausgang/mail';
import type { DueQuery, MailPage, MailQuery } from './mail-view.ts';

const ofPartitions = 'request_partition IN (SELECT value FROM json_each(?))';

const due = `
  SELECT id FROM mails AS mail
  WHERE due_at_ms <= ? AND ${ofPartitions} AND (ordering_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM mails AS earlier
    WHERE earlier.ordering_key = mail.ordering_key AND earlier.request_partition = mail.request_partition
      AND earlier.request_offset < mail.request_offset))
  ORDER BY due_at_ms, rowid LIMIT ?`;
/** A mail without `sendAt` is due when it is accepted; a pause is never longer than a day and a tenth. */
const misdated = `
  SELECT id FROM mails WHERE (due_at_ms > ?1 + ${60 * 60 * 1000} AND due_at_ms = accepted_at_ms
    OR due_at_ms > ?1 + ${27 * 60 * 60 * 1000} AND state = 'deferred') AND ${ofPartitions.replace('?', '?2')} LIMIT ?3`;
const overdue = `
  SELECT id FROM mails WHERE not_after_ms <= ? AND ${ofPartitions} ORDER BY not_after_ms LIMIT ?`;
const inState = `
  SELECT id FROM mails WHERE state = ? AND ${ofPartitions} ORDER BY accepted_at_ms, id LIMIT ?`;
const held = `
  SELECT id FROM mails WHERE held_for = ? AND ${ofPartitions} ORDER BY accepted_at_ms LIMIT ?`;
const toLookUp = `
  SELECT id FROM mails WHERE look_up_at_ms <= ? AND ${ofPartitions} ORDER BY look_up_at_ms LIMIT ?`;

/**
 * The questions to the table of mails that look at more than one of them.
 *
 * @param flush writes the rows that are only in memory yet.
 */
export function rowQueries(database: DatabaseSync, flush: () => void) {
  const dueStatement = database.prepare(due);
  const misdatedStatement = database.prepare(misdated);
  const overdueStatement = database.prepare(overdue);
  const inStateStatement = database.prepare(inState);
  const heldStatement = database.prepare(held);
  const lookUpStatement = database.prepare(toLookUp);
  const nextLookUp = database.prepare('SELECT min(look_up_at_ms) AS next FROM mails WHERE look_up_at_ms > ?');
  const nextDue = database.prepare('SELECT min(due_at_ms) AS next FROM mails WHERE due_at_ms > ?');
  const backlog = database.prepare(
    'SELECT count(*) AS due, min(due_at_ms) AS oldest FROM mails WHERE due_at_ms <= ?',
  );
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
    backlog(nowMs: number) {
      flush();
      const { due: count, oldest } = backlog.get(nowMs) ?? {};
      return { due: Number(count), oldestDueAtMs: typeof oldest === 'number' ? oldest : undefined };
    },
    list: (query: MailQuery) => {
      flush();
      return list(database, query);
    },
  };
}

function list(database: DatabaseSync, query: MailQuery): MailPage {
  const { where, values } = conditions(query);
  const found = database
    .prepare(`SELECT row FROM mails WHERE ${where} ORDER BY accepted_at_ms DESC, id DESC LIMIT ?`)
    .all(...values, query.limit + 1)
    .map(({ row }) => JSON.parse(String(row)) as MailRow)
    .filter((row): row is Mail => row.state !== 'awaited');
  const mails = found.slice(0, query.limit);
  const last = mails.at(-1);
  const isLastPage = found.length <= query.limit || last === undefined;
  return { mails, next: isLastPage ? null : { acceptedAtMs: last.acceptedAtMs, id: last.id } };
}

function conditions({ states, businessReference, sinceMs, untilMs, cursor }: MailQuery) {
  const parts: [condition: string, ...values: (string | number)[]][] = [
    states === undefined
      ? [`state <> 'awaited'`]
      : [`state IN (${states.map(() => '?').join(', ')})`, ...states],
  ];
  if (businessReference !== undefined) {
    parts.push(['business_reference = ?', businessReference]);
  }
  if (sinceMs !== undefined) {
    parts.push(['accepted_at_ms >= ?', sinceMs]);
  }
  if (untilMs !== undefined) {
    parts.push(['accepted_at_ms < ?', untilMs]);
  }
  if (cursor !== undefined && cursor !== null) {
    parts.push(['(accepted_at_ms, id) < (?, ?)', cursor.acceptedAtMs, cursor.id]);
  }
  return {
    where: parts.map(([condition]) => condition).join(' AND '),
    values: parts.flatMap(([, ...values]) => values),
  };
}
