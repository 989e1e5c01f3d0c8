import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { commandTable } from './command-table.ts';
import { hasRoom } from './disk-room.ts';
import { foldBatch } from './fold-batch.ts';
import { lazyTransaction } from './lazy-transaction.ts';
import type { MailView } from './mail-view.ts';
import { positionTable } from './position-table.ts';
import { minuteOf } from '../delivery/day-use.ts';
import { refusalTable } from './refusal-table.ts';
import { rowQueries } from './row-queries.ts';
import { rowTable } from './row-table.ts';
import { usageTable } from './usage-table.ts';
import { openViewDatabase, viewFileName } from './view-database.ts';

const keepFinishedMs = 90 * 24 * 60 * 60 * 1000;

const keepUsageMs = 2 * 24 * 60 * 60 * 1000;

const pruneStatement = `
  DELETE FROM mails WHERE rowid IN (
    SELECT rowid FROM mails WHERE accepted_at_ms < ?1 AND finished_at_ms < ?1 ORDER BY accepted_at_ms LIMIT 1000)`;

/** Opens the view in a directory of its own, or makes a new one where none can be used. */
export function openMailView({ directory }: { readonly directory: string }): MailView {
  const database = openViewDatabase(directory);
  const rows = rowTable(database);
  const positions = positionTable(database);
  const refusals = refusalTable(database);
  const commands = commandTable(database);
  const usage = usageTable(database);
  const transaction = lazyTransaction(database, {
    beforeCommit() {
      rows.flush();
      positions.flush();
      usage.flush();
    },
    hasRoom: () => hasRoom(join(directory, viewFileName)),
  });
  const queries = rowQueries(database, rows.flush);
  const pruned = database.prepare(pruneStatement);
  return {
    ...queries,
    positions: (topic) => positions.all(topic),
    apply(topic, items) {
      transaction.begin();
      foldBatch(topic, items, { rows, refusals, commands });
      if (topic === 'mailEvents') {
        usage.add(items);
      }
      positions.advance(topic, items);
    },
    get(id) {
      const row = rows.get(id);
      return row === undefined || row.state === 'awaited' ? undefined : row;
    },
    countsByState: () => rows.counts(),
    usageSince: (minute) => usage.since(minute),
    dueRefusals: (partitions, limit) => refusals.due(partitions, limit),
    refusals: (query) => refusals.list(query),
    dueCommands(partitions, limit) {
      if (commands.isAnyDue()) {
        rows.flush();
      }
      return commands.due(partitions, limit);
    },
    answerTo: (mailId, commandId) => commands.answerTo(mailId, commandId),
    commandIds: (mailId, prefix) => commands.idsOf(mailId, prefix),
    prune(nowMs) {
      transaction.begin();
      rows.flush();
      usage.flush();
      refusals.prune(nowMs - keepFinishedMs);
      commands.prune(nowMs - keepFinishedMs);
      usage.pruneBefore(minuteOf(nowMs - keepUsageMs));
      const removed = Number(pruned.run(nowMs - keepFinishedMs).changes);
      if (removed > 0) {
        rows.forget();
      }
      return removed;
    },
    reset() {
      transaction.begin();
      empty(database);
      rows.forget();
      positions.forget();
      refusals.forget();
      commands.forget();
      usage.forget();
    },
    commit: () => transaction.commit(),
    close() {
      if (database.isOpen) {
        transaction.commit();
        transaction.rollback();
        database.close();
      }
    },
  };
}

function empty(database: DatabaseSync): void {
  database.exec(
    'DELETE FROM mails; DELETE FROM positions; DELETE FROM refusals; DELETE FROM commands; DELETE FROM usage;',
  );
}
