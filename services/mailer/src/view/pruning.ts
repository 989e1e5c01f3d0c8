/** What the view no longer holds: mails that ended long ago, and what belongs to them. A little is removed at a time. */
import type { DatabaseSync } from 'node:sqlite';
import { minuteOf } from '../limits/usage.ts';
import type { CommandTable } from './command-table.ts';
import type { LazyTransaction } from './database.ts';
import { endSeq } from './mail-sources.ts';
import type { RequesterUsageTable } from './requester-usage.ts';
import type { RowTable } from './rows.ts';
import type { RefusalTable, UsageTable } from './side-tables.ts';
import type { StatisticsTable } from './statistics.ts';

const keepFinishedMs = 90 * 24 * 60 * 60 * 1000;
const keepUsageMs = 2 * 24 * 60 * 60 * 1000;

/** So many rows of a table are removed at once. It takes some milliseconds, and everybody else is served in between. */
const prunedAtOnce = 200;

/** Removes some rows of a table for which a condition holds; `key` are the columns of its primary key. */
export function pruneSome(table: string, key: string, condition: string): string {
  return `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${prunedAtOnce})`;
}

/** Mails that were accepted before a sequence number and ended before a time. */
const someEnded = `IN (SELECT seq FROM mails WHERE seq < ?1 AND finished_at_ms < ?2 ORDER BY seq LIMIT ${prunedAtOnce})`;

interface Tables {
  readonly rows: Pick<RowTable, 'flush' | 'removed'>;
  readonly refusals: Pick<RefusalTable, 'prune'>;
  readonly commands: Pick<CommandTable, 'prune'>;
  readonly usage: Pick<UsageTable, 'flush' | 'pruneBefore'>;
  readonly requesters: Pick<RequesterUsageTable, 'flush' | 'pruneBefore'>;
  readonly statistics: Pick<StatisticsTable, 'flush' | 'prune'>;
  readonly transaction: Pick<LazyTransaction, 'begin'>;
}

/**
 * Returns what removes some of what ended long ago, and says how many rows. Mails come last: their rows tell whether a
 * command can still be answered.
 */
export function createPruning(database: DatabaseSync, tables: Tables): (nowMs: number) => number {
  const { rows, refusals, commands, usage, requesters, statistics, transaction } = tables;
  const pruneText = database.prepare(`DELETE FROM mail_text WHERE rowid ${someEnded}`);
  const pruneRows = database.prepare(
    `DELETE FROM mails WHERE seq ${someEnded} RETURNING id, state, requested_by`,
  );
  return (nowMs) => {
    const endedMs = nowMs - keepFinishedMs;
    const usedMinute = minuteOf(nowMs - keepUsageMs);
    transaction.begin();
    [rows, usage, requesters, statistics].forEach((table) => table.flush());
    const besides =
      refusals.prune(endedMs) +
      commands.prune(endedMs) +
      usage.pruneBefore(usedMinute) +
      requesters.pruneBefore(usedMinute) +
      statistics.prune(nowMs);
    if (besides > 0) return besides;
    pruneText.run(endSeq(endedMs), endedMs);
    const removed = pruneRows.all(endSeq(endedMs), endedMs);
    rows.removed(removed);
    return removed.length;
  };
}
